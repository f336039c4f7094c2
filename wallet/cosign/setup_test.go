package cosign

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
	"supercomputing/wallet/descriptor"
	"supercomputing/wallet/keys"
)

var testNetwork = types.NetworkID{7, 7, 7}

// wallet is one member's keystore and account key.
type wallet struct {
	store   *keys.Keystore
	account *keys.SharedAccount
}

// wallets makes n members. Their seeds are drawn anew, so that every run of
// the tests has other keys.
func wallets(t testing.TB, n int) (all []wallet) {
	t.Helper()
	for i := range n {
		words, err := keys.NewWords(12)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "keystore")
		opts := keys.Options{Argon2: keys.LightArgon2(), Weak: true}
		store, err := keys.Create(path, words, "", 1, []byte("passphrase"), opts)
		if err != nil {
			t.Fatal(err)
		}
		account, err := store.SharedAccount(uint32(i % 3))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, wallet{store, account})
	}
	return all
}

// required 0 makes a MuSig2 account. The wallets come back by member number.
func account(t testing.TB, required, n int) (*descriptor.Descriptor, []wallet) {
	t.Helper()
	ws := wallets(t, n)
	var lines []string
	for _, w := range ws {
		lines = append(lines, w.account.Expression())
	}
	var d *descriptor.Descriptor
	var err error
	if required == 0 {
		d, err = descriptor.NewMuSig2(lines)
	} else {
		d, err = descriptor.NewThreshold(required, lines)
	}
	if err != nil {
		t.Fatal(err)
	}
	byNumber := make([]wallet, n)
	for _, w := range ws {
		m, ok := d.Member(w.account.Expression())
		if !ok {
			t.Fatal("a member is not found by its own key")
		}
		byNumber[m] = w
	}
	return d, byNumber
}

// payment is an unsigned transaction of n coins of the account, with change at
// output 1; its record, if any, is committed to by output 0.
func payment(t testing.TB, d *descriptor.Descriptor, n int, payload []byte) (*wire.MsgTx, []Input, []Change) {
	t.Helper()
	m := wire.NewMsgTx(2)
	var inputs []Input
	var sum types.Amount
	for i := range n {
		var op wire.OutPoint
		binary.BigEndian.PutUint64(op.Hash[:], rand.Uint64())
		in := wire.NewTxIn(&op, nil, nil)
		in.Sequence = wire.MaxTxInSequenceNum - 2
		m.AddTxIn(in)
		c := Input{Amount: types.Amount(100_000 + i), Branch: uint32(i % 2), Index: uint32(i)}
		a, err := d.Address(c.Branch, c.Index)
		if err != nil {
			t.Fatal(err)
		}
		c.Address = a
		inputs, sum = append(inputs, c), sum+c.Amount
	}
	if payload != nil {
		m.AddTxOut(testNetwork.Commit(payload))
	} else {
		m.AddTxOut(wire.NewTxOut(20_000, mustAddress(t, d, 0, 77).PkScript()))
	}
	change := mustAddress(t, d, 1, 5)
	m.AddTxOut(wire.NewTxOut(int64(sum-30_000), change.PkScript()))
	return m, inputs, []Change{{Output: 1, Branch: 1, Index: 5}}
}

func mustAddress(t testing.TB, d *descriptor.Descriptor, branch, index uint32) types.Address {
	t.Helper()
	a, err := d.Address(branch, index)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func propose(t testing.TB, d *descriptor.Descriptor, n int, payload []byte) *Packet {
	t.Helper()
	tx, inputs, change := payment(t, d, n, payload)
	p, err := New(tx, inputs, payload, testNetwork, d, change...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// pass sends a packet to another member: encoded, decoded.
func pass(t testing.TB, p *Packet) *Packet {
	t.Helper()
	again, err := Decode(p.Encode(), testNetwork, p.account)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error %v, want %v", err, want)
	}
}

// messageRecord is a payload that transactions carry.
func messageRecord() []byte {
	return types.Encode(&types.BidRaise{Job: types.Hash{1}, Added: types.Coin})
}

func taggedHash(tag string, data []byte) [32]byte { return *chainhash.TaggedHash([]byte(tag), data) }

func hmacSHA512(key, data []byte) []byte {
	mac := hmac.New(sha512.New, key)
	mac.Write(data)
	return mac.Sum(nil)
}

func descriptorOf(line string) (*descriptor.Descriptor, error) { return descriptor.ParseLoose(line) }
