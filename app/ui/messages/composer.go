package messages

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// draft is what is being written.
type draft struct {
	Text   string
	File   string
	Amount types.Amount // asked for; 0: nothing is
	For    string
	Along  page.Attach
	Chain  bool // over the chain, also when the other side is online
}

// empty tells whether there is nothing to send.
func (d draft) empty() bool { return strings.TrimSpace(d.Text) == "" && !d.carries() }

// carries tells whether something goes along.
func (d draft) carries() bool { return d.File != "" || d.Amount > 0 || d.Along != (page.Attach{}) }

func (d draft) request(to string) view.MessageRequest {
	r := view.MessageRequest{To: to, Text: strings.TrimSpace(d.Text), File: d.File, Job: d.Along.Job, Listing: d.Along.Listing}
	if d.Amount > 0 {
		r.Payment = &view.PaymentCard{Amount: d.Amount, Title: d.For}
	}
	if d.Chain {
		r.Way = view.WayChain
	}
	return r
}

// composer is where one writes.
type composer struct {
	chat   *chat
	env    *page.Env
	entry  *kit.EntryBox
	send   *kit.Button
	note   *kit.Text // how it would travel, and the price
	chips  *fyne.Container
	along  draft // without its text
	asked  int   // counts changes, so that only the last one asks for a price
	busy   bool
	object fyne.CanvasObject
}

func newComposer(c *chat) *composer {
	T := c.env.T
	w := &composer{chat: c, env: c.env, note: kit.Small("").Wrap(), chips: kit.Flow()}
	w.entry = kit.MultiLine(T("messages.write"), 1).EnterSends()
	w.entry.OnSubmitted = func(string) { w.submit() }
	w.entry.OnChanged = func(string) { w.changed() }
	var plus *kit.Button
	plus = c.env.Kit.IconButton("add", T("messages.attach"), func() { c.env.Kit.Menu(plus, w.menu()...) })
	w.send = kit.Primary(T("messages.send"), w.submit).Icon("send")
	if c.env.Narrow { // no room for the word
		w.send = c.env.Kit.IconButton("send", T("messages.send"), w.submit)
	}
	w.chips.Hide()
	w.note.Hide()
	w.object = kit.PadXY(14, 12, kit.ColumnGap(8, w.chips, kit.RowGap(8, plus, kit.Grow(w.entry), w.send), w.note))
	w.ready()
	return w
}

func (w *composer) menu() []kit.MenuItem {
	T := w.env.T
	return []kit.MenuItem{
		{Label: T("messages.attach.file"), Icon: "attach_file", Do: w.pickFile},
		{Label: T("messages.attach.payment"), Icon: "payments", Do: w.askPayment}, {},
		{Label: T("messages.attach.chain"), Icon: "link", Checked: w.along.Chain, Do: func() { w.along.Chain = !w.along.Chain; w.changed() }},
	}
}

// draft is all that is being written.
func (w *composer) draft() draft {
	d := w.along
	d.Text = w.entry.Text
	return d
}

// restore puts a draft back.
func (w *composer) restore(d draft) {
	w.along = d
	w.along.Text = ""
	w.entry.SetText(d.Text)
	w.changed()
}

// attach lets something go along in place of what did.
func (w *composer) attach(d draft) {
	d.Chain = w.along.Chain
	w.along = d
	w.changed()
}

// changed makes room for the text, and asks for the price when typing rests.
func (w *composer) changed() {
	rows := min(6, 1+strings.Count(w.entry.Text, "\n")+len([]rune(w.entry.Text))/90)
	w.entry.SetMinRowsVisible(rows)
	w.drawChips()
	w.ready()
	w.asked++
	n := w.asked
	d := w.draft()
	if d.empty() {
		w.say("", look.Muted)
		return
	}
	w.chat.scope.After(400*time.Millisecond, func() {
		if n == w.asked {
			w.price(d)
		}
	})
	w.layout()
}

func (w *composer) layout() {
	if w.chat.object != nil {
		w.chat.object.Refresh()
	}
}

func (w *composer) ready() {
	if w.draft().empty() || w.busy {
		w.send.Disable()
	} else {
		w.send.Enable()
	}
}

func (w *composer) say(s string, tone look.Tone) {
	w.note.Set(s)
	w.note.SetTone(tone)
	visible(w.note, s != "")
	w.layout()
}

// price tells how the draft would travel now.
func (w *composer) price(d draft) {
	page.LoadKey(w.chat.scope, "quote", func(ctx context.Context) (view.MessageQuote, error) {
		return w.env.Backend.QuoteMessage(ctx, d.request(w.chat.address))
	}, func(q view.MessageQuote, err error) {
		if w.draft().empty() {
			return
		}
		if err != nil {
			w.say(w.env.Text.Explain(err), look.Danger)
			return
		}
		s, tone := w.travel(q, d)
		for _, n := range q.Notes {
			s += " · " + n
		}
		w.say(s, tone)
	})
}

// travel says how a message goes.
func (w *composer) travel(q view.MessageQuote, d draft) (string, look.Tone) {
	T := w.env.T
	switch {
	case q.Online && !d.Chain:
		return T("messages.goes.direct"), look.Success
	case q.Records == 0:
		return T("messages.goes.wait"), look.Muted
	case !q.Affordable:
		return T("messages.goes.poor", "price", w.env.Text.Exact(q.Price)), look.Warn
	}
	return T("messages.goes.chain", "price", w.env.Text.Exact(q.Price)), look.Muted
}

// drawChips shows what goes along.
func (w *composer) drawChips() {
	T := w.env.T
	w.chips.Objects = nil
	chip := func(icon, name string, drop func()) {
		off := w.env.Kit.IconButton("close", T("messages.attach.drop"), func() { drop(); w.changed() })
		label := kit.Small(name).Tone(look.Plain).Truncate()
		w.chips.Add(kit.Stack(kit.Surface(look.AccentSoft, 10), kit.PadXY(8, 0, kit.RowGap(6, kit.Icon(icon, look.Primary), kit.MinWidth(min(240, kit.Wish(label)+1), label), off))))
	}
	if w.along.File != "" {
		chip("attach_file", filepath.Base(w.along.File), func() { w.along.File = "" })
	}
	if w.along.Amount > 0 {
		chip("payments", T("messages.attach.asks", "amount", w.env.Text.Exact(w.along.Amount)), func() { w.along.Amount, w.along.For = 0, "" })
	}
	if a := w.along.Along; a != (page.Attach{}) {
		icon := "sell"
		if a.Job != "" {
			icon = "rocket_launch"
		}
		chip(icon, a.Title, func() { w.along.Along = page.Attach{} })
	}
	if w.along.Chain {
		chip("link", T("messages.bychain"), func() { w.along.Chain = false })
	}
	visible(w.chips, len(w.chips.Objects) > 0)
	w.chips.Refresh()
}

func (w *composer) pickFile() {
	page.LoadKey(w.chat.scope, "file", func(ctx context.Context) (string, error) {
		return w.env.Host.OpenFile(ctx, w.env.T("messages.attach.file"))
	},
		func(path string, err error) {
			if err != nil {
				w.env.Fail(err)
			} else if path != "" {
				w.attach(draft{File: path})
			}
		})
}

// askPayment lets a request to be paid go along.
func (w *composer) askPayment() {
	T := w.env.T
	amount, what := w.env.Kit.Amount(), kit.Entry(T("messages.ask.for.hint"))
	amount.SetAmount(w.along.Amount)
	what.SetText(w.along.For)
	field := kit.Field(T("messages.ask.amount"), amount)
	var sheet *kit.Sheet
	do := func() {
		v, err := amount.Value()
		if err != nil || v <= 0 {
			why := T("messages.ask.needed")
			if err != nil && !amount.Empty() {
				why = err.Error()
			}
			field.SetError(why)
			return
		}
		sheet.Close()
		w.attach(draft{Amount: v, For: strings.TrimSpace(what.Text)})
	}
	sheet = w.env.Kit.Sheet(kit.SheetOptions{Title: T("messages.ask.title"), Text: T("messages.ask.text"), Content: kit.Form(field, kit.Field(T("messages.ask.for"), what)),
		Actions: []*kit.Button{kit.Secondary(T("messages.cancel"), func() { sheet.Close() }), kit.Primary(T("messages.ask.do"), do)}})
	w.env.FocusOn(amount.Entry)
}

// setBusy shows that a message is on its way to the node.
func (w *composer) setBusy(b bool) {
	w.busy = b
	w.ready()
}
