package render

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
	"supercomputing/tasks/render/engine"
)

// Each reason for which a machine cannot take a job has its own error.
func TestDappCheck(t *testing.T) {
	noSandbox := errors.New("install bubblewrap")
	for _, c := range []struct {
		name   string
		engine *paint
		opt    func(*Options)
		spec   func(*Spec)
		room   error
		want   error
	}{
		{name: "fits"},
		{name: "not installed", engine: &paint{missing: true}, want: ErrNoEngine},
		{name: "not installed, in the engine's words", engine: &paint{missing: true}, want: engine.ErrMissing},
		{name: "an engine that nobody knows", spec: func(s *Spec) { s.Engine = "maya" }, want: ErrNoEngine},
		{name: "another series", engine: &paint{version: "2.0.1"}, want: ErrBuild},
		{name: "a later patch", engine: &paint{version: "1.2.9"}},
		{name: "no sandbox", opt: func(o *Options) { o.Foreign = func() error { return noSandbox } }, want: engine.ErrSandbox},
		{name: "no sandbox, and why", opt: func(o *Options) { o.Foreign = func() error { return noSandbox } }, want: noSandbox},
		{name: "no sandbox, and allowed", opt: func(o *Options) { o.Foreign, o.Allowed = func() error { return noSandbox }, true }},
		{name: "a sandbox", opt: func(o *Options) { o.Foreign = func() error { return nil } }},
		{name: "memory of the trial", spec: func(s *Spec) { s.Memory = 2 << 30 }, want: engine.ErrLimit},
		{name: "memory of the pixels", spec: func(s *Spec) { s.Settings.Width, s.Settings.Height = 16000, 16000 }, want: engine.ErrLimit},
		{name: "disk limit", opt: func(o *Options) { o.Disk = 1 << 30 }, spec: func(s *Spec) { s.BundleSize = 1 << 30 }, want: engine.ErrLimit},
		{name: "full disk", room: errNoRoom, want: errNoRoom},
	} {
		e := c.engine
		if e == nil {
			e = new(paint)
		}
		h := newHub()
		p := newPlay(t, h, 2)
		d, s := testDapp(t, h, e, c.opt)
		s.room = c.room
		if c.spec != nil {
			spec, err := DecodeSpec(p.job.Post.Spec)
			if err != nil {
				t.Fatal(err)
			}
			c.spec(&spec)
			if p.job.Post.Spec, err = spec.Encode(); err != nil {
				t.Fatal(c.name, err)
			}
		}
		if err := d.Check(p.job); !errors.Is(err, c.want) || err != nil && len(err.Error()) > 300 {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	d, _ := testDapp(t, newHub(), new(paint), nil)
	for _, post := range []types.JobPost{{}, {Spec: []byte("garbage")}} {
		if err := d.Check(tasks.Job{Post: post}); !errors.Is(err, ErrSpec) {
			t.Error(err)
		}
	}
}

func TestDappLimits(t *testing.T) {
	d, _ := testDapp(t, newHub(), new(paint), func(o *Options) { o.Cores, o.Memory = 0, 0 })
	l := d.Limits()
	if l.Cores != runtime.NumCPU() || l.Memory < 64<<20 || l.Disk != 0 {
		t.Errorf("the usual limits: %+v", l)
	}
	if err := d.SetLimits(1, 1<<30, 1<<31); err != nil || d.Limits() != (Limits{1, 1 << 30, 1 << 31}) {
		t.Error(d.Limits(), err)
	}
	if err := d.SetLimits(1<<20, -1, -1); err != nil || d.Limits() != l {
		t.Error("more cores than there are:", d.Limits(), err)
	}
}

// What a tile may cost is bounded whatever the job says.
func TestTimeLimit(t *testing.T) {
	s := Spec{Frames: []Range{{1, 10, 1}}, Settings: testSettings}
	full, half := whole(1), engine.Tile{Frame: 1, W: testSettings.Width, H: testSettings.Height / 2}
	for _, c := range []struct {
		name string
		core uint32
		tile engine.Tile
		want time.Duration
	}{
		{"no estimate", 0, full, leastTime},
		{"a minute each", 600, full, leastTime + 10*time.Minute},
		{"half a frame", 600, half, leastTime + 5*time.Minute},
		{"an absurd estimate", 1<<32 - 1, full, mostTime},
	} {
		s.CoreSeconds = c.core
		if got := s.timeLimit(c.tile, leastTime); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestGoodwill(t *testing.T) {
	s := Spec{Frames: []Range{{1, 10, 1}}, Settings: testSettings, CoreSeconds: 600}
	p := newGoodwill(s, types.Coin, 5)
	if want := unpaidTime + unpaidTiles*time.Minute; p.limit != want {
		t.Fatalf("bears %v, want %v", p.limit, want)
	}
	if err := p.delivered(whole(1), p.limit); err != nil {
		t.Error(err)
	}
	p.paid(5) // no news
	if err := p.delivered(whole(2), time.Second); !errors.Is(err, tasks.ErrEnded) {
		t.Error("over the limit:", err)
	}
	p.paid(6)
	if err := p.delivered(whole(2), time.Second); err != nil {
		t.Error("after pay:", err)
	}
	why := errors.New("crash")
	for i := range 3 * maxUseless { // a success in between makes good
		err := p.rendered(i%2, why)
		if err != nil {
			t.Error(i, err)
		}
	}
	var err error
	for range maxUseless {
		err = p.rendered(0, why)
	}
	if !errors.Is(err, tasks.ErrEnded) || !errors.Is(err, why) {
		t.Error(err)
	}
	for i := range maxWrongs {
		err := p.wrong(why)
		if !errors.Is(err, errWrong) || !errors.Is(err, why) || errors.Is(err, tasks.ErrEnded) != (i == maxWrongs-1) {
			t.Error(i, err)
		}
	}
}
