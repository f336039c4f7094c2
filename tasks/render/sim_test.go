package render

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
)

// stage is one job's requester and the nodes that work for it, without
// sessions: nodes call the service as the coordinator does.
type stage struct {
	t    *testing.T
	dapp *Dapp
	own  *paint
	job  tasks.Job
	dir  string
	out  string
	plan Plan

	mu     sync.Mutex // guards what follows
	svc    *service
	stop   func()
	booked map[types.Address]types.Amount // as the coordinator would
	errs   map[types.Address]error        // why a node was dropped
}

const testBid = types.Coin

func newStage(t *testing.T, frames int, change func(*Plan)) *stage {
	t.Helper()
	dir := t.TempDir()
	scene := filepath.Join(dir, "film.paint")
	if err := os.WriteFile(scene, []byte("a scene"), 0o600); err != nil {
		t.Fatal(err)
	}
	m := &stage{t: t, own: &paint{took: time.Second}, dir: filepath.Join(dir, "job"), out: filepath.Join(dir, "out"),
		booked: make(map[types.Address]types.Amount), errs: make(map[types.Address]error)}
	m.plan = Plan{
		Scene: scene, Engine: "paint", Version: "1.2.3", Frames: []Range{{1, frames, 1}},
		Settings: engine.Settings{Width: 32, Height: 18, Samples: 4, Form: picture.RGB8},
		Format:   PNG, Output: m.out, Checks: ChecksUsual, FrameSeconds: 20, Rows: 1, Cols: 1, Repeats: 0.5,
	}
	if frames == 1 {
		m.plan.Frames = []Range{{1, 1, 1}}
	}
	if change != nil {
		change(&m.plan)
	}
	var err error
	m.dapp, err = New(Options{
		ID: types.Hash{7}, Engines: []engine.Engine{m.own}, Swarm: newHub().swarm(1), Dir: filepath.Join(dir, "render"), Cores: 1,
		Memory: 1 << 30,
	})
	if err != nil {
		t.Fatal(err)
	}
	post, err := m.dapp.Prepare(t.Context(), m.plan)
	if err != nil {
		t.Fatal(err)
	}
	post.Bid = testBid
	m.job = tasks.Job{ID: types.Hash{9}, Post: post, Bids: testBid}
	return m
}

// serve starts the requester's side, or starts it again from its folder.
func (m *stage) serve() *service {
	m.t.Helper()
	svc, err := m.dapp.Serve(m.job, m.dir)
	if err != nil {
		m.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); svc.Run(ctx) }()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.svc = svc.(*service)
	m.stop = func() { cancel(); <-done }
	for n := range m.booked { // as startService does
		m.booked[n] = max(m.booked[n], m.svc.Earned(n))
	}
	return m.svc
}

// restart kills the requester and starts it again.
func (m *stage) restart() {
	m.mu.Lock()
	stop := m.stop
	m.mu.Unlock()
	stop()
	m.serve()
}

func (m *stage) service() *service {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.svc
}

func (m *stage) book(n types.Address, a types.Amount) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a < 0 {
		m.t.Errorf("%.4s earned %d", n, int64(a))
	}
	m.booked[n] += a
}

// await waits for the end of the job and settles it as the coordinator does.
func (m *stage) await(most time.Duration) map[types.Address]types.Amount {
	m.t.Helper()
	limit := time.After(most)
	for {
		select {
		case <-m.service().Done():
		case <-time.After(10 * time.Second): // it may have been started again
			continue
		case <-limit:
			p := m.service().Progress()
			m.t.Fatalf("not done after %v: %d of %d, %s\n%s", most, p.Done, p.Total, p.Note, m.logs())
		}
		break
	}
	paid := m.service().Settle()
	m.mu.Lock()
	defer m.mu.Unlock()
	sum := types.Amount(0)
	for n, a := range paid {
		if a < m.booked[n] {
			m.t.Errorf("%.4s: %v earned in all, %v were awarded", n, a, m.booked[n])
		}
		sum += a
	}
	if sum > m.job.Bids {
		m.t.Errorf("%v were paid of %v", sum, m.job.Bids)
	}
	m.stop()
	return paid
}

func (m *stage) state() State { return m.service().Progress().Detail.(State) }

func (m *stage) logs() (out string) {
	for _, l := range m.state().Log {
		out += fmt.Sprintf("%s %.4s %s\n", l.Time.Format("15:04:05"), l.Node, l.Text)
	}
	return out
}

// frames checks that the output folder holds the right pictures of all frames.
func (m *stage) frames(wrong ...int) {
	m.t.Helper()
	missing := make(map[int]bool)
	for _, f := range wrong {
		missing[f] = true
	}
	for _, n := range ListFrames(m.plan.Frames) {
		f, err := os.Open(m.plan.frameFile(n))
		if missing[n] {
			if err == nil {
				m.t.Errorf("frame %d is there", n)
			}
			continue
		}
		if err != nil {
			m.t.Error(err)
			continue
		}
		got, err := picture.ReadPNG(f, MaxPixels)
		f.Close()
		if err != nil || got.Hash() != m.right(n).Hash() {
			m.t.Errorf("frame %d is wrong: %v", n, err)
		}
	}
}

// right is the right picture of a frame as the job's last grid cut it.
func (m *stage) right(n int) *picture.Picture {
	pic, err := picture.New(m.plan.Settings.Form, m.plan.Settings.Width, m.plan.Settings.Height)
	if err != nil {
		m.t.Fatal(err)
	}
	for _, f := range m.service().s.Frames {
		for _, t := range f.Tiles {
			if f.Frame == n {
				if err := pic.Paste(painted([]byte("a scene"), t.Tile, m.plan.Settings), t.Tile.X, t.Tile.Y); err != nil {
					m.t.Fatal(err)
				}
			}
		}
	}
	return pic
}

// actor is a node.
type actor struct {
	m       *stage
	addr    types.Address
	build   string
	version string
	tile    time.Duration // for each
	lie     func(engine.Tile, *picture.Picture) *picture.Picture
	fails   func(engine.Tile) reason
	quit    func(delivered int) bool // it goes away in the middle
	cut     func([]byte) []byte      // what it sends of a picture

	delivered int
	done      map[engine.Tile]*picture.Picture
	why       string // of over
}

func (m *stage) actor(n byte, tile time.Duration) *actor {
	return &actor{m: m, addr: types.Address{n, 31: 1}, build: paintBuild, version: "1.2.3", tile: tile, done: make(map[engine.Tile]*picture.Picture)}
}

var errGone = errors.New("gone")

// say sends a message as a session would, and lets the coordinator audit.
func (a *actor) say(msg interface{ encode() []byte }) (any, error) {
	svc := a.m.service()
	raw, earned, err := svc.Answer(context.Background(), a.addr, msg.encode())
	a.m.book(a.addr, earned)
	more, _, aerr := svc.Audit(context.Background(), a.addr, nil)
	a.m.book(a.addr, more)
	if aerr != nil {
		a.m.mu.Lock()
		a.m.errs[a.addr] = aerr
		a.m.mu.Unlock()
		svc.Release(a.addr)
		return nil, aerr
	}
	if err != nil {
		return nil, err
	}
	return decodeMessage(raw)
}

func (a *actor) login() error {
	svc := a.m.service()
	for err := svc.Admit(a.addr); err != nil; err = svc.Admit(a.addr) {
		time.Sleep(time.Second) // it may just have been stopped
		old := svc
		if svc = a.m.service(); svc == old {
			return err
		}
	}
	a.m.mu.Lock()
	a.m.booked[a.addr] = max(a.m.booked[a.addr], svc.Earned(a.addr))
	a.m.mu.Unlock()
	_, err := a.say(hello{Build: engine.Build{Engine: "paint", Version: a.version, ID: a.build}, Cores: 1})
	return err
}

// work does the job until it is over for the node, and returns why it left.
func (a *actor) work() error {
	if err := a.login(); err != nil {
		return err
	}
	for {
		answer, err := a.say(ask{Have: 1 << 40})
		if errors.Is(err, errUnknownNode) || errors.Is(err, ErrNoSeat) { // the requester has started again
			if err := a.login(); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		switch l := answer.(type) {
		case over:
			a.why = l.Why
			a.m.service().Release(a.addr)
			return nil
		case wait:
			time.Sleep(l.For)
		case lease:
			if err := a.unit(l); err != nil {
				return err
			}
		}
	}
}

func (a *actor) unit(l lease) error {
	for i, t := range l.Tiles {
		if a.done[t] == nil {
			if a.fails != nil {
				if r := a.fails(t); r != 0 {
					if _, err := a.say(failed{t, r, "out of luck"}); err != nil {
						return err
					}
					continue
				}
			}
			time.Sleep(a.tile)
			pic := painted([]byte("a scene"), t, a.m.plan.Settings)
			if a.lie != nil {
				pic = a.lie(t, pic)
			}
			a.done[t] = pic
		}
		if err := a.upload(t, a.done[t]); err != nil {
			return err
		}
		if a.delivered++; a.quit != nil && a.quit(a.delivered) {
			a.m.service().Release(a.addr)
			return errGone
		}
		if answer, err := a.say(alive{l.ID, i + 1, 0}); err == nil {
			if _, stopped := answer.(stop); stopped {
				return nil
			}
		}
	}
	return nil
}

func (a *actor) upload(t engine.Tile, pic *picture.Picture) error {
	data := pic.Encode()
	if a.cut != nil {
		data = a.cut(data)
	}
	var msg interface{ encode() []byte } = result{t, pic.Hash(), int64(len(data)), max(a.tile, time.Millisecond), 0}
	for range 200 {
		answer, err := a.say(msg)
		if errors.Is(err, errUnknownNode) || errors.Is(err, ErrNoSeat) {
			if err := a.login(); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		switch r := answer.(type) {
		case enough:
			return nil
		case refused:
			if r.Again == 0 {
				return nil
			}
			time.Sleep(r.Again)
			msg = result{t, pic.Hash(), int64(len(data)), max(a.tile, time.Millisecond), 0}
		case proceed:
			msg = part{t, r.Offset, data[r.Offset:min(r.Offset+700, int64(len(data)))]}
		}
	}
	return errors.New("upload does not end")
}

// crowd runs honest actors until the job is over for them.
func (m *stage) crowd(as ...*actor) *sync.WaitGroup {
	var wg sync.WaitGroup
	for _, a := range as {
		wg.Go(func() {
			err := a.work()
			if err != nil && !errors.Is(err, errGone) && !errors.Is(err, ErrCaught) {
				m.t.Errorf("node %.4s: %v", a.addr, err)
			}
		})
	}
	return &wg
}

// twist changes a picture so that it is another one to the eye.
func twist(_ engine.Tile, p *picture.Picture) *picture.Picture {
	q := &picture.Picture{Form: p.Form, W: p.W, H: p.H, Pix: make([]byte, len(p.Pix))}
	for i, v := range p.Pix {
		q.Pix[i] = v ^ 0xa5
	}
	return q
}

// touch changes a picture by what the eye does not see.
func touch(_ engine.Tile, p *picture.Picture) *picture.Picture {
	q := &picture.Picture{Form: p.Form, W: p.W, H: p.H, Pix: append([]byte(nil), p.Pix...)}
	q.Pix[len(q.Pix)/2] ^= 1
	return q
}

// job runs f in a bubble of its own time.
func job(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}
