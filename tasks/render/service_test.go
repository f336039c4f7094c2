package render

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
)

func total(paid map[types.Address]types.Amount) (sum types.Amount) {
	for _, a := range paid {
		sum += a
	}
	return sum
}

// Three honest nodes: all frames right, the whole bid to who worked, nobody is
// accused, and some of it was checked.
func TestJobHonest(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 24, nil)
		m.serve()
		wg := m.crowd(m.actor(1, 10*time.Second), m.actor(2, 12*time.Second), m.actor(3, 20*time.Second))
		paid := m.await(time.Hour)
		wg.Wait()
		m.frames()
		if sum := total(paid); sum < testBid-10 || sum > testBid {
			t.Errorf("%v of %v were paid", sum, testBid)
		}
		v := m.state().Checks
		if v.Caught != 0 || v.Own < 3 || v.Repeated < 3 || v.Share <= 0 || v.Share > 0.9 {
			t.Errorf("checks %+v\n%s", v, m.logs())
		}
		for i := byte(1); i <= 3; i++ {
			if trust, _ := must(m.dapp.req.known()).of(types.Address{i, 31: 1}); trust == 0 {
				t.Error("no standing for node", i)
			}
		}
		if es, _ := os.ReadDir(m.dapp.req.opt.Dir + "/" + plansDir); len(es) != 0 {
			t.Error("the plan is left")
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// One node and nobody to repeat: the requester checks some of it itself, and not
// much more than a tenth.
func TestJobOneNode(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 60, nil)
		m.serve()
		wg := m.crowd(m.actor(1, 10*time.Second))
		paid := m.await(2 * time.Hour)
		wg.Wait()
		m.frames()
		if v := m.state().Checks; v.Own < 2 || v.Own > 10 || v.Repeated != 0 {
			t.Errorf("%+v\n%s", v, m.logs())
		}
		if total(paid) < testBid-10 {
			t.Error(paid)
		}
	})
}

// A liar among honest nodes is caught, earns nothing, and leaves nothing wrong
// behind, whatever kind of liar it is.
func TestJobLiars(t *testing.T) {
	kinds := map[string]func(engine.Tile, *picture.Picture) *picture.Picture{
		"always":       twist,
		"one in three": func(k engine.Tile, p *picture.Picture) *picture.Picture { return either(k.Frame%3 == 0, k, p) },
		"black":        func(_ engine.Tile, p *picture.Picture) *picture.Picture { return must(picture.New(p.Form, p.W, p.H)) },
		"last frame": func(k engine.Tile, p *picture.Picture) *picture.Picture {
			return painted([]byte("a scene"), engine.Tile{Frame: k.Frame - 1, W: k.W, H: k.H}, engine.Settings{Samples: 4, Form: p.Form})
		},
	}
	for name, lie := range kinds {
		t.Run(name, func(t *testing.T) {
			job(t, func(t *testing.T) {
				m := newStage(t, 30, func(p *Plan) { p.Checks = ChecksAll })
				m.serve()
				liar := m.actor(9, 8*time.Second)
				liar.lie = lie
				wg := m.crowd(m.actor(1, 10*time.Second), m.actor(2, 10*time.Second), liar)
				paid := m.await(3 * time.Hour)
				wg.Wait()
				m.frames()
				if v := m.state().Checks; v.Caught != 1 {
					t.Errorf("%+v\n%s", v, m.logs())
				}
				if !errors.Is(m.errs[liar.addr], ErrCaught) {
					t.Error("the coordinator was not told:", m.errs)
				}
				if name == "always" && paid[liar.addr] != 0 {
					t.Error("the liar was paid", paid[liar.addr])
				}
				if err := m.dapp.req.standing.save("/dev/null/x", 1); err == nil {
					t.Error("standing is not saved for real")
				}
				if _, caught := must(openStanding(m.dapp.req.opt.Dir)).of(liar.addr); caught == "" {
					t.Error("its standing is kept")
				}
			})
		})
	}
}

func either(lie bool, k engine.Tile, p *picture.Picture) *picture.Picture {
	if lie {
		return twist(k, p)
	}
	return p
}

// Two liars that tell the same lie vouch for each other; only the requester's own
// renderings catch them, and all that stands on their word alone is rendered
// again.
func TestJobColluders(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 40, nil)
		m.serve()
		a, b := m.actor(8, 5*time.Second), m.actor(9, 5*time.Second)
		a.lie, b.lie = twist, twist
		wg := m.crowd(a, b, m.actor(1, 10*time.Second))
		paid := m.await(3 * time.Hour)
		wg.Wait()
		m.frames()
		if v := m.state().Checks; v.Caught != 2 || paid[a.addr]+paid[b.addr] != 0 {
			t.Errorf("%+v %v\n%s", v, paid, m.logs())
		}
	})
}

// Another build's pictures differ in bytes and are alike: nobody is accused.
func TestJobOtherBuild(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 20, nil)
		m.serve()
		other := m.actor(2, 10*time.Second)
		other.build, other.lie = strings.Repeat("ab", buildLen), touch
		wg := m.crowd(m.actor(1, 10*time.Second), other)
		paid := m.await(time.Hour)
		wg.Wait()
		if v := m.state().Checks; v.Caught != 0 || paid[other.addr] == 0 {
			t.Errorf("%+v %v\n%s", v, paid, m.logs())
		}
	})
}

// A single flipped bit by an equal build is not paid; a second one ends the
// node's part and its trust. Neither is a lie, so nobody is accused.
func TestJobFlippedBit(t *testing.T) {
	for flips, out := range map[int]bool{1: false, 20: true} {
		job(t, func(t *testing.T) {
			m := newStage(t, 20, func(p *Plan) { p.Checks = ChecksAll })
			m.serve()
			bad, left := m.actor(2, 10*time.Second), flips
			bad.lie = func(k engine.Tile, p *picture.Picture) *picture.Picture {
				if left--; left >= 0 {
					return touch(k, p)
				}
				return p
			}
			wg := m.crowd(m.actor(1, 10*time.Second), bad)
			paid := m.await(time.Hour)
			wg.Wait()
			m.frames()
			trust, caught := must(m.dapp.req.known()).of(bad.addr)
			if v := m.state().Checks; v.Caught != 0 || caught != "" || (trust == 0) != out || (paid[bad.addr] == 0) != out {
				t.Errorf("%d flips: %+v, trust %v, paid %v\n%s", flips, v, trust, paid, m.logs())
			}
		})
	}
}

// A scene that each process renders differently: nobody is accused, whatever the
// pictures are like.
func TestJobNotReproducible(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 12, nil)
		n := 0
		m.own.lie = func(_ engine.Tile, p *picture.Picture) *picture.Picture {
			n++
			p.Pix[0] = byte(n)
			return p
		}
		m.serve()
		a, b := m.actor(1, 10*time.Second), m.actor(2, 10*time.Second)
		a.lie = touch
		wg := m.crowd(a, b)
		paid := m.await(2 * time.Hour)
		wg.Wait()
		if v := m.state().Checks; v.Caught != 0 || !strings.Contains(m.logs(), "not reproducible") {
			t.Errorf("%+v\n%s", v, m.logs())
		}
		if paid[a.addr] == 0 || paid[b.addr] == 0 {
			t.Error(paid)
		}
	})
}

// Without an engine of its own the requester goes by what two nodes agree on.
func TestJobNoEngine(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 20, func(p *Plan) { p.Checks = ChecksAll })
		m.own.version = "9.9.9"
		m.serve()
		liar := m.actor(9, 10*time.Second)
		liar.lie = twist
		wg := m.crowd(m.actor(1, 10*time.Second), m.actor(2, 10*time.Second), m.actor(3, 10*time.Second), liar)
		paid := m.await(3 * time.Hour)
		wg.Wait()
		m.frames()
		if v := m.state().Checks; v.Caught != 0 || paid[liar.addr] != 0 {
			t.Errorf("%+v %v\n%s", v, paid, m.logs())
		}
	})
}

// A node that leaves in the middle is paid for what it delivered, and what it
// was at goes to others.
func TestJobNodeLeaves(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 24, nil)
		m.serve()
		gone := m.actor(2, 10*time.Second)
		gone.quit = func(n int) bool { return n == 1 }
		wg := m.crowd(m.actor(1, 10*time.Second), gone)
		paid := m.await(time.Hour)
		wg.Wait()
		m.frames()
		if paid[gone.addr] == 0 || !strings.Contains(m.logs(), "left;") {
			t.Errorf("%v\n%s", paid, m.logs())
		}
	})
}

// One very slow node does not hold the job: its tiles are leased twice.
func TestJobSlowNode(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 12, nil)
		m.serve()
		slow := m.actor(2, 40*time.Minute)
		wg := m.crowd(m.actor(1, 10*time.Second), slow)
		began := time.Now()
		m.await(time.Hour)
		if took := time.Since(began); took > 20*time.Minute {
			t.Errorf("it took %v\n%s", took, m.logs())
		}
		m.frames()
		wg.Wait()
	})
}

// Truncated uploads are asked for again, three times, and cost no standing.
func TestJobTruncated(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 10, nil)
		m.serve()
		bad := m.actor(2, 10*time.Second)
		bad.cut = func(b []byte) []byte { return b[:len(b)-7] }
		bad.quit = func(n int) bool { return n == 2 }
		wg := m.crowd(m.actor(1, 10*time.Second), bad)
		paid := m.await(time.Hour)
		wg.Wait()
		m.frames()
		if v := m.state().Checks; v.Caught != 0 || paid[bad.addr] != 0 || !strings.Contains(m.logs(), "broken 3 times") {
			t.Errorf("%+v %v\n%s", v, paid, m.logs())
		}
	})
}

// A tile that fails everywhere is given up and named; the rest is there.
func TestJobFailingTile(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 10, nil)
		m.own.before = func(_ context.Context, k engine.Tile) error {
			if k.Frame == 4 {
				return engine.ErrLimit
			}
			return nil
		}
		m.serve()
		bad := func(k engine.Tile) reason {
			if k.Frame == 4 {
				return reasonLimit
			}
			return 0
		}
		a, b := m.actor(1, 10*time.Second), m.actor(2, 10*time.Second)
		a.fails, b.fails = bad, bad
		wg := m.crowd(a, b)
		paid := m.await(2 * time.Hour)
		wg.Wait()
		m.frames(4)
		if !strings.Contains(m.logs(), "missing are 4") || total(paid) < testBid-10 {
			t.Errorf("%v\n%s", paid, m.logs())
		}
	})
}

// A tile that fails at nodes only is rendered here.
func TestJobFailingElsewhere(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 6, nil)
		m.serve()
		a := m.actor(1, 10*time.Second)
		a.fails = func(k engine.Tile) reason {
			if k.Frame == 2 {
				return reasonScene
			}
			return 0
		}
		wg := m.crowd(a)
		m.await(2 * time.Hour)
		wg.Wait()
		m.frames()
	})
}

// A scene that fails everywhere ends the job early, with the reason.
func TestJobBrokenScene(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 50, nil)
		m.own.before = func(context.Context, engine.Tile) error { return engine.ErrScene }
		m.serve()
		a := m.actor(1, time.Second)
		a.fails = func(engine.Tile) reason { return reasonScene }
		wg := m.crowd(a)
		m.await(2 * time.Hour)
		wg.Wait()
		if v := m.state(); v.Broken == "" || !strings.Contains(a.why, "no tile of the scene") {
			t.Errorf("%q, %q\n%s", v.Broken, a.why, m.logs())
		}
	})
}

// The requester is killed and started again all the time: no frame is lost, and
// nothing is paid twice.
func TestJobRestarts(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 24, nil)
		m.serve()
		liar := m.actor(9, 7*time.Second)
		liar.lie = func(k engine.Tile, p *picture.Picture) *picture.Picture { return either(k.Frame > 8, k, p) }
		wg := m.crowd(m.actor(1, 10*time.Second), m.actor(2, 13*time.Second), liar)
		for range 12 {
			time.Sleep(11 * time.Second)
			m.restart()
		}
		paid := m.await(3 * time.Hour)
		wg.Wait()
		m.frames()
		if sum := total(paid); sum > testBid {
			t.Errorf("%v paid", sum)
		}
	})
}

// The output folder is removed in the middle: all frames are there in the end.
func TestJobOutputRemoved(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 12, nil)
		m.serve()
		wg := m.crowd(m.actor(1, 10*time.Second))
		time.Sleep(75 * time.Second) // between two deliveries
		if err := os.RemoveAll(m.out); err != nil {
			t.Fatal(err)
		}
		m.await(time.Hour)
		wg.Wait()
		m.frames()
	})
}

// Where the output folder refuses files the job waits, and goes on when it does
// not any more.
func TestJobOutputRefuses(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 4, nil)
		if err := os.WriteFile(m.out, []byte("a file in the way"), 0o600); err != nil {
			t.Fatal(err)
		}
		m.serve()
		wg := m.crowd(m.actor(1, 10*time.Second))
		wg.Wait()
		time.Sleep(time.Minute)
		if p := m.service().Progress(); p.Done != 0 || !strings.Contains(p.Note, "frame 1") {
			t.Errorf("%d done, %q", p.Done, p.Note)
		}
		if err := os.Remove(m.out); err != nil {
			t.Fatal(err)
		}
		m.await(10 * time.Minute)
		m.frames()
	})
}

// Pictures that this machine's disk does not take are refused for now.
func TestJobDiskFull(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 6, nil)
		svc := m.serve()
		old := svc.st.dir
		svc.st.dir = old + "/nowhere"
		wg := m.crowd(m.actor(1, 10*time.Second))
		time.Sleep(2 * time.Minute)
		if p := svc.Progress(); !strings.Contains(p.Note, "cannot be stored") {
			t.Errorf("note %q", p.Note)
		}
		svc.st.dir = old
		m.await(time.Hour)
		wg.Wait()
		m.frames()
	})
}

// Tiles: frames in parts are put together, and regridding keeps them whole.
func TestJobTiles(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 8, func(p *Plan) {
			p.Settings.Width, p.Settings.Height, p.Rows, p.Cols, p.FrameSeconds = 96, 64, 2, 2, 100
		})
		m.serve()
		wg := m.crowd(m.actor(1, 10*time.Minute), m.actor(2, 10*time.Minute))
		m.await(48 * time.Hour)
		wg.Wait()
		m.frames()
		if !strings.Contains(m.logs(), "now cut into") {
			t.Error("no frame was cut anew\n", m.logs())
		}
	})
}

// Cancelled in the middle: what was delivered is paid by what it is worth, and
// the rest of the bid is not shared.
func TestJobCancelled(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 100, nil)
		m.serve()
		a := m.actor(1, 10*time.Second)
		a.quit = func(n int) bool { return n == 5 }
		m.crowd(a).Wait()
		m.stop()
		again := must(m.dapp.Serve(m.job, m.dir)).(*service) // as after a crash
		if err := again.change(func() { again.s.touchFrame(again.s.Frames[1]).Made = "" }); err != nil {
			t.Fatal(err)
		}
		os.Remove(filepath.Join(m.out, "0002.png")) // it was not written yet
		first, second := again.Settle(), again.Settle()
		if want := 5 * again.s.Terms.worth(32*18); first[a.addr] != want || first[a.addr] != second[a.addr] {
			t.Error(first, second, want)
		}
		for i := range 5 {
			if _, err := os.Stat(m.plan.frameFile(i + 1)); err != nil {
				t.Error("a frame that was delivered:", err)
			}
		}
		p := again.Progress()
		if v := p.Detail.(State); !v.Finished || p.Done != 5 || !strings.Contains(p.Note, "before all frames") ||
			!strings.Contains(m.logsOf(v), "5 frames are in "+m.out+"; missing are 6-100") {
			t.Errorf("%+v\n%s", p.Note, m.logsOf(v))
		}
		if _, err := os.Stat(filepath.Join(m.dir, picturesDir)); !errors.Is(err, fs.ErrNotExist) {
			t.Error("parts of frames are left:", err)
		}
	})
}

// Cancelled while the output folder takes nothing: the pictures are kept.
func TestJobCancelledOutputFull(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 100, nil)
		if err := os.WriteFile(m.out, nil, 0o600); err != nil { // a file where the folder should be
			t.Fatal(err)
		}
		svc := m.serve()
		a := m.actor(1, 10*time.Second)
		a.quit = func(n int) bool { return n == 5 }
		m.crowd(a).Wait()
		if paid := svc.Settle(); paid[a.addr] < testBid/40 || paid[a.addr] > testBid/20 {
			t.Error(paid)
		}
		m.stop()
		v := svc.Progress().Detail.(State)
		if v.Finished || !strings.Contains(m.logsOf(v), "could not be written") || !strings.Contains(m.logsOf(v), "are kept in "+m.dir) {
			t.Error(m.logsOf(v))
		}
		if es, err := os.ReadDir(filepath.Join(m.dir, picturesDir)); err != nil || len(es) < 5 {
			t.Error(len(es), err)
		}
	})
}

func (m *stage) logsOf(v State) (out string) {
	for _, l := range v.Log {
		out += l.Text + "\n"
	}
	return out
}

// A raise of the bid is worth more for what is left.
func TestJobRaised(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 12, nil)
		svc := m.serve()
		wg := m.crowd(m.actor(1, 10*time.Second))
		time.Sleep(45 * time.Second)
		m.job.Bids = 3 * testBid
		svc.Update(m.job)
		paid := m.await(time.Hour)
		wg.Wait()
		if sum := total(paid); sum < 3*testBid-10 || sum > 3*testBid {
			t.Error(sum)
		}
	})
}

// A raise that comes too late is told.
func TestJobRaisedLate(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 3, nil)
		svc := m.serve()
		wg := m.crowd(m.actor(1, 10*time.Second))
		paid := m.await(time.Hour)
		wg.Wait()
		m.job.Bids = 3 * testBid
		svc = must(m.dapp.Serve(m.job, m.dir)).(*service)
		svc.Update(m.job)
		svc.Update(m.job)
		if log := m.logsOf(svc.Progress().Detail.(State)); strings.Count(log, "after all was settled") != 1 || total(svc.Settle()) != total(paid) {
			t.Error(log)
		}
	})
}

// Who was caught in an earlier job, who has another engine, and who says nothing
// proper is not worked with.
func TestJobRefusals(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 4, nil)
		svc := m.serve()
		defer func() { m.stop() }()
		bad := m.actor(5, time.Second)
		if err := must(m.dapp.req.known()).caught(bad.addr, "it lied", time.Now()); err != nil {
			t.Fatal(err)
		}
		if err := bad.login(); !errors.Is(err, ErrCaught) {
			t.Error("caught before:", err)
		}
		a := m.actor(1, time.Second)
		if _, err := a.say(ask{}); !errors.Is(err, ErrNoSeat) {
			t.Error("without a place:", err)
		}
		if err := svc.Admit(a.addr); err != nil {
			t.Fatal(err)
		}
		if _, err := a.say(ask{}); !errors.Is(err, ErrMessage) {
			t.Error("without hello:", err)
		}
		for _, b := range []engine.Build{{Engine: "paint", Version: "2.0.0"}, {Engine: "crayon", Version: "1.2.3"}} {
			b.ID = paintBuild
			if r, err := a.say(hello{Build: b}); err != nil || r.(refused).Again != 0 {
				t.Error(b, r, err)
			}
		}
		if err := a.login(); err != nil {
			t.Fatal(err)
		}
		if w, err := a.say(ask{Have: 1}); err != nil || w.(wait).For == 0 {
			t.Error("without the scene:", w, err)
		}
		pic := painted([]byte("a scene"), whole(1), m.plan.Settings)
		if r, err := a.say(result{whole(1), pic.Hash(), 10, 1, 0}); err != nil || r.(refused).Again != 0 {
			t.Error("a tile that it was not asked for:", r, err)
		}
		if r, err := a.say(result{whole(1), pic.Hash(), 1 << 30, 1, 0}); err != nil || r.(refused).Again != 0 {
			t.Error("a huge picture:", r, err)
		}
		if r, err := a.say(part{whole(1), 0, []byte("x")}); err != nil || r.(refused).Again == 0 {
			t.Error("a part of nothing:", r, err)
		}
		if _, err := a.say(welcome{}); !errors.Is(err, ErrMessage) {
			t.Error("a requester's message:", err)
		}
		l1 := must(a.say(ask{Have: 1 << 40})).(lease)
		if l2 := must(a.say(ask{Have: 1 << 40})).(lease); l2.ID != l1.ID || !slices.Equal(l1.Tiles, l2.Tiles) {
			t.Error("a lost answer is another lease")
		}
	})
}
