package tasks

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain/types"
)

// settling is the counting dapp, whose work is not paid before the end: it is
// worth something when the service settles.
type settling struct {
	counting

	count struct {
		sync.Mutex
		served, ran, returned, settled int
	}
}

type settlingService struct {
	*countService
	d *settling
}

func (d *settling) Serve(job Job, dir string) (Service, error) {
	s, err := d.counting.Serve(job, dir)
	if err != nil {
		return nil, err
	}
	d.count.Lock()
	defer d.count.Unlock()
	d.count.served++
	return &settlingService{s.(*countService), d}, nil
}

func (s *settlingService) Run(ctx context.Context) error {
	s.d.count.Lock()
	s.d.count.ran++
	s.d.count.Unlock()
	err := s.countService.Run(ctx)
	s.d.count.Lock()
	s.d.count.returned++
	s.d.count.Unlock()
	return err
}

func (s *settlingService) Answer(ctx context.Context, node types.Address, msg []byte) ([]byte, types.Amount, error) {
	answer, _, err := s.countService.Answer(ctx, node, msg)
	return answer, 0, err
}

func (s *settlingService) Earned(types.Address) types.Amount { return 0 }

func (s *settlingService) Settle() map[types.Address]types.Amount {
	s.d.count.Lock()
	s.d.count.settled++
	s.d.count.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[types.Address]types.Amount)
	for n, a := range s.st.Earned {
		out[types.Address(n)] = a
	}
	return out
}

func (d *settling) counts() (served, ran, returned, settled int) {
	d.count.Lock()
	defer d.count.Unlock()
	return d.count.served, d.count.ran, d.count.returned, d.count.settled
}

func beginSettling(t *testing.T, d *settling) *market {
	m := begin(t, &d.counting)
	m.kill()
	m.copt.Dapps = []Dapp{d}
	m.startCoordinator()
	return m
}

// What a service pays in the end is recorded, whatever ends the job: also to a
// node that has gone before.
func TestSettle(t *testing.T) {
	const each = types.Coin / 100
	half := func(m *market, d *settling, id types.Hash) {
		m.mineUntil("half of it", func() bool { s := d.service(id); return s != nil && s.paid() >= 10*each })
	}
	for name, end := range map[string]func(*market, *settling, types.Hash){
		"done":      func(*market, *settling, types.Hash) {},
		"cancelled": func(m *market, d *settling, id types.Hash) { half(m, d, id); m.coordinator.Cancel(id) },
		"restarted": func(m *market, d *settling, id types.Hash) { half(m, d, id); m.kill(); m.startCoordinator() },
		"node gone": func(m *market, d *settling, id types.Hash) { half(m, d, id); m.nodes[0].stop() },
		"cancelled, and the requester stopped": func(m *market, d *settling, id types.Hash) {
			half(m, d, id)
			m.w.mu.Lock()
			m.w.fail = errors.New("no peers") // what is to be reported has to wait
			m.w.mu.Unlock()
			m.coordinator.Cancel(id)
			m.kill()
			m.startCoordinator()
			m.w.mu.Lock()
			m.w.fail = nil
			m.w.mu.Unlock()
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &settling{counting: counting{units: 20, reward: each, pace: 10 * time.Second}}
				m := beginSettling(t, d)
				m.node(2, &d.counting)
				m.node(3, &d.counting)
				id := m.post(types.Coin, 1000)
				end(m, d, id)
				m.mineUntil("completed", func() bool { return m.phase(id) == PhaseCompleted })
				m.checkPaid(id, d.service(id).paid())
				if d.service(id).paid() < 10*each {
					t.Error("hardly anything was done")
				}
			})
		})
	}
}

// A job whose time runs out pays what was done: the work ends while that can
// still be reported.
func TestSettleBeforeTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &settling{counting: counting{units: 10_000, reward: types.Coin / 1000, pace: 10 * time.Second}}
		m := beginSettling(t, d)
		m.node(2, &d.counting)
		id := m.post(types.Coin, 40)
		m.mineUntil("over", func() bool { return m.phase(id).over() })
		j, _ := m.w.job(id)
		if paid := d.service(id).paid(); paid == 0 || j.Scored != paid {
			t.Errorf("%v of %v is recorded", j.Scored, paid)
		}
		if m.phase(id) != PhaseCompleted {
			t.Errorf("it %s", m.phase(id))
		}
	})
}

// A raise in the last blocks comes in time, and the work goes on.
func TestRaiseInTheLastBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &settling{counting: counting{units: 10_000, reward: types.Coin / 1000, pace: 10 * time.Second}}
		m := beginSettling(t, d)
		m.node(2, &d.counting)
		id := m.post(types.Coin, 40)
		m.mineUntil("nearly over", func() bool {
			j, _ := m.w.job(id)
			return j.EndHeight > 0 && uint32(len(m.w.blocks))+m.copt.ClosingBlocks+7 >= j.EndHeight
		})
		before, _ := m.w.job(id)
		if _, err := m.coordinator.Raise(t.Context(), id, types.Coin); err != nil {
			t.Fatal(err)
		}
		m.mineUntil("raised", func() bool { j, _ := m.w.job(id); return j.EndHeight > before.EndHeight })
		if got := m.phase(id); got != PhaseWorking {
			t.Fatalf("it is %s", got)
		}
		m.mineUntil("over", func() bool { return m.phase(id).over() })
		m.checkPaid(id, d.service(id).paid())
	})
}

// A service that is only made to settle is not left open, and one that has
// nothing to settle is not hurt by it.
func TestSettleUnserved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, settles := range []bool{true, false} {
			d := &settling{counting: counting{units: 50, reward: types.Coin / 100, pace: 10 * time.Second}}
			m := beginSettling(t, d)
			if !settles {
				m.kill()
				m.copt.Dapps = []Dapp{&d.counting}
				m.startCoordinator()
			}
			m.node(2, &d.counting)
			id := m.post(types.Coin, 1000)
			m.mineUntil("some work", func() bool { s := d.service(id); return s != nil && s.paid() > 5*types.Coin/100 })
			m.kill() // and when it starts again the job is to end
			j, err := openOwnJob(m.coordinator, id)
			if err != nil {
				t.Fatal(err)
			}
			if err := j.requestFinish("cancelled"); err != nil {
				t.Fatal(err)
			}
			j.journal.Close()
			m.startCoordinator()
			m.mineUntil("completed", func() bool { return m.phase(id) == PhaseCompleted })
			m.checkPaid(id, d.service(id).paid())
			if served, ran, returned, settled := d.counts(); settles && (served != 2 || ran != 2 || returned != 2 || settled != 1) {
				t.Errorf("served %d times, ran %d, ended %d, settled %d", served, ran, returned, settled)
			}
			if _, err := os.Stat(filepath.Join(jobDir(m.dir, id), workFolder, "progress")); err != nil {
				t.Error(err)
			}
			m.end(m.nodes...)
		}
	})
}

func TestProgressDetailStaysRaw(t *testing.T) {
	for in, want := range map[string]string{
		`{"Done":3,"Total":4,"Unit":"frames","Note":"n","Detail":{"a":[1,2]}}`: `{"Done":3,"Total":4,"Unit":"frames","Note":"n","Detail":{"a":[1,2]}}`,
		`{"Done":1,"Detail":null}`: `{"Done":1,"Total":0,"Unit":"","Note":""}`,
	} {
		var p Progress
		if err := json.Unmarshal([]byte(in), &p); err != nil {
			t.Fatal(err)
		}
		if out, err := json.Marshal(p); err != nil || string(out) != want {
			t.Errorf("%s becomes %s, %v", in, out, err)
		}
		if _, raw := p.Detail.(json.RawMessage); p.Detail != nil && !raw {
			t.Errorf("detail is %T", p.Detail)
		}
	}
	if err := json.Unmarshal([]byte(`{"Done":"x"}`), new(Progress)); err == nil {
		t.Error("a word was read as a number")
	}
}
