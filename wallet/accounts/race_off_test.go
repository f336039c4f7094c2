//go:build !race

package accounts

const raceOn = false
