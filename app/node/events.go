package node

import (
	"context"
	"slices"
	"sync"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// hub passes events to whoever watches. A watcher that is slow gets each kind
// of event once, the newest, however many there were.
type hub struct {
	mu sync.Mutex
	// guarded by mu:
	watchers map[*watcher]struct{}
}

type watcher struct {
	wake    chan struct{}
	pending []view.Event // guarded by hub.mu, one of each kind, job and address
}

// maxPending bounds the events of one kind that wait for a slow watcher; beyond
// it one stands for several.
const maxPending = 64

// emit tells every watcher.
func (h *hub) emit(e view.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.watchers {
		w.add(e)
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

func (w *watcher) add(e view.Event) {
	same := 0
	for i := range w.pending {
		if w.pending[i].Kind != e.Kind {
			continue
		}
		if w.pending[i].Job == e.Job && w.pending[i].Address == e.Address {
			w.pending[i] = e
			return
		}
		same++
	}
	if same >= maxPending {
		w.pending = slices.DeleteFunc(w.pending, func(o view.Event) bool { return o.Kind == e.Kind })
		e.Job, e.Address = "", ""
	}
	w.pending = append(w.pending, e)
}

// watch calls fn for events until ctx is done or fn fails.
func (h *hub) watch(ctx context.Context, fn func(view.Event) error) error {
	w := &watcher{wake: make(chan struct{}, 1)}
	h.mu.Lock()
	if h.watchers == nil {
		h.watchers = make(map[*watcher]struct{})
	}
	h.watchers[w] = struct{}{}
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		delete(h.watchers, w)
		h.mu.Unlock()
	}()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-w.wake:
		}
		h.mu.Lock()
		events := w.pending
		w.pending = nil
		h.mu.Unlock()
		for _, e := range events {
			if err := fn(e); err != nil {
				return err
			}
		}
	}
}

// lookEvery is how often is looked at what tells nobody when it changes.
const lookEvery = 2 * time.Second

// observe turns changes of the chain, the wallet and the connections into
// events until ctx is done.
func (n *Node) observe(ctx context.Context) error {
	moved, cancel := n.chain.Subscribe()
	defer cancel()
	var spent <-chan struct{} // nil without a wallet: never ready
	if n.wallet != nil {
		ch, cancel := n.wallet.Subscribe()
		defer cancel()
		spent = ch
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	tip, peers, work := n.chain.Tip(), len(n.gossip.Peers()), workState{}
	told := make(map[string]bool)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-moved:
			if now := n.chain.Tip(); now.Hash != tip.Hash {
				tip = now
				n.events.emit(view.Event{Kind: view.EventTip, Height: tip.Height})
			}
			n.events.emit(view.Event{Kind: view.EventBoard})
			n.events.emit(view.Event{Kind: view.EventJob})
		case <-spent:
			n.events.emit(view.Event{Kind: view.EventWallet})
		case now := <-tick.C:
			n.pace.note(now, n.chain.Tip().Height)
			if now := len(n.gossip.Peers()); now != peers {
				peers = now
				n.events.emit(view.Event{Kind: view.EventPeers})
			}
			if n.market != nil {
				work = n.lookAtMarket(work)
			}
			told = n.tellWarnings(ctx, told)
		}
	}
}

// tellWarnings logs each kind of warning when it appears, and returns those
// that stand.
func (n *Node) tellWarnings(ctx context.Context, told map[string]bool) map[string]bool {
	now := make(map[string]bool)
	for _, w := range n.warnings(ctx) {
		if now[w.Kind] = true; !told[w.Kind] {
			n.log.Warn(w.Message, "hint", w.Hint)
		}
	}
	return now
}

// observeMessages tells which conversations change until ctx is done.
func (n *Node) observeMessages(ctx context.Context) error {
	sub := n.messages.Subscribe()
	defer sub.Close()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-sub.C:
		}
		for _, a := range sub.Changed() {
			e := view.Event{Kind: view.EventMessage}
			if !a.IsZero() {
				e.Address = n.addressText(a)
			}
			n.events.emit(e)
		}
	}
}

// workState is what tells whether the work for others moved on.
type workState struct {
	working            int
	promised, recorded types.Amount
	idle               string
}

// lookAtMarket emits what happened in the market since the last look, and
// keeps the engine's limits right for the roles that it plays now.
func (n *Node) lookAtMarket(last workState) workState {
	st := n.market.runner.Status()
	now := workState{st.Working, st.Promised, st.Recorded, st.Idle}
	if now != last {
		n.events.emit(view.Event{Kind: view.EventContribution})
	}
	if n.market.busy() {
		n.events.emit(view.Event{Kind: view.EventJob})
	}
	n.applyRates()
	return now
}
