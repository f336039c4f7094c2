package download

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
)

// Audits. With a copy of our own we ask for some random blocks and compare;
// with hashes only, for one whole piece.
const (
	auditBlocks      = 4
	auditBlockLength = 16 << 10
)

// maxMissed audits in a row without an answer in time fail a node.
const maxMissed = 4

// ask is how a question reaches a node.
type ask = func(context.Context, []byte) ([]byte, error)

// Audit implements tasks.Service.
func (s *service) Audit(ctx context.Context, addr types.Address, ask ask) (types.Amount, time.Duration, error) {
	s.mu.Lock()
	if s.finished {
		defer s.mu.Unlock()
		return 0, time.Hour, nil
	}
	if a := s.book.Accounts[nodeID(addr)]; a != nil && a.Failed != "" {
		defer s.mu.Unlock()
		return 0, 0, fmt.Errorf("%w: %s", ErrFailed, a.Failed)
	}
	n := s.nodes[addr]
	if n == nil || n.have.Count() == 0 {
		defer s.mu.Unlock()
		s.forfeitLocked(addr)
		return 0, time.Second, nil // it claims nothing (yet)
	}
	claim, proven := n.have.Clone(), n.proven
	s.mu.Unlock()

	qctx, cancel := context.WithTimeout(ctx, s.d.opts.AuditTimeout)
	err := s.examine(qctx, claim, proven, ask)
	late := qctx.Err() != nil
	cancel()
	cause := context.Cause(ctx)
	if ctx.Err() != nil && !errors.Is(cause, tasks.ErrUnreachable) && !errors.Is(cause, tasks.ErrEvicted) {
		return 0, 0, cause // we were stopped: nothing is known
	}
	switch {
	case err == nil: // in time, also when the node hung up right after it
		return s.passed(addr, claim)
	case ctx.Err() != nil:
		// Else a node could hang up on each question until it likes one.
		return s.missed(addr, fmt.Errorf("%w: it hung up on a question", tasks.ErrUnreachable))
	case errors.Is(err, tasks.ErrUnreachable) || late:
		return s.missed(addr, err)
	case errors.Is(err, errOurs):
		s.mu.Lock()
		s.problem = err.Error()
		s.mu.Unlock()
		return 0, 5 * time.Second, nil
	}
	return s.failed(addr, err)
}

// reportTime is how long a node that logged in may take for its first report,
// before what it held counts as given up.
const reportTime = 2 * time.Minute

// forfeitLocked is for a node that claims nothing: what it held until its last
// audit pays no more. Else keeping would be paid for the time between two
// audits that a node chooses by claiming nothing in between.
func (s *service) forfeitLocked(addr types.Address) {
	now := s.now()
	if s.nodes[addr] == nil {
		since, ok := s.mute[addr]
		if !ok {
			s.mute[addr] = now
		}
		if !ok || now.Sub(since) < reportTime {
			return
		}
	}
	if a := s.book.Accounts[nodeID(addr)]; a != nil && a.Held > 0 {
		s.change(addr, func(a *account) types.Amount {
			a.Held, a.Since = 0, now
			return 0
		})
	}
}

// errOurs marks failures that say nothing about the node.
var errOurs = errors.New("cannot audit")

// examine asks for random blocks of the claimed pieces, half of them of pieces
// claimed since the last audit, so that claims do not outrun possession.
func (s *service) examine(ctx context.Context, claim, proven Bitfield, ask ask) error {
	fresh := claim.Clone()
	for i := range min(len(proven), len(fresh)) {
		fresh[i] &^= proven[i]
	}
	var q question
	want := make([]byte, 0, auditBlocks*auditBlockLength)
	for k := range auditBlocks {
		from := claim
		if k%2 == 0 && fresh.Count() > 0 {
			from = fresh
		}
		p := pick(from)
		size := s.layout.PieceSize(p)
		length := min(size, auditBlockLength)
		b := block{Piece: uint32(p), Begin: uint32(rand.Int64N(size - length + 1)), Length: uint32(length)}
		data := make([]byte, length)
		if err := s.d.engine.ReadBlock(s.layout.InfoHash, p, int64(b.Begin), data); err != nil {
			return s.examinePiece(ctx, p, ask) // no copy of our own
		}
		q.Blocks, want = append(q.Blocks, b), append(want, data...)
	}
	got, err := s.pose(ctx, q, ask)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%w: wrong bytes for pieces it claims", ErrFailed)
	}
	return nil
}

// examinePiece asks for a whole piece and checks its hash.
func (s *service) examinePiece(ctx context.Context, p int, ask ask) error {
	size := s.layout.PieceSize(p)
	data := make([]byte, 0, size)
	for int64(len(data)) < size {
		q := question{}
		for room := maxAnswer; room > 0 && int64(len(data)+maxAnswer-room) < size; {
			at := int64(len(data) + maxAnswer - room)
			n := min(maxBlock, size-at, int64(room))
			q.Blocks = append(q.Blocks, block{uint32(p), uint32(at), uint32(n)})
			room -= int(n)
		}
		got, err := s.pose(ctx, q, ask)
		if err != nil {
			return err
		}
		data = append(data, got...)
	}
	if !s.layout.Verify(p, data) {
		return fmt.Errorf("%w: piece %d does not match its hash", ErrFailed, p)
	}
	return nil
}

// pose asks one question and gives the bytes of the answer, of the length
// asked for.
func (s *service) pose(ctx context.Context, q question, ask ask) ([]byte, error) {
	q.Nonce = rand.Uint64()
	total := 0
	for _, b := range q.Blocks {
		total += int(b.Length)
	}
	raw, err := ask(ctx, q.encode())
	if err != nil {
		if errors.Is(err, tasks.ErrUnreachable) || ctx.Err() != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %w", ErrFailed, err)
	}
	m, err := decodeMessage(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFailed, err)
	}
	a, ok := m.(blocks)
	if !ok || a.Nonce != q.Nonce || len(a.Data) != total {
		return nil, fmt.Errorf("%w: the answer is not to the question", ErrFailed)
	}
	return a.Data, nil
}

// pick takes a random piece of b, which has some.
func pick(b Bitfield) int {
	k := rand.IntN(b.Count())
	for i := 0; ; i++ {
		if b.Has(i) {
			if k == 0 {
				return i
			}
			k--
		}
	}
}

// change applies f to a node's account and saves all; if that fails nothing
// has happened.
func (s *service) change(addr types.Address, f func(a *account) types.Amount) (types.Amount, error) {
	a := s.book.Accounts[nodeID(addr)]
	if a == nil {
		return 0, fmt.Errorf("%w: no account", errOurs)
	}
	oldBook, oldAccount := s.book, *a
	earned := f(a)
	if err := s.save(); err != nil {
		s.book, *a = oldBook, oldAccount
		return 0, err
	}
	return earned, nil
}

func (s *service) passed(addr types.Address, claim Bitfield) (types.Amount, time.Duration, error) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	earned, err := s.change(addr, func(a *account) types.Amount {
		return s.book.pass(a, now, s.layout.HeldBytes(claim))
	})
	if err != nil {
		return 0, 5 * time.Second, nil // our disk, not the node's fault; told in Progress
	}
	if n := s.nodes[addr]; n != nil {
		n.proven = claim
	}
	return earned, s.nextAudit(now, s.layout.HeldBytes(claim) == s.layout.Size), nil
}

func (s *service) missed(addr types.Address, err error) (types.Amount, time.Duration, error) {
	if !errors.Is(err, tasks.ErrUnreachable) {
		err = fmt.Errorf("%w: %w: no answer within %v", tasks.ErrUnreachable, ErrLate, s.d.opts.AuditTimeout)
	}
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	missed := 0
	s.change(addr, func(a *account) types.Amount {
		s.book.miss(a, now)
		missed = a.Missed
		if missed >= maxMissed {
			a.Failed = ErrLate.Error()
		}
		return 0
	})
	if missed >= maxMissed {
		return 0, 0, fmt.Errorf("%w: %d times in a row: %w", ErrFailed, missed, ErrLate)
	}
	return 0, s.nextAudit(now, false), err
}

// failed drops a node. When all was settled meanwhile there is nothing to drop
// it from: the job is over, and nodes delete what they held.
func (s *service) failed(addr types.Address, err error) (types.Amount, time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.finished {
		return 0, time.Hour, nil
	}
	s.change(addr, func(a *account) types.Amount {
		a.Failed, a.Seated = err.Error(), false
		return 0
	})
	delete(s.nodes, addr)
	return 0, 0, err
}

// nextAudit is at a random time, so that nobody can hold the content just for
// it. While a node fetches audits come often, for each pays for what arrived;
// later about eight times in the keeping time, at least four times a day, and
// once when it ends.
func (s *service) nextAudit(now time.Time, complete bool) time.Duration {
	mean := min(max(s.spec.Keep/50, 1500*time.Millisecond), 30*time.Second)
	end := s.book.end()
	if complete && !end.IsZero() {
		mean = min(max(s.spec.Keep/8, 2*time.Second), 6*time.Hour)
	}
	next := mean/2 + rand.N(mean)
	if !end.IsZero() {
		left := end.Sub(now)
		switch {
		case left <= 0:
			next = time.Hour // settled
		case next > left-time.Second:
			next = left + 10*time.Millisecond
		}
	}
	return next
}
