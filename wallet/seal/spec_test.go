package seal

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"io"
	"slices"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"golang.org/x/crypto/chacha20poly1305"

	"supercomputing/chain/types"
)

// PROTOCOL §7 once more, written from its text with btcec's keys: what Seal
// makes is what it says, and what it says is what a scanner reads.

func specKDF(t *testing.T, secret []byte, salt string, n int, info ...[]byte) []byte {
	t.Helper()
	b, err := hkdf.Key(sha256.New, secret, []byte(salt), string(slices.Concat(info...)), n)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func specSeal(t *testing.T, key, text []byte, associated ...[]byte) []byte {
	t.Helper()
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		t.Fatal(err)
	}
	return aead.Seal(nil, make([]byte, 24), text, slices.Concat(associated...))
}

func specMessage(t *testing.T, e []byte, to types.Address, own [32]byte, text string, room int) *types.Message {
	t.Helper()
	secret, public := btcec.PrivKeyFromBytes(e)
	recipient, err := schnorr.ParsePubKey(to[:])
	if err != nil {
		t.Fatal(err)
	}
	ephemeral := schnorr.SerializePubKey(public)
	derived := specKDF(t, btcec.GenerateSharedSecret(secret, recipient), "SCC/seal/1", 33, network[:], ephemeral, to[:])
	outgoingKey := specKDF(t, own[:], "SCC/seal/own/1", 32, network[:], author[:], ephemeral)
	outgoing := specSeal(t, outgoingKey, slices.Concat(e, to[:]), network[:], author[:], ephemeral)
	padded := append([]byte(text), 0x80)
	padded = append(padded, make([]byte, room-len(padded))...)
	body := append(outgoing, specSeal(t, derived[1:], padded, network[:], author[:], ephemeral, outgoing)...)
	return &types.Message{Ephemeral: [32]byte(ephemeral), ViewTag: derived[0], Body: body}
}

func TestBySpecification(t *testing.T) {
	ks := someKeys(t, 4)
	for i, room := range []int{224, 544, 1104} {
		for _, k := range ks {
			text := string(bytes.Repeat([]byte("text "), room/5-1))
			e := make([]byte, 32)
			_, _ = io.ReadFull(random(uint64(i)), e)
			want := specMessage(t, e, k.Address(), own, text, room)
			got := mustSeal(t, uint64(i), k.Address(), own, []byte(text))
			if !bytes.Equal(got.Append(nil), want.Append(nil)) {
				t.Errorf("%d bytes to %v are not sealed as the protocol says", room, k.Address())
			}
			opened := NewScanner(network, ks).Scan([]Sealed{{author, want}})
			if len(opened) != 1 || opened[0].To != k.Address() || string(opened[0].Plain) != text {
				t.Errorf("%d bytes to %v, sealed as the protocol says, are opened as %v", room, k.Address(), opened)
			}
		}
	}
}
