package market

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/safetext"
)

// Request is an advertisement to post.
type Request struct {
	Intent                types.AdIntent
	Title, Text, Category string
	Price                 types.Amount // 0: ask
	Languages             []string     // BCP 47
	Reach                 bool         // tell where we are reached directly
	Fee                   types.Amount // to pay in all; 0: the least
	Most                  types.Amount // that all may cost, a preparatory payment included; 0: no bound
}

// Quote is what an advertisement would cost, and where it would stand.
type Quote struct {
	Fee         types.Amount // whole
	Preparation types.Amount // fee of a payment to oneself that has to come first
	Least       types.Amount // whole fee, for this one
	ToWin       types.Amount // whole fee to be in the next block
	Rank        int          // among waiting ones; 1 is the next block
	Blocks      uint32       // for how many it is shown
	Ends        time.Time    // about
	Affordable  bool
	Notes       []string // what to know before posting, in words
}

// record checks a request and makes the record.
func (m *Market) record(req *Request) (*types.Advertisement, error) {
	if req.Intent > types.AdService {
		return nil, fmt.Errorf("%w: %v", ErrIntent, req.Intent)
	}
	if req.Price < 0 || req.Price > types.MaxAmount {
		return nil, fmt.Errorf("%w: %v", ErrPrice, req.Price)
	}
	rec := &types.Advertisement{Intent: req.Intent, Price: req.Price}
	for _, f := range []struct {
		to         *string
		text       string
		max        int
		lines, any bool
		err        error
	}{
		{&rec.Title, req.Title, types.MaxTitle, false, false, ErrTitle},
		{&rec.Text, req.Text, types.MaxAdText, true, true, ErrText},
		{&rec.Category, req.Category, types.MaxCategory, false, true, ErrCategory},
	} {
		text, err := ownText(f.text, f.max, f.lines)
		if err == nil && text == "" && !f.any {
			err = errors.New("it is empty")
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", f.err, err)
		}
		*f.to = text
	}
	var err error
	if rec.Languages, err = languages(req.Languages); err != nil {
		return nil, err
	}
	if req.Reach {
		rec.Contact = m.opt.Reach()
		if err := types.CheckText(rec.Contact, types.MaxContact); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrContact, err)
		}
	}
	return rec, nil
}

// ownText brings text of our own into the form in which it is published. What
// should not be in a text is refused (safetext.CheckText); of the rest, what
// readers would not be shown is not sent either.
func ownText(s string, max int, lines bool) (string, error) {
	s = strings.TrimSpace(s)
	if err := safetext.CheckText(s, lines); err != nil {
		return "", err
	}
	s = strings.TrimSpace(norm.NFC.String(safetext.Plain(s)))
	if !lines {
		s = strings.Join(strings.Fields(s), " ")
	}
	if len(s) > max {
		return "", fmt.Errorf("it has %d bytes, at most %d", len(s), max)
	}
	return s, nil
}

// Quote tells what an advertisement would cost.
func (m *Market) Quote(req Request) (Quote, error) {
	rec, err := m.record(&req)
	if err != nil {
		return Quote{}, err
	}
	return m.quote(rec, req.Fee)
}

func (m *Market) quote(rec *types.Advertisement, fee types.Amount) (Quote, error) {
	waiting := m.opt.Chain.WaitingAds()
	_, tip := m.opt.Chain.Tip()
	q := Quote{Blocks: consensus.AdBlocks, Ends: m.ends(0, tip), Affordable: true, Notes: []string{}}
	built, err := m.opt.Payer.BuildRecord(rec, wallet.RecordOptions{Blocks: patient})
	switch {
	case errors.Is(err, wallet.ErrFunds):
		q.Least = m.least(rec)
	case err != nil:
		return q, err
	default:
		q.Least = built.Fee - built.Preparation
	}
	q.ToWin = toWin(waiting, types.Hash{}, q.Least)
	if q.Fee = max(fee, q.Least); fee != 0 && fee < q.Least {
		q.Notes = append(q.Notes, fmt.Sprintf("%v is below the least for this one, %v", fee, q.Least))
	}
	built, err = m.opt.Payer.BuildRecord(rec, wallet.RecordOptions{Blocks: patient, Whole: q.Fee})
	switch {
	case errors.Is(err, wallet.ErrFunds):
		q.Affordable = false
	case err != nil:
		return q, err
	default:
		q.Fee, q.Preparation = built.Fee-built.Preparation, built.Preparation
	}
	q.Rank = rank(waiting, types.Hash{}, q.Fee)
	switch {
	case q.Rank > MaxWaiting:
		q.Notes = append(q.Notes, fmt.Sprintf("%d advertisements that pay as much or more wait already; nodes keep no more", q.Rank-1))
	case q.Rank > 1:
		q.Notes = append(q.Notes, fmt.Sprintf("%d others pay as much or more and come first; %v would be first now", q.Rank-1, q.ToWin))
	}
	for _, w := range safetext.Warnings(rec.Title + "\n" + rec.Text) {
		q.Notes = append(q.Notes, "readers will be warned: "+w)
	}
	return q, nil
}

// adLabel is the label of the transaction in the wallet.
const adLabel = "advertisement"

// Advertisement checks a request and gives its record, for an account whose
// transactions are signed elsewhere. The fee of the request is the caller's.
func (m *Market) Advertisement(req Request) (*types.Advertisement, error) { return m.record(&req) }

// PublicPost checks a text and gives its record, for an account whose
// transactions are signed elsewhere.
func PublicPost(text string) (*types.Message, error) { return newPost(text) }

// Post pays for an advertisement; it waits for a block then.
func (m *Market) Post(ctx context.Context, req Request) (Listing, error) {
	rec, err := m.record(&req)
	if err != nil {
		return Listing{}, err
	}
	if req.Fee != 0 {
		q, err := m.quote(rec, req.Fee)
		if err != nil {
			return Listing{}, err
		}
		if req.Fee < q.Least {
			return Listing{}, fmt.Errorf("%w: %v, at least %v", ErrFee, req.Fee, q.Least)
		}
	}
	id, err := m.opt.Payer.SendRecord(ctx, rec, wallet.RecordOptions{Blocks: patient, Whole: req.Fee, Most: req.Most, Label: adLabel})
	if err != nil {
		return Listing{}, err
	}
	return m.sent(id, rec, max(req.Fee, m.least(rec))), nil
}

// sent shows an advertisement that was just sent.
func (m *Market) sent(id types.Hash, rec *types.Advertisement, fee types.Amount) Listing {
	a, err := m.find(id)
	if err != nil { // not in the pool any more; the wallet tries again
		a = &ad{tx: id, author: m.opt.Self, fee: fee, posted: m.opt.Clock().Unix(), rec: *rec}
	}
	_, tip := m.opt.Chain.Tip()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.signal()
	return m.listing(a, tip)
}

// Raise replaces a waiting advertisement by one that pays fee in all, 0 for what
// wins the next block: then most, if it is not 0, bounds that, and wallet.ErrFeeTooHigh
// says that it takes more. It has a new id.
func (m *Market) Raise(ctx context.Context, id types.Hash, fee, most types.Amount) (Listing, error) {
	waiting := m.opt.Chain.WaitingAds()
	i := slices.IndexFunc(waiting, func(w Waiting) bool { return w.Tx == id })
	if i < 0 {
		if _, err := m.find(id); err != nil {
			return Listing{}, err
		}
		return Listing{}, ErrNotWaiting
	}
	old := &waiting[i]
	switch {
	case old.Author != m.opt.Self:
		return Listing{}, ErrNotMine
	case fee == 0 && i == 0:
		return Listing{}, ErrFirst
	case fee == 0:
		// A replacement pays for its own way, too.
		fee = max(toWin(waiting, id, 0), old.Fee+types.Amount(old.VSize)*consensus.MinFeeRate)
	case fee <= old.Fee:
		return Listing{}, fmt.Errorf("%w: it pays %v already", ErrFee, old.Fee)
	}
	if most > 0 && fee > most {
		return Listing{}, fmt.Errorf("%w: %v, at most %v allowed", wallet.ErrFeeTooHigh, fee, most)
	}
	again, err := m.opt.Payer.RaiseFee(ctx, id, fee)
	if errors.Is(err, wallet.ErrFeeTooLow) {
		return Listing{}, fmt.Errorf("%w: %w", ErrFee, err)
	}
	if err != nil {
		return Listing{}, err
	}
	return m.sent(again, old.Record, fee), nil
}
