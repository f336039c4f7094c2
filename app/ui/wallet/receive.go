package wallet

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// receive shows an address to be paid at, and the wallet's other addresses.
type receive struct {
	p       *Page
	body    *fyne.Container
	show    *fyne.Container // the address that is shown
	list    *fyne.Container
	address string // "" the identity
	amount  *kit.EntryBox
	message *kit.EntryBox
	field   *kit.FieldBox
	qr      *kit.QRCode
	uri     *fyne.Container
}

func newReceive(p *Page) part {
	env := p.env
	r := &receive{p: p, show: kit.Stack(kit.Loading(4)), list: kit.Column(kit.Loading(4)), uri: kit.Stack()}
	r.amount, r.message = kit.Entry("0.0"), kit.Entry(env.T("wallet.receive.message.hint"))
	r.amount.OnChanged = func(string) { r.encode() }
	r.message.OnChanged = func(string) { r.encode() }
	r.field = kit.Field(env.T("wallet.receive.amount"), kit.Row(kit.Grow(r.amount), kit.Muted(text.Unit)))
	r.qr = kit.QR("")
	fresh := kit.Secondary(env.T("wallet.receive.new"), r.newAddress).Icon("add").Small()
	r.body = kit.Loose(r.show, kit.Card(env.T("wallet.receive.addresses"), fresh, r.list))
	r.changed()
	return r
}

func (r *receive) object() fyne.CanvasObject { return r.body }

// changed implements part.
func (r *receive) changed() {
	b, env := r.p.book, r.p.env
	if b.own == nil {
		if b.err != nil {
			r.show.Objects = []fyne.CanvasObject{env.Kit.Failure(b.err, b.load)}
			r.p.root.Refresh()
		}
		return
	}
	if r.address == "" {
		r.address = b.fresh()
		r.showAddress()
	}
	r.showList()
}

// fresh is the address to show first: the newest that nobody has paid to, else
// the identity.
func (b *book) fresh() string {
	for i := len(b.own) - 1; i >= 0; i-- {
		if a := b.own[i]; !a.Used && !a.Change && !a.Identity {
			return a.Address
		}
	}
	for _, a := range b.own {
		if a.Identity {
			return a.Address
		}
	}
	return b.me
}

// showAddress shows the chosen address large.
func (r *receive) showAddress() {
	p, env := r.p, r.p.env
	a, _ := p.book.ours(r.address)
	title, help := a.Label, env.T("wallet.receive.help")
	switch {
	case a.Identity:
		title, help = env.T("wallet.me"), env.T("wallet.receive.identity")
	case a.Label == "":
		title = env.T("wallet.receive.nolabel")
	case a.Used:
		help = env.T("wallet.receive.used")
	}
	address := kit.Mono(grouped(r.address)).Wrap()
	copyIt := kit.Primary(env.T("wallet.receive.copy"), func() { r.copy(r.address) }).Icon("content_copy")
	picture := kit.Secondary(env.T("wallet.receive.png"), r.savePicture).Icon("image")
	label := kit.Ghost(env.T("wallet.label.edit"), func() { p.editLabel(r.address, a.Label) }).Icon("label").Small()
	head := kit.Between(kit.Lead(kit.Avatar(r.address, 36), kit.ColumnGap(2, kit.Heading(title).Wrap(), kit.Small(help).Wrap())), label)
	code := kit.Center(kit.MinSize(220, 220, r.qr))
	words := kit.ColumnGap(14, kit.Box(address), kit.Flow(copyIt, picture), r.field,
		kit.Field(env.T("wallet.receive.message"), r.message).Help(env.T("wallet.receive.message.help")), r.uri)
	if env.Narrow { // the code first: it is held up to somebody
		r.show.Objects = []fyne.CanvasObject{kit.Panel(kit.ColumnGap(14, head, code, words))}
	} else {
		r.show.Objects = []fyne.CanvasObject{kit.Panel(kit.Sides(460, kit.ColumnGap(14, head, words), code))}
	}
	r.encode()
}

// encode puts the address, with amount and message when they are given, into
// the code.
func (r *receive) encode() {
	env := r.p.env
	u := view.PayURI{Address: r.address, Message: strings.TrimSpace(r.message.Text)}
	r.field.SetError("")
	if s := strings.TrimSpace(r.amount.Text); s != "" {
		a, err := env.Text.ParseAmount(s)
		if err != nil {
			r.field.SetError(err.Error())
		}
		u.Amount = a
	}
	r.qr.Set(u.String())
	put(r.uri)
	if u.Amount > 0 || u.Message != "" {
		put(r.uri, kit.ColumnGap(4, kit.Small(env.T("wallet.receive.link")).Wrap(), env.Kit.CopyLine(u.String())))
	}
	r.p.root.Refresh()
}

func (r *receive) copy(s string) {
	r.p.env.Host.CopyText(s, false)
	r.p.env.Toast(look.Success, r.p.env.T("wallet.copied.address"))
}

// savePicture writes the code as PNG.
func (r *receive) savePicture() {
	env, code := r.p.env, r.qr.Text()
	page.Load(r.p.life, func(ctx context.Context) (string, error) {
		path, err := env.Host.SaveFile(ctx, env.T("wallet.receive.png.title"), "scc-"+tail(r.address)+".png")
		if err != nil || path == "" {
			return "", err
		}
		png, err := kit.QRPicture(code)
		if err != nil {
			return "", err
		}
		return path, env.Host.WriteFile(ctx, path, png)
	}, func(path string, err error) {
		switch {
		case err != nil && !page.Cancelled(err):
			env.Fail(err)
		case err == nil && path != "":
			env.Toast(look.Success, env.T("wallet.saved", "path", path))
		}
	})
}

// tail is the end of an address, for the name of a file.
func tail(address string) string { return address[max(0, len(address)-8):] }

// showList lists the wallet's addresses, those for receiving first.
func (r *receive) showList() { r.p.env.Kit.Redraw(r.list, r.drawList) }

func (r *receive) drawList() {
	env := r.p.env
	rows := kit.ColumnGap(0)
	add := func(a view.AddressInfo) {
		if len(rows.Objects) > 0 {
			rows.Add(kit.Divider())
		}
		rows.Add(r.row(a))
	}
	change := kit.ColumnGap(0)
	n := 0
	for i := range r.p.book.own {
		a := r.p.book.own[len(r.p.book.own)-1-i] // the newest first
		if !a.Change {
			add(a)
			continue
		}
		n++
		change.Add(r.row(a))
	}
	r.list.Objects = []fyne.CanvasObject{rows}
	if n > 0 {
		r.list.Add(kit.Details(env.N("wallet.receive.change", n), change))
	}
	r.p.root.Refresh()
}

func (r *receive) row(a view.AddressInfo) fyne.CanvasObject {
	env := r.p.env
	title := a.Label
	switch {
	case a.Identity:
		title = env.T("wallet.me")
	case title == "":
		title = env.T("wallet.receive.nolabel")
	}
	state, tone := env.T("wallet.address.unused"), look.Success
	if a.Used {
		state, tone = env.T("wallet.address.used"), look.Plain
	}
	amount := ""
	if a.Balance > 0 {
		amount = env.Text.Amount(a.Balance)
	}
	item := kit.Item().Avatar(a.Address).Title(title, text.Short(a.Address))
	r.p.mark(item, amount, tone, state)
	item.Done()
	more := env.Kit.MoreButton(
		kit.MenuItem{Label: env.T("wallet.copy.address"), Icon: "content_copy", Do: func() { r.copy(a.Address) }},
		kit.MenuItem{Label: env.T("wallet.label.edit"), Icon: "label", Do: func() { r.p.editLabel(a.Address, a.Label) }},
		kit.MenuItem{Label: env.T("wallet.explorer"), Icon: "explore", Do: func() {
			env.Go(page.Route{Page: page.Explorer, Tab: page.ExplorerAddress, Ref: a.Address})
		}})
	pick := kit.Tap(item, func() {
		r.address = a.Address
		r.showAddress()
	}).SetLabel(a.Address)
	return kit.RowGap(0, kit.Grow(pick), more)
}

// newAddress asks for a label and makes a fresh address.
func (r *receive) newAddress() {
	env := r.p.env
	r.p.ask(question{
		title: env.T("wallet.receive.new"), text: env.T("wallet.receive.new.text"), field: env.T("wallet.label"),
		hint: env.T("wallet.receive.new.hint"), button: env.T("wallet.receive.new.button"),
		do: func(ctx context.Context, label string) error {
			a, err := env.Backend.NewAddress(ctx, label)
			if err == nil {
				env.Post(func() { r.made(a) })
			}
			return err
		}})
}

// made shows a new address at once.
func (r *receive) made(a view.AddressInfo) {
	if !r.p.life.Alive() {
		return
	}
	b := r.p.book
	if _, there := b.ours(a.Address); !there {
		b.own = append(b.own, a)
	}
	r.address = a.Address
	r.showAddress()
	r.showList()
	b.refresh(true)
}
