// Package ledger owns a wallet's movements as its history page shows them:
// loaded in parts, kept up to date, searched and filtered while somebody types,
// and written as CSV. It knows no node and no widget.
package ledger

import (
	"slices"
	"strings"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// Group is a sort of movements that people look for.
type Group uint8

// The groups. Any stands for all of them.
const (
	Any Group = iota
	Payments
	Income
	Jobs
	Messages
	Market
	Other
)

// GroupOf sorts a movement by its kind.
func GroupOf(m view.Movement) Group {
	switch m.Kind {
	case "received", "sent", "moved", "genesis":
		return Payments
	case "income":
		return Income
	case types.KindJobPost.String(), types.KindBidRaise.String(), types.KindCompletion.String(), types.KindScoreReport.String():
		return Jobs
	case types.KindMessage.String():
		return Messages
	case types.KindAdvertisement.String():
		return Market
	}
	return Other
}

// Filter says which movements to show. Zero fields let everything through.
type Filter struct {
	Text      string // words that must all be there
	Group     Group
	Direction string    // view.DirectionIn …
	Status    string    // view.MovePending …
	From, To  time.Time // To is the first moment that is too late
}

// Any tells whether the filter leaves anything out.
func (f Filter) Any() bool { return f != Filter{} }

// List is a wallet's movements, newest first. It is used by one goroutine.
type List struct {
	words func(view.Movement) string
	rows  []row
	at    map[string]bool // by transaction id
}

// row is a movement and what it is found by, in small letters.
type row struct {
	m      view.Movement
	text   string // names and labels
	ids    string // addresses and hashes
	amount string
}

// New makes an empty list. words gives more text by which a movement is found,
// such as its kind in the person's language; it may be nil.
func New(words func(view.Movement) string) *List {
	return &List{words: words, at: make(map[string]bool)}
}

// Len is how many movements are there.
func (l *List) Len() int { return len(l.rows) }

// At is the i-th newest movement.
func (l *List) At(i int) view.Movement { return l.rows[i].m }

// Get finds a movement by its transaction.
func (l *List) Get(txid string) (view.Movement, bool) {
	if i := l.index(txid); i >= 0 {
		return l.rows[i].m, true
	}
	return view.Movement{}, false
}

func (l *List) index(txid string) int {
	if !l.at[txid] {
		return -1
	}
	return slices.IndexFunc(l.rows, func(r row) bool { return r.m.TxID == txid })
}

// Append adds older movements. What is there already is left out: new ones
// push the pages of a list on while it is read.
func (l *List) Append(page []view.Movement) {
	for _, m := range page {
		if !l.at[m.TxID] {
			l.at[m.TxID] = true
			l.rows = append(l.rows, l.row(m))
		}
	}
}

// Refresh puts the newest movements, as they are now, in the place of those it
// has. It reports whether they reach to something known; else nothing changes
// and the list has to be read from the start.
func (l *List) Refresh(newest []view.Movement) bool {
	last := -1
	for i := len(newest) - 1; i >= 0 && last < 0; i-- {
		last = l.index(newest[i].TxID)
	}
	if last < 0 && len(l.rows) > 0 {
		return false
	}
	fresh := make(map[string]bool, len(newest))
	rows := make([]row, 0, len(newest)+len(l.rows)-last-1)
	for _, m := range newest {
		if !fresh[m.TxID] {
			fresh[m.TxID] = true
			rows = append(rows, l.row(m))
		}
	}
	for _, r := range l.rows[last+1:] {
		if !fresh[r.m.TxID] {
			rows = append(rows, r)
		}
	}
	l.rows = rows
	l.at = make(map[string]bool, len(rows))
	for _, r := range rows {
		l.at[r.m.TxID] = true
	}
	return true
}

// SetLabel changes the label of a transaction.
func (l *List) SetLabel(txid, label string) {
	if i := l.index(txid); i >= 0 {
		m := l.rows[i].m
		m.Label = label
		l.rows[i] = l.row(m)
	}
}

func (l *List) row(m view.Movement) row {
	var text, ids strings.Builder
	add := func(b *strings.Builder, s string) {
		if s != "" {
			b.WriteString(strings.ToLower(s))
			b.WriteByte('\n')
		}
	}
	add(&text, m.Label)
	for _, p := range m.Parties {
		add(&text, p.Label)
		add(&ids, p.Address)
	}
	add(&ids, m.TxID)
	if m.Job != m.TxID {
		add(&ids, m.Job)
	}
	if l.words != nil {
		add(&text, l.words(m))
	}
	return row{m, text.String(), ids.String(), m.Amount.String()}
}

// Find gives the places of the movements that a filter lets through.
func (l *List) Find(f Filter) []int {
	words := strings.Fields(strings.ToLower(f.Text))
	out := make([]int, 0, len(l.rows))
	for i := range l.rows {
		if l.rows[i].fits(f, words) {
			out = append(out, i)
		}
	}
	return out
}

func (r *row) fits(f Filter, words []string) bool {
	switch m := &r.m; {
	case f.Group != Any && GroupOf(*m) != f.Group,
		f.Direction != "" && m.Direction != f.Direction,
		f.Status != "" && m.Status != f.Status,
		!f.From.IsZero() && m.Time.Before(f.From),
		!f.To.IsZero() && !m.Time.Before(f.To):
		return false
	}
	for _, w := range words {
		if !r.has(w) {
			return false
		}
	}
	return true
}

// idLetters is how much of an address or a hash a word must be: less is in
// nearly all of them.
const idLetters = 4

func (r *row) has(word string) bool {
	return strings.Contains(r.text, word) || len(word) >= idLetters && strings.Contains(r.ids, word) || strings.HasPrefix(r.amount, word)
}
