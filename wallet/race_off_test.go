//go:build !race

package wallet_test

const raceOn = false
