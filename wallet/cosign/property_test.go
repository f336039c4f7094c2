package cosign

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"supercomputing/chain/types"
	"supercomputing/wallet/keys"
)

// world is members that sign one proposal by sending each other packets, one
// of them hostile.
type world struct {
	t       *testing.T
	p       *Packet
	ws      []wallet
	views   []*Packet // of each member
	hostile int
	blamed  map[int]bool
	// seen holds every partial signature that an honest member gave, by
	// member, input and attempt: two different ones would give its key away.
	seen map[[3]int][32]byte
}

func newWorld(t *testing.T, required, n, inputs int, payload []byte) *world {
	d, ws := account(t, required, n)
	w := &world{t: t, p: propose(t, d, inputs, payload), ws: ws, hostile: rand.IntN(n), blamed: make(map[int]bool), seen: make(map[[3]int][32]byte)}
	for range n {
		w.views = append(w.views, w.p)
	}
	return w
}

// send delivers what a member has to say to all others, in random order; the
// hostile one's packets go through lie first, one for every receiver.
func (w *world) send(from int, lie func(to int, p *Packet) []byte) {
	w.record(from)
	for _, to := range rand.Perm(len(w.views)) {
		if to == from {
			continue
		}
		b := w.views[from].Only(from).Slim()
		if from == w.hostile {
			b = lie(to, w.views[from])
		}
		got, err := Decode(string(b), testNetwork, w.p.account)
		if err != nil {
			w.blame(from, err)
			continue
		}
		merged, err := CombineFrom(w.views[to], got, from)
		if err != nil {
			w.blame(from, err)
			continue
		}
		w.views[to] = merged
	}
}

// blame notes who an error names. An honest member is never refused, unless
// the hostile one told it another nonce than the others.
func (w *world) blame(from int, err error) {
	w.t.Helper()
	if from != w.hostile && !errors.Is(err, ErrDisagree) {
		w.t.Fatalf("the honest member %d is refused: %v", from+1, err)
	}
	var e *MemberError
	if errors.As(err, &e) {
		w.blamed[e.Member] = true
	}
}

// record checks that an honest member signed an input once an attempt.
func (w *world) record(m int) {
	if m == w.hostile {
		return
	}
	p := w.views[m]
	for i, g := range p.given {
		if g.partials == nil || g.partials[m] == nil {
			continue
		}
		at := [3]int{m, i, int(p.attempt)}
		if before, ok := w.seen[at]; ok && before != *g.partials[m] {
			w.t.Fatal("an honest member signed twice with one nonce")
		}
		w.seen[at] = *g.partials[m]
	}
}

// lies are what a hostile member does to its packets.
var lies = map[string]func(w *world, to int, p *Packet) []byte{
	"a flipped bit": func(w *world, _ int, p *Packet) []byte {
		b := p.Only(w.hostile).Bytes()
		b[rand.IntN(len(b))] ^= 1 << rand.IntN(8)
		return b
	},
	"cut off": func(w *world, _ int, p *Packet) []byte {
		b := p.Bytes()
		return b[:rand.IntN(len(b))]
	},
	"speaking for others": func(w *world, to int, p *Packet) []byte {
		c := p.clone()
		for i := range c.given {
			g := &c.given[i]
			for m := range c.account.Keys() {
				if m == w.hostile || m == to {
					continue
				}
				if g.nonces != nil && g.nonces[w.hostile] != nil {
					other := *g.nonces[w.hostile]
					g.nonces[m] = &other
				}
				if g.sigs != nil && g.sigs[w.hostile] != nil {
					other := *g.sigs[w.hostile]
					g.sigs[m] = &other
				}
			}
			for m := range g.partials {
				g.partials[m] = nil
			}
		}
		return c.Bytes()
	},
	"a nonce for everyone": func(w *world, to int, p *Packet) []byte {
		c := p.Only(w.hostile)
		for i := range c.given {
			if c.given[i].nonces == nil {
				continue
			}
			// Another slot of the same key gives another nonce.
			n, err := w.ws[w.hostile].account.NewNonce(keys.NonceSlot{Attempt: uint32(1000 + to), Input: uint32(i)}, c.inputs[i].session.musig)
			if err == nil {
				c.given[i].nonces[w.hostile] = &n
				c.given[i].partials[w.hostile] = nil
			}
		}
		return c.Bytes()
	},
	"another transaction": func(w *world, _ int, p *Packet) []byte {
		tx := p.tx.Copy()
		tx.TxOut[len(tx.TxOut)-1].Value -= 5
		c, err := New(tx, p.Inputs(), p.payload, p.network, p.account)
		if err != nil {
			return nil
		}
		if c, err = c.AddNonces(w.ws[w.hostile].account); err != nil {
			return nil
		}
		if signed, err := c.Sign(w.ws[w.hostile].account); err == nil {
			c = signed
		}
		return c.Bytes()
	},
	"another amount": func(w *world, _ int, p *Packet) []byte {
		in := p.Inputs()
		in[0].Amount += 1000
		c, err := New(p.tx, in, p.payload, p.network, p.account)
		if err != nil {
			return nil
		}
		return c.Bytes()
	},
	"a later attempt": func(w *world, _ int, p *Packet) []byte {
		c, err := p.Restart(p.attempt + 7)
		if err != nil {
			return nil
		}
		return c.Bytes()
	},
	"silence":      func(*world, int, *Packet) []byte { return nil },
	"the truth":    func(w *world, _ int, p *Packet) []byte { return p.Only(w.hostile).Bytes() },
	"all it knows": func(_ *world, _ int, p *Packet) []byte { return p.Bytes() },
}

// Whatever one member does, honest ones are never refused, never blamed, never
// sign twice with one nonce, and whatever can be finished is the proposal.
func TestHostileMember(t *testing.T) {
	for name, lie := range lies {
		for range 2 {
			n := 2 + rand.IntN(3)
			if raceOn {
				n = 2
			}
			required := rand.IntN(n + 1) // 0: MuSig2
			var payload []byte
			if rand.IntN(2) == 0 {
				payload = messageRecord()
			}
			w := newWorld(t, required, n, 1+rand.IntN(3), payload)
			tell := func(to int, p *Packet) []byte { return lie(w, to, p) }
			w.step(func(m int) (*Packet, error) { return w.views[m].AddNonces(ws(w, m)) }, tell)
			w.step(func(m int) (*Packet, error) { return w.views[m].Sign(ws(w, m)) }, tell)
			// And once more, with packets that came too early the first time.
			w.step(func(m int) (*Packet, error) { return w.views[m].Sign(ws(w, m)) }, tell)
			w.finish(name, required)
		}
	}
}

func ws(w *world, m int) *keys.SharedAccount { return w.ws[m].account }

// step lets every member do something, in random order, and tell the others.
func (w *world) step(do func(m int) (*Packet, error), lie func(to int, p *Packet) []byte) {
	order := rand.Perm(len(w.views))
	for _, m := range order {
		next, err := do(m)
		if err != nil {
			if !errors.Is(err, ErrNoncesMissing) && !errors.Is(err, keys.ErrNonceGone) && m != w.hostile {
				w.t.Fatalf("member %d: %v", m+1, err)
			}
			continue
		}
		w.views[m] = next
	}
	for _, m := range order {
		w.send(m, lie)
	}
}

func (w *world) finish(name string, required int) {
	w.t.Helper()
	finished := 0
	for m, view := range w.views {
		if m == w.hostile {
			continue
		}
		tx, err := view.Finalise()
		if err != nil {
			wantErr(w.t, err, ErrIncomplete)
			continue
		}
		finished++
		consensusCheck(w.t, w.p, tx)
		if tx.ID() != w.p.id || !bytes.Equal(tx.Payload, w.p.payload) {
			w.t.Fatalf("%s: another transaction was signed", name)
		}
	}
	honest := len(w.views) - 1
	switch {
	case name == "the truth" || name == "all it knows", required > 0 && required <= honest:
		// Enough honest members finish, whatever the hostile one does.
		if finished != honest {
			w.t.Fatalf("%s, %d of %d: only %d finished", name, required, len(w.views), finished)
		}
	case name == "silence" || name == "another transaction" || name == "a nonce for everyone" && required == 0:
		if finished != 0 {
			w.t.Fatalf("%s: finished without the hostile member", name)
		}
	}
	for m := range w.blamed {
		if m != w.hostile && name != "a flipped bit" && name != "speaking for others" {
			w.t.Fatalf("%s: member %d is blamed, it was %d", name, m+1, w.hostile+1)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, required := range []int{0, 2} {
		d, ws := account(f, required, 2)
		p := propose(f, d, 1, messageRecord())
		for _, w := range ws {
			p = must(p.AddNonces(w.account))(f)
		}
		p = must(p.Sign(ws[0].account))(f)
		line := d.String()
		f.Add(line, p.Bytes())
		f.Add(line, []byte(p.Encode()))
		f.Add(line, p.Only(0).Slim())
	}
	f.Fuzz(func(t *testing.T, line string, data []byte) {
		d, err := descriptorOf(line)
		if err != nil {
			return
		}
		if _, err := Identify(string(data)); err != nil {
			return
		}
		p, err := Decode(string(data), testNetwork, d)
		if err != nil {
			return
		}
		again, err := Decode(p.Encode(), testNetwork, d)
		if err != nil || !bytes.Equal(again.Bytes(), p.Bytes()) {
			t.Fatalf("it does not survive a round trip: %v", err)
		}
		slim, err := Decode(string(p.Slim()), testNetwork, d)
		if err != nil {
			t.Fatal(err)
		}
		if merged, err := Combine(p, slim); err != nil || !bytes.Equal(merged.Bytes(), p.Bytes()) {
			t.Fatalf("it does not combine with itself: %v", err)
		}
		if tx, err := p.Finalise(); err == nil && tx.ID() != p.TxID() {
			t.Fatal("another transaction")
		}
		_ = p.Status()
	})
}

func FuzzParseRaw(f *testing.F) {
	f.Add([]byte("psbt\xff"))
	d, _ := account(f, 0, 2)
	f.Add(propose(f, d, 2, nil).Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := parseRaw(data)
		if err != nil {
			return
		}
		again, err := parseRaw(r.encode())
		if err != nil || !bytes.Equal(again.encode(), r.encode()) {
			t.Fatalf("it does not survive a round trip: %v", err)
		}
		if len(r.inputs) != len(r.tx.TxIn) || len(r.outputs) != len(r.tx.TxOut) {
			t.Fatal("maps do not fit the transaction")
		}
		_ = types.TxWeight(r.tx)
	})
}
