package gossip

import (
	"errors"
	"sync"

	"supercomputing/chain/types"
)

// Limits of what waits to be sent to one peer.
const (
	// maxQueued bounds frames made already. A peer that lets more pile up
	// reads too slowly to be worth keeping.
	maxQueued = 4 << 20
	// Open questions of a peer. Answers are made one at a time, when the one
	// before is on the wire, so a question costs its hash until then.
	maxServeBlocks  = 64
	maxServeTxs     = 1024
	maxServeLists   = 16
	maxServeHeaders = 4
)

var (
	errSlowReader = errors.New("peer reads too slowly")
	errOverasking = errors.New("too many open requests")
	errFlushed    = errors.New("connection closed on purpose")
)

// outbox is what waits to be sent to a peer: finished frames, sent first, and
// questions to answer. Pushing never blocks: were a reader to wait for room to
// answer, two nodes serving each other could wait for each other for ever.
type outbox struct {
	signal chan struct{} // capacity 1: something is there
	done   chan struct{} // closed when end's frames are sent

	mu      sync.Mutex
	frames  [][]byte
	queued  int
	ending  bool
	ended   bool
	headers [][]types.Hash // locators
	lists   []types.Hash
	txs     []types.Hash
	blocks  []types.Hash
}

func newOutbox() *outbox {
	return &outbox{signal: make(chan struct{}, 1), done: make(chan struct{})}
}

func (o *outbox) poke() {
	select {
	case o.signal <- struct{}{}:
	default:
	}
}

// push queues m.
func (o *outbox) push(m message) error {
	frame := encodeFrame(m)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ending {
		return nil
	}
	if o.queued+len(frame) > maxQueued {
		return errSlowReader
	}
	o.frames = append(o.frames, frame)
	o.queued += len(frame)
	o.poke()
	return nil
}

// end queues a last frame; whatever comes later is ignored.
func (o *outbox) end(m message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.ending {
		o.frames = append(o.frames, encodeFrame(m))
		o.ending = true
		o.poke()
	}
}

// askHeaders queues a question for headers; the other ask methods likewise.
func (o *outbox) askHeaders(locator []types.Hash) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.headers) >= maxServeHeaders {
		return errOverasking
	}
	o.headers = append(o.headers, locator)
	o.poke()
	return nil
}

func (o *outbox) askLists(h ...types.Hash) error  { return o.ask(&o.lists, maxServeLists, h) }
func (o *outbox) askTxs(h ...types.Hash) error    { return o.ask(&o.txs, maxServeTxs, h) }
func (o *outbox) askBlocks(h ...types.Hash) error { return o.ask(&o.blocks, maxServeBlocks, h) }

func (o *outbox) ask(q *[]types.Hash, most int, hs []types.Hash) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(*q)+len(hs) > most {
		return errOverasking
	}
	*q = append(*q, hs...)
	o.poke()
	return nil
}

// question is one thing to answer.
type question struct {
	what    msgType // the request's type
	hash    types.Hash
	locator []types.Hash
}

// next takes the next frame, or else the next question. ok is false when there
// is neither; err is errFlushed once everything before end is taken.
func (o *outbox) next() (frame []byte, q question, ok bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.frames) > 0 {
		frame, o.frames = o.frames[0], o.frames[1:]
		o.queued -= len(frame)
		return frame, q, true, nil
	}
	if o.ending {
		if !o.ended {
			o.ended = true
			close(o.done)
		}
		return nil, q, false, errFlushed
	}
	switch {
	case len(o.headers) > 0:
		q = question{what: msgGetHeaders, locator: o.headers[0]}
		o.headers = o.headers[1:]
	case len(o.lists) > 0:
		q = question{what: msgGetList, hash: take(&o.lists)}
	case len(o.txs) > 0:
		q = question{what: msgGetTx, hash: take(&o.txs)}
	case len(o.blocks) > 0:
		q = question{what: msgGetBlocks, hash: take(&o.blocks)}
	default:
		return nil, q, false, nil
	}
	return nil, q, true, nil
}

func take(q *[]types.Hash) types.Hash {
	h := (*q)[0]
	*q = (*q)[1:]
	return h
}
