package networks

import (
	_ "embed"

	"supercomputing/chain/consensus"
)

// testFile is the test network's file. It holds public keys only.
//
//go:embed test.json
var testFile []byte

// Test is the public test network, with the real network's times. Its coins
// are worth nothing.
func Test() *consensus.Params {
	p, err := Parse(testFile)
	if err != nil {
		panic(err) // the embedded file is tested
	}
	return p
}
