package explorer

import (
	"context"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// address is what the chain knows about an address.
type address struct{ section }

// known joins what the node tells about an address.
type known struct {
	detail  view.AddressDetail
	rewards view.Rewards
}

func newAddress(s section, a string) *address {
	p := &address{s}
	fetch(&p.section, func(ctx context.Context) (k known, err error) {
		if k.detail, err = p.env.Backend.Address(ctx, a); err != nil {
			return k, err
		}
		k.rewards, err = p.env.Backend.Rewards(ctx, view.RewardsQuery{Address: a})
		return k, err
	}, p.draw)
	return p
}

func (p *address) draw(k known) {
	t, n, d := p.env.T, p.env.Text, k.detail
	name := d.Label
	if d.OwnAddress && name == "" {
		name = t("explorer.address.own")
	}
	write := kit.Secondary(t("explorer.address.write"), func() { p.env.Go(page.Route{Page: page.Messages, Tab: page.MessagesChat, Ref: d.Address}) }).Icon("chat").Small()
	pay := kit.Secondary(t("explorer.address.pay"), func() { p.env.Go(page.Route{Page: page.Wallet, Tab: page.WalletSend, Ref: d.Address}) }).Icon("send").Small()
	actions := kit.Row(write, pay)
	if d.OwnAddress {
		actions = kit.Row()
	}
	head := kit.Between(kit.RowGap(12, kit.Avatar(d.Address, 48), kit.Title(t("explorer.address.title"))), actions)
	stats := kit.Columns(200,
		kit.Stat(t("explorer.fact.balance"), n.Amount(d.Balance), p.env.N("explorer.address.outputs", d.Outputs), "account_balance_wallet"),
		kit.Stat(t("explorer.fact.credit"), n.Amount(d.Credit), t("explorer.fact.credit.help"), "savings"),
		kit.Stat(t("explorer.fact.weight"), n.Amount(d.Weight), t("explorer.fact.weight.help"), "trending_up"),
		kit.Stat(t("explorer.fact.seats"), p.number(d.Seats), t("explorer.fact.seats.of", "total", p.number(k.rewards.SeatsOf)), "gavel"),
	)
	facts := []kit.Fact{{Label: t("explorer.fact.address"), Object: p.env.Kit.CopyLine(d.Address)}}
	if name != "" {
		facts = append(facts, kit.Fact{Label: t("explorer.fact.name"), Value: name})
	}
	role := t("explorer.address.plain")
	switch {
	case d.Bootstrap:
		role = t("explorer.address.bootstrap")
	case d.Producer:
		role = t("explorer.address.producer")
	}
	facts = append(facts, kit.Fact{Label: t("explorer.fact.role"), Value: role})
	p.set(head, kit.Panel(kit.Facts(facts...)), stats, p.scores(d), p.work(k.rewards))
}

// scores draws what the address was scored by epoch, oldest at the left.
func (p *address) scores(d view.AddressDetail) fyne.CanvasObject {
	t := p.env.T
	if len(d.Scores) == 0 {
		return kit.Card(t("explorer.scores"), nil, kit.Muted(t("explorer.scores.none")).Wrap())
	}
	var points []kit.Point
	for i := min(len(d.Scores), 30) - 1; i >= 0; i-- {
		s := d.Scores[i]
		points = append(points, kit.Point{Label: p.env.Text.Number(int64(s.Epoch)), Value: coins(s.Score), Text: p.env.Text.Coins(s.Score)})
	}
	bars := kit.Bars(140)
	bars.Set(points)
	return kit.Card(t("explorer.scores"), nil, kit.Column(kit.Small(t("explorer.scores.help")).Wrap(), bars))
}

// someWork is how many scores are listed.
const someWork = 20

func (p *address) work(r view.Rewards) fyne.CanvasObject {
	t := p.env.T
	rows := kit.Tight()
	for _, w := range r.Work[:min(len(r.Work), someWork)] {
		name := w.JobName
		if name == "" {
			name = short(w.Job)
		}
		row := kit.Item().Avatar(w.Payer).Title(name, p.env.Text.When(w.Time, p.env.Now())).Value(p.env.Text.Amount(w.Credited), t("explorer.work.score", "score", p.env.Text.Coins(w.Score)))
		row.Done()
		rows.Add(kit.Tap(row, func() { p.open(page.ExplorerJob, w.Job) }).SetLabel(name))
	}
	if len(r.Work) == 0 {
		rows.Add(kit.Muted(t("explorer.work.none")).Wrap())
	}
	return kit.Card(t("explorer.work"), nil, rows)
}
