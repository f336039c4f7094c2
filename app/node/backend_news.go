package node

import (
	"context"

	"supercomputing/app/view"
	"supercomputing/chain/types"
	ads "supercomputing/wallet/market"
)

// News implements view.News.
func (n *Node) News(_ context.Context, q view.NewsQuery) ([]view.NewsPost, error) {
	if err := n.needWallet(); err != nil {
		return nil, err
	}
	ask := ads.NewsQuery{Search: q.Search, Skip: max(q.Skip, 0), Limit: pageLimit(q.Limit)}
	if q.Channel != "" {
		a, err := n.parseAddress(q.Channel)
		if err != nil {
			return nil, err
		}
		ask.Channel = a
	}
	list, err := n.ads.News(ask)
	if err != nil {
		return nil, explain(err)
	}
	out := []view.NewsPost{}
	for _, p := range list {
		out = append(out, view.NewsPost{ID: p.ID.String(), Author: n.addressText(p.Author), Name: p.Name, Official: p.Official, Title: p.Title,
			Text: p.Text, Height: p.Height, Time: utc(p.Time), Unread: p.Unread, Links: links(p.Links), Warnings: texts(p.Warnings)})
	}
	return out, nil
}

func (n *Node) channel(c ads.Channel) view.Channel {
	return view.Channel{Author: n.addressText(c.Author), Name: c.Name, Official: c.Official, Muted: c.Muted, Reading: c.Reading, Unread: c.Unread, Posts: c.Posts}
}

// Channels implements view.News.
func (n *Node) Channels(context.Context) ([]view.Channel, error) {
	if err := n.needWallet(); err != nil {
		return nil, err
	}
	out := []view.Channel{}
	for _, c := range n.ads.Channels() {
		out = append(out, n.channel(c))
	}
	return out, nil
}

// Subscribe implements view.News.
func (n *Node) Subscribe(_ context.Context, req view.SubscribeRequest) (view.Channel, error) {
	if err := n.needWallet(); err != nil {
		return view.Channel{}, err
	}
	a, err := n.parseAddress(req.Author)
	if err != nil {
		return view.Channel{}, err
	}
	if req.Remove {
		return view.Channel{Author: req.Author}, explain(n.ads.Unsubscribe(a))
	}
	var c ads.Channel
	if req.Mute != nil && (req.Name == "" || *req.Mute) {
		c, err = n.ads.Mute(a, req.Name, *req.Mute)
	} else {
		c, err = n.ads.Subscribe(a, req.Name)
	}
	if err != nil {
		return view.Channel{}, explain(err)
	}
	return n.channel(c), nil
}

// QuotePublish implements view.News.
func (n *Node) QuotePublish(_ context.Context, req view.PublishRequest) (view.PublishQuote, error) {
	if err := n.needWallet(); err != nil {
		return view.PublishQuote{}, err
	}
	q, err := n.ads.QuotePublish(req.Text, types.Amount(req.FeeRate))
	return view.PublishQuote{Bytes: q.Bytes, Price: q.Fee, Affordable: q.Affordable}, explain(err)
}

// Publish implements view.News.
func (n *Node) Publish(ctx context.Context, req view.PublishRequest) (view.Sent, error) {
	if err := n.needWallet(); err != nil {
		return view.Sent{}, err
	}
	id, err := n.ads.Publish(ctx, req.Text, types.Amount(req.FeeRate))
	if err != nil {
		return view.Sent{}, explain(err)
	}
	return n.sent(id), nil
}

// MarkNewsRead implements view.News.
func (n *Node) MarkNewsRead(context.Context) error {
	if err := n.needWallet(); err != nil {
		return err
	}
	return explain(n.ads.MarkRead())
}
