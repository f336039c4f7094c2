package node

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"supercomputing/chain/types"
	"supercomputing/wallet"
	ads "supercomputing/wallet/market"

	"supercomputing/app/view"
)

// adChain is the chain as advertisements and channels see it.
type adChain struct{ blocks }

var _ ads.Chain = adChain{}

// Records implements ads.Chain.
func (c adChain) Records(v types.VirtualChain, from uint32, max int) ([]ads.Record, error) {
	in, err := c.Manager.Records(v, from, max)
	out := make([]ads.Record, 0, len(in))
	for _, r := range in {
		out = append(out, ads.Record{Height: r.Height, Seq: r.Seq, Tx: r.Tx, Author: r.Author, Fee: r.Fee, Payload: r.Payload})
	}
	return out, err
}

// Confirmed implements ads.Chain.
func (c adChain) Confirmed(tx types.Hash) (height uint32, ok bool) {
	_, pos, err := c.Transaction(tx)
	return pos.Height, err == nil
}

// WaitingAds implements ads.Chain.
func (c adChain) WaitingAds() []ads.Waiting {
	out := []ads.Waiting{}
	for _, e := range c.Manager.WaitingAds() {
		rec, err := types.DecodeRecord(e.Tx.Payload)
		if ad, ok := rec.(*types.Advertisement); err == nil && ok {
			out = append(out, ads.Waiting{Tx: e.ID, Author: e.Author, Fee: e.Fee, VSize: e.VSize, Time: e.Time, Record: ad})
		}
	}
	return out
}

// openAds opens the advertisements and channels.
func (n *Node) openAds(context.Context) error {
	if n.wallet == nil {
		return nil
	}
	dir := filepath.Join(n.dir, newsDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	journal, err := wallet.OpenJournal(dir)
	if err != nil {
		return err
	}
	n.closers = append(n.closers, journal)
	n.ads, err = ads.Open(ads.Options{Params: n.params, Self: n.wallet.Identity(), Chain: adChain{blocks{n.chain}}, Payer: n.wallet,
		Store: journal, Reach: n.toldReach, Log: n.log.With("part", "advertisements")})
	if err != nil {
		return fmt.Errorf("advertisements and news: %w", err)
	}
	return nil
}

// observeAds tells when advertisements or channels changed, until ctx is done.
func (n *Node) observeAds(ctx context.Context) error {
	changed, cancel := n.ads.Watch()
	defer cancel()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
			n.events.emit(view.Event{Kind: view.EventMarket})
			n.events.emit(view.Event{Kind: view.EventNews})
		}
	}
}
