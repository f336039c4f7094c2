package chain

import (
	"encoding/binary"
	"errors"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// This file makes the index rows of a block. Connecting it, taking it back and
// rebuilding the index all go through blockAdditions, so that they cannot differ.

// additions are what one block adds to the indexes.
type additions struct {
	rows  []Op                  // each with a key of its own
	dapps map[string]*DappEpoch // by row key: what the block adds to the row
}

func (e *additions) put(key, value []byte) { e.rows = append(e.rows, Op{key, value}) }

// blockAdditions works out the additions of a block of the best chain, from its
// update; parent is nil for genesis.
func (m *Manager) blockAdditions(parent *types.Header, b *types.Block, u *consensus.Update) (*additions, error) {
	e := &additions{dapps: make(map[string]*DappEpoch)}
	if err := e.records(b, u); err != nil {
		return nil, err
	}
	if parent == nil {
		return e, nil
	}
	e.payouts(m.p, b, u)
	if err := e.jobs(m.p, b, u); err != nil {
		return nil, err
	}
	x, err := consensus.Explain(m.p, parent, b, u)
	if errors.Is(err, consensus.ErrUnexplained) {
		// The rules have accepted the block. An index that lacks a line harms
		// less than a node that stands still, and all nodes would at once.
		m.opts.Log.Error("the index lacks what a block's scores earned", "height", b.Header.Height, "err", err)
		return e, nil
	}
	if err != nil {
		return nil, err
	}
	e.earnings(m.p, b, x)
	return e, nil
}

// records enters what the virtual chains hold. The author of a record is the
// key its first input spends (PROTOCOL §2), which is not part of the block.
func (e *additions) records(b *types.Block, u *consensus.Update) error {
	height := b.Header.Height
	var seq [types.NumChains]uint32
	spent := spentOutputs{block: b, update: u}
	for _, tx := range b.Txs {
		c, _, ok := types.FindCommitment(tx)
		if !ok {
			continue
		}
		chain, ok := c.Kind.Chain()
		if !ok {
			continue
		}
		author, fee, err := spent.paid(tx)
		if err != nil {
			return err
		}
		id := tx.TxHash()
		row := append(append(append(make([]byte, 0, 73), byte(c.Kind)), id[:]...), author[:]...)
		e.put(recordKey(chain, height, seq[chain]), types.AppendAmount(row, fee))
		seq[chain]++
	}
	for i := range b.Sides[types.ChainSummary] {
		row := append([]byte{byte(types.KindSummary)}, make([]byte, 72)...)
		e.put(recordKey(types.ChainSummary, height, uint32(i)), row)
	}
	return nil
}

// payouts enters the outputs of the coinbase, which stand in the order of
// consensus.Income.
func (e *additions) payouts(p *consensus.Params, b *types.Block, u *consensus.Update) {
	var n uint32
	pay := func(a types.Address, amount types.Amount, role Role) {
		if amount > 0 {
			e.put(payoutKey(a, b.Header.Height, n), types.AppendAmount([]byte{byte(role)}, amount))
			n++
		}
	}
	in := &u.Income
	pay(b.Header.Producer, in.Producer, RoleProducer)
	pay(p.Foundation, in.Foundation, RoleFoundation)
	for _, d := range in.Developers {
		pay(d.Address, d.Amount, RoleDeveloper)
	}
	pay(p.DappFund, in.DappFund, RoleDappFund)
	for _, c := range in.Credits {
		pay(c.Address, c.Amount, RoleCredit)
	}
}

// jobs enters new jobs, and what changed rows of jobs and paid developers add
// to their dapps.
func (e *additions) jobs(p *consensus.Params, b *types.Block, u *consensus.Update) error {
	epoch, height := p.Epoch(b.Header.Slot), b.Header.Height
	for _, c := range u.Of(consensus.TableJob) {
		if c.New == nil {
			continue // swept: nothing but what it held changed
		}
		j, err := consensus.DecodeJob(c.New)
		if err != nil {
			return err
		}
		d := e.dapp(j.Dapp, epoch)
		if c.Old == nil {
			id := types.Hash(c.Key)
			d.Jobs++
			e.put(hashKey(rowJob, id), append(append([]byte(nil), j.Author[:]...), j.Dapp[:]...))
			e.put(jobOfKey(j.Author, height, id), nil)
			if s := j.Signer(); s != j.Author {
				e.put(jobOfKey(s, height, id), nil)
			}
		} else {
			old, err := consensus.DecodeJob(c.Old)
			if err != nil {
				return err
			}
			d.Bids -= old.Bids
			d.Scores -= old.Scored
		}
		d.Bids += j.Bids
		d.Scores += j.Scored
	}
	for _, dev := range u.Income.Developers {
		e.dapp(dev.Dapp, epoch).Income += dev.Amount
	}
	return nil
}

func (e *additions) dapp(id types.Hash, epoch uint64) *DappEpoch {
	key := string(dappKey(id, epoch))
	d := e.dapps[key]
	if d == nil {
		d = &DappEpoch{Epoch: epoch}
		e.dapps[key] = d
	}
	return d
}

// earnings enters what score reports and settlements gave.
func (e *additions) earnings(p *consensus.Params, b *types.Block, x *consensus.Explanation) {
	epoch, height := p.Epoch(b.Header.Slot), b.Header.Height
	var id types.Hash
	at := -1
	for i := range x.Earned {
		w := &x.Earned[i]
		if w.Tx != at {
			id, at = b.Txs[w.Tx].TxHash(), w.Tx
		}
		e.put(earningKey(w.Address, height, uint32(i)), appendEarning(epoch, id, w))
	}
	for _, s := range x.Shares {
		e.put(shareKey(s.Address, height, s.Epoch), types.AppendAmount(nil, s.Amount))
	}
}

// dappSums gathers what a move adds to rows that several blocks share.
type dappSums map[string]*DappEpoch

// add books a block's sums, or with sign -1 takes them back.
func (s dappSums) add(e *additions, sign int) {
	for key, d := range e.dapps {
		t := s[key]
		if t == nil {
			t = new(DappEpoch)
			s[key] = t
		}
		a := types.Amount(sign)
		t.Jobs += sign * d.Jobs
		t.Bids += a * d.Bids
		t.Income += a * d.Income
		t.Scores += a * d.Scores
	}
}

// put adds the sums to the rows in r, as part of batch.
func (s dappSums) put(batch *Batch, r Reader) error {
	for key, d := range s {
		v, err := r.Get([]byte(key))
		if err != nil {
			return err
		}
		sum := *d
		if v != nil {
			old, err := decodeDappEpoch(v)
			if err != nil {
				return err
			}
			sum = DappEpoch{0, old.Jobs + d.Jobs, old.Bids + d.Bids, old.Income + d.Income, old.Scores + d.Scores}
		}
		if sum == (DappEpoch{}) {
			batch.Delete([]byte(key))
		} else {
			batch.Put([]byte(key), sum.encode())
		}
	}
	return nil
}

// Row keys of what belongs to an address ascend by height.

func addressKey(row byte, a types.Address, height uint32) []byte {
	return types.AppendUint32(append(append(make([]byte, 0, 69), row), a[:]...), height)
}

func earningKey(a types.Address, height, seq uint32) []byte {
	return types.AppendUint32(addressKey(rowEarning, a, height), seq)
}

func shareKey(a types.Address, height uint32, epoch uint64) []byte {
	return types.AppendUint64(addressKey(rowShare, a, height), epoch)
}

func payoutKey(a types.Address, height, output uint32) []byte {
	return types.AppendUint32(addressKey(rowPayout, a, height), output)
}

func jobOfKey(a types.Address, height uint32, job types.Hash) []byte {
	return append(addressKey(rowJobOf, a, height), job[:]...)
}

func dappKey(dapp types.Hash, epoch uint64) []byte {
	return binary.BigEndian.AppendUint64(hashKey(rowDapp, dapp), epoch)
}

func appendEarning(epoch uint64, tx types.Hash, w *consensus.Earned) []byte {
	b := types.AppendUint64(make([]byte, 0, 89), epoch)
	b = append(append(b, tx[:]...), w.Job[:]...)
	b = types.AppendAmount(types.AppendAmount(b, w.Score), w.Credit)
	if w.Registered {
		return append(b, 1)
	}
	return append(b, 0)
}

func (d *DappEpoch) encode() []byte {
	b := types.AppendUint32(make([]byte, 0, 28), uint32(d.Jobs))
	return types.AppendAmount(types.AppendAmount(types.AppendAmount(b, d.Bids), d.Income), d.Scores)
}

func decodeDappEpoch(v []byte) (DappEpoch, error) {
	r := types.NewReader(v)
	d := DappEpoch{Jobs: int(r.Uint32()), Bids: r.Amount(), Income: r.Amount(), Scores: r.Amount()}
	if err := r.Done(); err != nil {
		return d, corrupt("dapp index", err)
	}
	return d, nil
}
