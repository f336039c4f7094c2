package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"supercomputing/chain"
	"supercomputing/chain/types"
	"supercomputing/nat"
	"supercomputing/tasks/download"
	"supercomputing/wallet"
	"supercomputing/wallet/keys"
	"supercomputing/wallet/messages"
	"supercomputing/wallet/talk"
)

// maxScanKeys bounds the keys that messages on the chain are tried with: the
// identity, and the newest addresses that were handed out. Each costs some
// 30 µs a message, and people write to an address that they got lately.
const maxScanKeys = 16

// messageKeys is the keystore as conversations see it.
type messageKeys struct {
	*keys.Keystore
	wallet *wallet.Wallet
}

var _ messages.Keys = messageKeys{}

// ScanKeys implements messages.Keys.
func (k messageKeys) ScanKeys() ([]*keys.Key, error) {
	indices := []uint32{} // of receive addresses, the identity's 0 left out
	for _, a := range k.wallet.Addresses() {
		if !a.Change && a.Index > 0 {
			indices = append(indices, a.Index)
		}
	}
	slices.Sort(indices)
	newest := indices[max(0, len(indices)-(maxScanKeys-1)):]
	var out []*keys.Key
	for _, i := range append([]uint32{0}, newest...) {
		key, err := k.Key(keys.Receive, i)
		if err != nil {
			for _, made := range out {
				made.Zero()
			}
			return nil, err
		}
		out = append(out, key)
	}
	return out, nil
}

// blocks is the chain as readers of its records see it.
type blocks struct{ *chain.Manager }

// Tip gives the newest block.
func (c blocks) Tip() (hash types.Hash, height uint32) {
	t := c.Manager.Tip()
	return t.Hash, t.Height
}

// messageChain is the chain as conversations see it.
type messageChain struct{ blocks }

var _ messages.Chain = messageChain{}

// Records implements messages.Chain.
func (c messageChain) Records(from uint32, max int) ([]messages.Record, error) {
	in, err := c.Manager.Records(types.ChainMessages, from, max)
	out := make([]messages.Record, 0, len(in))
	for _, r := range in {
		out = append(out, messages.Record{Height: r.Height, Tx: r.Tx, Author: r.Author, Fee: r.Fee, Payload: r.Payload})
	}
	return out, err
}

// Slot gives the slot of the best chain's block at a height.
func (c blocks) Slot(height uint32) (uint64, error) {
	hash, err := c.BlockHash(height)
	if err != nil {
		return 0, err
	}
	h, err := c.Header(hash)
	return h.Slot, err
}

// BlockTime gives the time of that slot, zero when there is no such block.
func (c blocks) BlockTime(height uint32) time.Time {
	slot, err := c.Slot(height)
	if err != nil {
		return time.Time{}
	}
	return c.Params().SlotTime(slot)
}

// payer is the wallet as what is paid for records.
type payer struct{ *wallet.Wallet }

var _ messages.Payer = payer{}

// Quote implements messages.Payer.
func (p payer) Quote(rec types.Record, rate, extra types.Amount) (fee types.Amount, affordable bool, err error) {
	q, err := p.BuildRecord(rec, wallet.RecordOptions{Rate: rate, Extra: extra})
	var short *wallet.FundsError
	if errors.As(err, &short) {
		return short.Needed, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	return q.Fee, true, nil
}

// Send implements messages.Payer.
func (p payer) Send(ctx context.Context, rec types.Record, rate, extra, most types.Amount, label string) (types.Hash, error) {
	return p.SendRecord(ctx, rec, wallet.RecordOptions{Rate: rate, Extra: extra, Most: most, Label: label})
}

// Find implements messages.Payer.
func (p payer) Find(payload []byte) (messages.Payment, error) {
	e, err := p.FindRecord(payload)
	if errors.Is(err, wallet.ErrUnknownTx) {
		return messages.Payment{}, nil
	}
	out := messages.Payment{State: messages.PaymentGone, Tx: e.TxID, Fee: e.Fee}
	switch e.Status {
	case wallet.StatusPending:
		out.State = messages.PaymentWaiting
	case wallet.StatusConfirmed:
		out.State, out.Height = messages.PaymentConfirmed, e.Height
	}
	return out, err
}

// files moves what is too large to come with a message, by BitTorrent.
type files struct{ m *market }

var _ messages.Files = files{}

// lookAtFetch is how often the progress of a fetched file is looked at.
const lookAtFetch = 500 * time.Millisecond

// Share implements messages.Files: the file is seeded from where it lies, now
// and after restarts.
func (f files) Share(ctx context.Context, path string) (magnet string, size int64, err error) {
	if err := f.m.ready(ctx); err != nil {
		return "", 0, err
	}
	p, err := f.m.engine.Publish(ctx, path, nil)
	return p.Magnet, p.Size, err
}

// Fetch implements messages.Files. What is fetched is the caller's to move, so
// it is not seeded afterwards. When ctx ends no more of it comes: what is too
// large is deleted, what stalled stays in its folder and is checked when asked
// for again, and anything else waits paused for the next call.
func (f files) Fetch(ctx context.Context, magnet, dir string, progress func(done, total int64)) (path string, err error) {
	link, err := download.ParseMagnet(magnet)
	if err != nil {
		return "", err
	}
	if err := f.m.ready(ctx); err != nil {
		return "", err
	}
	e := f.m.engine
	err = e.Add(ctx, download.Addition{InfoHash: link.InfoHash, Dir: dir, Name: link.Name, Owner: fetchOwner, Peers: link.Peers})
	if err != nil {
		return "", err
	}
	if err := e.Pause(link.InfoHash, false); err != nil {
		return "", err
	}
	st, err := f.follow(ctx, link.InfoHash, progress)
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, messages.ErrLarger):
		return "", errors.Join(ctx.Err(), e.Remove(link.InfoHash, true))
	case errors.Is(cause, messages.ErrStalled):
		return "", errors.Join(ctx.Err(), e.Remove(link.InfoHash, false))
	case cause != nil:
		return "", errors.Join(ctx.Err(), e.Pause(link.InfoHash, true))
	}
	if rerr := e.Remove(link.InfoHash, err != nil); err == nil {
		err = rerr
	}
	return st.Path, err
}

// fetchOwner tells the engine's owners apart: no job has this name. After a
// restart the engine leaves its contents alone until they are asked for.
const fetchOwner = "message"

// follow waits until a content is here. progress sees its size first: what is
// small is complete before anybody could end ctx.
func (f files) follow(ctx context.Context, ih download.InfoHash, progress func(done, total int64)) (download.Stats, error) {
	tick := time.NewTicker(lookAtFetch)
	defer tick.Stop()
	for {
		st, err := f.m.engine.Stats(ih)
		if err == nil {
			progress(st.Have, st.Size)
			err = errors.Join(st.Err(), ctx.Err())
		}
		if err != nil || st.Size > 0 && st.Complete() {
			return st, err
		}
		select {
		case <-ctx.Done():
			return st, ctx.Err()
		case <-tick.C:
		}
	}
}

// openMessages opens the conversations and the hub of the direct ones.
func (n *Node) openMessages(context.Context) error {
	if n.wallet == nil {
		return nil
	}
	dir := filepath.Join(n.dir, messageDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	journal, err := wallet.OpenJournal(dir)
	if err != nil {
		return err
	}
	log := n.log.With("part", "messages")
	n.messages, err = messages.Open(messages.Options{
		Network: n.params.ID, Self: n.wallet.Identity(), Prefix: n.params.AddressPrefix,
		Keys: messageKeys{n.keys, n.wallet}, Chain: messageChain{blocks{n.chain}}, Payer: payer{n.wallet},
		Store: journal, Dir: filepath.Join(dir, "files"), Files: files{n.market}, Reach: n.toldReach, Published: n.published, Member: n.isMember, Log: log,
	})
	if err != nil {
		return errors.Join(fmt.Errorf("messages: %w", err), journal.Close())
	}
	n.closers = append(n.closers, n.messages)
	n.contact.hub = talk.New(talk.Options{
		Self: n.wallet.Identity(), Dialer: n.contact.dialer(nat.ServiceTalk), Reach: n.messages.Reached, Handler: n.messages,
		Known: n.messages.Known, Log: log,
	})
	n.messages.SetDirect(n.contact.hub)
	if n.contact.talks {
		n.contact.want()
	}
	// Files that messages offer are there for their recipients after a restart.
	if links, err := n.messages.Magnets(); err != nil || len(links) > 0 {
		n.market.want()
		return err
	}
	return nil
}

// toldReach is where correspondents are told that this node takes messages: ""
// when it does not.
func (n *Node) toldReach() string {
	if !n.contact.talks {
		return ""
	}
	at, err := n.contact.reachedAt()
	if err != nil {
		return "" // nobody can reach us
	}
	return at
}

const (
	// maxGreeted bounds whom a node that starts connects to, and greetAtOnce
	// how many of them at a time.
	maxGreeted  = 256
	greetAtOnce = 8
)

// greet connects to correspondents when the node has started, so that what
// waits for either side comes at once: they would try again by and by only. Who
// does not tell correspondents where it is reached does not greet either.
func (n *Node) greet(ctx context.Context) error {
	select {
	case <-n.contact.opened:
	case <-ctx.Done():
		return nil
	}
	if n.messages.Reached() == "" {
		return nil
	}
	list, err := n.greeted()
	if err != nil {
		n.log.Warn("correspondents cannot be greeted", "err", err)
		return nil
	}
	var g errgroup.Group
	g.SetLimit(greetAtOnce)
	for _, c := range list[:min(len(list), maxGreeted)] {
		g.Go(func() error {
			if err := n.contact.hub.Ping(ctx, c.Address, c.Contact); err != nil {
				n.log.Debug("a correspondent is not online", "err", err)
			}
			return nil
		})
	}
	return g.Wait()
}

// greeted lists whom to greet: members of shared accounts first.
func (n *Node) greeted() (list []messages.Correspondent, err error) {
	seen := map[types.Address]bool{n.wallet.Identity(): true}
	add := func(c messages.Correspondent) {
		if c.Contact != "" && !seen[c.Address] {
			seen[c.Address] = true
			list = append(list, c)
		}
	}
	for _, a := range n.accounts.Accounts() {
		for _, m := range a.Members {
			if !m.Address.IsZero() {
				add(messages.Correspondent{Address: m.Address, Contact: n.messages.ContactOf(m.Address)})
			}
		}
	}
	known, err := n.messages.Correspondents()
	for _, c := range known {
		add(c)
	}
	return list, err
}
