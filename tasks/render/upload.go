package render

import (
	"context"
	"errors"
	"fmt"
	"time"

	"supercomputing/tasks"
	"supercomputing/tasks/render/engine"
)

// maxResends is how many times over a picture is sent before the requester, who
// keeps asking for bytes it was sent, is counted as wrong.
const maxResends = 4

// upload sends what is on the shelf, oldest first, until all is rendered and
// the shelf is empty. What the requester takes only later waits its time.
func (w *worker) upload(ctx context.Context) error {
	later := make(map[engine.Tile]time.Time)
	for {
		w.mu.Lock()
		ending := w.ending // before the shelf is looked at: nothing comes after it
		w.mu.Unlock()
		tiles, _, news := w.shelf.state()
		if len(tiles) == 0 && ending {
			return errOver
		}
		now := time.Now()
		next := longestWait
		var due *parcel
		for i, p := range tiles {
			if left := later[p.Tile].Sub(now); left > 0 {
				next = min(next, left)
			} else if due == nil {
				due = &tiles[i]
			}
		}
		if due == nil {
			if len(tiles) == 0 {
				clear(later)
			}
			select {
			case <-news:
			case <-time.After(next):
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			continue
		}
		if err := w.d.speak(ctx); err != nil {
			return err
		}
		again, err := w.deliver(ctx, *due)
		if err != nil {
			return err
		}
		if again > 0 {
			later[due.Tile] = now.Add(min(again, longestWait))
		}
	}
}

// deliver offers one tile and sends what is wanted of it. again is when to offer
// it anew; at 0 it is settled and off the shelf.
func (w *worker) deliver(ctx context.Context, p parcel) (again time.Duration, err error) {
	var next message = result{Tile: p.Tile, Hash: p.Hash, Length: p.Length, Took: p.Took, Setup: p.Setup}
	for sent := int64(0); ; {
		answer, err := w.call(ctx, next)
		if errors.Is(err, errWrong) && !errors.Is(err, tasks.ErrEnded) {
			return wrongPause, nil
		}
		if err != nil {
			return 0, err
		}
		switch a := answer.(type) {
		case enough:
			return 0, w.delivered(p)
		case refused:
			if a.Again > 0 {
				return a.Again, nil
			}
			w.log.Info("tile not taken", "tile", p.Tile.String(), "why", a.Why)
			return 0, w.off(p.Tile)
		case proceed:
			data, err := w.shelf.read(p, a.Offset, maxPart)
			if errors.Is(err, errParcel) {
				if a.Offset < p.Length {
					return 0, w.off(p.Tile) // our own file is damaged
				}
				err = w.wronged(fmt.Errorf("%w: byte %d of %d is asked for", ErrMessage, a.Offset, p.Length))
			}
			if sent += int64(len(data)); err == nil && sent > maxResends*p.Length {
				err = w.wronged(fmt.Errorf("%w: a picture is asked for over and over", ErrMessage))
			}
			if errors.Is(err, errWrong) && !errors.Is(err, tasks.ErrEnded) {
				return wrongPause, nil
			}
			if err != nil {
				return 0, err
			}
			if err := w.send(ctx, len(data)); err != nil {
				return 0, err
			}
			next = part{Tile: p.Tile, Offset: a.Offset, Data: data}
		default:
			if err := w.wronged(fmt.Errorf("%w: %T in answer to a picture", ErrMessage, answer)); errors.Is(err, tasks.ErrEnded) {
				return 0, err
			}
			return wrongPause, nil
		}
	}
}

// send waits until so many bytes may be sent.
func (w *worker) send(ctx context.Context, n int) error {
	if err := w.d.speak(ctx); err != nil {
		return err
	}
	if err := w.d.uploads.WaitN(ctx, n); err != nil {
		return errors.Join(context.Cause(ctx), err)
	}
	return nil
}

// delivered books a tile that the requester has got.
func (w *worker) delivered(p parcel) error {
	w.mu.Lock()
	err := w.trust.delivered(p.Tile, p.Took)
	queued := 0
	for _, u := range w.units {
		queued += len(u.todo)
	}
	w.mu.Unlock()
	if queued > 1 { // more than is at work: others may have nothing to do
		select {
		case w.tell <- struct{}{}:
		default:
		}
	}
	if e := w.off(p.Tile); err == nil {
		err = e
	}
	return err
}

// off takes a tile off the shelf and out of its lease.
func (w *worker) off(t engine.Tile) error {
	w.settled(t) // first: whoever waits for the shelf's news looks at the leases
	return w.shelf.drop(t)
}
