package wallet

import (
	"slices"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// feeBox chooses the speed of a payment.
type feeBox struct {
	p       *Page
	d       *draft
	body    *fyne.Container
	choices *fyne.Container
	own     *kit.EntryBox
	field   *kit.FieldBox
	told    func()
	shown   []view.FeeOption
	above   int64 // only faster ones, and the node's choice; negative: all
}

// enough is the speed with which the node chooses the rate.
const enough = "enough"

func newFeeBox(p *Page, d *draft, above int64, told func()) *feeBox {
	env := p.env
	f := &feeBox{p: p, d: d, choices: kit.Stack(), own: kit.Entry(""), told: told, above: above}
	f.own.SetText(d.rate)
	f.own.OnChanged = func(s string) {
		d.rate = s
		f.field.SetError("")
		told()
	}
	f.field = kit.Field(env.T("wallet.fee.own.rate"), f.own).Help(env.T("wallet.fee.own.help"))
	f.body = kit.ColumnGap(14, f.choices, f.field)
	f.build()
	return f
}

// speedWords name the speeds.
func speedWords() map[string]text.Key {
	return map[string]text.Key{view.FeeSlow: "wallet.fee.slow", view.FeeNormal: "wallet.fee.normal", view.FeeFast: "wallet.fee.fast"}
}

func (f *feeBox) options() (out []view.FeeOption) {
	if f.p.book.rates == nil {
		return nil
	}
	for _, o := range f.p.book.rates.Options {
		if o.Rate > f.above {
			out = append(out, o)
		}
	}
	return out
}

// changed shows other rates, when there are.
func (f *feeBox) changed() {
	if !slices.Equal(f.shown, f.options()) {
		f.build()
		f.p.root.Refresh()
	}
}

func (f *feeBox) build() {
	env := f.p.env
	f.shown = slices.Clone(f.options())
	var cards []kit.Choice
	var names []string
	if f.above >= 0 {
		cards, names = append(cards, kit.Choice{Title: env.T("wallet.bump.enough"), Text: env.T("wallet.bump.enough.text")}), append(names, enough)
	}
	for _, o := range f.shown {
		title := o.Name
		if key, ok := speedWords()[o.Name]; ok {
			title = env.T(key)
		}
		cards = append(cards, kit.Choice{Title: title, Text: waitText(env, o.Seconds) + " · " + rateText(env, o.Rate)})
		names = append(names, o.Name)
	}
	if len(names) == 0 { // the node says nothing yet: it will estimate
		cards, names = []kit.Choice{{Title: env.T("wallet.fee.normal"), Text: env.T("wallet.fee.estimated")}}, []string{view.FeeNormal}
	}
	cards = append(cards, kit.Choice{Title: env.T("wallet.fee.own"), Text: env.T("wallet.fee.own.text")})
	names = append(names, ownRate)
	if !slices.Contains(names, f.d.speed) {
		f.d.speed = names[0]
	}
	radio := kit.RadioColumns(150, cards, slices.Index(names, f.d.speed), func(i int) {
		f.d.speed = names[i]
		f.showOwn()
		f.told()
	})
	f.choices.Objects = []fyne.CanvasObject{radio}
	f.showOwn()
}

func (f *feeBox) showOwn() {
	if f.d.speed == ownRate {
		f.field.Show()
	} else {
		f.field.SetError("")
		f.field.Hide()
	}
	f.p.root.Refresh()
}
