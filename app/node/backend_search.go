package node

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"supercomputing/app/view"
	"supercomputing/chain"
	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/safetext"
)

const (
	maxSearch = 200 // bytes of a text
	maxHits   = 20
	// leastName is from how many characters on names are looked through.
	leastName = 2
	// leastPrefix is from how many digits on the start of a hash is looked for,
	// and prefixBlocks among how many of the newest blocks.
	leastPrefix  = 8
	prefixBlocks = 2000
)

// search gathers what a text could mean.
type search struct {
	n    *Node
	text string
	hits []view.SearchHit
	seen map[string]bool
}

// Search implements view.Explorer.
func (n *Node) Search(ctx context.Context, text string) ([]view.SearchHit, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return []view.SearchHit{}, nil
	}
	if len(text) > maxSearch {
		return nil, view.Errorf(view.CodeTooLarge, "a search has at most %d bytes", maxSearch)
	}
	s := search{n: n, text: text, hits: []view.SearchHit{}, seen: make(map[string]bool)}
	for _, look := range []func(context.Context) error{s.block, s.hash, s.prefix, s.address, s.dapps, s.names} {
		if len(s.hits) >= maxHits {
			break
		}
		if err := errors.Join(ctx.Err(), look(ctx)); err != nil {
			return nil, explain(err)
		}
	}
	return s.hits[:min(len(s.hits), maxHits)], nil
}

func (s *search) hit(h view.SearchHit) {
	if key := h.Kind + " " + h.Ref; !s.seen[key] {
		s.seen[key] = true
		s.hits = append(s.hits, h)
	}
}

// block reads "tip", a height or a side block's name.
func (s *search) block(context.Context) error {
	ref := strings.ToLower(s.text)
	tip := s.n.chain.Tip().Height
	if ref == "tip" {
		s.hit(view.SearchHit{Kind: view.HitBlock, Ref: strconv.Itoa(int(tip)), Height: tip, Title: "block " + strconv.Itoa(int(tip))})
		return nil
	}
	digits, title, letter := ref, "block ", ""
	if len(ref) > 1 {
		if c, ok := types.ParseVirtualChain(ref[len(ref)-1:]); ok {
			digits, title, letter = ref[:len(ref)-1], "side block ", c.String()
		}
	}
	if len(digits) > 10 || strings.Trim(digits, "0123456789") != "" {
		return nil
	}
	if h, err := strconv.ParseUint(digits, 10, 32); err == nil && uint32(h) <= tip {
		name := strconv.FormatUint(h, 10) + letter
		s.hit(view.SearchHit{Kind: view.HitBlock, Ref: name, Chain: letter, Height: uint32(h), Title: title + name})
	}
	return nil
}

// hash looks a whole hash up: of a block, a transaction, a job, a dapp.
func (s *search) hash(context.Context) error {
	h, err := parseHash(strings.ToLower(s.text), "hash")
	if err != nil {
		return nil
	}
	if hd, err := s.n.chain.Header(h); err == nil {
		s.hitBlock(h, hd.Height)
	} else if !errors.Is(err, chain.ErrUnknownBlock) {
		return err
	}
	tx, pos, err := s.n.chain.Transaction(h)
	if errors.Is(err, chain.ErrUnknownTx) {
		if tx = s.n.chain.PoolTx(h); tx == nil {
			return nil
		}
		err = nil
	}
	if err != nil {
		return err
	}
	s.hitTx(tx, h, pos.Height)
	return nil
}

func (s *search) hitBlock(h types.Hash, height uint32) {
	s.hit(view.SearchHit{Kind: view.HitBlock, Ref: h.String(), Height: height, Title: "block " + strconv.Itoa(int(height))})
}

// hitTx adds a transaction with what it carries. A job's post is most likely
// meant as the job.
func (s *search) hitTx(tx *types.Tx, id types.Hash, height uint32) {
	if post := postOf(tx); post != nil {
		s.hitJob(id, *post, height)
	}
	if len(tx.Payload) > 0 && types.Kind(tx.Payload[0]) == types.KindDappRegistration {
		if rec, err := types.DecodeRecord(tx.Payload); err == nil && height > 0 {
			s.hit(view.SearchHit{Kind: view.HitDapp, Ref: id.String(), Height: height, Title: safetext.CleanLine(rec.(*types.DappRegistration).Name)})
		}
	}
	s.hit(view.SearchHit{Kind: view.HitTx, Ref: id.String(), Height: height, Title: s.txTitle(id, tx)})
	if len(tx.Payload) > 0 && height > 0 {
		if c, ok := types.Kind(tx.Payload[0]).Chain(); ok {
			s.hit(view.SearchHit{Kind: view.HitRecord, Ref: id.String(), Chain: c.String(), Height: height, Title: txKind(tx)})
		}
	}
}

// txTitle is the owner's label of a transaction, else its kind.
func (s *search) txTitle(id types.Hash, tx *types.Tx) string {
	if s.n.wallet != nil {
		if e, err := s.n.wallet.Transaction(id); err == nil && e.Label != "" {
			return e.Label
		}
	}
	return txKind(tx)
}

func (s *search) hitJob(id types.Hash, post types.JobPost, height uint32) {
	title := safetext.CleanLine(postName(post))
	if title == "" {
		title = s.n.dappName(post.Dapp)
	}
	s.hit(view.SearchHit{Kind: view.HitJob, Ref: id.String(), Height: height, Title: title})
}

// prefix looks for the start of a hash among what is likely to be meant: what
// waits, the wallet's own transactions, open jobs, the newest blocks. Hashes are
// stored the other way round, so that no index finds the rest.
func (s *search) prefix(ctx context.Context) error {
	start := strings.ToLower(s.text)
	if len(start) < leastPrefix || len(start) >= 64 || strings.Trim(start, "0123456789abcdef") != "" {
		return nil
	}
	is := func(h types.Hash) bool { return strings.HasPrefix(h.String(), start) }
	for _, e := range s.n.chain.PoolTxs() {
		if is(e.ID) {
			s.hitTx(e.Tx, e.ID, 0)
		}
	}
	if s.n.wallet != nil {
		for _, e := range s.n.wallet.History(wallet.Query{Text: start, Limit: maxHits}) {
			if is(e.TxID) {
				s.hitOwn(e)
			}
		}
	}
	jobs, err := s.n.ledger.OpenJobs()
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if is(j.ID) {
			s.hitJob(j.ID, j.Post, j.Height)
		}
	}
	tip := s.n.chain.Tip().Height
	for back := range min(tip+1, prefixBlocks) {
		h, err := s.n.chain.BlockHash(tip - back)
		if errors.Is(err, chain.ErrUnknownBlock) {
			continue // a reorganisation
		}
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if is(h) {
			s.hitBlock(h, tip-back)
		}
	}
	return nil
}

// hitOwn adds a transaction of the wallet's history.
func (s *search) hitOwn(e wallet.Entry) {
	title := e.Label
	if title == "" {
		title = string(e.Kind)
	}
	s.hit(view.SearchHit{Kind: view.HitTx, Ref: e.TxID.String(), Height: e.Height, Title: title})
}

// address reads an address.
func (s *search) address(context.Context) error {
	a, err := s.n.parseAddress(strings.ToLower(s.text))
	if err != nil {
		return nil
	}
	s.hitAddress(a, s.n.labels()[a])
	return nil
}

func (s *search) hitAddress(a types.Address, label string) {
	if label == "" {
		label = "address"
		if s.n.wallet != nil && s.n.wallet.Owns(a) {
			label = "own address"
		}
	}
	s.hit(view.SearchHit{Kind: view.HitAddress, Ref: s.n.addressText(a), Title: label})
}

// dapps looks through the dapps: a name, a part of one, an id or its start.
func (s *search) dapps(context.Context) error {
	rows, err := s.n.dappRows()
	if err != nil {
		return err
	}
	text := strings.ToLower(s.text)
	for _, exact := range []bool{true, false} {
		for _, r := range rows {
			name, id := strings.ToLower(r.dapp.Name), r.id.String()
			fits := name == text || id == text
			if !exact {
				fits = s.long() && strings.Contains(name, text) || len(text) >= leastPrefix && strings.HasPrefix(id, text)
			}
			if fits {
				s.hit(view.SearchHit{Kind: view.HitDapp, Ref: id, Title: safetext.CleanLine(r.dapp.Name)})
			}
		}
	}
	return nil
}

// long reports whether the text is long enough to look through names.
func (s *search) long() bool { return utf8.RuneCountInString(s.text) >= leastName }

// names looks through what has a name: contacts and labelled addresses, jobs,
// labelled transactions.
func (s *search) names(context.Context) error {
	if !s.long() {
		return nil
	}
	text := strings.ToLower(s.text)
	for _, a := range sortedAddresses(s.n.labels(), func(label string) bool { return strings.Contains(strings.ToLower(label), text) }) {
		s.hitAddress(a.address, a.label)
	}
	jobs, err := s.n.ledger.OpenJobs()
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if name := postName(j.Post); strings.Contains(strings.ToLower(name), text) {
			s.hitJob(j.ID, j.Post, j.Height)
		}
	}
	if s.n.wallet == nil {
		return nil
	}
	for _, j := range s.n.market.coordinator.Jobs() {
		if name := postName(j.Job.Post); strings.Contains(strings.ToLower(name), text) {
			s.hitJob(j.Job.ID, j.Job.Post, j.Job.Height)
		}
	}
	for _, e := range s.n.wallet.History(wallet.Query{Text: text, Limit: maxHits}) {
		if strings.Contains(strings.ToLower(e.Label), text) {
			s.hitOwn(e)
		}
	}
	return nil
}
