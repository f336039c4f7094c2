package chain

import "sync"

// feed tells subscribers that something changed. A signal that was not taken
// yet stands for all that follow, so nobody is waited for.
type feed struct {
	mu   sync.Mutex
	subs map[chan struct{}]struct{} // guarded by mu
}

func newFeed() *feed { return &feed{subs: make(map[chan struct{}]struct{})} }

func (f *feed) notify() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for ch := range f.subs {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// Subscribe returns a channel that gets a signal after the tip, the headers or
// the pool changed; signals that are not taken merge. The subscriber then
// pulls what it wants: Tip, UpdatesSince, PoolSince. cancel ends it; the
// channel is never closed.
func (m *Manager) Subscribe() (ch <-chan struct{}, cancel func()) {
	c := make(chan struct{}, 1)
	m.feed.mu.Lock()
	defer m.feed.mu.Unlock()
	m.feed.subs[c] = struct{}{}
	return c, func() {
		m.feed.mu.Lock()
		defer m.feed.mu.Unlock()
		delete(m.feed.subs, c)
	}
}
