package cosign

import (
	"bytes"
	"errors"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// consensusCheck runs the chain's own rules for a spend.
func consensusCheck(t testing.TB, p *Packet, tx *types.Tx) {
	t.Helper()
	s := &consensus.Spend{Tx: tx}
	fetch := p.previous()
	for _, in := range tx.Msg.TxIn {
		s.Prevs = append(s.Prevs, fetch.FetchPrevOutput(in.PreviousOutPoint))
	}
	if err := s.Verify(); err != nil {
		t.Fatal(err)
	}
}

func TestThresholdFlow(t *testing.T) {
	for _, c := range []struct{ k, n, inputs int }{{1, 2, 1}, {2, 2, 3}, {2, 3, 2}, {3, 5, 4}, {8, 15, 2}, {15, 15, 1}} {
		for _, payload := range [][]byte{nil, messageRecord()} {
			if raceOn && c.n > 5 {
				continue
			}
			d, ws := account(t, c.k, c.n)
			p := propose(t, d, c.inputs, payload)
			merged := p
			for i := range c.k {
				m := (i*2 + 1) % c.n // any members, in any order
				if c.k == c.n || c.n%2 == 0 {
					m = c.n - 1 - i
				}
				if _, err := merged.Finalise(); merged.Status().Complete || err == nil {
					t.Fatalf("%v: complete with %d signatures", c, i)
				}
				signed := must(pass(t, p).Sign(ws[m].account))(t)
				merged = must(CombineFrom(merged, pass(t, signed.Only(m)), m))(t)
				if s := merged.Status(); s.Signed != i+1 || !s.Members[m].Signed {
					t.Fatalf("%v: %d signed after %d", c, s.Signed, i+1)
				}
			}
			s := merged.Status()
			if !s.Complete || s.Round != RoundComplete {
				t.Fatalf("%v: not complete", c)
			}
			tx := must(pass(t, merged).Finalise())(t)
			consensusCheck(t, p, tx)
			if tx.ID() != p.TxID() {
				t.Fatal("signing changed the transaction's id")
			}
			checkBlank(t, p, tx)
		}
	}
}

// checkBlank checks that fees reckoned with the blank witness are right.
func checkBlank(t *testing.T, p *Packet, tx *types.Tx) {
	t.Helper()
	blank := p.Tx()
	for i := range blank.Msg.TxIn {
		blank.Msg.TxIn[i].Witness = p.account.BlankWitness()
	}
	if blank.VSize() != tx.VSize() {
		t.Fatalf("blank witness: %d virtual bytes, signed %d", blank.VSize(), tx.VSize())
	}
}

func TestMuSigFlow(t *testing.T) {
	for _, c := range []struct{ n, inputs int }{{2, 1}, {2, 3}, {3, 2}, {5, 2}, {15, 1}} {
		for _, payload := range [][]byte{nil, messageRecord()} {
			if raceOn && c.n > 3 {
				continue
			}
			d, ws := account(t, 0, c.n)
			p := propose(t, d, c.inputs, payload)
			tx := signAll(t, p, ws)
			consensusCheck(t, p, tx)
			checkBlank(t, p, tx)
			for _, w := range ws {
				if held := w.store.HeldNonces(); held != 0 {
					t.Fatalf("%d nonces held after signing", held)
				}
			}
		}
	}
}

// signAll goes through both rounds, every packet encoded between members.
func signAll(t *testing.T, p *Packet, ws []wallet) *types.Tx {
	t.Helper()
	merged := p
	for m, w := range ws {
		mine := must(pass(t, p).AddNonces(w.account))(t)
		if _, err := mine.Sign(w.account); err == nil {
			t.Fatal("signed without the others' nonces")
		}
		merged = must(CombineFrom(merged, pass(t, mine.Only(m)), m))(t)
	}
	if s := merged.Status(); s.Round != RoundSignatures {
		t.Fatalf("round %d with all nonces", s.Round)
	}
	ready := merged
	for m, w := range ws {
		signed := must(pass(t, ready).Sign(w.account))(t)
		slim, err := Decode(string(signed.Only(m).Slim()), testNetwork, p.account)
		if err != nil {
			t.Fatal(err)
		}
		merged = must(CombineFrom(merged, slim, m))(t)
	}
	if s := merged.Status(); !s.Complete || s.Signed != len(ws) {
		t.Fatalf("not complete: %+v", s)
	}
	return must(pass(t, merged).Finalise())(t)
}

// What a packet tells of itself, also after it was sent.
func TestPacketTells(t *testing.T) {
	d, ws := account(t, 0, 2)
	p := propose(t, d, 2, messageRecord())
	for _, p := range []*Packet{p, pass(t, p)} {
		if p.Fee() != 30_000 || p.Network() != testNetwork || p.Attempt() != 1 || p.Account().ID() != d.ID() {
			t.Errorf("%v %v %d", p.Fee(), p.Network(), p.Attempt())
		}
		if c := p.Change(); len(c) != 1 || c[0] != (Change{1, 1, 5}) {
			t.Errorf("change %v", c)
		}
		if in := p.Inputs(); len(in) != 2 || in[1].Amount != 100_001 || in[1].Branch != 1 || in[1].Index != 1 {
			t.Errorf("inputs %v", in)
		}
		s := p.Status()
		if !s.MuSig2 || s.Required != 2 || s.Round != RoundNonces || s.Signed != 0 || s.Complete || s.Members[0].Agreed {
			t.Errorf("%+v", s)
		}
	}
	agreed := must(p.AddNonces(ws[1].account))(t)
	if s := agreed.Status(); s.Members[0].Agreed || !s.Members[1].Agreed || s.Members[1].Signed {
		t.Errorf("%+v", s)
	}
	if p.Status().Members[1].Agreed {
		t.Error("a step changed the packet that it began with")
	}
	tx := p.Tx()
	tx.Msg.TxOut[0].Value = 5
	tx.Payload[0]++
	if p.Tx().Msg.TxOut[0].Value == 5 || p.Tx().Payload[0] == tx.Payload[0] {
		t.Error("the packet's own transaction was handed out")
	}
}

// Some programs add the whole previous transaction, with or without witness.
func TestPreviousTransaction(t *testing.T) {
	d, _ := account(t, 1, 2)
	tx, in, change := payment(t, d, 1, nil)
	previous := wire.NewMsgTx(2)
	previous.AddTxIn(wire.NewTxIn(&wire.OutPoint{Index: 7}, nil, nil))
	previous.AddTxOut(wire.NewTxOut(5, in[0].Address.PkScript()))
	previous.AddTxOut(wire.NewTxOut(int64(in[0].Amount), in[0].Address.PkScript()))
	tx.TxIn[0].PreviousOutPoint = wire.OutPoint{Hash: previous.TxHash(), Index: 1}
	for index, want := range map[uint32]error{1: nil, 0: ErrInput, 2: ErrInput} {
		tx.TxIn[0].PreviousOutPoint.Index = index
		p := must(New(tx, in, nil, testNetwork, d, change...))(t)
		for _, witness := range []wire.TxWitness{nil, {{1}}} {
			previous.TxIn[0].Witness = witness
			var b bytes.Buffer
			if err := previous.Serialize(&b); err != nil {
				t.Fatal(err)
			}
			_, err := Decode(reencode(t, p, func(r *raw) {
				r.inputs[0] = append(r.inputs[0], field{[]byte{inNonWitnessUTXO}, b.Bytes()})
			}), testNetwork, d)
			if !errors.Is(err, want) {
				t.Errorf("output %d: %v, want %v", index, err, want)
			}
		}
	}
}
