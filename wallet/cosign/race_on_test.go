//go:build race

package cosign

// raceOn makes the tests smaller: the detector makes curve arithmetic some ten
// times slower, and there is no concurrency in this package.
const raceOn = true
