package node

import (
	"context"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain/types"
	"supercomputing/tasks"
	"supercomputing/tasks/download"
	"supercomputing/wallet"
	"supercomputing/wallet/descriptor"
	"supercomputing/wallet/messages"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/safetext"
)

// The states of a card, besides the stored ones of a message's file.
const (
	cardOpen    = "open"
	cardExpired = "expired"
	cardPaid    = messages.StatePaid
	cardComing  = "coming"  // its file is not here yet
	cardUnknown = "unknown" // this node does not know the thing
	cardJoined  = "joined"  // the account is here
)

// card shows what a message carries. Of jobs and advertisements it tells what
// the chain says, not what the sender does.
func (n *Node) card(m *messages.Message) *view.Card {
	switch b := m.Body.(type) {
	case *envelope.Payment:
		return n.paymentCard(m, b)
	case *envelope.Job:
		return n.jobCard(b)
	case *envelope.Listing:
		return n.listingCard(b)
	case *envelope.File:
		c := &view.Card{Kind: view.CardFile, Title: messages.SafeName(b.Name), Size: b.Size, Have: m.Card.Have, Path: m.Card.Path, State: m.Card.State}
		if c.State == "" {
			c.State = cardComing
		}
		return c
	case *envelope.Magnet:
		c := &view.Card{Kind: view.CardMagnet, Title: messages.SafeName(b.Name), Ref: b.Link, Size: b.Size, Have: m.Card.Have, Path: m.Card.Path, State: m.Card.State}
		if c.State == "" {
			c.State = cardOpen
		}
		return c
	case *envelope.Invitation:
		c := &view.Card{Kind: view.CardAccount, Title: safetext.CleanLine(b.Name), About: n.invitationAbout(b), Ref: b.Descriptor, State: cardOpen}
		if n.hasAccount(b.Descriptor) {
			c.State = cardJoined
		}
		return c
	}
	return nil
}

// invitationAbout tells what account an invitation is to, before it is taken:
// from its descriptor how many sign and the first address, which members compare.
// Who the members are is only what the sender says.
func (n *Node) invitationAbout(b *envelope.Invitation) []string {
	d, err := descriptor.Parse(b.Descriptor)
	if err != nil {
		return []string{"it cannot be taken: " + safetext.CleanLine(err.Error())}
	}
	var members []string
	for i, k := range d.Keys() {
		f := k.Fingerprint()
		name := hex.EncodeToString(f[:])
		if i < len(b.Members) && b.Members[i].Fingerprint == f && !b.Members[i].Address.IsZero() {
			name = n.who(b.Members[i].Address)
		}
		members = append(members, name)
	}
	signs := fmt.Sprintf("any %d of %d members sign", d.Required(), len(members))
	if d.Required() == len(members) {
		signs = fmt.Sprintf("all %d members sign", len(members))
	}
	out := []string{signs, "the members, as the sender says: " + strings.Join(members, ", ")}
	if first, err := d.Address(0, 0); err == nil {
		out = append(out, "the first address: "+n.addressText(first))
	}
	return out
}

// who names an address for people.
func (n *Node) who(a types.Address) string {
	if n.wallet.Owns(a) {
		return "you"
	}
	if name := n.messages.ContactName(a); name != "" {
		return name
	}
	return n.addressText(a)
}

func (n *Node) paymentCard(m *messages.Message, b *envelope.Payment) *view.Card {
	c := &view.Card{Kind: view.CardPayment, Title: safetext.CleanLine(b.Title), Amount: b.Amount, Address: n.addressText(b.Address), State: cardOpen}
	if b.Expires > 0 {
		c.Expires = time.Unix(b.Expires, 0).UTC()
	}
	if tx, ok := n.paidBy(m); ok {
		c.State, c.TxID = cardPaid, tx.String()
	} else if !c.Expires.IsZero() && time.Now().After(c.Expires) {
		c.State = cardExpired
	}
	return c
}

// paidLabel is the label of the transaction that pays a message's request. It
// finds the payment again after a crash that came before the message was
// marked, and names nobody: the wallet's labels are not encrypted.
func paidLabel(ref history.Ref) string { return paidPrefix + ref.String() }

// paidBy gives the payment of a request, if one stands: one that was given up
// or lost its coins does not.
func (n *Node) paidBy(m *messages.Message) (types.Hash, bool) {
	stands := func(e wallet.Entry) bool {
		return e.Status == wallet.StatusPending || e.Status == wallet.StatusConfirmed
	}
	if tx := m.Card.Tx; tx != (types.Hash{}) {
		for range 100 { // replacements of replacements
			e, err := n.wallet.Transaction(tx)
			if err != nil {
				return tx, true // another wallet's data, or restored: the mark counts
			}
			if e.Status != wallet.StatusReplaced || e.ReplacedBy == (types.Hash{}) {
				if stands(e) {
					return tx, true
				}
				break
			}
			tx = e.ReplacedBy
		}
	}
	if m.Mine {
		return types.Hash{}, false
	}
	for _, e := range n.wallet.History(wallet.Query{Text: paidLabel(m.Ref)}) {
		if e.Label == paidLabel(m.Ref) && stands(e) {
			return e.TxID, true
		}
	}
	return types.Hash{}, false
}

// PayCard implements view.Messenger. A request is paid once: while a payment of
// it stands there is no second one, and who wants another asks again.
func (n *Node) PayCard(ctx context.Context, req view.PayCardRequest) (view.Sent, error) {
	if err := n.needWallet(); err != nil {
		return view.Sent{}, err
	}
	ref, err := messageRef(req.ID)
	if err != nil {
		return view.Sent{}, err
	}
	n.paying.Lock()
	defer n.paying.Unlock()
	m, err := n.messages.Message(ref)
	if err != nil {
		return view.Sent{}, explain(err)
	}
	b, err := n.payable(&m, req)
	if err != nil {
		return view.Sent{}, err
	}
	q, err := n.wallet.Quote(wallet.Request{Outputs: []wallet.Output{{Address: b.Address, Amount: b.Amount}},
		Rate: types.Amount(req.FeeRate), Label: paidLabel(ref)})
	if err != nil {
		return view.Sent{}, explain(err)
	}
	id, err := n.wallet.SendQuote(ctx, q)
	if err != nil {
		return view.Sent{}, explain(err)
	}
	if err := n.messages.SetPaid(ref, id); err != nil {
		// The label finds the payment all the same.
		n.log.Warn("a paid request could not be marked", "err", err)
	}
	return view.Sent{TxID: id.String(), Fee: q.Fee}, nil
}

// payable gives the request of a message, or says why it cannot be paid so.
func (n *Node) payable(m *messages.Message, req view.PayCardRequest) (*envelope.Payment, error) {
	b, ok := m.Body.(*envelope.Payment)
	switch {
	case !ok:
		return nil, view.Errorf(view.CodeInvalid, "the message asks for no payment")
	case m.Mine:
		return nil, view.Errorf(view.CodeInvalid, "the payment request is your own")
	}
	if tx, paid := n.paidBy(m); paid {
		return nil, view.Errorf(view.CodeConflict, "the request is paid already, by transaction %v", tx)
	}
	if b.Expires > 0 && time.Now().Unix() > b.Expires {
		return nil, view.Errorf(view.CodeConflict, "the request is valid no more; nothing was paid").WithHint("ask for a new one")
	}
	if req.Amount != b.Amount || req.Address != n.addressText(b.Address) {
		return nil, view.Errorf(view.CodeConflict, "that is not what the message asks for: %v SCC to %s; nothing was paid", b.Amount, n.addressText(b.Address)).
			WithHint("“supercomputing message show” shows the request")
	}
	return b, nil
}

// claimed is the card of a thing that this node does not know: nobody vouches
// for its title but the sender, and the card says so.
func claimed(kind string, id types.Hash, title string) *view.Card {
	return &view.Card{Kind: kind, Ref: id.String(), Title: fitTitle(title), Claimed: title != "", State: cardUnknown}
}

func (n *Node) jobCard(b *envelope.Job) *view.Card {
	s, err := n.market.ledger.Job(b.ID)
	if err != nil {
		return claimed(view.CardJob, b.ID, b.Title)
	}
	c := &view.Card{Kind: view.CardJob, Ref: b.ID.String(), State: cardUnknown}
	c.Title, c.Amount = safetext.CleanLine(n.market.jobName(s.Post)), s.Bids
	c.Size, _ = n.market.jobWork(s.Post)
	c.State = map[tasks.Standing]string{tasks.Waiting: view.JobWaiting, tasks.Open: view.JobOpen, tasks.Ended: view.JobComplete}[s.Standing]
	if s.Standing == tasks.Ended && !s.Completed {
		c.State = view.JobExpired
	}
	return c
}

// checkTarget refuses to write into the data directory: a file there could
// pass for one of the node's own.
func (n *Node) checkTarget(path string) error {
	if !filepath.IsAbs(path) {
		return view.Errorf(view.CodeInvalid, "the path %q is not absolute", path)
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil { // a new file, in a folder that may be reached by links
		real = filepath.Join(realPath(filepath.Dir(path)), filepath.Base(path))
	}
	if within(real, realPath(n.dir)) {
		return view.Errorf(view.CodeInvalid, "%s lies in the data directory %s, which is the node's own", path, n.dir).
			WithHint("name another folder")
	}
	return nil
}

// withdrawFile stops offering a content when no message and no job does.
func (n *Node) withdrawFile(link string) {
	mag, err := download.ParseMagnet(link)
	if err != nil {
		return
	}
	used, err := n.offered(mag.InfoHash)
	if err != nil || used {
		return
	}
	if st, err := n.market.engine.Stats(mag.InfoHash); err == nil && st.Published {
		n.market.unpublish(mag.InfoHash)
	}
}

// offered reports whether a message of ours offers a content.
func (n *Node) offered(ih download.InfoHash) (bool, error) {
	list, err := n.messages.Magnets()
	for _, link := range list {
		if m, perr := download.ParseMagnet(link); perr == nil && m.InfoHash == ih {
			return true, err
		}
	}
	return false, err
}
