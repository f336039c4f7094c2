package types

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"
)

func testHeader() Header {
	h := Header{Version: 1, Height: 2, PrevHash: Hash{3}, TxRoot: Hash{4}, SideRoot: Hash{5}, StateDigest: Hash{6},
		ProducersRoot: Hash{7}, Slot: 8, Producer: Address{9}}
	h.VRFProof[79], h.Signature[63] = 10, 11
	return h
}

func TestHeaderForm(t *testing.T) {
	h := testHeader()
	b := h.Append(nil)
	if len(b) != HeaderSize || HeaderSize != 352 {
		t.Fatalf("%d bytes", len(b))
	}
	got, err := DecodeHeader(b)
	if err != nil || got != h {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, bad := range [][]byte{nil, b[:len(b)-1], append(slices.Clone(b), 0)} {
		if _, err := DecodeHeader(bad); !errors.Is(err, ErrMalformed) {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
	// The layout is pinned (PROTOCOL §3, §10).
	if hash := h.Hash(); hex.EncodeToString(hash[:]) != "838b10ad696699a710ff8f3d21053b33a2543328b2c47fbc741b7b52067fc82b" {
		t.Errorf("hash %x", hash[:])
	}
}

// The hash covers every byte but the signature's, the signed hash the network
// too.
func TestHeaderHashCovers(t *testing.T) {
	h := testHeader()
	b := h.Append(nil)
	for i := range b {
		b[i] ^= 1
		other, err := DecodeHeader(b)
		if err != nil {
			t.Fatal(err)
		}
		if differs := other.Hash() != h.Hash(); differs != (i < HeaderSize-64) {
			t.Errorf("byte %d: hash differs: %v", i, differs)
		}
		b[i] ^= 1
	}
	if h.SigHash(NetworkID{1}) == h.SigHash(NetworkID{2}) || h.SigHash(NetworkID{1}) == h.Hash() {
		t.Error("a signature serves two networks")
	}
}

func FuzzDecodeHeader(f *testing.F) {
	h := testHeader()
	f.Add(h.Append(nil))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := DecodeHeader(b)
		if err != nil {
			return
		}
		if !bytes.Equal(h.Append(nil), b) {
			t.Fatal("a header has two encodings")
		}
	})
}

// testMsg is a transaction with a witness, and a commitment to payload unless
// that is nil.
func testMsg(payload []byte) *wire.MsgTx {
	m := wire.NewMsgTx(2)
	m.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: Hash{1}, Index: 2}, nil, wire.TxWitness{bytes.Repeat([]byte{3}, 64)}))
	m.AddTxOut(wire.NewTxOut(4, testAddress().PkScript()))
	if payload != nil {
		m.AddTxOut(NetworkID{}.Commit(payload))
	}
	return m
}

func coinbase() *wire.MsgTx {
	m := wire.NewMsgTx(2)
	m.AddTxIn(wire.NewTxIn(&wire.OutPoint{Index: wire.MaxPrevOutIndex}, []byte{1, 2}, nil))
	m.AddTxOut(wire.NewTxOut(int64(Coin), testAddress().PkScript()))
	return m
}

func TestTxRoundTrip(t *testing.T) {
	payload := Encode(&Completion{Job: Hash{1}})
	for name, tx := range map[string]*Tx{
		"plain":    {Msg: testMsg(nil)},
		"record":   {Msg: testMsg(payload), Payload: payload},
		"coinbase": {Msg: coinbase()},
	} {
		got, err := DecodeTx(tx.Append(nil))
		if err != nil || got.ID() != tx.ID() || got.Msg.WitnessHash() != tx.Msg.WitnessHash() || !bytes.Equal(got.Payload, tx.Payload) {
			t.Errorf("%s: %v", name, err)
		}
		if (tx.Payload == nil) != (got.Payload == nil) {
			t.Errorf("%s: payload %v", name, got.Payload)
		}
	}
}

func TestTxSizes(t *testing.T) {
	payload := Encode(&Completion{Job: Hash{1}})
	tx := &Tx{Msg: testMsg(payload), Payload: payload}
	stripped, whole := tx.Msg.SerializeSizeStripped(), tx.Msg.SerializeSize()
	if tx.Weight() != 3*stripped+whole || tx.VSize() != (tx.Weight()+3)/4+len(payload) {
		t.Errorf("weight %d, size %d", tx.Weight(), tx.VSize())
	}
	out := testMsg(nil)
	before := TxWeight(out)
	out.AddTxOut(wire.NewTxOut(1, testAddress().PkScript()))
	if TxWeight(out)-before != OutputWeight {
		t.Errorf("an output weighs %d", TxWeight(out)-before)
	}
}

func TestTxRefuses(t *testing.T) {
	good := (&Tx{Msg: testMsg(nil)}).Append(nil)
	legacy := testMsg(nil)
	legacy.TxIn[0].Witness = nil
	plain := (&Tx{Msg: legacy}).Append(nil)
	// A witness flag with no witness behind it would be a second encoding.
	flagged := append(slices.Clone(plain[:4]), 0, 1)
	flagged = append(append(flagged, plain[4:len(plain)-5]...), 0)
	flagged = append(flagged, plain[len(plain)-5:]...)
	for name, b := range map[string][]byte{
		"nothing":         nil,
		"cut":             good[:len(good)-2],
		"no payload":      good[:len(good)-1],
		"trailing":        append(slices.Clone(good), 0),
		"long length":     append(slices.Clone(good[:len(good)-1]), 0xfd, 0, 0),
		"payload limit":   append(good[:len(good)-1:len(good)-1], AppendVarInt(nil, MaxPayload+1)...),
		"payload missing": append(slices.Clone(good[:len(good)-1]), 5, 1, 2),
		"empty witness":   flagged,
		"many inputs":     append([]byte{2, 0, 0, 0}, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
		"no inputs":       {2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0},
	} {
		if tx, err := DecodeTx(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, %v", name, tx, err)
		}
	}
	if _, err := DecodeTx(plain); err != nil {
		t.Errorf("without witness: %v", err)
	}
}

func TestCommitment(t *testing.T) {
	payload := Encode(&Completion{Job: Hash{1}})
	n := NetworkID{7}
	out := n.Commit(payload)
	c, ok := ParseCommitment(out.PkScript)
	if !ok || out.Value != 0 || c != (Commitment{KindCompletion, n.PayloadHash(payload)}) || !bytes.Equal(c.Script(), out.PkScript) {
		t.Errorf("%v, %v", c, ok)
	}
	s := out.PkScript
	for name, bad := range map[string][]byte{
		"empty": nil, "short": s[:34], "long": append(slices.Clone(s), 0),
		"no OP_RETURN": append([]byte{0x51}, s[1:]...), "other push": append([]byte{0x6a, 0x20}, s[2:]...),
	} {
		if _, ok := ParseCommitment(bad); ok {
			t.Errorf("%s passes for a commitment", name)
		}
	}
	m := testMsg(nil)
	if _, i, ok := FindCommitment(m); ok || i != -1 {
		t.Error("found a commitment where there is none")
	}
	m.AddTxOut(out)
	m.AddTxOut(n.Commit([]byte{1}))
	if got, i, ok := FindCommitment(m); !ok || i != 1 || got != c {
		t.Errorf("found %v at %d", got, i)
	}
}

func FuzzDecodeTx(f *testing.F) {
	payload := Encode(&Completion{Job: Hash{1}})
	f.Add((&Tx{Msg: testMsg(nil)}).Append(nil))
	f.Add((&Tx{Msg: testMsg(payload), Payload: payload}).Append(nil))
	f.Add((&Tx{Msg: coinbase()}).Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		tx, err := DecodeTx(b)
		if err != nil {
			return
		}
		if !bytes.Equal(tx.Append(nil), b) {
			t.Fatal("a transaction has two encodings")
		}
		tx.ID()
		tx.VSize()
		FindCommitment(tx.Msg)
	})
}

func testBlock() *Block {
	b := &Block{Header: testHeader(), Txs: []*wire.MsgTx{coinbase(), testMsg(nil)}}
	for c, rec := range map[VirtualChain]Record{
		ChainWork:     &Completion{Job: Hash{1}},
		ChainMessages: &Message{Public: true, Body: []byte("hi")},
	} {
		p := Encode(rec)
		b.Txs = append(b.Txs, testMsg(p))
		b.Sides[c] = SideBlock{p}
	}
	b.Sides[ChainSummary] = SideBlock{{byte(KindSummary)}}
	return b
}

func TestBlockRoundTrip(t *testing.T) {
	b := testBlock()
	enc := b.Append(nil)
	got, err := DecodeBlock(enc)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Append(nil), enc) || got.Hash() != b.Hash() || !reflect.DeepEqual(got.Sides, b.Sides) {
		t.Error("a block does not survive decoding")
	}
	for i := range enc {
		if _, err := DecodeBlock(enc[:i]); !errors.Is(err, ErrMalformed) {
			t.Fatalf("cut to %d bytes: %v", i, err)
		}
	}
	if _, err := DecodeBlock(append(enc, 0)); !errors.Is(err, ErrTrailing) {
		t.Errorf("a byte too many: %v", err)
	}
}

func TestBlockLimits(t *testing.T) {
	if _, err := DecodeBlock(make([]byte, MaxBlockSize+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("oversized: %v", err)
	}
	h := testHeader()
	if _, err := DecodeBlock(AppendVarInt(h.Append(nil), maxBlockTxs+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too many transactions: %v", err)
	}
	for c := VirtualChain(0); c < NumChains; c++ {
		fill := func(records, size int) error {
			b := &Block{Header: h}
			for range records {
				b.Sides[c] = append(b.Sides[c], make([]byte, size))
			}
			_, err := DecodeBlock(b.Append(nil))
			return err
		}
		size := min(c.MaxBytes(), MaxPayload)
		n := c.MaxBytes() / size
		if err := fill(n, size); err != nil {
			t.Errorf("side block %v filled: %v", c, err)
		}
		if c.MaxRecords() > n {
			if err := fill(n+1, size); !errors.Is(err, ErrTooLarge) {
				t.Errorf("side block %v over its bytes: %v", c, err)
			}
		}
		if err := fill(c.MaxRecords()+1, 1); !errors.Is(err, ErrTooLarge) {
			t.Errorf("side block %v over its records: %v", c, err)
		}
		if err := fill(1, 0); !errors.Is(err, ErrMalformed) {
			t.Errorf("empty payload in side block %v: %v", c, err)
		}
		if err := fill(1, MaxPayload+1); !errors.Is(err, ErrTooLarge) {
			t.Errorf("oversized payload in side block %v: %v", c, err)
		}
	}
}

func TestBlockTransactions(t *testing.T) {
	b := testBlock()
	txs, err := b.Transactions()
	if err != nil {
		t.Fatal(err)
	}
	for i, tx := range txs {
		c, _, ok := FindCommitment(tx.Msg)
		if ok != (tx.Payload != nil) || ok && (NetworkID{}).PayloadHash(tx.Payload) != c.Hash {
			t.Errorf("transaction %d has the wrong payload", i)
		}
	}
	for name, edit := range map[string]func(b *Block){
		"missing payload": func(b *Block) { b.Sides[ChainWork] = nil },
		"extra payload":   func(b *Block) { b.Sides[ChainScores] = SideBlock{{1}} },
		"one too many":    func(b *Block) { b.Sides[ChainWork] = append(b.Sides[ChainWork], []byte{1}) },
	} {
		b := testBlock()
		edit(b)
		if _, err := b.Transactions(); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// What no side block can hold is a consensus rule's to refuse.
	for _, k := range []Kind{0xff, KindSummary} {
		b := testBlock()
		b.Txs[1] = testMsg([]byte{byte(k)})
		if txs, err := b.Transactions(); err != nil || txs[1].Payload != nil {
			t.Errorf("kind %#x: %v", byte(k), err)
		}
	}
}

// A light client follows one virtual chain with two short proofs.
func TestSideRoot(t *testing.T) {
	n, b := NetworkID{7}, testBlock()
	roots, root := n.SideRoots(&b.Sides), n.SideRoot(&b.Sides)
	leaves := make([][]byte, NumChains)
	for c := range roots {
		leaves[c] = roots[c][:]
	}
	if !n.VerifyMerkle(root, roots[ChainWork][:], n.MerkleProof(leaves, int(ChainWork))) {
		t.Error("a side root's proof does not verify")
	}
	if roots[ChainScores] != (Hash{}) || roots[ChainWork] == roots[ChainMessages] {
		t.Error("side roots are wrong")
	}
	moved := testBlock()
	moved.Sides[ChainScores], moved.Sides[ChainWork] = moved.Sides[ChainWork], nil
	if n.SideRoot(&moved.Sides) == root {
		t.Error("the side root does not tell which chain a record is on")
	}
}

// The transaction root covers witnesses, so that nobody can alter them.
func TestTxRoot(t *testing.T) {
	n, b := NetworkID{7}, testBlock()
	root := n.TxRoot(b.Txs)
	b.Txs[1].TxIn[0].Witness[0][5] ^= 1
	if n.TxRoot(b.Txs) == root {
		t.Error("an altered witness keeps the root")
	}
	b.Txs[1].TxIn[0].Witness[0][5] ^= 1
	b.Txs[1], b.Txs[2] = b.Txs[2], b.Txs[1]
	if n.TxRoot(b.Txs) == root {
		t.Error("another order keeps the root")
	}
}

func TestVirtualChainLetters(t *testing.T) {
	for c := VirtualChain(0); c < NumChains; c++ {
		if got, ok := ParseVirtualChain(c.String()); !ok || got != c {
			t.Errorf("%v reads as %v", c, got)
		}
	}
	for _, s := range []string{"", "f", "A", "ab", "`"} {
		if _, ok := ParseVirtualChain(s); ok {
			t.Errorf("%q is a virtual chain", s)
		}
	}
	if VirtualChain(9).String() != "?" || VirtualChain(-1).String() != "?" {
		t.Error("unknown chains have letters")
	}
}

func FuzzDecodeBlock(f *testing.F) {
	f.Add(testBlock().Append(nil))
	f.Add((&Block{}).Append(nil))
	h := testHeader()
	f.Add(append(h.Append(nil), 0xfd, 0xff, 0x40))
	f.Fuzz(func(t *testing.T, b []byte) {
		blk, err := DecodeBlock(b)
		if err != nil {
			return
		}
		if !bytes.Equal(blk.Append(nil), b) {
			t.Fatal("a block has two encodings")
		}
		blk.Transactions()
	})
}
