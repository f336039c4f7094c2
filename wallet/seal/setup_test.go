package seal

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"supercomputing/chain/types"
	"supercomputing/wallet/keys"
)

var (
	network = types.NetworkID{1, 2, 3}
	author  = types.Address(bytes.Repeat([]byte{0xa7}, 32))
	own     = [32]byte{9, 9, 9}
)

// random is a stream that is the same for the same seed.
func random(seed uint64) io.Reader {
	var key [32]byte
	binary.BigEndian.PutUint64(key[:], seed)
	return rand.NewChaCha8(key)
}

const words = "legal winner thank year wave sausage worth useful legal winner thank yellow"

// someKeys gives n keys of one wallet.
func someKeys(tb testing.TB, n int) (out []*keys.Key) {
	tb.Helper()
	w, err := keys.ParseWords(words)
	if err != nil {
		tb.Fatal(err)
	}
	k, err := keys.Create(filepath.Join(tb.TempDir(), "k"), w, "", 1, []byte("pass"), keys.Options{Argon2: keys.LightArgon2(), Weak: true})
	if err != nil {
		tb.Fatal(err)
	}
	for i := range n {
		key, err := k.Key(keys.Receive, uint32(i))
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, key)
	}
	return out
}

func mustSeal(tb testing.TB, seed uint64, to types.Address, own [32]byte, plain []byte) *types.Message {
	tb.Helper()
	m, err := Seal(random(seed), network, author, to, own, plain)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func clone(m *types.Message) *types.Message {
	c := *m
	c.Body = bytes.Clone(m.Body)
	return &c
}
