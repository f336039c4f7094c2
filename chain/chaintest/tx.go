package chaintest

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/btcsuite/btcd/txscript/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// Coin is an unspent output with its place.
type Coin struct {
	consensus.UTXO
	Out wire.OutPoint
}

// Spec describes a transaction to make. The zero value of each field but From
// is a sensible default.
type Spec struct {
	From   *Key                // pays, and is the author of Record
	Record types.Record        // nil: none
	To     []consensus.Payment // outputs besides the change
	Tip    types.Amount        // paid above the least fee; may be negative
	Coins  []Coin              // what to spend; nil: chosen among From's coins
	// Edit changes the transaction after the change is worked out and before
	// it is signed.
	Edit func(*wire.MsgTx)
}

// Tx makes and signs a transaction. Change goes back to From. The coins it
// chooses are not chosen again until Release, or until they are spent and
// reverted.
func (g *Generator) Tx(s Spec) *types.Tx {
	g.tb.Helper()
	var payload []byte
	if s.Record != nil {
		payload = types.Encode(s.Record)
	}
	out := types.Amount(0)
	for _, to := range s.To {
		out += to.Amount
	}
	coins := s.Coins
	for n := 1; ; n++ {
		if s.Coins == nil {
			coins = g.choose(s.From, n)
		}
		tx, least := g.draft(s, coins, payload)
		change := -out - least - s.Tip
		for _, c := range coins {
			change += c.Amount
		}
		if change < 0 && s.Coins == nil {
			continue
		}
		if change < 0 {
			g.tb.Fatalf("chaintest: %s lacks %v", s.From.Name, -change)
		}
		if change > 0 {
			tx.Msg.TxOut[len(tx.Msg.TxOut)-1].Value = int64(change)
		} else {
			tx.Msg.TxOut = tx.Msg.TxOut[:len(tx.Msg.TxOut)-1]
		}
		if s.Edit != nil {
			s.Edit(tx.Msg)
		}
		Sign(tx.Msg, coins, s.From)
		for _, c := range coins {
			g.used[c.Out] = true
		}
		return tx
	}
}

// draft lays the transaction out, change last, and gives the least fee of its
// signed form.
func (g *Generator) draft(s Spec, coins []Coin, payload []byte) (*types.Tx, types.Amount) {
	tx := &types.Tx{Msg: wire.NewMsgTx(2), Payload: payload}
	for _, c := range coins {
		op := c.Out
		tx.Msg.AddTxIn(wire.NewTxIn(&op, nil, wire.TxWitness{make([]byte, 64)}))
	}
	if payload != nil {
		tx.Msg.AddTxOut(g.Params.ID.Commit(payload))
	}
	for _, to := range s.To {
		tx.Msg.AddTxOut(wire.NewTxOut(int64(to.Amount), to.Address.PkScript()))
	}
	tx.Msg.AddTxOut(wire.NewTxOut(0, s.From.Address().PkScript()))
	least := consensus.MinFeeRate * types.Amount(tx.VSize())
	if s.Record != nil {
		least += consensus.RecordFee(s.Record, s.From.Address() == g.Params.FundKey)
	}
	return tx, least
}

// Sign signs every input as a key path spend of coins that belong to key.
func Sign(m *wire.MsgTx, coins []Coin, key *Key) {
	fetch := txscript.NewMultiPrevOutFetcher(nil)
	for i, in := range m.TxIn {
		// A test may have changed what is spent: sign as if it were the coin.
		fetch.AddPrevOut(in.PreviousOutPoint, coins[min(i, len(coins)-1)].TxOut())
	}
	hashes := txscript.NewTxSigHashes(m, fetch)
	for i := range m.TxIn {
		hash, err := txscript.CalcTaprootSignatureHash(hashes, txscript.SigHashDefault, m, i, fetch)
		if err != nil {
			continue // a test broke the transaction on purpose
		}
		sig := key.mustSign(types.Hash(hash))
		m.TxIn[i].Witness = wire.TxWitness{sig[:]}
	}
}

// choose picks n coins of key that can be spent in the next block.
func (g *Generator) choose(key *Key, n int) []Coin {
	g.tb.Helper()
	coins := g.Coins(key.Address())
	if len(coins) < n {
		g.tb.Fatalf("chaintest: %s has %d coins to spend, needs %d", key.Name, len(coins), n)
	}
	return coins[:n]
}

// Coins lists what an address can spend in the next block and has not spent
// in a transaction made before, largest first.
func (g *Generator) Coins(a types.Address) []Coin {
	var out []Coin
	for op, u := range g.coins[a] {
		immature := u.Coinbase && g.State.Height+1-u.Height < g.Params.CoinbaseMaturity
		if !g.used[op] && !immature {
			out = append(out, Coin{*u, op})
		}
	}
	slices.SortFunc(out, func(x, y Coin) int {
		return cmp.Or(cmp.Compare(y.Amount, x.Amount), bytes.Compare(x.Out.Hash[:], y.Out.Hash[:]), cmp.Compare(x.Out.Index, y.Out.Index))
	})
	return out
}

// Balance sums all unspent outputs of an address, immature ones too.
func (g *Generator) Balance(a types.Address) (sum types.Amount) {
	for _, u := range g.coins[a] {
		sum += u.Amount
	}
	return sum
}

// Release lets the coins of transactions that were not mined be chosen again.
func (g *Generator) Release() { clear(g.used) }

// Record makes a transaction of key that carries rec, for the least fee.
func (g *Generator) Record(key *Key, rec types.Record) *types.Tx {
	g.tb.Helper()
	return g.Tx(Spec{From: key, Record: rec})
}

// Post makes a job of the built-in dapp. The job's id is the transaction's.
func (g *Generator) Post(key *Key, bid types.Amount, duration uint32) *types.Tx {
	g.tb.Helper()
	return g.Record(key, &types.JobPost{Dapp: DappID(), Duration: duration, Bid: bid})
}

// Score makes the author's report of one node's cumulative score.
func (g *Generator) Score(author *Key, job types.Hash, scores map[types.Address]types.Amount) *types.Tx {
	g.tb.Helper()
	return g.Record(author, &types.ScoreReport{Job: job, Entries: entries(scores)})
}

// TicketScore makes a node's own report with the author's ticket.
func (g *Generator) TicketScore(node, author *Key, job types.Hash, cumulative types.Amount) *types.Tx {
	g.tb.Helper()
	ticket := author.Ticket(g.Params.ID, job, node.Address(), cumulative)
	return g.Record(node, &types.ScoreReport{Job: job, Ticketed: true,
		Entries: []types.ScoreEntry{{Address: node.Address(), Cumulative: cumulative, Ticket: ticket}}})
}

// Register makes a producer registration.
func (g *Generator) Register(key *Key) *types.Tx {
	g.tb.Helper()
	return g.Record(key, Registration(g.Params.ID, key))
}

// Registration is the record that registers key on network n.
func Registration(n types.NetworkID, key *Key) *types.ProducerRegistration {
	rec := &types.ProducerRegistration{VRFKey: key.VRFKey().Public()}
	rec.Proof, _ = key.VRFKey().Prove(n.ProducerAlpha(key.Address()))
	return rec
}

func entries(scores map[types.Address]types.Amount) []types.ScoreEntry {
	var out []types.ScoreEntry
	for a, s := range scores {
		out = append(out, types.ScoreEntry{Address: a, Cumulative: s})
	}
	slices.SortFunc(out, func(x, y types.ScoreEntry) int { return bytes.Compare(x.Address[:], y.Address[:]) })
	return out
}
