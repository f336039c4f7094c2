package talk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain/types"
)

var errTest = errors.New("a test's error")

// world is hubs that reach each other by name over pipes.
type world struct {
	t    *testing.T
	mu   sync.Mutex
	hubs map[string]*person
}

// person is one hub with a handler that remembers.
type person struct {
	*Hub
	w     *world
	name  string
	addr  types.Address
	stop  context.CancelFunc
	ended chan error

	mu       sync.Mutex
	dials    int
	refuse   error                        // what a dial gets
	wrap     func(a, b net.Conn) net.Conn // the dialler's end
	conns    []net.Conn                   // both ends of all
	got      []string
	once     bool // what is here already is dropped
	marks    []ID
	reaches  []string
	presence []bool
	deliver  func(context.Context, []byte) error
	receive  func(ID, int64) (FileSink, error)
}

func newWorld(t *testing.T) *world { return &world{t: t, hubs: make(map[string]*person)} }

// person starts a hub; its contact is its name. Addresses grow with the order
// of joining.
func (w *world) person(name string, edit func(*Options)) *person {
	p := &person{w: w, name: name, addr: types.Address{byte(len(w.hubs) + 1)}, ended: make(chan error, 1)}
	opt := Options{Self: p.addr, Handler: p, Dialer: p, Reach: func() string { return name },
		Known: func(types.Address) bool { return true }}
	if edit != nil {
		edit(&opt)
	}
	p.Hub = New(opt)
	ctx, cancel := context.WithCancel(context.Background())
	p.stop = cancel
	go func() { p.ended <- p.Run(ctx) }()
	w.mu.Lock()
	w.hubs[name] = p
	w.mu.Unlock()
	synctest.Wait()
	return p
}

// end stops all hubs.
func (w *world) end() {
	for _, p := range w.hubs {
		p.stop()
	}
	for _, p := range w.hubs {
		if err := <-p.ended; err != nil {
			w.t.Errorf("%s: %v", p.name, err)
		}
	}
}

func (p *person) Dial(ctx context.Context, to types.Address, contact string) (net.Conn, error) {
	p.mu.Lock()
	p.dials++
	refuse, wrap := p.refuse, p.wrap
	p.mu.Unlock()
	p.w.mu.Lock()
	other := p.w.hubs[contact]
	p.w.mu.Unlock()
	if refuse != nil {
		return nil, refuse
	}
	if other == nil || other.addr != to {
		return nil, errTest
	}
	a, b := net.Pipe()
	p.mu.Lock()
	p.conns = append(p.conns, a, b)
	p.mu.Unlock()
	go other.Accept(context.Background(), p.addr, b)
	if wrap != nil {
		return wrap(a, b), nil
	}
	return a, nil
}

// breakAll cuts all connections that the person has dialled.
func (p *person) breakAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

func (p *person) set(fn func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fn()
}

func (p *person) Deliver(ctx context.Context, from types.Address, envelope []byte) error {
	p.mu.Lock()
	deliver := p.deliver
	p.mu.Unlock()
	if deliver != nil {
		if err := deliver(ctx, envelope); err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.once || !slices.Contains(p.got, string(envelope)) {
		p.got = append(p.got, string(envelope))
	}
	return nil
}

func (p *person) Mark(_ types.Address, kind MarkKind, ids []ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if kind == MarkRead {
		p.marks = append(p.marks, ids...)
	}
}

func (p *person) ReceiveFile(_ types.Address, id ID, size int64) (FileSink, error) {
	p.mu.Lock()
	receive := p.receive
	p.mu.Unlock()
	if receive == nil {
		return nil, &Refusal{Reason: ReasonUnwanted}
	}
	return receive(id, size)
}

func (p *person) Reach(_ types.Address, contact string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reaches = append(p.reaches, contact)
}

func (p *person) Online(_ types.Address, online bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.presence = append(p.presence, online)
}

// sendTo and the like name the other side by its person.
func (p *person) sendTo(o *person, text string) error {
	return p.Hub.Deliver(p.w.t.Context(), o.addr, o.name, []byte(text))
}

func (p *person) received() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.got)
}

func (p *person) sessionsWith(o *person) []*session {
	p.Hub.mu.Lock()
	x := p.peers[o.addr]
	p.Hub.mu.Unlock()
	if x == nil {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.sessions)
}

// counts are the sessions and peers that are remembered.
func (p *person) counts() (sessions, strangers, peers int) {
	synctest.Wait()
	p.Hub.mu.Lock()
	defer p.Hub.mu.Unlock()
	return p.sessions, p.unknown, len(p.peers)
}

// memory is a sink that keeps what it has.
type memory struct {
	mu     sync.Mutex
	data   []byte
	fail   error
	after  func(n int) // a write
	done   bool
	closed int
}

func (m *memory) Offset() int64 { m.mu.Lock(); defer m.mu.Unlock(); return int64(len(m.data)) }

func (m *memory) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return 0, m.fail
	}
	m.data = append(m.data, p...)
	if m.after != nil {
		m.after(len(m.data))
	}
	return len(p), nil
}

func (m *memory) Commit(sum [32]byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if sha256.Sum256(m.data) != sum {
		return &Refusal{Reason: ReasonInvalid, Text: "another sum"}
	}
	m.done = true
	return nil
}

func (m *memory) Close() error { m.mu.Lock(); defer m.mu.Unlock(); m.closed++; return nil }

func content(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i * 7 / 3)
	}
	return b
}

// sendFile sends content over.
func (p *person) sendFile(ctx context.Context, o *person, id ID, data []byte, progress func(int64)) error {
	return p.Hub.SendFile(ctx, o.addr, o.name, id, bytes.NewReader(data), int64(len(data)), sha256.Sum256(data), progress)
}

func numbered(n int, prefix string) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprintf("%s%d", prefix, i))
	}
	return out
}

// bubble runs a test in fake time and checks that nothing is left running.
func bubble(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.end()
		fn(t, w)
	})
}

// raw dials a person by hand and says hello, as a peer of our making.
func (w *world) raw(from types.Address, to *person) net.Conn {
	w.t.Helper()
	a, b := net.Pipe()
	go to.Accept(context.Background(), from, b)
	a.SetDeadline(time.Now().Add(24 * time.Hour))
	if _, err := a.Write((hello{Version, ""}).frame().append(nil)); err != nil {
		w.t.Fatal(err)
	}
	f, err := readFrame(a)
	if err != nil || f.kind != frameHello {
		w.t.Fatalf("%v, %v", f, err)
	}
	synctest.Wait() // the session is there
	return a
}
