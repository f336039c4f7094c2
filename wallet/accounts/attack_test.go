package accounts

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcutil/v2/hdkeychain"
	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/cosign"
)

// alone skips a test under the race detector: nothing in it is concurrent, and
// it takes ten times as long there.
func alone(t *testing.T) {
	t.Helper()
	if raceOn {
		t.Skip("nothing concurrent, and slow")
	}
}

// otherNonces is a contribution of a member's for the same attempt with nonces
// of another life.
func (p *person) otherNonces(id AccountID, d types.Hash) []byte {
	t := p.w.t
	t.Helper()
	other := *p
	other.store, other.wallets = wallet.NewMemStore(), make(map[AccountID]*wallet.MemStore)
	other.start()
	if _, err := other.Import("x", p.invite(p, id)); err != nil {
		t.Fatal(err)
	}
	packet, err := p.proposals[d].packet.Only(-1).AddNonces(other.accounts[id].key)
	if err != nil {
		t.Fatal(err)
	}
	msg := contributionMsg{id, d, shrink(packet.Slim(), p.proposals[d].base)}
	return msg.encode()
}

// A member who gives two others different nonces makes neither of them look
// like a liar to the other.
func TestFramedByNonces(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(3, 0, types.Coin)
	a, b, liar := people[0], people[1], people[2]
	d := a.propose(id, types.Coin/2)
	w.settle()
	liar.sign(d.ID)
	other := liar.otherNonces(id, d.ID)
	for _, m := range w.contributions(liar) {
		if m.to == b.self {
			m.payload = other
		}
	}
	a.sign(d.ID)
	b.sign(d.ID)
	w.settle()
	got := a.see(d.ID)
	if s := got.Members[b.accounts[id].me].State; s == MemberRefused || !errors.Is(got.Why, cosign.ErrDisagree) {
		t.Errorf("the honest member stands as %q, why %v", s, got.Why)
	}
	if _, err := a.Restart(context.Background(), d.ID); err != nil {
		t.Fatal(err)
	}
	w.settle()
	w.wantState(d.ID, StateSent)
}

// What failed is stored with the routine; whatever bytes are in it, the
// accounts open again.
func TestStoredReasonsAreText(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(2, 2, types.Coin)
	p := people[0]
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p.jobs = &jobs{err: errors.New("open /tmp/a\xff\x01b: no such file")}
	p.start()
	if _, err := p.PutRoutine(Routine{Account: id, Kind: RoutineTask, Job: []byte("render"), Note: "daily"}); err != nil {
		t.Fatal(err)
	}
	w.gen.SkipTo((w.epoch()+1)*60 + 30)
	w.mine(1)
	w.settle()
	if p.Routines(id)[0].Problem == "" {
		t.Fatal("no problem told")
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p.start()
}

// forge makes a proposal's letter of a member's that spends all confirmed coins
// of an account to an address, whatever it is said to be.
func (p *person) forge(id AccountID, msg proposalMsg, outs []wallet.Output, rec types.Record) (types.Hash, []byte) {
	t := p.w.t
	t.Helper()
	a := p.accounts[id]
	quote, err := a.wallet.Quote(wallet.Request{Outputs: outs, All: rec == nil})
	if rec != nil {
		quote, err = a.wallet.BuildRecord(rec, wallet.RecordOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
	u, err := a.wallet.Unsigned(quote)
	if err != nil {
		t.Fatal(err)
	}
	packet, err := p.pack(a, u)
	if err != nil {
		t.Fatal(err)
	}
	msg.account, msg.psbt = id, shrink(packet.Slim(), nil)
	return packet.TxID(), msg.encode()
}

func (p *person) take(from *person, payload []byte) {
	p.w.t.Helper()
	if err := p.HandleAccount(context.Background(), from.self, payload); err != nil {
		p.w.t.Fatal(err)
	}
}

// A proposal that says it is a routine's is shown as one only when it does what
// the routine does; and none that cannot be signed stands in the routine's way.
func TestForgedSweep(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(2, 2)
	victim, liar := people[0], people[1]
	if victim.accounts[id].me != 0 {
		victim, liar = liar, victim
	}
	w.toEpoch(2)
	r, err := victim.PutRoutine(Routine{Account: id, Kind: RoutineSweep, Epochs: 2, To: ben.Address()})
	if err != nil {
		t.Fatal(err)
	}
	w.pay(victim.account(id).Address, types.Coin)
	w.mine(1)
	to := []wallet.Output{{Address: liar.self}}
	forged, letter := liar.forge(id, proposalMsg{tag: tag{r.ID, 1, 0}, expires: 1 << 62}, to, nil)
	victim.take(liar, letter)
	if got := victim.see(forged); got.Routine != (RoutineID{}) {
		t.Error("a payment to the liar is shown as the routine's")
	}
	if _, err := victim.Decline(context.Background(), forged, ""); err != nil {
		t.Fatal(err)
	}
	to[0].Address = ben.Address()
	_, letter = liar.forge(id, proposalMsg{tag: tag{r.ID, 1, 0}, created: 1, expires: 2}, to, nil)
	victim.take(liar, letter)
	w.toEpoch(4)
	w.mail = nil
	liar.away = true
	w.settle()
	for _, d := range victim.Proposals(id) {
		if d.Routine == r.ID && d.State == StateOpen {
			return
		}
	}
	t.Errorf("one dead letter kept the sweep away: %+v", victim.Routines(id))
}

// A sweep of one grain of dust to the right address is the routine's, but not
// the period's: ours sweeps the rest all the same, whether the dust is waiting
// or was declined; and a true one of another member counts.
func TestDustSweep(t *testing.T) {
	alone(t)
	for _, c := range []struct {
		what          string
		dust, decline bool
		want          int
	}{{"dust", true, false, 1}, {"declined dust", true, true, 1}, {"all of it", false, false, 0}} {
		w := newWorld(t, nil)
		id, people := w.team(2, 2)
		victim, liar := people[0], people[1]
		if victim.accounts[id].me != 0 {
			victim, liar = liar, victim
		}
		w.toEpoch(2)
		r, err := victim.PutRoutine(Routine{Account: id, Kind: RoutineSweep, Epochs: 2, To: ben.Address()})
		if err != nil {
			t.Fatal(err)
		}
		w.pay(victim.account(id).Address, types.Coin, types.Coin/1000)
		w.mine(1)
		sweep := Request{Account: id, Outputs: []wallet.Output{{Address: ben.Address()}}, All: true, tag: tag{r.ID, 1, 0}}
		coins := liar.accounts[id].wallet.Coins()
		if c.dust {
			sweep.Coins = []wire.OutPoint{coins[len(coins)-1].OutPoint}
		}
		d, err := liar.Propose(context.Background(), sweep)
		if err != nil {
			t.Fatal(err)
		}
		w.settle()
		if c.decline {
			if _, err := victim.Decline(context.Background(), d.ID, "dust"); err != nil {
				t.Fatal(err)
			}
		}
		w.toEpoch(4)
		liar.away = true
		w.settle()
		mine := 0
		for _, p := range victim.Proposals(id) {
			if p.Routine == r.ID && p.Proposer == victim.accounts[id].me {
				if mine++; p.Total < types.Coin {
					t.Errorf("%s: ours sweeps %v", c.what, p.Total)
				}
			}
		}
		if mine != c.want {
			t.Errorf("%s: %d sweeps of ours: %+v", c.what, mine, victim.Routines(id))
		}
	}
}

// What we declined holds no coins of ours back, whatever the others do.
func TestDeclinedHoldsNothing(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(3, 2, types.Coin)
	victim, liar := people[0], people[1]
	d, letter := liar.forge(id, proposalMsg{expires: 1 << 62}, []wallet.Output{{Address: liar.self}}, nil)
	victim.take(liar, letter)
	if victim.account(id).Balance.Held == 0 {
		t.Error("the coins of an open proposal are free")
	}
	if _, err := victim.Decline(context.Background(), d, "no"); err != nil {
		t.Fatal(err)
	}
	victim.propose(id, types.Coin/2)
}

// What expired can be proposed again, though it is the same transaction: for
// everybody, with the signatures that there are, and asking again for consent.
func TestProposedAgain(t *testing.T) {
	alone(t)
	for _, required := range []int{0, 2} {
		w := newWorld(t, nil)
		id, people := w.team(2, required, types.Coin)
		all := Request{Account: id, Outputs: []wallet.Output{{Address: ben.Address()}}, All: true}
		first, err := people[0].Propose(context.Background(), all)
		if err != nil {
			t.Fatal(err)
		}
		w.settle()
		people[1].sign(first.ID)
		w.settle()
		w.now = w.now.Add(expireAfter + 1)
		w.wantState(first.ID, StateExpired)
		second, err := people[0].Propose(context.Background(), all)
		if err != nil || second.ID != first.ID {
			t.Fatalf("again: %v, %v", second.ID, err)
		}
		letter := w.mail[0].payload
		w.settle()
		w.wantState(first.ID, StateOpen)
		if got := people[1].see(first.ID); got.Agreed != (required > 0) || got.Signed != min(required, 1) {
			t.Errorf("required %d: agreed %v, signed %d", required, got.Agreed, got.Signed)
		}
		if _, err := people[1].Decline(context.Background(), first.ID, ""); required == 0 && err != nil {
			t.Fatal(err)
		}
		people[1].take(people[0], letter) // comes twice
		if got := people[1].see(first.ID); required == 0 && got.State != StateDeclined {
			t.Errorf("an old letter opened it again: %s", got.State)
		}
		if required > 0 {
			people[0].sign(first.ID)
			w.settle()
			w.wantState(first.ID, StateSent)
		}
	}
}

// A member who floods with proposals that are over pushes out nobody's but its
// own.
func TestFloodOfDeadProposals(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(2, 2, types.Coin)
	victim, liar := people[0], people[1]
	d := victim.propose(id, types.Coin/2)
	w.settle()
	w.now = w.now.Add(expireAfter + 1)
	base := victim.proposals[d.ID].packet
	for i := range maxKept + 10 {
		tx := base.Tx()
		tx.Msg.TxOut[0].Value -= int64(1 + i)
		packet, err := cosign.New(tx.Msg, base.Inputs(), nil, w.gen.Params.ID, victim.accounts[id].record.desc)
		if err != nil {
			t.Fatal(err)
		}
		m := proposalMsg{account: id, created: 1 << 62, expires: 1, psbt: shrink(packet.Slim(), nil)}
		victim.take(liar, m.encode())
	}
	if got := victim.see(d.ID); got.State != StateExpired {
		t.Errorf("state %s", got.State)
	}
	if got := len(victim.Proposals(id)); got > maxKept {
		t.Errorf("%d proposals", got)
	}
}

// Who takes an account up after something was proposed gets it all the same,
// as does a member whose address becomes known later, and a new machine.
func TestLateMember(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	a, b, c := w.person(), w.person(), w.person()
	made, err := a.Create("Till", 0, []string{a.line, b.line, c.line})
	if err != nil {
		t.Fatal(err)
	}
	id := made.ID
	w.pay(made.Address, types.Coin)
	w.mine(1)
	d := a.propose(id, types.Coin/2)
	a.sign(d.ID)
	w.settle() // b knows no such account, and drops it all
	for _, p := range []*person{b, c} {
		if _, err := p.Import("", p.invite(a, id)); err != nil {
			t.Fatal(err)
		}
	}
	w.settle()
	if got := b.see(d.ID); !got.CanSign || got.Members[a.accounts[id].me].State != MemberAgreed {
		t.Fatalf("the late member sees %+v", got)
	}
	w.now = w.now.Add(askEvery)
	w.mail = nil
	// Asking for ever is not answered for ever.
	ask := askMsg{id}
	for range 5 {
		a.take(b, ask.encode())
	}
	if n := len(a.outbox); n != 2 {
		t.Errorf("%d letters of answers", n)
	}
	// b agrees, and its machine burns; the words and the line are left.
	b.sign(d.ID)
	w.settle()
	w.now = w.now.Add(askEvery)
	b.store, b.wallets = wallet.NewMemStore(), make(map[AccountID]*wallet.MemStore)
	b.start()
	if _, err := b.Import("", b.invite(a, id)); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if got := b.account(id).Balance.Total; got != types.Coin {
		t.Errorf("the new machine finds %v", got)
	}
	b.sign(d.ID)
	c.sign(d.ID)
	w.settle()
	w.wantState(d.ID, StateSent)
}

func TestAddressKnownLater(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(2, 2, types.Coin)
	a, b := people[0], people[1]
	key, none := a.account(id).Members[b.accounts[id].me].Key, types.Address{}
	if _, err := a.EditMember(id, key, nil, &none); err != nil {
		t.Fatal(err)
	}
	d := a.propose(id, types.Coin/2)
	w.settle()
	if _, err := a.EditMember(id, key, nil, &b.self); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if got := b.see(d.ID); !got.CanSign {
		t.Errorf("the member sees %+v", got)
	}
}

// Invitations by which coins or letters would go astray are refused.
func TestHostileInvitations(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(2, 2)
	p, other, liar := people[0], people[1], w.person()
	_, second, err := p.Key()
	if err != nil {
		t.Fatal(err)
	}
	at := func(line string, a types.Address) string { return Line(line[:strings.Index(line, " ")], "ct", a) }
	fingerprint := p.line[1:9]
	false1 := strings.ReplaceAll(second, fingerprint, "01020304")
	for _, c := range []struct {
		what  string
		want  error
		name  string
		lines []string
	}{
		{"our key twice", ErrInvitation, "x", []string{p.line, second, liar.line}},
		{"one address of two members", ErrInvitation, "x", []string{second, other.line, at(liar.line, other.self)}},
		{"our address of another", ErrInvitation, "x", []string{second, other.line, at(liar.line, p.self)}},
		{"another address of ours", ErrInvitation, "x", []string{at(second, liar.self), other.line}},
		{"our key with another fingerprint", ErrInvitation, "x", []string{false1, other.line}},
		{"a name that looks like one here", ErrName, "Тill", []string{second, other.line}},
		{"the same coins under another id", ErrExists, "x", []string{p.line, strings.ReplaceAll(other.line, other.line[1:9], "01020304")}},
	} {
		_, err := p.Create(c.name, 2, c.lines)
		wantErr(t, c.what, err, c.want)
	}
	if _, err := p.Create("Mine", 2, []string{second, other.line, liar.line}); err != nil {
		t.Error(err)
	}
	_, err = p.Rename(id, "Мine")
	wantErr(t, "renaming to a twin", err, ErrName)
}

// What MuSig2 does not sign with (a member's fingerprint, the chain code and
// parent of its key) makes another line of the same coins, but no second account.
func TestSameCoinsAnotherLine(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	_, people := w.team(2, 0)
	p, other := people[0], people[1]
	end := strings.Index(other.line, "]") + 1
	key, err := hdkeychain.NewKeyFromString(strings.Fields(other.line[end:])[0])
	if err != nil {
		t.Fatal(err)
	}
	pub, err := key.ECPubKey()
	if err != nil {
		t.Fatal(err)
	}
	for what, x := range map[string]*hdkeychain.ExtendedKey{
		"chain code": hdkeychain.NewExtendedKey(key.Version(), pub.SerializeCompressed(), make([]byte, 32), binary.BigEndian.AppendUint32(nil, key.ParentFingerprint()), key.Depth(), key.ChildIndex(), false),
		"parent":     hdkeychain.NewExtendedKey(key.Version(), pub.SerializeCompressed(), key.ChainCode(), []byte{1, 2, 3, 4}, key.Depth(), key.ChildIndex(), false),
	} {
		_, err := p.Create("Second", 0, []string{p.line, other.line[:end] + x.String()})
		wantErr(t, what, err, ErrExists)
	}
}

// Nobody proves that an address is of a member's key: who joins by an
// invitation is told to compare, who knows no address has nothing to compare.
func TestImportWarns(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(2, 2)
	a, b := people[0], people[1]
	for _, c := range []struct {
		text string
		want bool
	}{{b.invite(a, id), true}, {a.account(id).Descriptor, false}} {
		if err := b.Remove(id); err != nil {
			t.Fatal(err)
		}
		got, err := b.Import("x", c.text)
		if err != nil || slices.Contains(got.Warnings, WarnMembers) != c.want {
			t.Errorf("warnings %v, %v", got.Warnings, err)
		}
	}
}

// warned reports whether a proposal carries a warning.
func (d *Proposal) warned(w Warning) bool { return slices.Contains(d.Warnings, w) }

// What a careful person looks at before signing is said.
func TestWarnings(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(3, 2, types.Coin, types.Coin, 1000*types.Coin)
	a, b := people[0], people[1]
	d := a.propose(id, types.Coin/2)
	if !d.warned(WarnNew) || d.warned(WarnExpires) || d.warned(WarnHighFee) || d.warned(WarnStays) {
		t.Errorf("a first payment: %q", d.Warnings)
	}
	w.settle()
	a.sign(d.ID)
	b.sign(d.ID)
	w.settle()
	w.mine(1)
	w.settle()
	d, err := a.Propose(context.Background(), Request{Account: id, Rate: 5000,
		Outputs: []wallet.Output{{Address: ben.Address(), Amount: 900 * types.Coin}, {Address: b.self, Amount: types.Coin}}})
	if err != nil {
		t.Fatal(err)
	}
	if d.warned(WarnNew) || !d.warned(WarnHighFee) {
		t.Errorf("a second payment with an absurd rate: %q", d.Warnings)
	}
	w.settle()
	w.now = w.now.Add(expireAfter - time.Hour)
	b.sign(d.ID)
	w.settle()
	if d = a.see(d.ID); !d.warned(WarnExpires) {
		t.Errorf("an hour before: %q", d.Warnings)
	}
	w.now = w.now.Add(2 * time.Hour)
	if d = a.see(d.ID); d.State != StateExpired || !d.warned(WarnStays) {
		t.Errorf("expired, with b's signature out: %s, %q", d.State, d.Warnings)
	}
}

// The node that a job names is the one that its proposer is known by.
func TestOperatorWarnings(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(3, 2, types.Coin)
	victim, liar := people[0], people[1]
	for operator, want := range map[types.Address]Warning{
		{}: WarnNobody, ben.Address(): WarnOperator, people[2].self: WarnMember, liar.self: "",
	} {
		post := &types.JobPost{Dapp: chaintest.DappID(), Spec: []byte("x"), Duration: 100, Bid: types.Coin / 10, Operator: operator}
		d, letter := liar.forge(id, proposalMsg{expires: 1 << 62}, nil, post)
		victim.take(liar, letter)
		got := victim.see(d)
		for _, all := range []Warning{WarnNobody, WarnOperator, WarnMember} {
			if got.warned(all) != (all == want) {
				t.Errorf("want %q: %q", want, got.Warnings)
			}
		}
	}
}

func TestAlike(t *testing.T) {
	alone(t)
	x := ben.Address()
	y := x
	for i := uint32(1); y == x || !alike("ct", x, y); i++ {
		if i == 1<<19 {
			t.Fatal("no address looks like another")
		}
		binary.BigEndian.PutUint32(y[28:], i)
	}
	if p, q := types.EncodeAddress("ct", x), types.EncodeAddress("ct", y); p == q || p[:7] != q[:7] || p[len(p)-3:] != q[len(q)-3:] {
		t.Errorf("%s and %s", p, q)
	}
	if alike("ct", x, ann.Address()) {
		t.Error("any two look alike")
	}
}

// An advertisement bids for its place by its fee, which no rate bounds.
func TestDearAdvertisement(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(2, 2, 9*types.Coin)
	ad := &types.Advertisement{Intent: types.AdService, Title: "A boat", Text: "blue", Category: "boats"}
	d, err := people[0].Propose(context.Background(), Request{Account: id, Record: ad, Whole: 3 * types.Coin})
	if err != nil {
		t.Fatal(err)
	}
	if !d.CanSign || !d.warned(WarnHighFee) {
		t.Errorf("can sign %v, why %v, %q", d.CanSign, d.Why, d.Warnings)
	}
}

// Change beyond what a restore comes to is refused, also by a member whose
// wallet looks further since it handed out addresses.
func TestChangeBeyondRestore(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(2, 2, types.Coin)
	victim, liar := people[0], people[1]
	for range 30 {
		if _, err := victim.accounts[id].wallet.NewAddress(""); err != nil {
			break
		}
	}
	desc := victim.accounts[id].record.desc
	far, err := desc.Address(0, 30)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, ok := victim.accounts[id].wallet.Path(far); !ok {
		t.Fatal("the test's address is too far")
	}
	d, letter := liar.forge(id, proposalMsg{expires: 1 << 62}, []wallet.Output{{Address: far}}, nil)
	victim.take(liar, letter)
	if got := victim.see(d); got.Outputs[0].Change || got.Total < types.Coin {
		t.Errorf("what a restore would not find is shown as coming back: %+v", got.Outputs)
	}
}

// plainPSBT leaves our own fields out of a PSBT, as a program does that makes
// it anew.
func plainPSBT(t *testing.T, text string) string {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	r := types.NewReader(b[5:])
	out := slices.Clone(b[:5])
	for key := r.Bytes(1 << 20); len(key) > 0; key = r.Bytes(1 << 20) {
		value := r.Bytes(1 << 20)
		if key[0] != 0xfc {
			out = types.AppendBytes(types.AppendBytes(out, key), value)
		}
	}
	return base64.StdEncoding.EncodeToString(append(append(out, 0), b[len(b)-r.Len():]...))
}

// A PSBT with the standards' fields alone is taken: for a proposal that is
// here, and as a new one when it spends the coins of an account here.
func TestPlainPSBT(t *testing.T) {
	alone(t)
	for _, required := range []int{0, 2} {
		w := newWorld(t, nil)
		id, people := w.team(2, required, types.Coin)
		a, b := people[0], people[1]
		d := a.propose(id, types.Coin/2)
		w.mail = nil
		carry := func(from, to *person) {
			t.Helper()
			text, err := from.Export(d.ID)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := to.ImportPSBT(context.Background(), plainPSBT(t, text)); err != nil {
				t.Fatal(err)
			}
			w.mail = nil
		}
		a.sign(d.ID)
		carry(a, b)
		if got := b.see(d.ID); !got.CanSign || len(got.Outputs) != 2 || got.Outputs[0].Change == got.Outputs[1].Change {
			t.Errorf("a new one: can sign %v, why %v, %+v", got.CanSign, got.Why, got.Outputs)
		}
		b.sign(d.ID)
		carry(b, a)
		carry(a, b)
		w.wantState(d.ID, StateSent)
		text, err := a.Export(d.ID)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.person().ImportPSBT(context.Background(), plainPSBT(t, text))
		wantErr(t, "of nobody here", err, ErrOtherAccount)
	}
}

// What waits for other messages is bounded in bytes for each sender, and goes
// with the last account that the sender is in.
func TestParkedIsBounded(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(2, 2)
	victim, liar := people[0], people[1]
	parked := func() (size int) {
		for _, p := range victim.parked {
			size += len(p.payload)
		}
		return size
	}
	for i := range 30 {
		msg := contributionMsg{id, types.Hash{1, byte(i)}, bytes.Repeat([]byte{byte(i)}, 800_000)}
		whole := msg.encode()
		for _, part := range split(whole, [16]byte{byte(i)}) {
			victim.take(liar, part)
		}
	}
	if got := parked(); got > maxParkedAll || got < maxParkedAll/2 {
		t.Errorf("%d bytes wait", got)
	}
	if err := victim.Remove(id); err != nil {
		t.Fatal(err)
	}
	if got := parked(); got != 0 {
		t.Errorf("%d bytes wait for an account that is gone", got)
	}
}

// A copy of a proposal that differs in what it tells besides the transaction
// does not part the members who got it from those who got the true one.
func TestCopyDoesNotPart(t *testing.T) {
	alone(t)
	for _, required := range []int{0, 2} {
		w := newWorld(t, nil)
		id, people := w.team(3, required, types.Coin)
		honest, liar, victim := people[0], people[1], people[2]
		d := honest.propose(id, types.Coin/2)
		w.settle()
		delete(victim.proposals, d.ID) // its letter was slower
		old := honest.proposals[d.ID].packet
		packet, err := cosign.New(old.Tx().Msg, old.Inputs(), nil, w.gen.Params.ID, honest.accounts[id].record.desc)
		if err != nil {
			t.Fatal(err)
		}
		m := proposalMsg{account: id, expires: 1 << 62, psbt: shrink(packet.Slim(), nil)}
		victim.take(liar, m.encode())
		honest.sign(d.ID)
		victim.sign(d.ID)
		if required == 0 {
			liar.sign(d.ID)
		}
		w.settle()
		w.wantState(d.ID, StateSent)
	}
}

// A copy that ends soon or has ended does not shorten the true proposal's life.
func TestShortLivedCopy(t *testing.T) {
	alone(t)
	for _, left := range []time.Duration{-time.Hour, time.Minute} {
		w := newWorld(t, nil)
		id, people := w.team(3, 2, types.Coin)
		honest, liar, victim := people[0], people[1], people[2]
		d := honest.propose(id, types.Coin/2)
		letter := honest.proposals[d.ID].letter()
		w.mail = nil
		m := proposalMsg{account: id, created: 1 << 62, expires: uint64(w.now.Add(left).Unix()), psbt: shrink(honest.proposals[d.ID].packet.Slim(), nil)}
		victim.take(liar, m.encode())
		victim.take(honest, letter)
		w.now = w.now.Add(time.Hour)
		if got := victim.see(d.ID); !got.CanSign {
			t.Errorf("%v left: %s until %v", left, got.State, got.Expires)
		}
		victim.sign(d.ID)
		long := honest.proposals[d.ID].clone()
		long.expires += 1e6
		victim.take(liar, long.letter())
		if got := victim.see(d.ID); got.Expires.After(w.now.Add(expireAfter)) {
			t.Error("what we agreed to lives longer than we were shown")
		}
	}
}
