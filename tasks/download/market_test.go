package download

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
)

// line joins a worker to a service without a network. It is the worker's
// tasks.Requester and gives the coordinator's ask.
type line struct {
	svc  tasks.Service
	node types.Address

	mu      sync.Mutex
	handle  func(context.Context, []byte) ([]byte, error)
	earned  types.Amount
	cut     bool // the node does not answer any more
	corrupt func([]byte) []byte
}

func (l *line) Call(ctx context.Context, msg []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	return l.through(l.svc.Answer(ctx, l.node, msg))
}

func (l *line) through(answer []byte, earned types.Amount, err error) ([]byte, error) {
	l.award(earned)
	return answer, err
}

func (l *line) award(a types.Amount) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.earned += a
}

func (l *line) Handle(f func(context.Context, []byte) ([]byte, error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.handle = f
}

func (l *line) Earned() types.Amount {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.earned
}

func (l *line) ask(ctx context.Context, q []byte) ([]byte, error) {
	l.mu.Lock()
	h, cut, corrupt := l.handle, l.cut, l.corrupt
	l.mu.Unlock()
	if h == nil || cut {
		return nil, tasks.ErrUnreachable
	}
	b, err := h(ctx, q)
	if err == nil && corrupt != nil {
		b = corrupt(b)
	}
	return b, err
}

// coordinate audits the node as the coordinator does, until ctx is done or it
// fails.
func (l *line) coordinate(ctx context.Context) error {
	for ctx.Err() == nil {
		earned, next, err := l.svc.Audit(ctx, l.node, l.ask)
		l.award(earned)
		if err != nil && !errors.Is(err, tasks.ErrUnreachable) && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(min(next, 500*time.Millisecond)):
		}
	}
	return nil
}

var testDapp = types.Hash{'d', 'l'}

// swarm is a requester and its job.
type swarm struct {
	t    testing.TB
	pub  *Engine
	d    *Dapp
	p    Published
	job  tasks.Job
	svc  *service
	path string
}

func newSwarm(t testing.TB, size int64, keep time.Duration, replicas int, upload int64) *swarm {
	t.Helper()
	s := &swarm{t: t, path: filepath.Join(t.TempDir(), "content.bin")}
	randomFile(t, s.path, size)
	s.pub, _ = startEngine(t, t.TempDir(), func(o *Options) { o.UploadLimit = upload })
	var err error
	if s.p, err = s.pub.Publish(t.Context(), s.path, nil); err != nil {
		t.Fatal(err)
	}
	s.d = NewDapp(testDapp, s.pub, DappOptions{})
	post, err := s.d.Post(s.p, keep, replicas)
	if err != nil {
		t.Fatal(err)
	}
	post.Bid = types.Coin
	s.job = tasks.Job{ID: types.Hash{1}, Post: post, Bids: post.Bid}
	svc, err := s.d.Serve(s.job, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s.svc = svc.(*service)
	return s
}

// join runs a node's worker; end tells it that the job has ended and returns
// Work's result.
func (s *swarm) join(i byte, dir string, e *Engine) (l *line, end func(cause error) error) {
	s.t.Helper()
	l = &line{svc: s.svc, node: types.Address{i}}
	if err := s.svc.Admit(l.node); err != nil {
		s.t.Fatal(err)
	}
	d := NewDapp(testDapp, e, DappOptions{WorkDir: dir})
	if err := d.Check(s.job); err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	result := make(chan error, 1)
	go func() { result <- d.Work(ctx, s.job, dir, l) }()
	once := sync.OnceValue(func() error { return <-result })
	end = func(cause error) error { cancel(cause); return once() }
	s.t.Cleanup(func() { end(errors.New("test over")) })
	return l, end
}

// TestJob plays a whole short job: three nodes fetch, keep, are audited and
// paid, and delete the content in the end.
func TestJob(t *testing.T) {
	t.Parallel()
	s := newSwarm(t, 3<<20+5, 4*time.Second, 3, 0)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() { s.svc.Run(ctx) })
	var lines []*line
	var ends []func(error) error
	var dirs []string
	for i := range byte(3) {
		e, _ := startEngine(t, t.TempDir(), nil)
		dirs = append(dirs, t.TempDir())
		l, end := s.join(i+1, dirs[i], e)
		lines, ends = append(lines, l), append(ends, end)
		wg.Go(func() {
			if err := l.coordinate(ctx); err != nil {
				t.Error("audit:", err)
			}
		})
	}
	if err := s.svc.Admit(types.Address{9}); !errors.Is(err, ErrNoSeat) {
		t.Error("a fourth node was admitted:", err)
	}
	select {
	case <-s.svc.Done():
	case <-time.After(4 * time.Minute):
		t.Fatalf("not done: %+v", s.svc.Progress())
	}
	w := s.svc.Progress().Detail.(Swarm)
	if len(w.Nodes) != 3 || w.Paid > s.job.Bids || w.Paid < s.job.Bids*8/10 {
		t.Errorf("paid %v of %v", w.Paid, s.job.Bids)
	}
	var sum types.Amount
	for i, l := range lines {
		if err := ends[i](tasks.ErrEnded); err != nil {
			t.Error("work:", err)
		}
		if _, err := os.Stat(filepath.Join(dirs[i], "data")); !errors.Is(err, os.ErrNotExist) {
			t.Error("content left:", err)
		}
		if l.Earned() != s.svc.Earned(l.node) {
			t.Errorf("node %d got %v, the book says %v", i, l.Earned(), s.svc.Earned(l.node))
		}
		sum += l.Earned()
	}
	if sum != w.Paid {
		t.Errorf("nodes got %v, the book says %v", sum, w.Paid)
	}
}

// When all is settled nodes delete what they held: an audit that comes then, or
// is under way, must not call that a failure.
func TestNoAuditAfterTheEnd(t *testing.T) {
	t.Parallel()
	s := newSwarm(t, 100<<10, time.Hour, 1, 0)
	a := types.Address{1}
	if err := s.svc.Admit(a); err != nil {
		t.Fatal(err)
	}
	s.svc.mu.Lock()
	s.svc.finished = true
	s.svc.mu.Unlock()
	gone := func(context.Context, []byte) ([]byte, error) { return nil, ErrUnknown }
	if _, next, err := s.svc.Audit(t.Context(), a, gone); err != nil || next < time.Minute {
		t.Error("an audit after the end:", next, err)
	}
	if _, _, err := s.svc.failed(a, ErrFailed); err != nil {
		t.Error("an audit that was under way:", err)
	}
	for _, n := range s.svc.Progress().Detail.(Swarm).Nodes {
		if n.Failed != "" {
			t.Error("the node stands as failed:", n.Failed)
		}
	}
}

// TestWorkerRestart stops a node in the middle and starts it over the same
// folders: it goes on where it was.
func TestWorkerRestart(t *testing.T) {
	t.Parallel()
	s := newSwarm(t, 4<<20, time.Hour, 2, 2<<20)
	data, dir := t.TempDir(), t.TempDir()
	e, stop := startEngine(t, data, nil)
	_, end := s.join(1, dir, e)
	until(t, "half of it", func() bool {
		st, err := e.Stats(s.p.InfoHash)
		return err == nil && st.Have > s.p.Size/3
	})
	if err := end(errors.New("pause")); err == nil {
		t.Error("a pause returned nil, which means nothing more to do")
	}
	before, _ := e.Stats(s.p.InfoHash)
	stop()
	e, _ = startEngine(t, data, nil)
	after, err := e.Stats(s.p.InfoHash)
	if err != nil || after.Have < before.Have {
		t.Fatalf("had %d bytes, after the restart %d, %v", before.Have, after.Have, err)
	}
	l := &line{svc: s.svc, node: types.Address{1}}
	ctx, cancel := context.WithCancelCause(t.Context())
	result := make(chan error, 1)
	go func() { result <- NewDapp(testDapp, e, DappOptions{}).Work(ctx, s.job, dir, l) }()
	until(t, "all of it", complete(t, e, s.p.InfoHash))
	if !bytes.Equal(fileSum(t, filepath.Join(dir, "data", "content.bin")), fileSum(t, s.path)) {
		t.Error("content differs")
	}
	if st, _ := e.Stats(s.p.InfoHash); st.Downloaded > s.p.Size-before.Have+256<<10 {
		t.Errorf("fetched %d bytes, %d were missing", st.Downloaded, s.p.Size-before.Have)
	}
	cancel(tasks.ErrEnded)
	if err := <-result; err != nil {
		t.Error(err)
	}
}

// TestWorkerGivesUp lets the keeping time pass without a word from the
// requester: the node deletes by itself.
func TestWorkerGivesUp(t *testing.T) {
	s := newSwarm(t, 100<<10, time.Second, 1, 0)
	dir := t.TempDir()
	e, _ := startEngine(t, t.TempDir(), nil)
	var mu sync.Mutex
	skew := time.Duration(0)
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return time.Now().Add(skew)
	}
	l := &line{svc: s.svc, node: types.Address{1}}
	if err := s.svc.Admit(l.node); err != nil {
		t.Fatal(err)
	}
	result := make(chan error, 1)
	go func() {
		result <- NewDapp(testDapp, e, DappOptions{Clock: clock}).Work(t.Context(), s.job, dir, l)
	}()
	until(t, "fetched", func() bool { st, err := e.Stats(s.p.InfoHash); return err == nil && st.Complete() })
	mu.Lock()
	skew = 24 * time.Hour
	mu.Unlock()
	if err := <-result; err != nil {
		t.Fatal(err)
	}
	if _, err := e.Stats(s.p.InfoHash); !errors.Is(err, ErrUnknown) {
		t.Error("still held:", err)
	}
}

// TestNotPaidForParts: a requester that keeps one piece to itself does not have
// the others kept for nothing.
func TestNotPaidForParts(t *testing.T) {
	w := worker{spec: Spec{Keep: time.Hour}}
	at := time.Now()
	w.heard, w.paid = at.Add(24*time.Hour), at // it answers, and never pays
	if d := w.deadline(); !d.Equal(at.Add(w.patience())) {
		t.Errorf("until %v, patience is %v", d.Sub(at), w.patience())
	}
}

func TestCheck(t *testing.T) {
	s := newSwarm(t, 100<<10, time.Hour, 1, 0)
	e, _ := startEngine(t, t.TempDir(), func(o *Options) { o.MaxDisk = 1 << 20 })
	d := NewDapp(testDapp, e, DappOptions{})
	with := func(change func(*Spec)) tasks.Job {
		j := s.job
		spec, _ := DecodeSpec(j.Post.Spec)
		change(&spec)
		b, err := spec.Encode()
		if err != nil {
			t.Fatal(err)
		}
		j.Post.Spec, j.Post.InfoHash = b, bytes.Repeat([]byte{7}, 20)
		return j
	}
	noHash := with(func(*Spec) {})
	noHash.Post.InfoHash = nil
	garbage := s.job
	garbage.Post.Spec = []byte("garbage")
	for _, c := range []struct {
		name string
		d    *Dapp
		job  tasks.Job
		want error
	}{
		{"fits", d, with(func(*Spec) {}), nil},
		{"over the limit", d, with(func(s *Spec) { s.Size = 2 << 20 }), ErrNoSpace},
		{"over the disk", NewDapp(testDapp, s.pub, DappOptions{}), with(func(s *Spec) { s.Size, s.PieceLength = 1<<40, MaxPieceLength }), ErrNoSpace},
		{"no info-hash", d, noHash, ErrSpec},
		{"garbage", d, garbage, ErrSpec},
		{"our own", s.d, s.job, ErrHeld},
	} {
		if err := c.d.Check(c.job); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

var errBenchOver = errors.New("benchmark over")

func (s *swarm) stats(e *Engine) Stats {
	st, err := e.Stats(s.p.InfoHash)
	if err != nil {
		s.t.Fatal(err)
	}
	return st
}
