package download

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
)

// claimer is a node of a test that answers audits from a file, however it
// likes.
type claimer struct {
	s    *swarm
	node types.Address
	data []byte
	have Bitfield
}

func newClaimer(t *testing.T, s *swarm, id byte) *claimer {
	t.Helper()
	data, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	c := &claimer{s: s, node: types.Address{id}, data: data, have: FullBitfield(s.p.Pieces)}
	if err := s.svc.Admit(c.node); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *claimer) report(t *testing.T) status {
	t.Helper()
	raw, earned, err := c.s.svc.Answer(t.Context(), c.node, report{Have: c.have}.encode())
	if err != nil || earned != 0 {
		t.Fatal(earned, err)
	}
	m, err := decodeMessage(raw)
	if err != nil {
		t.Fatal(err)
	}
	return m.(status)
}

func (c *claimer) answer(_ context.Context, raw []byte) ([]byte, error) {
	m, err := decodeMessage(raw)
	if err != nil {
		return nil, err
	}
	a := blocks{Nonce: m.(question).Nonce}
	for _, b := range m.(question).Blocks {
		from := int64(b.Piece)*c.s.p.PieceLength + int64(b.Begin)
		a.Data = append(a.Data, c.data[from:from+int64(b.Length)]...)
	}
	return a.encode(), nil
}

func (c *claimer) audit(t *testing.T, ask ask) (types.Amount, error) {
	t.Helper()
	earned, _, err := c.s.svc.Audit(t.Context(), c.node, ask)
	return earned, err
}

// TestAudit takes the answers a node may give, with and without a copy of the
// content at the requester.
func TestAudit(t *testing.T) {
	s := newSwarm(t, 1<<20+1, time.Hour, 100, 0)
	s.d.opts.AuditTimeout = 300 * time.Millisecond
	id := byte(0)
	for _, copyHere := range []bool{true, false} {
		if !copyHere {
			if err := s.pub.Remove(s.p.InfoHash, true); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(s.path); err != nil {
				t.Fatal("published file deleted:", err)
			}
		}
		for _, c := range []struct {
			name string
			ask  func(c *claimer) ask
			want error
		}{
			{"honest", func(c *claimer) ask { return c.answer }, nil},
			{"liar", func(c *claimer) ask {
				return func(ctx context.Context, q []byte) ([]byte, error) {
					b, err := c.answer(ctx, q)
					b[len(b)-1] ^= 1
					return b, err
				}
			}, ErrFailed},
			{"old answer", func(c *claimer) ask {
				old, _ := c.answer(context.Background(), question{Nonce: 1, Blocks: []block{{0, 0, 5}}}.encode())
				return func(context.Context, []byte) ([]byte, error) { return old, nil }
			}, ErrFailed},
			{"garbage", func(*claimer) ask {
				return func(context.Context, []byte) ([]byte, error) { return []byte("?"), nil }
			}, ErrFailed},
			{"refusal", func(*claimer) ask {
				return func(context.Context, []byte) ([]byte, error) { return nil, tasks.ErrRefused }
			}, ErrFailed},
			{"away", func(*claimer) ask {
				return func(context.Context, []byte) ([]byte, error) { return nil, tasks.ErrUnreachable }
			}, tasks.ErrUnreachable},
			// Holds nothing, fetches what is asked for from somebody slow.
			{"proxy", func(c *claimer) ask {
				return func(ctx context.Context, q []byte) ([]byte, error) {
					<-ctx.Done()
					return nil, ctx.Err()
				}
			}, ErrLate},
		} {
			id++
			n := newClaimer(t, s, id)
			if earned, err := n.audit(t, n.answer); earned != 0 || err != nil {
				t.Errorf("%s: earned %d, %v before any claim", c.name, earned, err)
			}
			n.report(t)
			earned, err := n.audit(t, c.ask(n))
			if !errors.Is(err, c.want) {
				t.Errorf("%s, copy here %v: %v", c.name, copyHere, err)
			}
			if want := s.svc.book.Terms.share(s.svc.book.Terms.deliveryPool(), s.p.Size); err == nil && earned != want || err != nil && earned != 0 {
				t.Errorf("%s: earned %d, delivery is worth %d", c.name, earned, want)
			}
			again := s.svc.Admit(n.node)
			if errors.Is(c.want, ErrFailed) != errors.Is(again, ErrFailed) {
				t.Errorf("%s: admitted again: %v", c.name, again)
			}
		}
	}
}

// TestClaimGrows checks that new claims are examined, not only old ones: a node
// that holds the first half only is caught soon after it claims the second.
func TestClaimGrows(t *testing.T) {
	s := newSwarm(t, 4<<20, time.Hour, 1, 0)
	n := newClaimer(t, s, 1)
	n.have = NewBitfield(s.p.Pieces)
	for i := range s.p.Pieces / 2 {
		n.have.Set(i)
	}
	clear(n.data[len(n.data)/2:])
	n.report(t)
	if _, err := n.audit(t, n.answer); err != nil {
		t.Fatal(err)
	}
	n.have = FullBitfield(s.p.Pieces)
	n.report(t)
	if earned, err := n.audit(t, n.answer); !errors.Is(err, ErrFailed) || earned != 0 {
		t.Errorf("earned %d, %v", earned, err)
	}
}

func TestLateTooOften(t *testing.T) {
	s := newSwarm(t, 100<<10, time.Hour, 1, 0)
	s.d.opts.AuditTimeout = time.Millisecond
	n := newClaimer(t, s, 1)
	n.report(t)
	late := func(ctx context.Context, _ []byte) ([]byte, error) { <-ctx.Done(); return nil, ctx.Err() }
	for i := range maxMissed {
		_, err := n.audit(t, late)
		if last := i == maxMissed-1; errors.Is(err, tasks.ErrUnreachable) == last || errors.Is(err, ErrFailed) != last {
			t.Errorf("audit %d: %v", i, err)
		}
	}
}

// TestServiceRestart opens the service again over the same folder: what was
// paid stays paid, once; failed nodes stay out; places are kept.
func TestServiceRestart(t *testing.T) {
	s := newSwarm(t, 1<<20, time.Hour, 2, 0)
	good, bad := newClaimer(t, s, 1), newClaimer(t, s, 2)
	good.report(t)
	bad.report(t)
	first, err := good.audit(t, good.answer)
	if err != nil || first == 0 {
		t.Fatal(first, err)
	}
	if _, err := bad.audit(t, func(context.Context, []byte) ([]byte, error) { return nil, nil }); !errors.Is(err, ErrFailed) {
		t.Fatal(err)
	}
	// The file need not be there any more: the job goes on from its own folder.
	if err := s.pub.Remove(s.p.InfoHash, false); err != nil {
		t.Fatal(err)
	}
	raised := s.job
	raised.Bids += types.Coin
	again, err := s.d.Serve(raised, s.svc.dir)
	if err != nil {
		t.Fatal(err)
	}
	before := s.svc.book.Terms.span()
	s.svc = again.(*service)
	if got := s.svc.book.Terms.span(); got != 3*before {
		t.Errorf("two more keeping halves make %v, was %v", got, before)
	}
	if s.svc.Earned(good.node) != first {
		t.Errorf("earned %v, after the restart %v", first, s.svc.Earned(good.node))
	}
	if err := s.svc.Admit(bad.node); !errors.Is(err, ErrFailed) {
		t.Error("failed node:", err)
	}
	if err := s.svc.Admit(good.node); err != nil {
		t.Error("admitted node:", err)
	}
	good.report(t)
	if earned, err := good.audit(t, good.answer); err != nil || earned > first/100 {
		t.Errorf("paid %d again, %v", earned, err)
	}
	if err := os.WriteFile(s.svc.bookFile(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.d.Serve(s.job, s.svc.dir); !errors.Is(err, tasks.ErrState) {
		t.Error("damaged accounts:", err)
	}
}

// TestSaveFails makes the disk refuse the accounts: nothing is awarded, the
// node is not blamed, and the next audit pays.
func TestSaveFails(t *testing.T) {
	s := newSwarm(t, 100<<10, time.Hour, 1, 0)
	n := newClaimer(t, s, 1)
	n.report(t)
	if err := os.Mkdir(s.svc.bookFile()+".new", 0o700); err != nil {
		t.Fatal(err)
	}
	if earned, err := n.audit(t, n.answer); earned != 0 || err != nil {
		t.Errorf("earned %d, %v", earned, err)
	}
	if p := s.svc.Progress(); p.Note == "" || p.Detail.(Swarm).Paid != 0 {
		t.Errorf("progress %+v", p)
	}
	os.RemoveAll(s.svc.bookFile() + ".new")
	if earned, err := n.audit(t, n.answer); earned == 0 || err != nil {
		t.Errorf("earned %d, %v", earned, err)
	}
}

func TestAnswerRefuses(t *testing.T) {
	s := newSwarm(t, 100<<10, time.Hour, 1, 0)
	n := newClaimer(t, s, 1)
	for name, c := range map[string]struct {
		node types.Address
		msg  []byte
		want error
	}{
		"garbage":            {n.node, []byte{1, 2, 3}, ErrMessage},
		"a requester's word": {n.node, status{Now: epoch}.encode(), ErrMessage},
		"wrong bitfield":     {n.node, report{Have: make(Bitfield, 1000)}.encode(), ErrMessage},
		"a stranger":         {types.Address{7}, report{}.encode(), ErrNoSeat},
	} {
		if _, _, err := s.svc.Answer(t.Context(), c.node, c.msg); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	raw, _, err := s.svc.Answer(t.Context(), n.node, infoRequest{1 << 30}.encode())
	if m, _ := decodeMessage(raw); err != nil || len(m.(infoPart).Part) != 0 {
		t.Errorf("beyond the end: %x, %v", raw, err)
	}
	s.svc.Release(n.node)
	if err := s.svc.Admit(types.Address{8}); err != nil {
		t.Error("the place of a node that left:", err)
	}
}
