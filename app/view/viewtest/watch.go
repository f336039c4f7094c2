package viewtest

import (
	"context"

	"supercomputing/app/view"
)

// Emit adds events. Each Watch delivers them, those of before it too.
func (f *Fake) Emit(events ...view.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = append(f.events, events...)
	f.wakeLocked()
}

// Drop makes Watch return err, the ones that run as well, as if the node went
// away; nil lets later ones run again.
func (f *Fake) Drop(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dropped = err
	f.wakeLocked()
}

func (f *Fake) wakeLocked() {
	if f.changed != nil {
		close(f.changed)
		f.changed = nil
	}
}

// more waits for events after the first seen ones.
func (f *Fake) more(ctx context.Context, seen int) ([]view.Event, error) {
	for {
		f.mu.Lock()
		if f.dropped != nil {
			err := f.dropped
			f.mu.Unlock()
			return nil, err
		}
		if len(f.events) > seen {
			events := append([]view.Event(nil), f.events[seen:]...)
			f.mu.Unlock()
			return events, nil
		}
		if f.changed == nil {
			f.changed = make(chan struct{})
		}
		changed := f.changed
		f.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Watch implements view.Network: it delivers what was emitted and what will
// be, until ctx is done or Drop ends it.
func (f *Fake) Watch(ctx context.Context, fn func(view.Event) error) error {
	if _, err := f.record("Watch", nil); err != nil {
		return err
	}
	for seen := 0; ; {
		events, err := f.more(ctx, seen)
		if err != nil {
			return err
		}
		seen += len(events)
		for _, e := range events {
			if err := fn(e); err != nil {
				return err
			}
		}
	}
}
