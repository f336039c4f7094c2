package render

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"time"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
)

// A node that is killed in the middle of a frame is named in the log, also where
// another one has rendered its tile before its place is lost; one that comes back
// is, too.
func TestWholeKilledNamed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := newMarket(t, time.Second, painter(), nil)
		dying := painter()
		dead := m.node(2, dying)
		m.node(3, painter())
		p, id := m.painting(6, ChecksUsual, 1)
		m.until("it is at work", time.Hour, func() bool {
			dying.mu.Lock()
			defer dying.mu.Unlock()
			return dying.at > 0
		})
		dead.stop()
		j := m.completed(id, 3*time.Hour)
		m.rightFrames(p, id)
		m.logged(id, "is not heard of any more, in the middle of frame")
		named := false
		for _, l := range m.detail(id).Log {
			named = named || l.Node == dead.key.Address() && strings.Contains(l.Text, "not heard of")
		}
		if !named {
			t.Errorf("%+v", j.Log)
		}
	})
}

// Each restart of the requester is in the log, also one before anything came.
func TestRestartNamed(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 3, nil)
		m.serve()
		if strings.Contains(m.logs(), "started again") {
			t.Error("the first start is no restart")
		}
		m.restart()
		if strings.Count(m.logs(), "started again") != 1 {
			t.Error(m.logs())
		}
		wg := m.crowd(m.actor(1, time.Second))
		m.await(time.Hour)
		wg.Wait()
	})
}

// Why a file could not be written is in the short text, not only where.
func TestCauses(t *testing.T) {
	long := "/home/" + strings.Repeat("x", 300) + "/tiles/a.pic"
	for _, err := range []error{
		fmt.Errorf("pictures cannot be stored: %w", &fs.PathError{Op: "write", Path: long, Err: syscall.ENOSPC}),
	} {
		if got := clipText(causes(err)); !strings.Contains(got, syscall.ENOSPC.Error()) || !strings.Contains(got, "a.pic") {
			t.Error(got)
		}
	}
	if got := causes(errors.New("plain")); got != "plain" {
		t.Error(got)
	}
}

// What another build of the engine has rendered is not sent as this one's, and a
// node whose engine is replaced in the middle presents itself anew.
func TestWorkerBuildReplaced(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := newMarket(t, time.Second, painter(), nil)
		changing := &changingPaint{paint: painter()}
		m.node(2, changing.paint)
		changing.paint.before = changing.replace(changing.paint.before)
		changing.paint.lie = func(_ engine.Tile, p *picture.Picture) *picture.Picture {
			if changing.rendered() >= 3 {
				p.Pix[0] ^= 1 // the new build rounds otherwise
			}
			return p
		}
		p, id := m.painting(20, ChecksAll, 1)
		m.completed(id, 5*time.Hour)
		_ = p
		s := m.detail(id)
		for _, l := range s.Log {
			if strings.Contains(l.Text, "equal build") || strings.Contains(l.Text, "caught") {
				t.Error(l.Text)
			}
		}
	})
}

// changingPaint becomes another build after its third tile.
type changingPaint struct{ *paint }

func (c *changingPaint) rendered() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.paint.rendered)
}

func (c *changingPaint) replace(before func(context.Context, engine.Tile) error) func(context.Context, engine.Tile) error {
	return func(ctx context.Context, k engine.Tile) error {
		if c.rendered() >= 3 {
			c.mu.Lock()
			c.build = strings.Repeat("cd", buildLen)
			c.mu.Unlock()
		}
		return before(ctx, k)
	}
}

// After an update of the engine the tiles of the one before are rendered again.
func TestShelfKeepBuild(t *testing.T) {
	s := must(openShelf(t.TempDir()))
	for i, b := range []string{"old", "new"} {
		if err := s.put(parcel{Tile: engine.Tile{Frame: i + 1, W: 8, H: 4}, Build: b}, []byte("picture")); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.keepBuild("new"); err != nil {
		t.Fatal(err)
	}
	s = must(openShelf(s.dir))
	if len(s.tiles) != 1 || s.tiles[0].Build != "new" {
		t.Errorf("%+v", s.tiles)
	}
}
