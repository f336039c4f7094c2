//go:build unix && !darwin

package desktop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// The limits of what is taken from another program's clipboard.
const (
	maxImage     = 64 << 20
	imagePatient = 3 * time.Second // for each answer of the clipboard's owner
)

// clipboardImage gives the picture on the clipboard as PNG, nil when there is
// none. The toolkit only knows text there, so this is a client of the display
// of its own (ICCCM §2).
func clipboardImage(ctx context.Context) ([]byte, error) {
	if os.Getenv("DISPLAY") == "" {
		return nil, nil // Wayland alone gives its clipboard to the focused window only
	}
	xgb.Logger.SetOutput(discard{})
	conn, err := xgb.NewConn()
	if err != nil {
		return nil, fmt.Errorf("clipboard: %w", err)
	}
	defer conn.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // what waits for events ends with this
	x := &selection{conn: conn}
	if err := x.open(ctx); err != nil {
		return nil, fmt.Errorf("clipboard: %w", err)
	}
	b, err := x.convert(ctx, "image/png")
	if errors.Is(err, errNoSelection) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("clipboard: %w", err)
	}
	return b, nil
}

// errNoSelection says that nobody has what was asked for.
var errNoSelection = errors.New("nothing of that kind is there")

// selection asks the owner of the clipboard for it.
type selection struct {
	conn   *xgb.Conn
	window xproto.Window
	events chan xgb.Event
}

func (x *selection) open(ctx context.Context) error {
	screen := xproto.Setup(x.conn).DefaultScreen(x.conn)
	var err error
	if x.window, err = xproto.NewWindowId(x.conn); err != nil {
		return err
	}
	err = xproto.CreateWindowChecked(x.conn, 0, x.window, screen.Root, 0, 0, 1, 1, 0, xproto.WindowClassInputOnly, 0,
		xproto.CwEventMask, []uint32{xproto.EventMaskPropertyChange}).Check()
	if err != nil {
		return err
	}
	x.events = make(chan xgb.Event)
	go func() {
		defer close(x.events)
		for {
			e, xerr := x.conn.WaitForEvent()
			if e == nil && xerr == nil {
				return // closed
			}
			if e == nil {
				continue
			}
			select {
			case x.events <- e:
			case <-ctx.Done():
				return
			}
		}
	}()
	return nil
}

func (x *selection) atom(name string) (xproto.Atom, error) {
	r, err := xproto.InternAtom(x.conn, false, uint16(len(name)), name).Reply()
	if err != nil {
		return 0, err
	}
	return r.Atom, nil
}

// convert asks for the clipboard's content as target.
func (x *selection) convert(ctx context.Context, target string) ([]byte, error) {
	var atoms [4]xproto.Atom
	for i, name := range []string{"CLIPBOARD", target, "SUPERCOMPUTING_CLIPBOARD", "INCR"} {
		var err error
		if atoms[i], err = x.atom(name); err != nil {
			return nil, err
		}
	}
	property, incr := atoms[2], atoms[3]
	xproto.ConvertSelection(x.conn, x.window, atoms[0], atoms[1], property, xproto.TimeCurrentTime)
	e, err := next(ctx, x, func(e xgb.Event) (xproto.SelectionNotifyEvent, bool) {
		n, ok := e.(xproto.SelectionNotifyEvent)
		return n, ok
	})
	if err != nil {
		return nil, err
	}
	if e.Property == xproto.AtomNone {
		return nil, errNoSelection
	}
	b, kind, err := x.take(property)
	if err != nil || kind != incr {
		return b, err
	}
	return x.pieces(ctx, property)
}

// pieces reads a large content, which comes one property after the other until
// an empty one.
func (x *selection) pieces(ctx context.Context, property xproto.Atom) ([]byte, error) {
	var all bytes.Buffer
	for {
		_, err := next(ctx, x, func(e xgb.Event) (xproto.PropertyNotifyEvent, bool) {
			n, ok := e.(xproto.PropertyNotifyEvent)
			return n, ok && n.Atom == property && n.State == xproto.PropertyNewValue
		})
		if err != nil {
			return nil, err
		}
		b, _, err := x.take(property)
		if err != nil {
			return nil, err
		}
		if len(b) == 0 {
			return all.Bytes(), nil
		}
		if all.Len()+len(b) > maxImage {
			return nil, fmt.Errorf("the picture is larger than %d bytes", maxImage)
		}
		all.Write(b)
	}
}

// take reads and removes the property, which asks for the next piece.
func (x *selection) take(property xproto.Atom) ([]byte, xproto.Atom, error) {
	r, err := xproto.GetProperty(x.conn, true, x.window, property, xproto.GetPropertyTypeAny, 0, maxImage/4).Reply()
	if err != nil {
		return nil, 0, err
	}
	if r.BytesAfter > 0 {
		return nil, 0, fmt.Errorf("the picture is larger than %d bytes", maxImage)
	}
	return r.Value, r.Type, nil
}

// next waits for an event that fits.
func next[T any](ctx context.Context, x *selection, fits func(xgb.Event) (T, bool)) (T, error) {
	var none T
	patience := time.NewTimer(imagePatient)
	defer patience.Stop()
	for {
		select {
		case <-ctx.Done():
			return none, ctx.Err()
		case <-patience.C:
			return none, errors.New("the program that copied it does not answer")
		case e, open := <-x.events:
			if !open {
				return none, errors.New("the display went away")
			}
			if v, ok := fits(e); ok {
				return v, nil
			}
		}
	}
}
