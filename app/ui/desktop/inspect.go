package desktop

import (
	"encoding/json"
	"net"
	"os"

	"fyne.io/fyne/v2"
)

// envInspect names a socket at which the program tells what its window shows.
// It is for tests that work the real program from outside, as a person would:
// each connection gets one Seen as JSON. Nobody but this user can open the
// socket, and it tells nothing that the screen does not: what is hidden there,
// such as a passphrase, is hidden here.
const envInspect = "SUPERCOMPUTING_INSPECT"

// Seen is what a window shows.
type Seen struct {
	Scale  float32 `json:"scale"` // pixels of the screen for one unit
	Width  float32 `json:"width"`
	Height float32 `json:"height"`
	Boxes  []Box   `json:"boxes"` // in the order of drawing: later ones cover earlier ones
}

// The kinds of boxes.
const (
	BoxText  = "text"  // Text
	BoxField = "field" // Text is what was typed, Hint what stands there before, Label what is asked
	BoxTap   = "tap"   // Label is what it does, as far as it says
)

// Box is the visible part of a text, field or button, in units from the
// window's upper left corner.
type Box struct {
	Kind    string  `json:"kind"`
	Text    string  `json:"text,omitempty"`
	Label   string  `json:"label,omitempty"`
	Hint    string  `json:"hint,omitempty"`
	X       float32 `json:"x"`
	Y       float32 `json:"y"`
	W       float32 `json:"w"`
	H       float32 `json:"h"`
	Focused bool    `json:"focused,omitempty"`
	Off     bool    `json:"off,omitempty"` // cannot be used now
	Layer   int     `json:"layer"`         // 0 the page, above it dialogs and menus
}

// inspector tells what a canvas shows.
type inspector struct {
	canvas fyne.Canvas
	later  func(func()) // runs on the UI thread
}

// serveInspection answers at the socket until the listener is closed. It
// returns nil when nobody asked for it.
func serveInspection(c fyne.Canvas, later func(func())) (net.Listener, error) {
	path := os.Getenv(envInspect)
	if path == "" {
		return nil, nil
	}
	os.Remove(path) // of an earlier run
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		ln.Close()
		return nil, err
	}
	i := &inspector{c, later}
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go i.answer(conn)
		}
	}()
	return ln, nil
}

func (i *inspector) answer(conn net.Conn) {
	defer conn.Close()
	seen := make(chan Seen, 1)
	i.later(func() { seen <- see(i.canvas, driverTrees) })
	_ = json.NewEncoder(conn).Encode(<-seen)
}
