package messages_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/keys"
	"supercomputing/wallet/messages"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/seal"
	"supercomputing/wallet/talk"
)

var network = types.NetworkID{1, 2, 3}

const coin = types.Coin

// world is a chain and a network of connections, in memory.
type world struct {
	t     testing.TB
	mu    sync.Mutex // guards what follows
	seq   byte
	block []block
	pool  []messages.Record
	held  bool // blocks come without what waits
	subs  map[chan struct{}]bool
	all   map[types.Address]*person
}

type block struct {
	hash    types.Hash
	time    time.Time
	records []messages.Record
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, subs: make(map[chan struct{}]bool), all: make(map[types.Address]*person)}
	w.mine(1)
	return w
}

// simulate runs fn in a bubble of its own time.
func simulate(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { fn(t, newWorld(t)) })
}

func (w *world) mine(n int) {
	w.mu.Lock()
	for range n {
		w.seq++
		h := uint32(len(w.block))
		b := block{hash: types.Hash{w.seq, byte(h), byte(h >> 8)}, time: time.Now()}
		if !w.held {
			for _, r := range w.pool {
				r.Height = h
				b.records = append(b.records, r)
			}
			w.pool = nil
		}
		w.block = append(w.block, b)
	}
	w.mu.Unlock()
	w.signal()
}

// undo takes the last blocks off the chain; their records wait again.
func (w *world) undo(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for range n {
		b := w.block[len(w.block)-1]
		w.block = w.block[:len(w.block)-1]
		w.pool = append(w.pool, b.records...)
	}
}

func (w *world) signal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ch := range w.subs {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

func (w *world) Tip() (types.Hash, uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.block) - 1
	return w.block[n].hash, uint32(n)
}

func (w *world) BlockHash(h uint32) (types.Hash, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if int(h) >= len(w.block) {
		return types.Hash{}, errors.New("no such block")
	}
	return w.block[h].hash, nil
}

func (w *world) Records(from uint32, max int) (out []messages.Record, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for h := int(from); h < len(w.block) && len(out) < max; h++ {
		out = append(out, w.block[h].records...)
	}
	return out, nil
}

func (w *world) BlockTime(h uint32) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.block[h].time
}

func (w *world) Subscribe() (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.subs[ch] = true
	return ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.subs, ch)
	}
}

// find says where a payload is.
func (w *world) find(tx types.Hash) (height uint32, where messages.PaymentState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	is := func(r messages.Record) bool { return r.Tx == tx }
	for h, b := range w.block {
		if slices.ContainsFunc(b.records, is) {
			return uint32(h), messages.PaymentConfirmed
		}
	}
	if slices.ContainsFunc(w.pool, is) {
		return 0, messages.PaymentWaiting
	}
	return 0, messages.PaymentGone
}

var errDied = errors.New("the disk died")

// disk is a store that dies after some commits.
type disk struct {
	*wallet.MemStore
	mu   sync.Mutex
	left int // commits until it dies; -1: never
	made int
}

func (d *disk) Commit(c []wallet.Change) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.left == 0 {
		return errDied
	}
	d.left--
	d.made++
	return d.MemStore.Commit(c)
}

func (d *disk) revive(left int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left = left
}

// person is one wallet with its conversations.
type person struct {
	*messages.Center
	w    *world
	name string
	ks   *keys.Keystore
	addr types.Address
	disk *disk
	dir  string
	opt  func(*messages.Options)

	mu       sync.Mutex // guards what follows
	online   bool
	running  bool
	index    uint32                      // receive addresses handed out, besides the identity
	paid     map[string]messages.Payment // by payload
	sends    int                         // paid for
	sendErr  error                       // of Send
	sendLate bool                        // it fails after it has paid
	poor     bool                        // nothing can be paid for
	dials    int                         // in vain
	at       string                      // where it was dialled in vain
	lazy     bool                        // connected only once it has dialled
	dialling time.Duration               // what dialling somebody who is away takes
	factor   types.Amount                // of the price; 0 is 1
	rise     types.Amount                // of factor, between the quote and the payment
	refuse   func(raw []byte) error      // of Deliver, before the handler
	stop     func()
}

var passphrase = []byte("x")

func (w *world) person(name string, opt func(*messages.Options)) *person {
	w.t.Helper()
	words, err := keys.NewWords(12)
	if err != nil {
		w.t.Fatal(err)
	}
	dir := w.t.TempDir()
	ks, err := keys.Create(filepath.Join(dir, "keystore"), words, "", 1, passphrase, keys.Options{Argon2: keys.LightArgon2(), Weak: true})
	if err != nil {
		w.t.Fatal(err)
	}
	addr, err := ks.Account().Address(keys.Receive, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	p := &person{w: w, name: name, ks: ks, addr: addr, dir: dir, opt: opt, paid: make(map[string]messages.Payment)}
	p.disk = &disk{MemStore: wallet.NewMemStore(), left: -1}
	w.mu.Lock()
	w.all[addr] = p
	w.mu.Unlock()
	p.open()
	p.start()
	w.t.Cleanup(p.halt)
	return p
}

func (p *person) options() messages.Options {
	o := messages.Options{
		Network: network, Self: p.addr, Prefix: "tsc", Keys: p, Chain: p.w, Payer: p, Direct: peerLink{p},
		Store: p.disk, Dir: filepath.Join(p.dir, "files"), Reach: func() string { return p.name + ":1" },
	}
	if p.opt != nil {
		p.opt(&o)
	}
	return o
}

func (p *person) open() {
	p.w.t.Helper()
	c, err := messages.Open(p.options())
	if err != nil {
		p.w.t.Fatal(err)
	}
	p.Center = c
}

// start runs the Center and takes it online.
func (p *person) start() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.Run(ctx)
	}()
	p.mu.Lock()
	p.stop = func() { cancel(); <-done }
	p.running, p.online = true, true
	p.mu.Unlock()
	p.tell(true)
}

func (p *person) halt() {
	p.mu.Lock()
	stop := p.stop
	p.stop, p.running, p.online = nil, false, false
	p.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// restart ends the program, as a crash would, and starts it again.
func (p *person) restart() {
	p.w.t.Helper()
	p.halt()
	p.disk.revive(-1)
	p.open()
	p.start()
}

// connect takes a person on or off line; everybody hears of it.
func (p *person) connect(online bool) {
	p.mu.Lock()
	p.online = online
	p.mu.Unlock()
	p.tell(online)
}

func (p *person) tell(online bool) {
	p.w.mu.Lock()
	others := slices.Collect(maps.Values(p.w.all))
	p.w.mu.Unlock()
	for _, o := range others {
		if o != p && o.isOnline() {
			o.Center.Online(p.addr, online)
			if p.isOnline() {
				p.Center.Online(o.addr, online)
			}
		}
	}
}

func (p *person) isOnline() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.online && p.running
}

// settle waits until nothing happens any more.
func (w *world) settle() { synctest.Wait() }

// ScanKeys and Purpose make a person the Keys of its Center.
func (p *person) ScanKeys() (out []*keys.Key, err error) {
	p.mu.Lock()
	n := p.index
	p.mu.Unlock()
	for i := range n + 1 {
		k, err := p.ks.Key(keys.Receive, i)
		if err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	return out, nil
}

func (p *person) Purpose(label string) ([32]byte, error) { return p.ks.Purpose(label) }

// Quote, Send and Find make a person the Payer of its Center.
func (p *person) Quote(rec types.Record, rate, extra types.Amount) (types.Amount, bool, error) {
	size := types.Amount(154 + len(types.Encode(rec)))
	p.mu.Lock()
	defer p.mu.Unlock()
	return consensus.RecordFee(rec, false) + consensus.MinFeeRate*max(rate, 1)*size*max(p.factor, 1) + extra, !p.poor, nil
}

func (p *person) Send(_ context.Context, rec types.Record, rate, extra, most types.Amount, _ string) (types.Hash, error) {
	p.mu.Lock()
	p.factor += p.rise
	p.mu.Unlock()
	fee, _, _ := p.Quote(rec, rate, extra)
	if most > 0 && fee > most {
		return types.Hash{}, wallet.ErrFeeTooHigh
	}
	payload := types.Encode(rec)
	tx := types.Hash(sha256.Sum256(payload))
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sendErr != nil && !p.sendLate {
		return types.Hash{}, p.sendErr
	}
	p.sends++
	p.paid[string(payload)] = messages.Payment{Tx: tx, Fee: fee}
	p.w.mu.Lock()
	p.w.pool = append(p.w.pool, messages.Record{Tx: tx, Author: p.addr, Fee: fee, Payload: payload})
	p.w.mu.Unlock()
	return tx, p.sendErr
}

func (p *person) Find(payload []byte) (messages.Payment, error) {
	p.mu.Lock()
	pay, ok := p.paid[string(payload)]
	p.mu.Unlock()
	if !ok {
		return messages.Payment{}, nil
	}
	pay.Height, pay.State = p.w.find(pay.Tx)
	return pay, nil
}

// link gives the other side when both are online.
func (p *person) link(to types.Address) (*person, error) {
	p.w.mu.Lock()
	o := p.w.all[to]
	p.w.mu.Unlock()
	if o == nil || !o.isOnline() || !p.isOnline() {
		return nil, talk.ErrOffline
	}
	return o, nil
}

// peerLink makes a person the Direct of its Center. Center has a method Deliver
// of its own, for what comes in.
type peerLink struct{ *person }

func (l peerLink) Ping(ctx context.Context, to types.Address, at string) error {
	_, err := l.link(to)
	if err != nil {
		l.mu.Lock()
		wait := l.dialling
		l.dials++
		l.at = at
		l.mu.Unlock()
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
		return err
	}
	l.mu.Lock()
	l.lazy = false
	l.mu.Unlock()
	return nil
}

func (l peerLink) Deliver(ctx context.Context, to types.Address, _ string, raw []byte) error {
	o, err := l.link(to)
	if err != nil {
		return err
	}
	o.mu.Lock()
	refuse := o.refuse
	o.mu.Unlock()
	if refuse != nil {
		if err := refuse(raw); err != nil {
			return err
		}
	}
	err = o.Center.Deliver(ctx, l.addr, bytes.Clone(raw))
	var no *talk.Refusal
	if err != nil && !errors.As(err, &no) {
		return &talk.Refusal{Reason: talk.ReasonTrouble}
	}
	return err
}

func (l peerLink) Mark(_ context.Context, to types.Address, _ string, kind talk.MarkKind, ids []talk.ID) error {
	o, err := l.link(to)
	if err == nil {
		o.Center.Mark(l.addr, kind, ids)
	}
	return err
}

func (l peerLink) SendFile(_ context.Context, to types.Address, _ string, id talk.ID, r io.ReaderAt, size int64, sum [32]byte, progress func(int64)) error {
	o, err := l.link(to)
	if err != nil {
		return err
	}
	sink, err := o.ReceiveFile(l.addr, id, size)
	if err != nil {
		return err
	}
	defer sink.Close()
	buf := make([]byte, 50_000)
	for off := sink.Offset(); off < size; {
		n, err := r.ReadAt(buf[:min(int64(len(buf)), size-off)], off)
		if n == 0 && err != nil {
			return talk.ErrFile
		}
		if _, err := sink.Write(buf[:n]); err != nil {
			return err
		}
		off += int64(n)
		progress(off)
		if !o.isOnline() {
			return talk.ErrUnknown
		}
	}
	return sink.Commit(sum)
}

func (l peerLink) Online(to types.Address) bool {
	_, err := l.link(to)
	l.mu.Lock()
	defer l.mu.Unlock()
	return err == nil && !l.lazy
}

func text(s string) envelope.Body { return &envelope.Text{Text: s} }

// write sends a text and fails the test when it is not taken.
func (p *person) write(to *person, s string, change ...func(*messages.Draft)) messages.Message {
	p.w.t.Helper()
	d := messages.Draft{To: to.addr, Body: text(s)}
	for _, fn := range change {
		fn(&d)
	}
	m, err := p.Center.Send(context.Background(), d)
	if err != nil {
		p.w.t.Fatalf("%s writes %q: %v", p.name, s, err)
	}
	return m
}

// with is a change of a draft.
func way(v history.Way, most types.Amount) func(*messages.Draft) {
	return func(d *messages.Draft) { d.Way, d.MaxPrice = v, most }
}

// conversation gives the texts of a conversation, oldest first.
func (p *person) conversation(with *person) (out []string) {
	p.w.t.Helper()
	all, err := p.Messages(with.addr, nil, 1000)
	if err != nil {
		p.w.t.Fatal(err)
	}
	for _, m := range slices.Backward(all) {
		out = append(out, m.Text)
	}
	return out
}

func (p *person) want(with *person, texts ...string) {
	p.w.t.Helper()
	if got := p.conversation(with); !slices.Equal(got, texts) {
		p.w.t.Fatalf("%s has with %s: %q, want %q", p.name, with.name, got, texts)
	}
}

// status checks where a message stands.
func (p *person) status(m messages.Message, want history.Status) messages.Message {
	p.w.t.Helper()
	got, err := p.Message(m.Ref)
	if err != nil || got.Status != want {
		p.w.t.Fatalf("%q is %d (%q, way %d), %v; want %d", m.Text, got.Status, got.Problem, got.Way, err, want)
	}
	return got
}

// list gives the names of the conversations of a kind, joined.
func (p *person) list(q messages.ConversationsQuery) string {
	p.w.t.Helper()
	all, err := p.Conversations(q)
	if err != nil {
		p.w.t.Fatal(err)
	}
	var names []string
	for _, k := range all {
		for _, o := range p.w.all {
			if o.addr == k.Peer {
				names = append(names, o.name)
			}
		}
	}
	return strings.Join(names, " ")
}

func (p *person) befriend(o *person) {
	p.w.t.Helper()
	if _, err := p.PutContact(messages.ContactChange{Address: o.addr, Name: &o.name}); err != nil {
		p.w.t.Fatal(err)
	}
}

func (p *person) setPoor(poor bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.poor = poor
}

func (p *person) setFactor(n types.Amount) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.factor = n
}

// setRise raises the price between each quote and its payment.
func (p *person) setRise(n types.Amount) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rise = n
}

// spent sums what was paid.
func (p *person) spent() (sum types.Amount) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, pay := range p.paid {
		sum += pay.Fee
	}
	return sum
}

// payments counts what was paid for.
func (p *person) payments() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sends
}

// commits counts those that were made.
func (d *disk) commits() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.made
}

func (p *person) block(o *person) error {
	on := true
	_, err := p.PutContact(messages.ContactChange{Address: o.addr, Blocked: &on})
	return err
}

// onChain puts a message of any kind into the pool, as another program could.
func (p *person) onChain(to *person, b envelope.Body) envelope.ID {
	p.w.t.Helper()
	e := &envelope.Envelope{ID: envelope.ID([]byte(rand.Text()[:16])), Body: b}
	raw, err := envelope.Encode(e)
	if err != nil {
		p.w.t.Fatal(err)
	}
	rec, err := seal.Seal(rand.Reader, network, p.addr, to.addr, [32]byte{}, raw)
	if err == nil {
		_, err = p.Send(context.Background(), rec, 0, 0, 0, "")
	}
	if err != nil {
		p.w.t.Fatal(err)
	}
	return e.ID
}

func (p *person) dialled() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dials
}
