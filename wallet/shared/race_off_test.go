//go:build !race

package shared

const raceOn = false
