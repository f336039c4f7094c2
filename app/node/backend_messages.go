package node

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain/types"
	"supercomputing/wallet/messages"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/safetext"
)

// messageRef reads a message's id.
func messageRef(id string) (history.Ref, error) {
	r, ok := history.ParseRef(id)
	if !ok {
		return r, view.Errorf(view.CodeInvalid, "%q is not a message's id: 32 hexadecimal digits", id)
	}
	return r, nil
}

// ways gives each way its word.
var ways = map[history.Way]string{history.Auto: view.WayAuto, history.Direct: view.WayDirect, history.Chain: view.WayChain}

func parseWay(s string) (history.Way, error) {
	for w, word := range ways {
		if word == s {
			return w, nil
		}
	}
	return 0, view.Errorf(view.CodeInvalid, "%q is not a way: direct, chain, or none for either", s)
}

var messageStates = map[history.Status]string{
	history.Queued: view.MessageQueued, history.Sent: view.MessageSent, history.Delivered: view.MessageDelivered,
	history.Read: view.MessageRead, history.Failed: view.MessageFailed, history.Received: view.MessageReceived,
}

// Conversations implements view.Messenger.
func (n *Node) Conversations(_ context.Context, q view.ConversationsQuery) ([]view.Conversation, error) {
	if err := n.needWallet(); err != nil {
		return nil, err
	}
	list, err := n.messages.Conversations(messages.ConversationsQuery{Requests: q.Requests, Filtered: q.Filtered, Blocked: q.Blocked,
		Search: q.Search, Skip: max(q.Skip, 0), Limit: pageLimit(q.Limit)})
	if err != nil {
		return nil, explain(err)
	}
	out := []view.Conversation{}
	for _, c := range list {
		v := view.Conversation{Address: n.addressText(c.Peer), Name: c.Name, Own: c.Own, Request: c.Request, Filtered: c.Filtered, Blocked: c.Blocked,
			Online: c.Online, Unread: c.Unread, Count: c.Count, Damaged: c.Damaged, Time: c.Time.UTC(), Warnings: texts(c.Warnings)}
		if c.Last != nil {
			last := n.message(*c.Last)
			v.Last = &last
		}
		out = append(out, v)
	}
	return out, nil
}

// texts is a list that JSON shows as one also when it is empty.
func texts(list []string) []string { return append([]string{}, list...) }

func links(list []safetext.Link) []view.Link {
	out := []view.Link{}
	for _, l := range list {
		out = append(out, view.Link{Text: l.Text, Host: l.Host, Warning: l.Warning})
	}
	return out
}

// message puts a message into words for people.
func (n *Node) message(m messages.Message) view.Message {
	v := view.Message{ID: m.Ref.String(), Address: n.addressText(m.Peer), Mine: m.Mine, Text: m.Text, Time: m.Time.UTC(), Received: m.Received.UTC(),
		Way: ways[m.Way], Status: messageStates[m.Status], Problem: m.Problem, Unread: m.Unread, Damaged: m.Damaged, Filtered: m.Filtered, Blocked: m.Apart, Height: m.Height, Fee: m.Fee,
		Links: links(m.Links), Warnings: texts(m.Warnings)}
	if m.Tx != (types.Hash{}) {
		v.TxID = m.Tx.String()
	}
	v.Card = n.card(&m)
	if v.Card != nil && !m.Mine {
		v.Warnings = append(v.Warnings, safetext.Warnings(v.Card.Title)...)
		slices.Sort(v.Warnings)
		v.Warnings = slices.Compact(v.Warnings)
	}
	return v
}

func (n *Node) messageList(list []messages.Message, err error) ([]view.Message, error) {
	if err != nil {
		return nil, explain(err)
	}
	out := []view.Message{}
	for _, m := range list {
		out = append(out, n.message(m))
	}
	return out, nil
}

// Messages implements view.Messenger.
func (n *Node) Messages(_ context.Context, q view.MessagesQuery) ([]view.Message, error) {
	if err := n.needWallet(); err != nil {
		return nil, err
	}
	a, err := n.parseAddress(q.Address)
	if err != nil {
		return nil, err
	}
	var before *history.Ref
	if q.Before != "" {
		ref, err := messageRef(q.Before)
		if err != nil {
			return nil, err
		}
		before = &ref
	}
	if q.Blocked {
		return n.messageList(n.messages.MessagesApart(a, before, pageLimit(q.Limit)))
	}
	return n.messageList(n.messages.Messages(a, before, pageLimit(q.Limit)))
}

// Message implements view.Messenger.
func (n *Node) Message(_ context.Context, id string) (view.Message, error) {
	if err := n.needWallet(); err != nil {
		return view.Message{}, err
	}
	ref, err := messageRef(id)
	if err != nil {
		return view.Message{}, err
	}
	m, err := n.messages.Message(ref)
	if err != nil {
		return view.Message{}, explain(err)
	}
	return n.message(m), nil
}

// SearchMessages implements view.Messenger.
func (n *Node) SearchMessages(ctx context.Context, q view.MessageSearch) ([]view.Message, error) {
	if err := n.needWallet(); err != nil {
		return nil, err
	}
	var in *types.Address
	if q.Address != "" {
		a, err := n.parseAddress(q.Address)
		if err != nil {
			return nil, err
		}
		in = &a
	}
	return n.messageList(n.messages.Search(ctx, q.Text, in, pageLimit(q.Limit)))
}

// draft translates what is to be written.
func (n *Node) draft(req view.MessageRequest) (d messages.Draft, err error) {
	if err := n.needWallet(); err != nil {
		return d, err
	}
	if d.To, err = n.parseAddress(req.To); err != nil {
		return d, err
	}
	if d.Way, err = parseWay(req.Way); err != nil {
		return d, err
	}
	if err := checkMessageText(req.Text, d.Way); err != nil {
		return d, err
	}
	d.MaxPrice, d.Extra, d.Rate = req.MaxPrice, req.Extra, types.Amount(req.FeeRate)
	cards := 0
	for _, given := range []bool{req.Payment != nil, req.Job != "", req.Listing != "", req.File != ""} {
		if given {
			cards++
		}
	}
	if cards > 1 {
		return d, view.Errorf(view.CodeInvalid, "a message carries one thing: a payment request, a job, an advertisement or a file")
	}
	switch {
	case req.Payment != nil:
		d.Body, err = n.paymentBody(req.Payment, req.Text)
	case req.Job != "":
		d.Body, err = n.jobBody(req.Job, req.Text)
	case req.Listing != "":
		d.Body, err = n.listingBody(req.Listing, req.Text)
	case req.File != "":
		d.File, d.Text = req.File, req.Text
		err = n.checkSent(req.File)
	default:
		d.Body = &envelope.Text{Text: req.Text}
	}
	return d, err
}

// checkSent refuses to send away what belongs to the node.
func (n *Node) checkSent(path string) error {
	if !filepath.IsAbs(path) {
		return view.Errorf(view.CodeInvalid, "the path %q is not absolute", path)
	}
	return n.checkPublic(path)
}

// longestValid bounds how long a payment request is valid; beyond it stands
// "for ever".
const longestValid = 10 * 365 * 24 * 3600

func (n *Node) paymentBody(p *view.PaymentCard, text string) (envelope.Body, error) {
	b := &envelope.Payment{Amount: p.Amount, Address: n.wallet.Identity(), Title: strings.Join(strings.Fields(p.Title), " "), Text: text}
	if p.Address != "" {
		a, err := n.parseAddress(p.Address)
		if err != nil {
			return nil, err
		}
		b.Address = a
	}
	if err := checkText("the title of the payment request", p.Title, envelope.MaxTitle); err != nil {
		return nil, err
	}
	switch {
	case p.Amount <= 0 || p.Amount > types.MaxAmount:
		return nil, view.Errorf(view.CodeInvalid, "%v is not an amount to ask for", p.Amount)
	case p.Seconds < 0 || p.Seconds > longestValid:
		return nil, view.Errorf(view.CodeInvalid, "a request cannot be valid for %d seconds; 0 stands for ever", p.Seconds)
	case p.Seconds > 0:
		b.Expires = time.Now().Unix() + p.Seconds
	}
	return b, nil
}

func (n *Node) jobBody(id, text string) (envelope.Body, error) {
	h, err := jobID(id)
	if err != nil {
		return nil, err
	}
	s, err := n.market.ledger.Job(h)
	if err != nil {
		return nil, explain(err)
	}
	return &envelope.Job{ID: h, Title: fitTitle(n.market.jobName(s.Post)), Text: text}, nil
}

// fitTitle shortens what others called a thing to a card's title.
func fitTitle(s string) string {
	s = safetext.CleanLine(s)
	for len(s) > envelope.MaxTitle {
		r := []rune(s)
		s = string(r[:len(r)-1])
	}
	return s
}

// QuoteMessage implements view.Messenger.
func (n *Node) QuoteMessage(ctx context.Context, req view.MessageRequest) (view.MessageQuote, error) {
	d, err := n.draft(req)
	if err != nil {
		return view.MessageQuote{}, err
	}
	q, err := n.messages.Quote(ctx, d)
	if err != nil {
		return view.MessageQuote{}, explain(err)
	}
	return view.MessageQuote{Online: q.Online, Way: ways[q.Way], Bytes: q.Bytes, Records: q.Records, Price: q.Price,
		LeastExtra: q.LeastExtra, Affordable: q.Affordable, Notes: texts(q.Notes)}, nil
}

// SendMessage implements view.Messenger.
func (n *Node) SendMessage(ctx context.Context, req view.MessageRequest) (view.Message, error) {
	d, err := n.draft(req)
	if err != nil {
		return view.Message{}, err
	}
	m, err := n.messages.Send(ctx, d)
	if err != nil {
		return view.Message{}, explain(err)
	}
	return n.message(m), nil
}

// RetryMessage implements view.Messenger.
func (n *Node) RetryMessage(_ context.Context, req view.RetryRequest) (view.Message, error) {
	if err := n.needWallet(); err != nil {
		return view.Message{}, err
	}
	ref, err := messageRef(req.ID)
	if err != nil {
		return view.Message{}, err
	}
	way, err := parseWay(req.Way)
	if err != nil {
		return view.Message{}, err
	}
	m, err := n.messages.Retry(messages.Retry{Ref: ref, Way: way, MaxPrice: req.MaxPrice, Extra: req.Extra, Rate: types.Amount(req.FeeRate)})
	if err != nil {
		return view.Message{}, explain(err)
	}
	return n.message(m), nil
}

// DeleteMessage implements view.Messenger. A file that was offered with the
// message is not offered any more, unless another message or a job offers it.
func (n *Node) DeleteMessage(_ context.Context, id string) error {
	if err := n.needWallet(); err != nil {
		return err
	}
	ref, err := messageRef(id)
	if err != nil {
		return err
	}
	m, err := n.messages.Message(ref)
	if err != nil {
		return explain(err)
	}
	if err := n.messages.Delete(ref); err != nil {
		return explain(err)
	}
	if b, ok := m.Body.(*envelope.Magnet); ok && m.Mine {
		n.withdrawFile(b.Link)
	}
	return nil
}

// MarkRead implements view.Messenger.
func (n *Node) MarkRead(_ context.Context, req view.ReadRequest) error {
	if err := n.needWallet(); err != nil {
		return err
	}
	a, err := n.parseAddress(req.Address)
	if err != nil {
		return err
	}
	var upTo *history.Ref
	if req.UpTo != "" {
		ref, err := messageRef(req.UpTo)
		if err != nil {
			return err
		}
		upTo = &ref
	}
	return explain(n.messages.MarkRead(a, upTo))
}

// SaveFile implements view.Messenger.
func (n *Node) SaveFile(_ context.Context, req view.SaveFileRequest) (view.Message, error) {
	if err := n.needWallet(); err != nil {
		return view.Message{}, err
	}
	ref, err := messageRef(req.ID)
	if err != nil {
		return view.Message{}, err
	}
	if err := n.checkTarget(req.Path); err != nil {
		return view.Message{}, err
	}
	m, err := n.messages.SaveFile(ref, req.Path)
	if err != nil {
		return view.Message{}, explain(err)
	}
	return n.message(m), nil
}

// Contacts implements view.Messenger.
func (n *Node) Contacts(context.Context) ([]view.Contact, error) {
	if err := n.needWallet(); err != nil {
		return nil, err
	}
	list, err := n.messages.Contacts()
	if err != nil {
		return nil, explain(err)
	}
	out := []view.Contact{}
	for _, c := range list {
		out = append(out, n.contactView(c))
	}
	return out, nil
}

func (n *Node) contactView(c messages.Contact) view.Contact {
	return view.Contact{Address: n.addressText(c.Address), Name: c.Name, Note: c.Note, Reach: c.Reach, Blocked: c.Blocked, Online: c.Online,
		Added: c.Added.UTC(), LastSeen: utc(c.LastSeen), Warnings: texts(c.Warnings)}
}

// utc leaves the zero time as it is.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}

// PutContact implements view.Messenger.
func (n *Node) PutContact(_ context.Context, req view.ContactRequest) (view.Contact, error) {
	if err := n.needWallet(); err != nil {
		return view.Contact{}, err
	}
	a, err := n.parseAddress(req.Address)
	if err != nil {
		return view.Contact{}, err
	}
	if n.wallet.Owns(a) {
		return view.Contact{}, view.Errorf(view.CodeInvalid, "that is your own address")
	}
	c, err := n.messages.PutContact(messages.ContactChange{Address: a, Name: req.Name, Note: req.Note, Reach: req.Reach, Blocked: req.Blocked})
	if err != nil {
		return view.Contact{}, explain(err)
	}
	return n.contactView(c), nil
}

// DeleteContact implements view.Messenger.
func (n *Node) DeleteContact(_ context.Context, address string) error {
	if err := n.needWallet(); err != nil {
		return err
	}
	a, err := n.parseAddress(address)
	if err != nil {
		return err
	}
	return explain(n.messages.DeleteContact(a))
}

// MessageSettings implements view.Messenger.
func (n *Node) MessageSettings(context.Context) (view.MessageSettings, error) {
	if err := n.needWallet(); err != nil {
		return view.MessageSettings{}, err
	}
	s, err := n.messages.Settings()
	return view.MessageSettings{MinFee: s.MinFee, Strangers: s.Strangers, ReadMarks: s.ReadMarks, ShareReach: s.ShareReach, AccountPrice: s.AccountPrice}, explain(err)
}

// SetMessageSettings implements view.Messenger.
func (n *Node) SetMessageSettings(ctx context.Context, s view.MessageSettings) (view.MessageSettings, error) {
	if err := n.needWallet(); err != nil {
		return view.MessageSettings{}, err
	}
	err := n.messages.SetSettings(history.Settings{MinFee: s.MinFee, Strangers: s.Strangers, ReadMarks: s.ReadMarks, ShareReach: s.ShareReach,
		AccountPrice: s.AccountPrice})
	if err != nil {
		return view.MessageSettings{}, explain(err)
	}
	return n.MessageSettings(ctx)
}
