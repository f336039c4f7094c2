package tasks

import (
	"encoding/hex"
	"fmt"

	"supercomputing/chain/types"
)

// hexAddress is an address whose text form is hex, for state files.
type hexAddress types.Address

func (a hexAddress) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(a[:])), nil }

func (a *hexAddress) UnmarshalText(b []byte) error {
	if len(b) != 64 {
		return fmt.Errorf("%w: address of %d characters", ErrState, len(b))
	}
	_, err := hex.Decode(a[:], b)
	return err
}
