package accounts

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/cosign"
)

// contributions gives the letters on their way from a person that contribute.
func (w *world) contributions(from *person) (out []*mail) {
	for i := range w.mail {
		if m := &w.mail[i]; m.from == from.self && m.payload[1] == kindContribute {
			out = append(out, m)
		}
	}
	return out
}

// A member that signs twice differently, sends rubbish, or speaks for another
// is refused and named; what was there stays, and a true contribution after
// that still counts.
func TestFalseContributions(t *testing.T) {
	alone(t)
	second := func(t *testing.T, w *world, id AccountID, d Proposal, liar *person) []byte {
		// Another life of the liar, with other nonces for the same attempt.
		other := *liar
		other.store, other.wallets = wallet.NewMemStore(), make(map[AccountID]*wallet.MemStore)
		other.start()
		if _, err := other.Import("x", liar.invite(liar, id)); err != nil {
			t.Fatal(err)
		}
		a := other.accounts[id]
		packet, err := liar.proposals[d.ID].packet.Only(-1).AddNonces(a.key)
		if err != nil {
			t.Fatal(err)
		}
		msg := contributionMsg{id, d.ID, shrink(packet.Slim(), liar.proposals[d.ID].base)}
		return msg.encode()
	}
	for _, c := range []struct {
		what string
		want error
		make func(t *testing.T, w *world, id AccountID, d Proposal, liar *person) []byte
	}{
		{"two nonces", cosign.ErrConflict, second},
		{"no PSBT", ErrPayload, func(t *testing.T, w *world, id AccountID, d Proposal, liar *person) []byte {
			msg := contributionMsg{id, d.ID, []byte("rubbish")}
			return msg.encode()
		}},
		{"a bomb", ErrTooLarge, func(t *testing.T, w *world, id AccountID, d Proposal, liar *person) []byte {
			msg := contributionMsg{id, d.ID, shrink(make([]byte, 20<<20), nil)}
			return msg.encode()
		}},
		{"all attempts at once", cosign.ErrAttempt, func(t *testing.T, w *world, id AccountID, d Proposal, liar *person) []byte {
			packet, err := liar.proposals[d.ID].packet.Restart(cosign.MaxAttempt)
			if err != nil {
				t.Fatal(err)
			}
			msg := contributionMsg{id, d.ID, shrink(packet.Slim(), liar.proposals[d.ID].base)}
			return msg.encode()
		}},
		{"another transaction", cosign.ErrTransaction, func(t *testing.T, w *world, id AccountID, d Proposal, liar *person) []byte {
			packet := liar.changed(id, d.ID)
			msg := contributionMsg{id, d.ID, shrink(packet.Slim(), liar.proposals[d.ID].base)}
			return msg.encode()
		}},
	} {
		t.Run(c.what, func(t *testing.T) {
			w := newWorld(t, nil)
			id, people := w.team(3, 0, types.Coin)
			d := people[0].propose(id, types.Coin/2)
			w.settle()
			liar := people[1]
			liar.sign(d.ID)
			w.settle()
			if err := people[0].HandleAccount(context.Background(), liar.self, c.make(t, w, id, d, liar)); err != nil {
				t.Fatal(err)
			}
			got := people[0].see(d.ID).Members[liar.accounts[id].me]
			if got.State != MemberRefused || !strings.Contains(got.Note, c.want.Error()) {
				t.Errorf("the liar stands as %+v", got)
			}
			people[0].sign(d.ID)
			people[2].sign(d.ID)
			w.settle()
			w.wantState(d.ID, StateSent)
		})
	}
}

// changed is the proposal's packet with a payment raised.
func (p *person) changed(id AccountID, proposal types.Hash) *cosign.Packet {
	p.w.t.Helper()
	old := p.proposals[proposal].packet
	tx := old.Tx()
	for _, o := range tx.Msg.TxOut {
		if a, _ := types.ScriptAddress(o.PkScript); a == ben.Address() {
			o.Value -= 1000
		}
	}
	packet, err := cosign.New(tx.Msg, old.Inputs(), tx.Payload, p.params.ID, p.accounts[id].record.desc, old.Change()...)
	if err != nil {
		p.w.t.Fatal(err)
	}
	return packet
}

// A member cannot contribute in another's name.
func TestSpeaksForAnother(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(3, 2, types.Coin)
	d := people[0].propose(id, types.Coin/2)
	w.settle()
	people[1].sign(d.ID)
	stolen := w.contributions(people[1])[0].payload
	w.mail = nil
	if err := people[0].HandleAccount(context.Background(), people[2].self, stolen); err != nil {
		t.Fatal(err)
	}
	if got := people[0].see(d.ID); got.Signed != 0 {
		t.Errorf("a signature was taken from another's mouth: %+v", got.Members)
	}
}

// A false partial signature ends nothing: the member is named.
func TestFalsePartial(t *testing.T) {
	w := newWorld(t, nil)
	id, people := w.team(2, 0, types.Coin)
	d := people[0].propose(id, types.Coin/2)
	w.settle()
	people[0].sign(d.ID)
	w.settle()
	people[1].sign(d.ID) // nonces and partial signature
	m := w.contributions(people[1])[0]
	msg, err := decodePayload(m.payload)
	if err != nil {
		t.Fatal(err)
	}
	base := people[0].proposals[d.ID].base
	psbt, err := expand(msg.(*contributionMsg).psbt, base)
	if err != nil {
		t.Fatal(err)
	}
	// The partial signature is the last field of the only input.
	i := bytes.LastIndex(psbt, []byte{0x20}) // length 32
	for ; i > 0; i = bytes.LastIndex(psbt[:i], []byte{0x20}) {
		bad := slices.Clone(psbt)
		if i+5 >= len(bad) {
			continue
		}
		bad[i+5] ^= 1
		if _, err := cosign.Decode(string(bad), w.gen.Params.ID, people[0].accounts[id].record.desc); errors.Is(err, cosign.ErrSignature) {
			forged := contributionMsg{id, d.ID, shrink(bad, base)}
			m.payload = forged.encode()
			break
		}
	}
	if i <= 0 {
		t.Fatal("found no signature to forge")
	}
	w.settle()
	if got := people[0].see(d.ID).Members[people[1].accounts[id].me]; got.State != MemberRefused {
		t.Errorf("the forger stands as %+v", got)
	}
	// The forger's true self begins anew.
	if _, err := people[1].Restart(context.Background(), d.ID); err == nil {
		w.settle()
		w.wantState(d.ID, StateSent)
	}
}

// What would lose or hide money is shown, with the reason, and not signed.
func TestUnsignable(t *testing.T) {
	alone(t)
	for _, c := range []struct {
		what string
		want error
		edit func(tx *wire.MsgTx, in []cosign.Input, p *person)
	}{
		{"an unknown coin", ErrUnknownCoin, func(tx *wire.MsgTx, in []cosign.Input, p *person) { tx.TxIn[0].PreviousOutPoint.Index += 100 }},
		{"another amount", ErrUnknownCoin, func(tx *wire.MsgTx, in []cosign.Input, p *person) { in[0].Amount += types.Coin }},
		{"no fee", ErrFee, func(tx *wire.MsgTx, in []cosign.Input, p *person) {
			tx.TxOut = []*wire.TxOut{wire.NewTxOut(int64(in[0].Amount), ben.Address().PkScript())}
		}},
		{"all fee", ErrFee, func(tx *wire.MsgTx, in []cosign.Input, p *person) {
			tx.TxOut = []*wire.TxOut{wire.NewTxOut(1000, ben.Address().PkScript())}
		}},
	} {
		w := newWorld(t, nil)
		id, people := w.team(2, 2, types.Coin)
		q := people[0].accounts[id]
		quote, err := q.wallet.Quote(wallet.Request{Outputs: []wallet.Output{{Address: ben.Address(), Amount: types.Coin / 2}}})
		if err != nil {
			t.Fatal(err)
		}
		u, err := q.wallet.Unsigned(quote)
		if err != nil {
			t.Fatal(err)
		}
		in := []cosign.Input{{Amount: u.Inputs[0].Amount, Address: u.Inputs[0].Address, Branch: uint32(u.Inputs[0].Branch), Index: u.Inputs[0].Index}}
		c.edit(u.Tx.Msg, in, people[0])
		packet, err := cosign.New(u.Tx.Msg, in, nil, w.gen.Params.ID, q.record.desc)
		if err != nil {
			t.Fatalf("%s: %v", c.what, err)
		}
		msg := proposalMsg{account: id, created: 1, expires: 1 << 62, note: "harmless", psbt: shrink(packet.Slim(), nil)}
		if err := people[1].HandleAccount(context.Background(), people[0].self, msg.encode()); err != nil {
			t.Fatal(err)
		}
		d := people[1].see(packet.TxID())
		if d.CanSign || !errors.Is(d.Why, c.want) {
			t.Errorf("%s: can sign %v, why %v", c.what, d.CanSign, d.Why)
		}
		_, err = people[1].Sign(context.Background(), d.ID, d.ID)
		wantErr(t, c.what, err, c.want)
		if d.Expires.After(w.now.Add(expireMost)) {
			t.Errorf("%s: expires %v", c.what, d.Expires)
		}
	}
}

// Change that claims to come back, at an address nobody looks at, is refused.
func TestFarChange(t *testing.T) {
	w := newWorld(t, nil)
	id, people := w.team(2, 2, types.Coin)
	desc := people[0].accounts[id].record.desc
	far, err := desc.Address(1, 5000)
	if err != nil {
		t.Fatal(err)
	}
	quote, err := people[0].accounts[id].wallet.Quote(wallet.Request{Outputs: []wallet.Output{{Address: far, Amount: types.Coin / 2}}})
	if err != nil {
		t.Fatal(err)
	}
	u, err := people[0].accounts[id].wallet.Unsigned(quote)
	if err != nil {
		t.Fatal(err)
	}
	packet, err := people[0].pack(people[0].accounts[id], u)
	if err != nil {
		t.Fatal(err)
	}
	var change []cosign.Change
	for i, o := range u.Tx.Msg.TxOut {
		if a, _ := types.ScriptAddress(o.PkScript); a == far {
			change = append(change, cosign.Change{Output: i, Branch: 1, Index: 5000})
		}
	}
	packet, err = cosign.New(u.Tx.Msg, packet.Inputs(), nil, w.gen.Params.ID, desc, change...)
	if err != nil {
		t.Fatal(err)
	}
	d, err := people[1].ImportPSBT(context.Background(), packet.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if !errors.Is(d.Why, ErrFarChange) {
		t.Errorf("why %v", d.Why)
	}
}

// Strangers' messages and those of no form are dropped and cost nothing.
func TestStrangers(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(2, 2, types.Coin)
	stranger := w.person()
	d := people[0].propose(id, types.Coin/2)
	letter := w.mail[0].payload
	decline := declineMsg{id, d.ID, "no"}
	for _, payload := range [][]byte{nil, {1}, letter, decline.encode(), bytes.Repeat([]byte{7}, maxPayload+1)} {
		if err := people[1].HandleAccount(context.Background(), stranger.self, payload); err != nil {
			t.Errorf("a stranger's message comes again: %v", err)
		}
	}
	if got := people[1].Proposals(id); len(got) != 0 {
		t.Errorf("took a stranger's proposal: %v", got)
	}
	if len(people[1].parked) != 0 {
		t.Error("kept a stranger's message")
	}
	for i := range maxParked + 50 {
		m := declineMsg{id, types.Hash{byte(i), byte(i >> 8), 1}, "early"}
		if err := people[1].HandleAccount(context.Background(), people[0].self, m.encode()); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(people[1].parked); got > maxParked {
		t.Errorf("%d messages wait", got)
	}
	// A member may flood proposals only so far.
	base := people[0].proposals[d.ID]
	for i := range maxOpen {
		tx := base.packet.Tx()
		tx.Msg.TxOut[0].Value -= int64(i)
		packet, err := cosign.New(tx.Msg, base.packet.Inputs(), nil, w.gen.Params.ID, people[0].accounts[id].record.desc)
		if err != nil {
			t.Fatal(err)
		}
		m := proposalMsg{account: id, expires: 1 << 62, psbt: shrink(packet.Slim(), nil)}
		if err := people[1].HandleAccount(context.Background(), people[0].self, m.encode()); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(people[1].Proposals(id)); got > maxOpen/2+1 {
		t.Errorf("%d proposals of one member", got)
	}
}

// The same by files, without messages.
func TestFiles(t *testing.T) {
	alone(t)
	for _, required := range []int{0, 2} {
		w := newWorld(t, nil)
		id, people := w.team(2, required, types.Coin)
		d := people[0].propose(id, types.Coin/2)
		w.mail = nil
		a, b := people[0], people[1]
		carry := func(from, to *person) Proposal {
			t.Helper()
			w.mail = nil
			text, err := from.Export(d.ID)
			if err != nil {
				t.Fatal(err)
			}
			got, err := to.ImportPSBT(context.Background(), text)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		a.sign(d.ID)
		if got := carry(a, b); got.Proposer != -1 || !got.CanSign {
			t.Errorf("from a file: %+v", got)
		}
		b.sign(d.ID)
		carry(b, a)
		carry(a, b)
		w.mail = nil
		w.wantState(d.ID, StateSent)
	}
}

func TestFilesRefused(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(2, 2, types.Coin)
	d := people[0].propose(id, types.Coin/2)
	w.settle()
	p := people[1]
	_, err := p.ImportPSBT(context.Background(), p.changed(id, d.ID).Encode())
	wantErr(t, "changed outputs", err, ErrChanged)
	_, err = p.ImportPSBT(context.Background(), "cHNidP8=")
	wantErr(t, "half a PSBT", err, cosign.ErrFormat)

	foreign := newWorld(t, func(p *consensus.Params) { p.Name = "elsewhere" })
	id2, others := foreign.team(2, 2, types.Coin)
	d2 := others[0].propose(id2, types.Coin/2)
	text, err := others[0].Export(d2.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.ImportPSBT(context.Background(), text)
	wantErr(t, "another network", err, ErrOtherNetwork)

	strangers := newWorld(t, nil)
	id3, third := strangers.team(2, 2, types.Coin)
	d3 := third[0].propose(id3, types.Coin/2)
	if text, err = third[0].Export(d3.ID); err != nil {
		t.Fatal(err)
	}
	_, err = p.ImportPSBT(context.Background(), text)
	wantErr(t, "another account", err, ErrOtherAccount)
}

// A member who is faster with a copy of a proposal whose amounts are false
// neither hides the true one nor makes its proposer look false.
func TestFalseCopyIsCorrected(t *testing.T) {
	alone(t)
	for _, required := range []int{0, 2} {
		w := newWorld(t, nil)
		id, people := w.team(3, required, types.Coin)
		honest, liar, victim := people[0], people[1], people[2]
		d := honest.propose(id, types.Coin/2)
		w.settle()
		p := honest.proposals[d.ID]
		copied := func(shift types.Amount) []byte {
			in := p.packet.Inputs()
			in[0].Amount += shift
			packet, err := cosign.New(p.packet.Tx().Msg, in, nil, w.gen.Params.ID, honest.accounts[id].record.desc, p.packet.Change()...)
			if err != nil {
				t.Fatal(err)
			}
			m := proposalMsg{account: id, expires: 1 << 62, note: "false", psbt: shrink(packet.Slim(), nil)}
			return m.encode()
		}
		deliver := func(from *person, payload []byte) {
			t.Helper()
			if err := victim.HandleAccount(context.Background(), from.self, payload); err != nil {
				t.Fatal(err)
			}
		}
		delete(victim.proposals, d.ID) // it did not come yet
		deliver(liar, copied(types.Coin))
		wantErr(t, "the false copy", victim.see(d.ID).Why, ErrUnknownCoin)
		deliver(honest, copied(0))
		if got := victim.see(d.ID); !got.CanSign || got.Proposer != honest.accounts[id].me {
			t.Errorf("required %d: the true proposal stands as %+v", required, got)
		}
		deliver(liar, copied(types.Coin))
		victim.sign(d.ID)
		deliver(liar, copied(types.Coin))
		honest.sign(d.ID)
		if required == 0 {
			liar.sign(d.ID)
		}
		w.settle()
		w.wantState(d.ID, StateSent)
	}
}

// Of another transaction than the proposal's nothing is verified: a thousand
// inputs of fifteen members would take seconds.
func TestLargeFilesAreRefusedFirst(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(2, 2, types.Coin)
	d := people[0].propose(id, types.Coin/2)
	w.settle()
	p := people[0].proposals[d.ID]
	tx, in := p.packet.Tx().Msg, p.packet.Inputs()
	for i := len(in); i < 700; i++ {
		op := tx.TxIn[0].PreviousOutPoint
		op.Index += uint32(i)
		tx.AddTxIn(wire.NewTxIn(&op, nil, nil))
		tx.TxIn[i].Sequence = tx.TxIn[0].Sequence
		in = append(in, in[0])
	}
	packet, err := cosign.New(tx, in, nil, w.gen.Params.ID, people[0].accounts[id].record.desc)
	if err != nil {
		t.Fatal(err)
	}
	large := &proposalMsg{account: id, expires: 1 << 62, psbt: shrink(packet.Slim(), nil)}
	c := people[1].begin()
	wantErr(t, "a proposal", people[1].takeProposal(c, people[0].self, large), ErrTooLarge)
	next := people[1].proposals[d.ID].clone()
	_, err = people[1].combine(next, 0, &contributionMsg{id, d.ID, shrink(packet.Slim(), next.base)})
	wantErr(t, "a contribution", err, cosign.ErrTransaction)
}

// No message and no file puts a proposal at an attempt from which it cannot
// begin anew, or at which the other members are not.
func TestFarAttempts(t *testing.T) {
	w := newWorld(t, nil)
	id, people := w.team(2, 0, types.Coin)
	d := people[0].propose(id, types.Coin/2)
	w.settle()
	victim := people[1]
	packet := victim.proposals[d.ID].packet
	far, err := packet.Restart(cosign.MaxAttempt)
	if err != nil {
		t.Fatal(err)
	}
	next, err := packet.Restart(2)
	if err != nil {
		t.Fatal(err)
	}
	_, err = victim.ImportPSBT(context.Background(), far.Encode())
	wantErr(t, "a file about a proposal", err, cosign.ErrAttempt)
	delete(victim.proposals, d.ID)
	_, err = victim.ImportPSBT(context.Background(), far.Encode())
	wantErr(t, "a file with a proposal", err, cosign.ErrAttempt)
	for _, p := range []*cosign.Packet{next, far} {
		msg := &proposalMsg{account: id, expires: 1 << 62, psbt: shrink(p.Slim(), nil)}
		wantErr(t, "a proposal", victim.takeProposal(victim.begin(), people[0].self, msg), cosign.ErrAttempt)
	}
	if _, err := victim.ImportPSBT(context.Background(), next.Encode()); err != nil {
		t.Errorf("a file of the second attempt: %v", err)
	}
}
