package wallet

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
	"supercomputing/wallet/keys"
)

const (
	// gapLimit is BIP 44's: a restore gives up after so many unused addresses.
	gapLimit = 20
	// maxAddresses bounds each branch.
	maxAddresses = 1 << 20
)

// path is where below the account a key lies.
type path struct {
	branch keys.Branch
	index  uint32
}

// coin is one of the wallet's outputs of an active transaction, spent or not.
type coin struct {
	op      wire.OutPoint
	address types.Address
	path    path
	amount  types.Amount
	source  source
	tx      *tx
}

// book is the addresses watched. It only grows, so it is shared by a state and
// the one that takes its place after a failed write.
type book struct {
	account Addresses
	paths   map[types.Address]path
	watched [2]uint32 // how many per branch
}

func newBook(account Addresses) *book {
	return &book{account: account, paths: make(map[types.Address]path)}
}

// watch derives addresses up to the gap limit beyond the last one used or
// handed out.
func (b *book) watch(c counters) error {
	for i := range b.watched {
		until := max(c.next[i], c.used[i]) + gapLimit
		for ; b.watched[i] < until; b.watched[i]++ {
			p := path{keys.Branch(i), b.watched[i]}
			a, err := b.account.Address(p.branch, p.index)
			if err != nil {
				return fmt.Errorf("wallet: %w", err)
			}
			b.paths[a] = p
		}
	}
	return nil
}

// state is the wallet in memory: what the rows say, and the coins computed
// from them. Methods that change it note which rows to write. It has no lock;
// Wallet.mu guards it.
type state struct {
	*book
	maturity uint32

	pos      Position
	counters counters
	txs      map[types.Hash]*tx
	frozen   map[wire.OutPoint]bool
	held     map[wire.OutPoint]bool // by Hold; not stored
	labels   map[labelKey]string

	// Computed:
	coins   map[wire.OutPoint]*coin
	spent   map[wire.OutPoint]types.Hash // any input of an active transaction → that transaction
	byBlock map[types.Hash][]*tx
	pending map[types.Hash]*tx
	order   uint64

	dirty map[string]func() []byte // row key → its encoder; nil result deletes
}

func newState(b *book, maturity uint32) *state {
	return &state{
		book: b, maturity: maturity,
		txs: make(map[types.Hash]*tx), frozen: make(map[wire.OutPoint]bool), labels: make(map[labelKey]string),
		coins: make(map[wire.OutPoint]*coin), spent: make(map[wire.OutPoint]types.Hash),
		byBlock: make(map[types.Hash][]*tx), pending: make(map[types.Hash]*tx), dirty: make(map[string]func() []byte),
	}
}

// load reads the rows; an empty store becomes this wallet's.
func (s *state) load(store Store, network types.NetworkID, identity types.Address) error {
	meta := append(append([]byte{rowVersion}, network[:]...), identity[:]...)
	empty, owned := true, false
	err := store.Load(func(key string, value []byte) error {
		empty = false
		if key == keyMeta {
			owned = true
			return checkMeta(value, meta)
		}
		return s.loadRow(key, value)
	})
	if err != nil {
		return err
	}
	if !empty && !owned {
		return fmt.Errorf("%w: no owner", ErrDamaged)
	}
	if empty {
		s.dirty[keyMeta] = func() []byte { return meta }
		s.counters.next[keys.Receive] = 1 // the first is the identity
		s.counters.used[keys.Receive] = 1
		s.markCounters()
	}
	if err := s.watch(s.counters); err != nil {
		return err
	}
	for _, t := range s.txs {
		if t.status.active() {
			s.enter(t)
		}
		s.order = max(s.order, t.order)
	}
	return nil
}

func checkMeta(got, want []byte) error {
	switch {
	case len(got) != len(want):
		return fmt.Errorf("%w: owner", ErrDamaged)
	case got[0] != want[0]:
		return fmt.Errorf("%w: format %d", ErrVersion, got[0])
	case string(got) != string(want):
		return ErrOtherWallet
	}
	return nil
}

func (s *state) loadRow(key string, value []byte) (err error) {
	switch {
	case key == keyPos:
		s.pos, err = decodePosition(value)
	case key == keyNext:
		s.counters, err = decodeCounters(value)
	case len(key) == 33 && key[0] == rowTx:
		t, err := decodeTx(types.Hash([]byte(key[1:])), value)
		if err != nil {
			return err
		}
		s.txs[t.id] = t
	case len(key) == 37 && key[0] == rowFrozen:
		op, err := decodeOutpoint(key)
		if err != nil {
			return err
		}
		s.frozen[op] = true
	case len(key) == 34 && key[0] == rowLabel:
		if checkLabel(string(value)) != nil {
			return fmt.Errorf("%w: label", ErrDamaged)
		}
		s.labels[labelKey([]byte(key[1:]))] = string(value)
	default:
		err = fmt.Errorf("%w: unknown row %x", ErrDamaged, key[:min(len(key), 4)])
	}
	return err
}

// takeChanges gives the rows to write and forgets them.
func (s *state) takeChanges() []Change {
	changes := make([]Change, 0, len(s.dirty))
	for _, key := range slices.Sorted(maps.Keys(s.dirty)) {
		changes = append(changes, Change{key, s.dirty[key]()})
	}
	clear(s.dirty)
	return changes
}

func txKey(id types.Hash) string { return string(rowTx) + string(id[:]) }

func (s *state) markTx(id types.Hash) {
	s.dirty[txKey(id)] = func() []byte {
		if t := s.txs[id]; t != nil {
			return t.encode()
		}
		return nil
	}
}

func (s *state) markCounters() { s.dirty[keyNext] = func() []byte { return s.counters.encode() } }

func (s *state) setPosition(p Position) {
	s.pos = p
	s.dirty[keyPos] = func() []byte { return encodePosition(s.pos) }
}

// touch notes that an address was used, and reports whether more are watched
// because of that.
func (s *state) touch(p path) (more bool, err error) {
	if s.counters.used[p.branch] > p.index {
		return false, nil
	}
	s.counters.used[p.branch] = p.index + 1
	s.counters.next[p.branch] = max(s.counters.next[p.branch], p.index+1)
	s.markCounters()
	before := s.watched[p.branch]
	err = s.watch(s.counters)
	return s.watched[p.branch] > before, err
}

// enter adds the coins and spends of an active transaction.
func (s *state) enter(t *tx) {
	for _, in := range t.inputs() {
		s.spent[in.PreviousOutPoint] = t.id
	}
	for _, o := range t.outputs() {
		if p, ok := s.paths[o.address]; ok {
			op := wire.OutPoint{Hash: t.id, Index: o.index}
			s.coins[op] = &coin{op: op, address: o.address, path: p, amount: o.amount, source: o.source, tx: t}
		}
	}
	if t.status == confirmed {
		s.byBlock[t.block] = append(s.byBlock[t.block], t)
	} else {
		s.pending[t.id] = t
	}
}

// leave takes an active transaction's coins and spends out again.
func (s *state) leave(t *tx) {
	for _, in := range t.inputs() {
		if s.spent[in.PreviousOutPoint] == t.id {
			delete(s.spent, in.PreviousOutPoint)
		}
	}
	for _, o := range t.outputs() {
		delete(s.coins, wire.OutPoint{Hash: t.id, Index: o.index})
	}
	delete(s.pending, t.id)
	if t.status == confirmed {
		s.byBlock[t.block] = slices.DeleteFunc(s.byBlock[t.block], func(o *tx) bool { return o == t })
		if len(s.byBlock[t.block]) == 0 {
			delete(s.byBlock, t.block)
		}
	}
}

// put sets a transaction's state, new or known, and enters or leaves its coins
// accordingly. What spends from a transaction that stops moving coins stops
// with it.
func (s *state) put(t *tx, st status, by types.Hash) {
	if s.txs[t.id] == nil {
		s.order++
		t.order = s.order
		s.txs[t.id] = t
	} else if t.status.active() {
		s.leave(t)
	}
	t.status, t.by = st, by
	if st.active() {
		s.enter(t)
	} else {
		s.dropChildren(t, st, by)
	}
	s.markTx(t.id)
}

// drop forgets a transaction.
func (s *state) drop(t *tx) {
	if t.status.active() {
		s.leave(t)
	}
	delete(s.txs, t.id)
	s.dropChildren(t, conflicted, t.id)
	s.markTx(t.id)
}

func (s *state) dropChildren(t *tx, st status, by types.Hash) {
	for _, child := range s.children(t) {
		s.put(child, st, by)
	}
}

// children gives the active transactions that spend t's outputs.
func (s *state) children(t *tx) (out []*tx) {
	for _, o := range t.outputs() {
		id, ok := s.spent[wire.OutPoint{Hash: t.id, Index: o.index}]
		if ok && !slices.Contains(out, s.txs[id]) {
			out = append(out, s.txs[id])
		}
	}
	return out
}

// debit is what a transaction spends of the wallet's coins, and whether all
// its inputs are the wallet's.
func (s *state) debit(t *tx) (sum types.Amount, whole bool) {
	whole = len(t.inputs()) > 0
	for _, in := range t.inputs() {
		c := s.coins[in.PreviousOutPoint]
		if c == nil {
			whole = false
			continue
		}
		sum += c.amount
	}
	return sum, whole
}

// credit is what a transaction pays to the wallet's addresses.
func (s *state) credit(t *tx) (sum types.Amount) {
	for _, o := range t.outputs() {
		if _, ok := s.paths[o.address]; ok {
			sum += o.amount
		}
	}
	return sum
}

// spender gives the active transaction that spends a coin, or nil.
func (s *state) spender(op wire.OutPoint) *tx {
	if id, ok := s.spent[op]; ok {
		return s.txs[id]
	}
	return nil
}

// mature reports whether a coin may be spent in the next block. What genesis
// allots need not wait.
func (s *state) mature(c *coin) bool {
	return !c.tx.coinbase || c.tx.height == 0 || s.pos.Height+1 >= c.tx.height+s.maturity
}

// trusted reports whether an unconfirmed coin may be spent: only what comes
// from the wallet's own coins alone, which nobody else can take back.
func (s *state) trusted(c *coin) bool {
	if c.tx.status == confirmed {
		return true
	}
	_, whole := s.debit(c.tx)
	return whole
}

// confirmations of a transaction at the wallet's position.
func (s *state) confirmations(t *tx) uint32 {
	if t.status != confirmed || s.pos.Height < t.height {
		return 0
	}
	return s.pos.Height - t.height + 1
}

func unix(sec int64) time.Time { return time.Unix(sec, 0) }
