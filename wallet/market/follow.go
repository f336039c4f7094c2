package market

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

const (
	step       = 500 // blocks read between two changes of the state
	readAtOnce = 512 // records asked for at once
	closeMarks = 100 // blocks below the tip of which each is marked
	saveEvery  = 200 // blocks after which a position without news is stored
)

// Sync reads the chain up to its tip.
func (m *Market) Sync(ctx context.Context) error {
	m.syncing.Lock()
	defer m.syncing.Unlock()
	for {
		more, err := m.advance(ctx)
		if err != nil {
			return err
		}
		if !more {
			if tip, _ := m.opt.Chain.Tip(); tip != m.looked {
				m.lookForWithdrawals()
				m.looked = tip
			}
			return m.scanBack(ctx)
		}
	}
}

// advance reads the next blocks. more says that there may be others.
func (m *Market) advance(ctx context.Context) (more bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	tipHash, tip := m.opt.Chain.Tip()
	if err := m.unwind(tip); err != nil {
		return false, err
	}
	m.mu.Lock()
	at, begun := m.state.at()
	ready := m.state.ready
	m.mu.Unlock()
	first := int64(at.height) + 1
	if !begun {
		first = 1 // genesis has no records
	}
	first = max(first, int64(tip)-int64(max(m.newsDepth, consensus.AdBlocks))+1)
	last := min(first+step-1, int64(tip))

	var b batch
	if !ready {
		// At a start the position is stored and advertisements are not.
		oldest := max(1, int64(tip)-consensus.AdBlocks+1)
		if err := m.readAds(ctx, &b, oldest, first-1); err != nil {
			return false, err
		}
	}
	if err := m.readAds(ctx, &b, first, last); err != nil {
		return false, err
	}
	if err := m.readMessages(ctx, first, last, m.authors(), &b); err != nil {
		return false, err
	}
	for h := max(first, min(last, int64(tip)-closeMarks)); h <= last; h++ {
		hash, err := m.opt.Chain.BlockHash(uint32(h))
		if err != nil {
			return false, err
		}
		b.marks = append(b.marks, mark{uint32(h), hash})
	}
	// Only while the tip stands was all of it read from one branch; another that
	// came in between may share the position and nothing above it.
	if ok, err := m.stillThere(mark{tip, tipHash}, true); err != nil || !ok {
		return !ok, err
	}
	if ok, err := m.stillThere(at, begun); err != nil || !ok {
		return !ok, err
	}
	if last < first && ready {
		return false, nil
	}
	return last < int64(tip), m.apply(&b, tip)
}

// stillThere reports whether a block is on the best chain.
func (m *Market) stillThere(at mark, begun bool) (bool, error) {
	if !begun {
		return true, nil
	}
	if _, tip := m.opt.Chain.Tip(); at.height > tip {
		return false, nil
	}
	hash, err := m.opt.Chain.BlockHash(at.height)
	return hash == at.hash, err
}

// unwind takes back what was read of blocks that left the best chain.
func (m *Market) unwind(tip uint32) error {
	m.mu.Lock()
	trail := m.state.trail
	m.mu.Unlock()
	keep := len(trail)
	for ; keep > 0; keep-- {
		at := trail[keep-1]
		if at.height > tip {
			continue
		}
		hash, err := m.opt.Chain.BlockHash(at.height)
		if err != nil {
			return fmt.Errorf("block at height %d: %w", at.height, err)
		}
		if hash == at.hash {
			break
		}
	}
	if keep == len(trail) {
		return nil
	}
	// Without a common mark all is read anew.
	fork := int64(-1)
	if keep > 0 {
		fork = int64(trail[keep-1].height)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.state.edit()
	e.unread(fork)
	e.dropPosts(func(p *post) bool { return int64(p.height) > fork })
	e.dropGone(func(p place) bool { return int64(p.height) > fork })
	e.then(func() { m.state.dropAds(uint32(max(fork, 0)), -1) })
	e.putTrail(slices.Clone(trail[:keep]), true)
	defer m.signal()
	return e.commit()
}

// goneAt is a withdrawal and its place.
type goneAt struct {
	withdrawal
	place
}

// batch is what a range of blocks holds for us.
type batch struct {
	ads   []*ad
	gone  []goneAt
	posts []*post
	marks []mark
}

// records calls fn for the records of a virtual chain in a range of heights.
func (m *Market) records(ctx context.Context, c types.VirtualChain, first, last int64, fn func(*Record)) error {
	for first <= last {
		if err := ctx.Err(); err != nil {
			return err
		}
		list, err := m.opt.Chain.Records(c, uint32(first), readAtOnce)
		if err != nil || len(list) == 0 {
			return err
		}
		for i := range list {
			if int64(list[i].Height) > last {
				return nil
			}
			fn(&list[i])
		}
		first = int64(list[len(list)-1].Height) + 1
	}
	return nil
}

func (m *Market) readAds(ctx context.Context, b *batch, first, last int64) error {
	return m.records(ctx, types.ChainMarket, first, last, func(r *Record) {
		rec, err := types.DecodeRecord(r.Payload)
		a, ok := rec.(*types.Advertisement)
		if err != nil || !ok {
			return
		}
		b.ads = append(b.ads, &ad{place: place{r.Height, r.Seq}, tx: r.Tx, author: r.Author, fee: r.Fee,
			posted: m.opt.Chain.BlockTime(r.Height).Unix(), rec: *a})
	})
}

// authors lists whose posts are kept.
func (m *Market) authors() map[types.Address]struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[types.Address]struct{}{m.opt.Self: {}}
	for a := range m.state.channels {
		out[a] = struct{}{}
	}
	return out
}

func (m *Market) readMessages(ctx context.Context, first, last int64, authors map[types.Address]struct{}, b *batch) error {
	return m.records(ctx, types.ChainMessages, first, last, func(r *Record) {
		body, ok := publicBody(r.Payload)
		if !ok {
			return
		}
		if ad, ok := withdrawn(body); ok {
			b.gone = append(b.gone, goneAt{withdrawal{ad, r.Author}, place{r.Height, r.Seq}})
		} else if _, ok := authors[r.Author]; ok && readable(body) {
			b.posts = append(b.posts, &post{place: place{r.Height, r.Seq}, tx: r.Tx, author: r.Author, body: string(body)})
		}
	})
}

// publicBody gives the body of a public message. Private ones, which are most,
// cost a look at two bytes.
func publicBody(payload []byte) ([]byte, bool) {
	if len(payload) < 2 || types.Kind(payload[0]) != types.KindMessage || payload[1] != 1 {
		return nil, false
	}
	rec, err := types.DecodeRecord(payload)
	msg, ok := rec.(*types.Message)
	if err != nil || !ok || !msg.Public {
		return nil, false
	}
	return msg.Body, true
}

// withdrawalPost begins a post for programs that withdraws an advertisement
// (PROTOCOL §7).
var withdrawalPost = [2]byte{0, 1}

// withdrawn reads a withdrawal: 00 01 ‖ txid.
func withdrawn(body []byte) (ad types.Hash, ok bool) {
	if len(body) != 2+len(ad) || [2]byte(body) != withdrawalPost {
		return ad, false
	}
	return types.Hash(body[2:]), true
}

// readable reports whether a body is text as PROTOCOL §7 wants it: UTF-8 with
// no control characters but line feeds.
func readable(body []byte) bool {
	return types.CheckText(string(body), types.MaxMessageBody) == nil && strings.TrimSpace(string(body)) != ""
}

// apply makes a batch part of the state.
func (m *Market) apply(b *batch, tip uint32) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &m.state
	e := s.edit()
	known := make(map[withdrawal]bool, len(b.ads))
	for _, a := range b.ads {
		known[withdrawal{a.tx, a.author}] = true
	}
	for _, g := range b.gone {
		a := s.byTx[g.ad]
		e.putGone(g.withdrawal, g.place, known[g.withdrawal] || a != nil && a.author == g.author)
	}
	e.putPosts(m.wanted(b.posts))
	old := int64(tip) - consensus.AdBlocks
	e.dropGone(func(p place) bool { return int64(p.height) <= old })
	m.thin(e, b.posts)
	news := len(e.changes) > 0
	trail := append(slices.Clone(s.trail), b.marks...)
	e.putTrail(trail, news || len(b.marks) > 0 && b.marks[len(b.marks)-1].height >= s.saved+saveEvery)
	e.then(func() {
		s.addAds(b.ads)
		s.dropAds(1<<32-1, old)
		s.ready = true
	})
	if err := e.commit(); err != nil {
		return err
	}
	if news || len(b.ads) > 0 {
		m.signal()
	}
	return nil
}

// wanted leaves out posts of authors who were dropped while the chain was read.
// The caller holds mu.
func (m *Market) wanted(list []*post) []*post {
	return slices.DeleteFunc(slices.Clone(list), func(p *post) bool {
		return m.state.channels[p.author] == nil && p.author != m.opt.Self
	})
}

// thin removes the oldest posts of authors who, with those that come, have too
// many. The caller holds mu.
func (m *Market) thin(e *edit, coming []*post) {
	count := make(map[types.Address]int)
	for _, p := range coming {
		count[p.author]++
	}
	for _, p := range m.state.posts {
		if count[p.author] > 0 {
			count[p.author]++
		}
	}
	e.dropPosts(func(p *post) bool { // ascending, so the oldest first
		if count[p.author] <= maxPosts {
			return false
		}
		count[p.author]--
		return true
	})
}

// scanBack reads older posts of new channels.
func (m *Market) scanBack(ctx context.Context) error {
	m.mu.Lock()
	at, begun := m.state.at()
	authors := make(map[types.Address]struct{})
	for _, c := range m.state.channels {
		if !c.scanned {
			authors[c.author] = struct{}{}
		}
	}
	m.mu.Unlock()
	if len(authors) == 0 {
		return nil
	}
	var b batch
	if begun {
		if err := m.readMessages(ctx, max(1, int64(at.height)-int64(m.newsDepth)+1), int64(at.height), authors, &b); err != nil {
			return err
		}
		if ok, err := m.stillThere(at, true); err != nil || !ok {
			return err // the next signal tries again
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.state.edit()
	byAuthor := make(map[types.Address][]*post)
	for _, p := range m.wanted(b.posts) {
		byAuthor[p.author] = append(byAuthor[p.author], p)
	}
	for a := range authors {
		c := m.state.channels[a]
		if c == nil {
			continue
		}
		list := byAuthor[a]
		e.putPosts(list[max(0, len(list)-maxPosts):])
		done := *c
		done.scanned = true
		e.row(channelKey(a), done.encode())
		e.then(func() { c.scanned = true })
	}
	defer m.signal()
	return e.commit()
}
