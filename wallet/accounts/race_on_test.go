//go:build race

package accounts

// raceOn makes long tests that run nothing concurrently do less under the race
// detector, which makes them ten times slower and finds nothing in them.
const raceOn = true
