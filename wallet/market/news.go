package market

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/safetext"
)

// OfficialName is what the foundation's channel is called until it is renamed.
const OfficialName = "Foundation"

// maxPostTitle is how many bytes of a post's first line are its title.
const maxPostTitle = 160

// NewsQuery selects posts. A zero Channel stands for all that are subscribed to
// and not muted, and our own.
type NewsQuery struct {
	Channel     types.Address
	Search      string // words that all must occur
	Skip, Limit int    // Limit 0: DefaultLimit
}

// Post is a public message as it may be shown. Its first line is its title.
type Post struct {
	ID          types.Hash
	Author      types.Address
	Name        string // of the channel
	Official    bool   // the foundation's
	Mine        bool
	Title, Text string
	Height      uint32
	Time        time.Time // of its block
	Unread      bool
	Links       []safetext.Link
	Warnings    []string
}

// Channel is an author that we follow.
type Channel struct {
	Author        types.Address
	Name          string
	Official      bool // the foundation's: it is always first and can be muted but not removed
	Muted         bool // its posts are not among the news
	Reading       bool // older posts are still being read
	Unread, Posts int
}

// News lists posts, newest first.
func (m *Market) News(q NewsQuery) ([]Post, error) {
	words := strings.Fields(fold(q.Search))
	m.mu.Lock()
	if q.Channel != (types.Address{}) && q.Channel != m.opt.Self && m.state.channels[q.Channel] == nil {
		m.mu.Unlock()
		return nil, ErrNoChannel
	}
	var found []*post
	for _, p := range slices.Backward(m.state.posts) {
		c := m.state.channels[p.author]
		switch {
		case q.Channel != (types.Address{}) && p.author != q.Channel:
		case q.Channel == (types.Address{}) && c != nil && c.muted:
		case contains(words, p.body):
			found = append(found, p)
		}
	}
	out := []Post{}
	for _, p := range page(found, q.Skip, q.Limit) {
		out = append(out, m.post(p))
	}
	m.mu.Unlock()
	for i := range out {
		out[i].Time = m.opt.Chain.BlockTime(out[i].Height)
	}
	return out, nil
}

// post shows a post, without its time. The caller holds mu.
func (m *Market) post(p *post) Post {
	title, rest, _ := strings.Cut(strings.TrimSpace(p.body), "\n")
	if len(title) > maxPostTitle {
		n := maxPostTitle
		for !utf8.RuneStart(title[n]) {
			n--
		}
		title, rest = title[:n]+"…", p.body
	}
	out := Post{ID: p.tx, Author: p.author, Official: p.author == m.opt.Params.Foundation, Mine: p.author == m.opt.Self,
		Title: safetext.CleanLine(title), Text: safetext.Clean(strings.TrimSpace(rest)), Height: p.height,
		Unread: m.unread(p), Links: safetext.Links(p.body), Warnings: safetext.Warnings(p.body)}
	if c := m.state.channels[p.author]; c != nil {
		out.Name = m.nameOf(c)
	}
	return out
}

// unread reports whether a post is news. The caller holds mu.
func (m *Market) unread(p *post) bool {
	c := m.state.channels[p.author]
	return c != nil && !c.muted && p.author != m.opt.Self && !m.state.wasRead(p)
}

func (m *Market) nameOf(c *channel) string {
	if c.name == "" && c.author == m.opt.Params.Foundation {
		return OfficialName
	}
	return c.name
}

// Channels lists subscriptions, the foundation's first.
func (m *Market) Channels() []Channel {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := []Channel{}
	for _, c := range m.state.sortedChannels(m.opt.Params.Foundation) {
		out = append(out, m.channel(c))
	}
	return out
}

// channel shows a subscription. The caller holds mu.
func (m *Market) channel(c *channel) Channel {
	out := Channel{Author: c.author, Name: m.nameOf(c), Official: c.author == m.opt.Params.Foundation, Muted: c.muted, Reading: !c.scanned}
	for _, p := range m.state.posts {
		if p.author == c.author {
			out.Posts++
			if m.unread(p) {
				out.Unread++
			}
		}
	}
	return out
}

// Subscribe follows an author, or renames the channel; one that was muted is
// heard again. A name is checked (safetext.CheckName), and must not look like
// another channel's; "" leaves it without one. Run then reads the author's posts
// of the last NewsDays.
func (m *Market) Subscribe(author types.Address, name string) (Channel, error) {
	return m.follow(author, name, false)
}

// Mute keeps an author's posts out of the news, or no longer. An author that is
// not followed yet is from then on; name "" leaves a channel's name.
func (m *Market) Mute(author types.Address, name string, muted bool) (Channel, error) {
	m.mu.Lock()
	if c := m.state.channels[author]; c != nil && name == "" {
		name = c.name
	}
	m.mu.Unlock()
	return m.follow(author, name, muted)
}

func (m *Market) follow(author types.Address, name string, muted bool) (Channel, error) {
	c, fresh, err := m.subscribe(author, name, muted)
	if err == nil && fresh {
		select {
		case m.poke <- struct{}{}:
		default:
		}
	}
	return c, err
}

func (m *Market) subscribe(author types.Address, name string, muted bool) (c Channel, fresh bool, err error) {
	if name != "" {
		if err := safetext.CheckName(name); err != nil {
			return c, false, err
		}
	}
	switch {
	case author == m.opt.Self:
		return c, false, ErrOwnChannel
	case !author.OnCurve():
		return c, false, fmt.Errorf("%w: %v", ErrAuthor, author)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.checkChannelName(author, name); err != nil {
		return c, false, err
	}
	next := channel{author: author, name: name, muted: muted}
	old := m.state.channels[author]
	if old != nil {
		next.scanned = old.scanned
	} else if len(m.state.channels) >= MaxChannels {
		return c, false, ErrChannels
	}
	e := m.state.edit()
	e.row(channelKey(author), next.encode())
	e.then(func() { m.state.channels[author] = &next })
	if err := e.commit(); err != nil {
		return c, false, err
	}
	m.signal()
	return m.channel(&next), old == nil, nil
}

// checkChannelName refuses names that look like another channel's. The caller
// holds mu.
func (m *Market) checkChannelName(author types.Address, name string) error {
	if name == "" {
		return nil
	}
	shape := safetext.Skeleton(name)
	for _, c := range m.state.channels {
		if c.author != author && safetext.Skeleton(m.nameOf(c)) == shape {
			return fmt.Errorf("%w: %q", ErrChannelName, m.nameOf(c))
		}
	}
	return nil
}

// Unsubscribe follows an author no longer and forgets its posts. The
// foundation's channel is only muted: it stays in the list, so that nobody can
// take its place.
func (m *Market) Unsubscribe(author types.Address) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.state.channels[author]
	if c == nil {
		return ErrNoChannel
	}
	e := m.state.edit()
	if author == m.opt.Params.Foundation {
		muted := *c
		muted.muted = true
		e.row(channelKey(author), muted.encode())
		e.then(func() { m.state.channels[author] = &muted })
	} else {
		e.row(channelKey(author), nil)
		e.dropPosts(func(p *post) bool { return p.author == author })
		e.then(func() { delete(m.state.channels, author) })
	}
	defer m.signal()
	return e.commit()
}

// MarkRead marks all posts read.
func (m *Market) MarkRead() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.state.posts) == 0 {
		return nil
	}
	last := m.state.posts[len(m.state.posts)-1].place
	if last.compare(m.state.read) <= 0 {
		return nil
	}
	e := m.state.edit()
	e.forgetReadOnce(func(tx types.Hash) bool { // the place says it again
		return slices.ContainsFunc(m.state.posts, func(p *post) bool { return p.tx == tx })
	})
	e.row(readKey, last.encode())
	e.then(func() { m.state.read = last })
	defer m.signal()
	return e.commit()
}

// MaxPost is how many bytes a post may have.
const MaxPost = types.MaxMessageBody

// PublishQuote is what a post would cost.
type PublishQuote struct {
	Bytes      int
	Fee        types.Amount // in all
	Affordable bool
	Warnings   []string // that readers will see
}

// newPost makes the record of a post.
func newPost(text string) (*types.Message, error) {
	text, err := ownText(text, MaxPost, true)
	if err == nil && !readable([]byte(text)) {
		err = errors.New("it is empty")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPost, err)
	}
	return &types.Message{Public: true, Body: []byte(text)}, nil
}

// QuotePublish tells what a post of our own would cost at a rate in units per
// virtual byte, 0 for the wallet's own.
func (m *Market) QuotePublish(text string, rate types.Amount) (PublishQuote, error) {
	rec, err := newPost(text)
	if err != nil {
		return PublishQuote{}, err
	}
	out := PublishQuote{Bytes: len(rec.Body), Affordable: true, Warnings: safetext.Warnings(string(rec.Body))}
	q, err := m.opt.Payer.BuildRecord(rec, wallet.RecordOptions{Rate: rate})
	switch {
	case errors.Is(err, wallet.ErrFunds):
		out.Affordable, out.Fee = false, m.least(rec)
	case err != nil:
		return out, err
	default:
		out.Fee = q.Fee
	}
	return out, nil
}

// Publish posts openly, signed by our identity, and gives the transaction.
func (m *Market) Publish(ctx context.Context, text string, rate types.Amount) (types.Hash, error) {
	rec, err := newPost(text)
	if err != nil {
		return types.Hash{}, err
	}
	return m.opt.Payer.SendRecord(ctx, rec, wallet.RecordOptions{Rate: rate, Label: "post"})
}
