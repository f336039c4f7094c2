package wallet

import (
	"cmp"
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"supercomputing/chain/types"
	"supercomputing/wallet/keys"
)

// Kind says what a history entry is about.
type Kind string

// The kinds of entries besides records, which use their own kind's name
// ("job post", "message", …).
const (
	KindReceived Kind = "received"
	KindSent     Kind = "sent"
	KindSelf     Kind = "moved" // all outputs are the wallet's
	KindIncome   Kind = "income"
	KindGenesis  Kind = "genesis"
)

// Status says where an entry's transaction stands.
type Status string

// The states of an entry.
const (
	StatusPending    Status = "pending"
	StatusConfirmed  Status = "confirmed"
	StatusReplaced   Status = "replaced"
	StatusConflicted Status = "conflicted"
	StatusAbandoned  Status = "abandoned"
)

var statusNames = [...]Status{StatusPending, StatusConfirmed, StatusReplaced, StatusConflicted, StatusAbandoned}

// Party is another side of a transaction, or a part of one's own income.
type Party struct {
	Address types.Address
	Amount  types.Amount // paid to it; 0 for a sender
	Label   string
	Source  string // of income: "producer", "credit", "developer", "foundation", "dapp fund"
}

// Entry is one transaction as its owner sees it.
type Entry struct {
	TxID          types.Hash
	Kind          Kind
	Status        Status
	Time          time.Time // of its block, or when first seen
	Height        uint32    // of its block, when confirmed
	Block         types.Hash
	Confirmations uint32
	Mature        bool         // false for income that cannot be spent yet
	Amount        types.Amount // what the wallet gained; negative: what it paid, fee and bid included
	Fee           types.Amount // paid by the wallet, the bid not counted; 0 for what others paid
	Bid           types.Amount // of a job post or raise
	Job           types.Hash   // of records about a job
	Parties       []Party      // recipients of what was sent; senders, as far as known; income by source
	Label         string
	ReplacedBy    types.Hash // or what it conflicts with
	Incoming      bool
}

// Query selects history entries. The zero value selects all.
type Query struct {
	Offset, Limit int  // Limit 0: no limit
	Kind          Kind // only this kind
	Since, Until  time.Time
	Text          string // in a label, an address' label, or the id
}

// History lists transactions, waiting ones first, then newest first.
func (w *Wallet) History(q Query) []Entry {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.state.sorted()
	slices.SortStableFunc(all, func(a, b *tx) int {
		if c := cmp.Compare(b.when(), a.when()); c != 0 {
			return c
		}
		return cmp.Compare(b.order, a.order)
	})
	var out []Entry
	skip := q.Offset
	for _, t := range all {
		e := w.entry(t)
		if !q.matches(&e) {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		out = append(out, e)
		if q.Limit > 0 && len(out) == q.Limit {
			break
		}
	}
	return out
}

// Transaction gives one entry of the history.
func (w *Wallet) Transaction(id types.Hash) (Entry, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.state.txs[id]
	if t == nil {
		return Entry{}, ErrUnknownTx
	}
	return w.entry(t), nil
}

// when orders the history: what waits comes before all blocks.
func (t *tx) when() int64 {
	switch t.status {
	case confirmed:
		return t.blockTime
	case pending:
		return t.firstSeen + 1<<40
	}
	return t.firstSeen
}

func (q *Query) matches(e *Entry) bool {
	if q.Kind != "" && e.Kind != q.Kind || !q.Since.IsZero() && e.Time.Before(q.Since) || !q.Until.IsZero() && !e.Time.Before(q.Until) {
		return false
	}
	if q.Text == "" {
		return true
	}
	text := strings.ToLower(q.Text)
	has := func(s string) bool { return strings.Contains(strings.ToLower(s), text) }
	return has(e.Label) || has(e.TxID.String()) || slices.ContainsFunc(e.Parties, func(p Party) bool { return has(p.Label) })
}

// entry is called with mu held, as are its parts below.
func (w *Wallet) entry(t *tx) Entry {
	s := w.state
	in, whole := s.debit(t)
	e := Entry{
		TxID: t.id, Status: statusNames[t.status], Time: unix(t.firstSeen), Label: s.labels[txLabel(t.id)],
		Amount: s.credit(t) - in, Incoming: in == 0, ReplacedBy: t.by, Mature: true,
	}
	if t.status == confirmed {
		e.Time, e.Height, e.Block, e.Confirmations = unix(t.blockTime), t.height, t.block, s.confirmations(t)
	}
	if t.coinbase {
		w.incomeEntry(&e, t)
		return e
	}
	w.kindOf(&e, t)
	if whole {
		e.Fee = in - e.Bid
		for _, o := range t.tx.Msg.TxOut {
			e.Fee -= types.Amount(o.Value)
		}
	}
	w.parties(&e, t)
	return e
}

func (w *Wallet) incomeEntry(e *Entry, t *tx) {
	e.Kind = KindIncome
	if t.height == 0 {
		e.Kind = KindGenesis
	}
	e.Mature = w.state.mature(&coin{tx: t})
	for _, o := range t.outs {
		e.Parties = append(e.Parties, Party{Address: o.address, Amount: o.amount, Label: w.state.labels[addressLabel(o.address)], Source: sourceNames[o.source]})
	}
}

var sourceNames = [...]string{"", "producer", "foundation", "developer", "dapp fund", "credit"}

// kindOf names the kind: a record's own when the wallet authored it.
func (w *Wallet) kindOf(e *Entry, t *tx) {
	e.Kind = KindSelf
	for _, o := range t.outputs() {
		if _, ours := w.state.paths[o.address]; !ours {
			e.Kind = KindSent
		}
	}
	if e.Incoming {
		e.Kind = KindReceived
		return
	}
	if t.tx.Payload == nil {
		return
	}
	rec, err := types.DecodeRecord(t.tx.Payload)
	if err != nil {
		return
	}
	e.Kind = Kind(rec.Kind().String())
	switch r := rec.(type) {
	case *types.JobPost:
		e.Bid, e.Job = r.Bid, t.id
	case *types.BidRaise:
		e.Bid, e.Job = r.Added, r.Job
	case *types.Completion:
		e.Job = r.Job
	case *types.ScoreReport:
		e.Job = r.Job
	}
	if w.identity == w.params.FundKey {
		e.Bid = 0 // the fund pays it, not the wallet
	}
}

func (w *Wallet) parties(e *Entry, t *tx) {
	s := w.state
	if e.Incoming {
		for _, a := range t.senders {
			e.Parties = append(e.Parties, Party{Address: a, Label: s.labels[addressLabel(a)]})
		}
		// Which of the wallet's addresses were paid tells what for.
		for _, o := range t.outputs() {
			if _, ours := s.paths[o.address]; ours && e.Label == "" {
				e.Label = s.labels[addressLabel(o.address)]
			}
		}
		return
	}
	for _, o := range t.outputs() {
		p, ours := s.paths[o.address]
		if ours && (e.Kind != KindSelf || p.branch == keys.Change) {
			continue // change
		}
		e.Parties = append(e.Parties, Party{Address: o.address, Amount: o.amount, Label: s.labels[addressLabel(o.address)]})
	}
}

// WriteCSV writes entries for a spreadsheet: times in UTC, amounts in coins,
// addresses with the network's prefix, one line each.
func WriteCSV(out io.Writer, prefix string, entries []Entry) error {
	c := csv.NewWriter(out)
	if err := c.Write([]string{"time", "status", "kind", "amount", "fee", "bid", "height", "label", "parties", "transaction"}); err != nil {
		return err
	}
	for i := range entries {
		e := &entries[i]
		height := ""
		if e.Status == StatusConfirmed {
			height = strconv.FormatUint(uint64(e.Height), 10)
		}
		var parties []string
		for _, p := range e.Parties {
			parties = append(parties, types.EncodeAddress(prefix, p.Address))
		}
		err := c.Write([]string{e.Time.UTC().Format(time.RFC3339), string(e.Status), string(e.Kind), e.Amount.String(), e.Fee.String(),
			e.Bid.String(), height, plain(e.Label), strings.Join(parties, " "), e.TxID.String()})
		if err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// plain keeps a spreadsheet from taking a label for a formula: labels can come
// from others, by a payment request or an import.
func plain(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
