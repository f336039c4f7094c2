package wallet

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// connect takes in a block that extends the position.
func (s *state) connect(b *Block, at, now time.Time) error {
	txs, err := b.Block.Transactions()
	if err != nil {
		return fmt.Errorf("wallet: block %v: %w", b.Hash, err)
	}
	// An address first used here may widen the watch to addresses that the
	// same block pays as well: look again until nothing is added.
	for more := true; more; {
		more = false
		for i, m := range txs {
			extended, err := s.confirm(b, m, i, at, now)
			if err != nil {
				return err
			}
			more = more || extended
		}
	}
	s.setPosition(Position{Hash: b.Hash, Height: b.Block.Header.Height, Time: at})
	return nil
}

// confirm takes in one transaction of a block and reports whether more
// addresses are watched now.
func (s *state) confirm(b *Block, m *types.Tx, index int, at, now time.Time) (more bool, err error) {
	first := index == 0 // the coinbase, or what genesis allots
	if !s.concerns(m.Msg) {
		return false, nil
	}
	id := m.ID()
	s.displace(m.Msg, id, conflicted)
	t := s.txs[id]
	if t == nil {
		if !s.concerns(m.Msg) {
			return false, nil // it only ended a foreign payment to us
		}
		t = &tx{id: id, firstSeen: now.Unix(), fee: -1, change: noChange, tx: m}
		if first {
			t.coinbase, t.tx = true, nil
		}
	}
	if !first && !t.local && t.senders == nil {
		t.senders = s.findSenders(m.Msg, b.Update)
	}
	if first {
		t.outs = s.ownOuts(b, m.Msg)
		t.firstSeen = at.Unix()
	}
	if t.status.active() && s.txs[id] != nil {
		s.leave(t)
		t.status = abandoned // put must not leave twice with the new block's data
	}
	t.height, t.block, t.blockTime, t.index = b.Block.Header.Height, b.Hash, at.Unix(), uint32(index)
	s.put(t, confirmed, types.Hash{})
	return s.touchOutputs(t)
}

// concerns reports whether a transaction pays the wallet, spends one of its
// coins, or spends what a transaction it knows spends too.
func (s *state) concerns(m *wire.MsgTx) bool {
	for _, out := range m.TxOut {
		if a, ok := types.ScriptAddress(out.PkScript); ok {
			if _, ok := s.paths[a]; ok {
				return true
			}
		}
	}
	for _, in := range m.TxIn {
		if _, ok := s.spent[in.PreviousOutPoint]; ok {
			return true
		}
		if _, ok := s.coins[in.PreviousOutPoint]; ok {
			return true
		}
	}
	return false
}

// displace ends what spends the same outputs as m.
func (s *state) displace(m *wire.MsgTx, id types.Hash, st status) {
	for _, in := range m.TxIn {
		if o := s.spender(in.PreviousOutPoint); o != nil && o.id != id {
			s.put(o, st, id)
		}
	}
}

func (s *state) touchOutputs(t *tx) (more bool, err error) {
	for _, o := range t.outputs() {
		p, ok := s.paths[o.address]
		if !ok {
			continue
		}
		extended, err := s.touch(p)
		if err != nil {
			return false, err
		}
		more = more || extended
	}
	return more, nil
}

// ownOuts gives the wallet's outputs of a coinbase and what each is paid for.
func (s *state) ownOuts(b *Block, m *wire.MsgTx) (outs []out) {
	sources := coinbaseSources(b.Update, len(m.TxOut))
	for i, o := range m.TxOut {
		a, _ := types.ScriptAddress(o.PkScript)
		if _, ok := s.paths[a]; ok {
			outs = append(outs, out{uint32(i), a, types.Amount(o.Value), sources[i]})
		}
	}
	return outs
}

// coinbaseSources names what each of n coinbase outputs is for, by the order
// that PROTOCOL §10 gives them; unknown where the update does not fit.
func coinbaseSources(u *consensus.Update, n int) []source {
	var all []source
	add := func(amount types.Amount, s source) {
		if amount > 0 {
			all = append(all, s)
		}
	}
	if u != nil {
		add(u.Income.Producer, sourceProducer)
		add(u.Income.Foundation, sourceFoundation)
		for _, d := range u.Income.Developers {
			add(d.Amount, sourceDeveloper)
		}
		add(u.Income.DappFund, sourceDappFund)
		for _, c := range u.Income.Credits {
			add(c.Amount, sourceCredit)
		}
	}
	if len(all) != n {
		return make([]source, n)
	}
	return all
}

// findSenders gives the addresses of inputs that are not the wallet's, from
// the outputs that the block's update removed.
func (s *state) findSenders(m *wire.MsgTx, u *consensus.Update) (senders []types.Address) {
	if u == nil {
		return nil
	}
	for _, in := range m.TxIn {
		if _, ours := s.coins[in.PreviousOutPoint]; ours || len(senders) == maxSenders {
			continue
		}
		a, ok := removedAddress(u, in.PreviousOutPoint)
		if ok && !slices.Contains(senders, a) {
			senders = append(senders, a)
		}
	}
	return senders
}

func removedAddress(u *consensus.Update, op wire.OutPoint) (a types.Address, ok bool) {
	key := consensus.UTXOKey(op)
	i := sort.Search(len(u.Changes), func(i int) bool {
		c := &u.Changes[i]
		return c.Table > consensus.TableUTXO || c.Table == consensus.TableUTXO && bytes.Compare(c.Key, key) >= 0
	})
	if i == len(u.Changes) || u.Changes[i].Table != consensus.TableUTXO || !bytes.Equal(u.Changes[i].Key, key) || u.Changes[i].Old == nil {
		return a, false
	}
	utxo, err := consensus.DecodeUTXO(u.Changes[i].Old)
	if err != nil {
		return a, false
	}
	return utxo.Address, true
}

// disconnect takes a block back: its transactions wait again, and its coinbase
// never was. The position's time stays the block's; the next one corrects it.
func (s *state) disconnect(b *Block, at time.Time) error {
	if s.pos.Hash != b.Hash {
		return fmt.Errorf("wallet: asked to revert block %v at position %v", b.Hash, s.pos.Hash)
	}
	for _, t := range slices.Clone(s.byBlock[b.Hash]) {
		if t.coinbase {
			s.drop(t)
			continue
		}
		s.put(t, pending, types.Hash{})
		t.height, t.block, t.blockTime, t.index = 0, types.Hash{}, 0, 0
	}
	s.setPosition(Position{Hash: b.Block.Header.PrevHash, Height: b.Block.Header.Height - 1, Time: at})
	return nil
}

// poolAdd takes in a transaction that waits for a block.
func (s *state) poolAdd(p *PoolTx, now time.Time) error {
	if !s.concerns(p.Tx.Msg) {
		return nil
	}
	id := p.Tx.ID()
	t := s.txs[id]
	if t != nil && t.status.active() {
		return nil
	}
	for _, in := range p.Tx.Msg.TxIn {
		if o := s.spender(in.PreviousOutPoint); o != nil && o.id != id && o.status == confirmed {
			return nil // older news than the blocks
		}
	}
	s.displace(p.Tx.Msg, id, replaced)
	if t == nil {
		if !s.concerns(p.Tx.Msg) {
			return nil
		}
		t = &tx{id: id, firstSeen: now.Unix(), fee: p.Fee, change: noChange, tx: p.Tx}
	}
	s.put(t, pending, types.Hash{})
	_, err := s.touchOutputs(t)
	return err
}

// poolReset forgets foreign waiting transactions that are not in the whole
// pool: they left it while the wallet was not looking.
func (s *state) poolReset(whole []PoolTx) {
	in := make(map[types.Hash]bool, len(whole))
	for i := range whole {
		in[whole[i].Tx.ID()] = true
	}
	for _, t := range s.sorted() {
		if !in[t.id] {
			s.poolRemove(t.id)
		}
	}
}

// poolRemove notes that a transaction left the pool without a block. A foreign
// one is forgotten; the wallet's own will be offered again.
func (s *state) poolRemove(id types.Hash) {
	if t := s.pending[id]; t != nil && !t.local {
		s.drop(t)
	}
}

// restart forgets what the chain told, before following it from genesis again.
// What only the wallet knows stays: own waiting transactions, labels, counters.
func (s *state) restart() {
	for _, t := range s.sorted() {
		switch {
		case s.txs[t.id] == nil:
		case t.local && t.status == confirmed:
			s.put(t, pending, types.Hash{})
			t.height, t.block, t.blockTime, t.index = 0, types.Hash{}, 0, 0
		case t.local:
		default:
			delete(s.txs, t.id)
			if t.status.active() {
				s.leave(t)
			}
			s.markTx(t.id)
		}
	}
	s.setPosition(Position{})
}

// sorted gives all transactions in the order they were met.
func (s *state) sorted() []*tx {
	all := make([]*tx, 0, len(s.txs))
	for _, t := range s.txs {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b *tx) int { return int(a.order) - int(b.order) })
	return all
}
