package settings

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// network is how the node stands towards the others.
type network struct {
	section
	facts *fyne.Container
	peers *fyne.Container
	again *page.Coalesce
}

// networkChoices are the node's settings of its place in the network.
var networkChoices = []choice{
	{"network", "settings.node.network", "settings.node.network.help", nil},
	{"seeds", "settings.node.seeds", "settings.node.seeds.help", nil},
	{"outbound", "settings.node.outbound", "settings.node.outbound.help", nil},
	{"listen.gossip", "settings.node.gossip", "settings.node.gossip.help", nil},
	{"listen.contact", "settings.node.contact", "settings.node.contact.help", nil},
	{"contact", "settings.node.outside", "settings.node.outside.help", nil},
	{"listen.bittorrent", "settings.node.bittorrent", "settings.node.bittorrent.help", nil},
	{"dht", "settings.node.dht", "settings.node.dht.help", nil},
	{"messages.listen", "settings.node.messages", "settings.node.messages.help", nil},
	{"produce", "settings.node.produce", "settings.node.produce.help", nil},
}

func newNetwork(s section) *network {
	n := &network{section: s, facts: kit.Column(kit.Loading(4)), peers: kit.Column(kit.Loading(3))}
	n.again = page.NewCoalesce(n.scope, time.Second, n.load)
	t := n.env.T
	n.show(
		kit.Card(t("settings.network"), nil, n.facts),
		kit.Card(t("settings.peers"), kit.Secondary(t("settings.connect"), n.connect).Small().Icon("add"), n.peers),
		newNodeCard(&n.section, t("settings.network.node"), networkChoices).object,
	)
	n.again.Ask()
	return n
}

func (n *network) event(e view.Event) {
	if e.Kind == view.EventPeers || e.Kind == view.EventTip {
		n.again.Ask()
	}
}

func (n *network) load() {
	page.LoadKey(n.scope, "status", n.env.Backend.Status, n.showStatus)
	page.LoadKey(n.scope, "peers", n.env.Backend.Peers, n.showPeers)
}

func (n *network) showStatus(s view.Status, err error) {
	if err != nil {
		fill(n.facts, n.env.Kit.FailureLine(err, n.load))
		return
	}
	t := n.env.T
	listening := func(a string) string {
		if a == "" {
			return t("settings.closed")
		}
		return a
	}
	rows := []fyne.CanvasObject{kit.Facts(
		kit.Fact{Label: t("settings.fact.network"), Value: s.Network},
		kit.Fact{Label: t("settings.fact.id"), Value: s.NetworkID, Mono: true},
		kit.Fact{Label: t("settings.fact.height"), Value: n.env.Text.Number(int64(s.Tip.Height))},
		kit.Fact{Label: t("settings.fact.peers"), Value: t("settings.fact.peers.value", "out", n.env.Text.Number(int64(s.PeersOut)), "in", n.env.Text.Number(int64(s.PeersIn)))},
		kit.Fact{Label: t("settings.fact.gossip"), Value: listening(s.Listen.Gossip)},
		kit.Fact{Label: t("settings.fact.contact"), Value: listening(s.Listen.Contact)},
		kit.Fact{Label: t("settings.fact.bittorrent"), Value: listening(s.Listen.BitTorrent)},
	)}
	for _, w := range s.Warnings {
		rows = append(rows, kit.Hint(look.Warn, w.Message, w.Hint, nil))
	}
	fill(n.facts, rows...)
}

// mostPeers bounds the rows that are shown: a list for people.
const mostPeers = 64

func (n *network) showPeers(list []view.Peer, err error) {
	t := n.env.T
	switch {
	case err != nil:
		fill(n.peers, n.env.Kit.FailureLine(err, n.load))
		return
	case len(list) == 0:
		fill(n.peers, kit.Empty("lan", t("settings.peers.none"), t("settings.peers.none.text"), kit.Primary(t("settings.connect"), n.connect)))
		return
	}
	var rows []fyne.CanvasObject
	for _, p := range list[:min(len(list), mostPeers)] {
		way := t("settings.peer.out")
		if p.Inbound {
			way = t("settings.peer.in")
		}
		row := kit.Item().Icon("dns", look.Muted).Pill(look.Muted, way).
			Title(p.Address, t("settings.peer.about", "height", n.env.Text.Number(int64(p.Height)), "received", n.env.Text.Bytes(p.Received), "sent", n.env.Text.Bytes(p.Sent)))
		row.Done()
		rows = append(rows, row)
	}
	fill(n.peers, rows...)
}

// connect asks for a peer's address.
func (n *network) connect() {
	t := n.env.T
	entry := kit.Entry("203.0.113.7:7401")
	field := kit.Field(t("settings.connect.address"), entry).Help(t("settings.connect.help"))
	var sheet *kit.Sheet
	var ok *kit.Button
	ok = kit.Primary(t("settings.connect"), func() {
		ok.SetBusy(true)
		address := entry.Text
		page.Load(n.scope, none(func(ctx context.Context) error { return n.env.Backend.Connect(ctx, address) }), func(_ struct{}, err error) {
			ok.SetBusy(false)
			if err != nil {
				field.SetError(n.env.Text.Explain(err))
				return
			}
			sheet.Close()
			n.env.Toast(look.Success, t("settings.connect.asked"))
			n.again.Ask()
		})
	})
	entry.OnSubmitted = func(string) { ok.Tapped(nil) }
	sheet = n.env.Kit.Sheet(kit.SheetOptions{Title: t("settings.connect"), Content: field,
		Actions: []*kit.Button{kit.Secondary(t("kit.cancel"), func() { sheet.Close() }), ok}})
}

// fill replaces what a box holds.
func fill(box *fyne.Container, o ...fyne.CanvasObject) {
	box.Objects = o
	box.Refresh()
}
