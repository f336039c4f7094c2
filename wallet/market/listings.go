package market

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet/safetext"
)

// State is how an advertisement stands.
type State string

// The states.
const (
	StateWaiting   State = "waiting"   // for a block
	StateShown     State = "shown"     //
	StateWithdrawn State = "withdrawn" // by its author
	StateOver      State = "over"      // its time is
)

// Sort is an order of listings.
type Sort int

// The orders.
const (
	SortNewest Sort = iota
	SortFee         // best-paying first
	SortPrice       // cheapest first; without a price last
)

// Query filters advertisements; a zero field does not.
type Query struct {
	Search      string // words that all must occur
	Intent      *types.AdIntent
	Category    string
	Language    string // BCP 47
	Seller      types.Address
	MaxPrice    types.Amount
	Mine        bool // also waiting and withdrawn ones
	Hidden      bool // only hidden ones
	Sort        Sort
	Skip, Limit int // Limit 0: DefaultLimit
}

// DefaultLimit is how many listings or posts a query gives when it names no
// limit, MaxLimit how many it gives at most.
const (
	DefaultLimit = 50
	MaxLimit     = 500
)

// Listing is an advertisement as it may be shown: its texts are cleaned.
type Listing struct {
	ID                    types.Hash // of its transaction
	State                 State
	Intent                types.AdIntent
	Title, Text, Category string
	Price                 types.Amount // 0: ask
	Languages             []string     // BCP 47
	Seller                types.Address
	Contact               string // where the seller is reached directly, for the messenger
	Mine, Hidden          bool
	Fee                   types.Amount // whole
	Height                uint32       // 0: waiting
	Posted, Ends          time.Time    // Ends is about
	Links                 []safetext.Link
	Warnings              []string
}

// Listings finds advertisements that are shown now.
func (m *Market) Listings(q Query) ([]Listing, error) {
	match, err := q.matcher()
	if err != nil {
		return nil, err
	}
	var waiting []*ad // shown to their authors only
	if q.Mine {
		waiting = m.waiting()
	}
	_, tip := m.opt.Chain.Tip()
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []*ad
	for _, a := range slices.Concat(waiting, m.state.ads) {
		mine := a.author == m.opt.Self
		switch state := m.stateOf(a, tip); {
		case a.height == 0 && m.state.byTx[a.tx] != nil: // in a block since
		case state == StateOver, state != StateShown && !q.Mine:
		case q.Mine && !mine, q.Seller != (types.Address{}) && a.author != q.Seller:
		case q.Hidden != m.isHidden(a) && !(q.Mine && !q.Hidden):
		case match(&a.rec):
			found = append(found, a)
		}
	}
	q.Sort.order(found)
	out := []Listing{}
	for _, a := range page(found, q.Skip, q.Limit) {
		out = append(out, m.listing(a, tip))
	}
	return out, nil
}

// page cuts a list.
func page[T any](list []T, skip, limit int) []T {
	if limit <= 0 {
		limit = DefaultLimit
	}
	list = list[min(max(skip, 0), len(list)):]
	return list[:min(limit, MaxLimit, len(list))]
}

// matcher makes a test of a record out of the filters.
func (q *Query) matcher() (func(*types.Advertisement) bool, error) {
	var lang language.Tag
	if q.Language != "" {
		var err error
		if lang, err = language.Parse(q.Language); err != nil || len(q.Language) > types.MaxLanguages {
			return nil, fmt.Errorf("%w: %q is no language tag (BCP 47)", ErrLanguage, q.Language)
		}
	}
	words := strings.Fields(fold(q.Search))
	category := fold(q.Category)
	return func(r *types.Advertisement) bool {
		switch {
		case q.Intent != nil && r.Intent != *q.Intent,
			category != "" && fold(r.Category) != category,
			q.MaxPrice > 0 && (r.Price == 0 || r.Price > q.MaxPrice),
			q.Language != "" && !speaks(r.Languages, lang):
			return false
		}
		return contains(words, r.Title, r.Text, r.Category)
	}, nil
}

// contains reports whether each word occurs in one of the texts.
func contains(words []string, texts ...string) bool {
	if len(words) == 0 {
		return true
	}
	all := fold(strings.Join(texts, "\n"))
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(all, w) })
}

// fold gives text in the form in which it is searched.
func fold(s string) string { return strings.ToLower(norm.NFKC.String(safetext.Plain(s))) }

// order sorts advertisements, the newer first among equals; waiting ones have
// no height and are the newest.
func (s Sort) order(list []*ad) {
	slices.SortStableFunc(list, func(a, b *ad) int {
		c := 0
		switch s {
		case SortFee:
			c = cmp.Compare(b.fee, a.fee)
		case SortPrice:
			c = cmp.Compare(uint64(a.rec.Price)-1, uint64(b.rec.Price)-1) // 0 comes last
		}
		return cmp.Or(c, cmp.Compare(b.height-1, a.height-1))
	})
}

// waiting lists the pool's advertisements.
func (m *Market) waiting() (out []*ad) {
	for _, w := range m.opt.Chain.WaitingAds() {
		out = append(out, w.ad())
	}
	return out
}

func (w *Waiting) ad() *ad {
	return &ad{tx: w.Tx, author: w.Author, fee: w.Fee, posted: w.Time.Unix(), rec: *w.Record}
}

// stateOf tells how an advertisement stands. The caller holds mu.
func (m *Market) stateOf(a *ad, tip uint32) State {
	_, gone := m.state.gone[withdrawal{a.tx, a.author}]
	_, going := m.withdrawing[a.tx]
	switch {
	case gone, going:
		return StateWithdrawn
	case a.height == 0:
		return StateWaiting
	case int64(a.height)+consensus.AdBlocks <= int64(tip):
		return StateOver
	}
	return StateShown
}

// isHidden reports whether an advertisement or its seller was hidden. The
// caller holds mu.
func (m *Market) isHidden(a *ad) bool {
	_, one := m.state.hidden[a.tx]
	_, all := m.state.sellers[a.author]
	return one || all
}

// listing shows an advertisement. The caller holds mu.
func (m *Market) listing(a *ad, tip uint32) Listing {
	r := &a.rec
	whole := r.Title + "\n" + r.Text + "\n" + r.Category
	return Listing{
		ID: a.tx, State: m.stateOf(a, tip), Intent: r.Intent,
		Title: safetext.CleanLine(r.Title), Text: safetext.Clean(r.Text), Category: safetext.CleanLine(r.Category),
		Price: r.Price, Languages: tags(r.Languages), Seller: a.author, Contact: safetext.Plain(r.Contact),
		Mine: a.author == m.opt.Self, Hidden: m.isHidden(a), Fee: a.fee, Height: a.height,
		Posted: time.Unix(a.posted, 0), Ends: m.ends(a.height, tip),
		Links: safetext.Links(whole), Warnings: safetext.Warnings(whole),
	}
}

// ends is about when an advertisement is over that is in the block at a height,
// or in the next when that is 0.
func (m *Market) ends(height, tip uint32) time.Time {
	if height == 0 {
		height = tip + 1
	}
	left := int64(height) + consensus.AdBlocks - int64(tip)
	return m.opt.Clock().Add(time.Duration(left) * m.blockTime)
}

// Listing tells all about one advertisement: shown, over or waiting.
func (m *Market) Listing(id types.Hash) (Listing, error) {
	a, err := m.find(id)
	if err != nil {
		return Listing{}, err
	}
	_, tip := m.opt.Chain.Tip()
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.listing(a, tip), nil
}

// find looks an advertisement up in the index, the pool and the chain.
func (m *Market) find(id types.Hash) (*ad, error) {
	m.mu.Lock()
	a := m.state.byTx[id]
	m.mu.Unlock()
	if a != nil {
		return a, nil
	}
	for _, w := range m.opt.Chain.WaitingAds() {
		if w.Tx == id {
			return w.ad(), nil
		}
	}
	height, ok := m.opt.Chain.Confirmed(id)
	if !ok {
		return nil, fmt.Errorf("%w: %v", ErrUnknown, id)
	}
	list, err := m.opt.Chain.Records(types.ChainMarket, height, 1)
	if err != nil {
		return nil, err
	}
	for _, r := range list {
		rec, err := types.DecodeRecord(r.Payload)
		if found, ok := rec.(*types.Advertisement); ok && err == nil && r.Tx == id {
			return &ad{place: place{r.Height, r.Seq}, tx: id, author: r.Author, fee: r.Fee,
				posted: m.opt.Chain.BlockTime(r.Height).Unix(), rec: *found}, nil
		}
	}
	return nil, fmt.Errorf("%w: %v", ErrUnknown, id)
}

// featuredFor is for how long an advertisement can be the featured one.
const featuredFor = time.Hour

// Featured gives the best-paying advertisement of the last hour, the newest
// among equals; ok is false without one. Hidden and withdrawn ones are passed
// over.
func (m *Market) Featured() (l Listing, ok bool) {
	_, tip := m.opt.Chain.Tip()
	since := m.opt.Clock().Add(-featuredFor).Unix()
	m.mu.Lock()
	defer m.mu.Unlock()
	var best *ad
	for _, a := range slices.Backward(m.state.ads) {
		if a.posted <= since {
			break // block times ascend
		}
		if m.stateOf(a, tip) == StateShown && !m.isHidden(a) && (best == nil || a.fee > best.fee) {
			best = a
		}
	}
	if best == nil {
		return Listing{}, false
	}
	return m.listing(best, tip), true
}

// Category is a category with how many shown advertisements are in it.
type Category struct {
	Name  string
	Count int
}

// maxCategories bounds Categories.
const maxCategories = 100

// Categories lists the categories that are in use, the fullest first.
func (m *Market) Categories() []Category {
	_, tip := m.opt.Chain.Tip()
	m.mu.Lock()
	defer m.mu.Unlock()
	count := make(map[string]*Category)
	for _, a := range m.state.ads {
		if a.rec.Category == "" || m.stateOf(a, tip) != StateShown || m.isHidden(a) {
			continue
		}
		key := fold(a.rec.Category)
		if count[key] == nil {
			count[key] = &Category{Name: safetext.CleanLine(a.rec.Category)}
		}
		count[key].Count++
	}
	out := []Category{}
	for _, c := range count {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b Category) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name)) })
	return out[:min(len(out), maxCategories)]
}

// SellerContact gives where a seller's newest shown advertisement says it is
// reached directly, "" when none does.
func (m *Market) SellerContact(seller types.Address) string {
	_, tip := m.opt.Chain.Tip()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range slices.Backward(m.state.ads) {
		if a.author == seller && a.rec.Contact != "" && m.stateOf(a, tip) == StateShown {
			return safetext.Plain(a.rec.Contact)
		}
	}
	return ""
}

// HideListing keeps an advertisement out of the lists, or shows it again.
func (m *Market) HideListing(id types.Hash, hidden bool) error {
	if hidden {
		if _, err := m.find(id); err != nil {
			return err
		}
	}
	return hide(m, m.state.hidden, id, hiddenKey(id), hidden)
}

// HideSeller keeps all advertisements of a seller out of the lists, or shows
// them again.
func (m *Market) HideSeller(seller types.Address, hidden bool) error {
	return hide(m, m.state.sellers, seller, sellerKey(seller), hidden)
}

func hide[K comparable](m *Market, set map[K]struct{}, k K, key string, hidden bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, is := set[k]; is == hidden {
		return nil
	}
	e := m.state.edit()
	if hidden {
		e.row(key, []byte{rowVersion})
		e.then(func() { set[k] = struct{}{} })
	} else {
		e.row(key, nil)
		e.then(func() { delete(set, k) })
	}
	defer m.signal()
	return e.commit()
}
