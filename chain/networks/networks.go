// Package networks owns the parameters of the networks: the built-in ones,
// local and test, and the file form of any other (chain/PROTOCOL.md §9). The
// real network's file comes from a key ceremony and is not part of this
// package.
package networks

import (
	"fmt"

	"supercomputing/chain/consensus"
)

// Builtin returns the built-in network of that name, a fresh value.
func Builtin(name string) (*consensus.Params, error) {
	switch name {
	case "local":
		return Local(), nil
	case "test":
		return Test(), nil
	}
	return nil, fmt.Errorf("no built-in network %q: there are local and test", name)
}
