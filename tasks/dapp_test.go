package tasks

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks/journal"
)

// counting is a dapp for tests: a unit of work is a number that the requester
// hands out and the node returns doubled.
type counting struct {
	units  int          // of a job
	reward types.Amount // for each
	pace   time.Duration
	audit  time.Duration // between audits, 0: never
	places int           // nodes admitted at a time, 0: any

	cheats   bool  // as a node: fails audits
	ponders  bool  // as a node: thinks about each question until it is stopped
	check    error // what Check says
	serveIt  error // what Serve says
	failures int   // of Service.Run, at its start
	lost     int   // this award is saved, and the coordinator never hears of it

	mu       sync.Mutex
	services map[types.Hash]*countService // newest per job
}

func countingID() types.Hash { return types.Hash{0: 0xc0} }

func (c *counting) ID() types.Hash      { return countingID() }
func (c *counting) Name() string        { return "counting" }
func (c *counting) Check(job Job) error { return c.check }

// Work asks for a number, doubles it, and sends it back, until there are none.
func (c *counting) Work(ctx context.Context, job Job, dir string, r Requester) error {
	r.Handle(func(ctx context.Context, q []byte) ([]byte, error) {
		if c.ponders {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		if c.cheats {
			return []byte("whatever"), nil
		}
		return append([]byte("echo "), q...), nil
	})
	for {
		got, err := r.Call(ctx, []byte("next"))
		if err != nil {
			return err
		}
		if string(got) == "none" {
			return nil
		}
		// Progress on disk, to be found again after a restart.
		if err := os.WriteFile(filepath.Join(dir, "unit"), got, 0o600); err != nil {
			return err
		}
		select {
		case <-time.After(c.pace):
		case <-ctx.Done():
			return ctx.Err()
		}
		if _, err := r.Call(ctx, append([]byte("done "), got...)); err != nil {
			return err
		}
	}
}

func (c *counting) Serve(job Job, dir string) (Service, error) {
	if c.serveIt != nil {
		return nil, c.serveIt
	}
	s := &countService{c: c, dir: dir, done: make(chan struct{}), admitted: make(map[types.Address]bool)}
	s.st.Open = make(map[int]types.Address)
	if b, err := os.ReadFile(filepath.Join(dir, "progress")); err == nil {
		if err := json.Unmarshal(b, &s.st); err != nil {
			return nil, err
		}
	}
	s.finish()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.services == nil {
		c.services = make(map[types.Hash]*countService)
	}
	c.services[job.ID] = s
	return s, nil
}

func (c *counting) service(id types.Hash) *countService {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.services[id]
}

type countService struct {
	c    *counting
	dir  string
	done chan struct{}

	mu       sync.Mutex
	admitted map[types.Address]bool
	released []types.Address
	busy     map[types.Address]bool
	updates  int
	failed   int
	st       struct {
		Given    int
		Finished int
		Open     map[int]types.Address
		Paid     types.Amount // awarded to nodes, all together
		Earned   map[hexAddress]types.Amount
	}
}

func (s *countService) Run(ctx context.Context) error {
	s.mu.Lock()
	fail := s.failed < s.c.failures
	s.failed++
	s.mu.Unlock()
	if fail {
		return errTest
	}
	<-ctx.Done()
	return nil
}

func (s *countService) Update(Job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.updates++
}

func (s *countService) Admit(node types.Address) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.c.places > 0 && len(s.admitted) >= s.c.places && !s.admitted[node] {
		return errors.New("enough nodes")
	}
	s.admitted[node] = true
	return nil
}

func (s *countService) Release(node types.Address) {
	defer s.serial(node)()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.admitted, node)
	s.released = append(s.released, node)
	for u, n := range s.st.Open {
		if n == node {
			s.st.Open[u] = types.Address{} // free again
		}
	}
}

// serial panics when two calls for one node overlap.
func (s *countService) serial(node types.Address) func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy == nil {
		s.busy = make(map[types.Address]bool)
	}
	if s.busy[node] {
		panic("two calls at once for one node")
	}
	s.busy[node] = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.busy, node)
	}
}

func (s *countService) Answer(_ context.Context, node types.Address, msg []byte) ([]byte, types.Amount, error) {
	defer s.serial(node)()
	s.mu.Lock()
	defer s.mu.Unlock()
	if string(msg) == "next" {
		return s.next(node)
	}
	var u int
	if _, err := fmt.Sscanf(string(msg), "done %d", &u); err != nil {
		return nil, 0, fmt.Errorf("unknown message %q", msg)
	}
	if s.st.Open[u] != node {
		return []byte("late"), 0, nil // done already, or given to another
	}
	delete(s.st.Open, u)
	s.st.Finished++
	s.st.Paid += s.c.reward
	if s.st.Earned == nil {
		s.st.Earned = make(map[hexAddress]types.Amount)
	}
	s.st.Earned[hexAddress(node)] += s.c.reward
	if err := s.save(); err != nil {
		return nil, 0, err
	}
	s.finish()
	if s.st.Finished == s.c.lost {
		return []byte("ok"), 0, nil
	}
	return []byte("ok"), s.c.reward, nil
}

func (s *countService) Earned(node types.Address) types.Amount {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.st.Earned[hexAddress(node)]
}

func (s *countService) next(node types.Address) ([]byte, types.Amount, error) {
	for u, n := range s.st.Open { // its own, lost by a restart, or freed
		if n == node || n.IsZero() {
			s.st.Open[u] = node
			return fmt.Appendf(nil, "%d", u), 0, s.save()
		}
	}
	if s.st.Given == s.c.units {
		return []byte("none"), 0, nil
	}
	s.st.Given++
	s.st.Open[s.st.Given] = node
	return fmt.Appendf(nil, "%d", s.st.Given), 0, s.save()
}

func (s *countService) save() error {
	b, err := json.Marshal(&s.st)
	if err != nil {
		return err
	}
	return journal.Replace(filepath.Join(s.dir, "progress"), b)
}

func (s *countService) finish() {
	select {
	case <-s.done:
	default:
		if s.st.Finished == s.c.units {
			close(s.done)
		}
	}
}

func (s *countService) Audit(ctx context.Context, node types.Address, ask func(context.Context, []byte) ([]byte, error)) (types.Amount, time.Duration, error) {
	defer s.serial(node)()
	if s.c.audit == 0 {
		return 0, time.Hour, nil
	}
	q := []byte(rand.Text())
	got, err := ask(ctx, q)
	if err != nil {
		return 0, s.c.audit, err
	}
	if !bytes.Equal(got, append([]byte("echo "), q...)) {
		return 0, s.c.audit, errors.New("wrong echo")
	}
	return 0, s.c.audit, nil
}

func (s *countService) Progress() Progress {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Progress{Done: int64(s.st.Finished), Total: int64(s.c.units), Unit: "numbers"}
}

func (s *countService) Done() <-chan struct{} { return s.done }

func (s *countService) paid() types.Amount {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.st.Paid
}
