package miner

import (
	"context"
	"io"
	"os"
	"strings"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/screensaver"
	"github.com/jezek/xgb/xproto"
)

// display asks the X server of this session. The connection is kept: opening one
// costs a hundred times as much as a question.
type display struct {
	conn  *xgb.Conn
	root  xproto.Drawable
	again time.Time // no new connection before
}

// displayRetry is how long a display that does not answer is left alone.
const displayRetry = 5 * time.Minute

// idle is the time since the last key or move of the mouse.
func (d *display) idle(ctx context.Context) (time.Duration, bool) {
	name := os.Getenv("DISPLAY")
	// Another machine's display says nothing of who uses this one.
	if !strings.HasPrefix(name, ":") && !strings.HasPrefix(name, "unix:") || time.Now().Before(d.again) {
		return 0, false
	}
	type answer struct {
		display display
		idle    time.Duration
		ok      bool
	}
	answers := make(chan answer, 1)
	go func(d display) { // a server that hangs must not hang us
		idle, ok := d.ask(name)
		answers <- answer{d, idle, ok}
	}(*d)
	select {
	case a := <-answers:
		if *d = a.display; a.ok {
			return a.idle, true
		}
	case <-ctx.Done():
		old := d.conn
		go func() {
			if a := <-answers; a.display.conn != old {
				a.display.close()
			}
		}()
	}
	d.close() // which also ends a question that hangs
	d.again = time.Now().Add(displayRetry)
	return 0, false
}

func (d *display) ask(name string) (time.Duration, bool) {
	if d.conn == nil {
		xgb.Logger.SetOutput(io.Discard) // it would write to our standard error
		c, err := xgb.NewConnDisplay(name)
		if err != nil {
			return 0, false
		}
		if d.conn = c; screensaver.Init(c) != nil {
			return 0, false
		}
		d.root = xproto.Drawable(xproto.Setup(c).DefaultScreen(c).Root)
	}
	info, err := screensaver.QueryInfo(d.conn, d.root).Reply()
	if err != nil || info == nil {
		return 0, false
	}
	return time.Duration(info.MsSinceUserInput) * time.Millisecond, true
}

func (d *display) close() {
	if d.conn != nil {
		d.conn.Close()
		d.conn = nil
	}
}
