package start

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// Options tell what there is before the pages.
type Options struct {
	State      view.HostState
	Ready      func(view.Backend) // a node runs: on to the pages
	Attach     view.AttachRequest // a node to join at once
	Passphrase []byte             // opens the wallet at once; wiped
	Other      bool               // asks which node to join
	// Shuffle mixes n things by swapping them; nil: by chance.
	Shuffle func(n int, swap func(i, j int))
}

// Flow leads from the program's start to a node that runs.
type Flow struct {
	stepper
	o     Options
	kind  kind
	draft draft
}

// kind is how a wallet comes to this machine.
type kind uint8

const (
	created  kind = iota // with new words
	restored             // from words
)

// draft is what was chosen so far.
type draft struct {
	choices []view.NetworkChoice
	network int
	file    string // the network file
	count   int    // of words
	words   string
	pass    []byte
}

// wipe forgets the secrets.
func (d *draft) wipe() {
	wipe(d.pass)
	d.pass, d.words = nil, ""
}

// New shows what there is to do.
func New(env *page.Env, o Options) *Flow {
	if o.Shuffle == nil {
		o.Shuffle = shuffle
	}
	f := &Flow{stepper: newStepper(env), o: o}
	f.draft.count = 12
	f.begin()
	return f
}

// begin shows the first screen.
func (f *Flow) begin() {
	s := f.o.State
	pass, attach, other := f.o.Passphrase, f.o.Attach, f.o.Other
	f.o.Passphrase, f.o.Attach, f.o.Other = nil, view.AttachRequest{}, false
	switch {
	case attach.URL != "":
		wipe(pass)
		f.join(attach, func(err error) { f.attachStep(attach.URL, err) })
	case other:
		f.attachStep(s.Attached, nil)
	case s.Node == view.NodeRunning:
		f.join(view.AttachRequest{}, func(err error) { f.runningStep(err) })
	case s.Node == view.NodeLocked && len(pass) > 0:
		f.start(pass, func(err error) { f.unlockStep(err) })
	case s.Node == view.NodeLocked:
		f.unlockStep(nil)
	case s.Attached != "":
		f.attachStep(s.Attached, nil)
	default:
		f.welcome()
	}
}

// Close implements the frame's screen.
func (f *Flow) Close() {
	f.stepper.Close()
	f.draft.wipe()
}

// welcome is the very first screen.
func (f *Flow) welcome() {
	f.draft.wipe()
	env := f.env
	choice := func(icon, title, words string, first bool, fn func()) fyne.CanvasObject {
		edge := kit.Surface(look.Card, 10).Bordered(look.Border, 1)
		if first { // what most people want
			edge = kit.Surface(look.Card, 10).Bordered(look.Accent, 2)
		}
		return kit.Tap(kit.Stack(edge,
			kit.PadXY(16, 14, kit.RowGap(14, kit.Badge(icon, look.Primary), kit.Grow(kit.ColumnGap(2, kit.Strong(title).Wrap(), kit.Small(words).Wrap())), kit.Icon("chevron_right", look.Muted)))), fn).SetLabel(title)
	}
	content := kit.ColumnGap(10,
		choice("add_circle", env.T("start.new"), env.T("start.new.text"), true, func() { f.kind = created; f.networkStep() }),
		choice("key", env.T("start.words"), env.T("start.words.text"), false, func() { f.kind = restored; f.leaveDemo(); f.networkStep() }),
		choice("backup", env.T("start.backup"), env.T("start.backup.text"), false, f.backupStep),
		choice("link", env.T("start.attach"), env.T("start.attach.text"), false, func() { f.attachStep("", nil) }))
	f.top = f.languages
	f.put(step{title: env.T("start.welcome"), text: env.T("start.welcome.text"), content: content})
	f.top = nil
}

// leaveDemo chooses a network that is not made on the spot: a demo network is a
// new one each time, and has no coins of a wallet that is restored.
func (f *Flow) leaveDemo() {
	for i, c := range f.env.Host.Networks() {
		if c.Name != demoNetwork && !c.File {
			f.draft.network = i
			return
		}
	}
}

// languages switches the language at once: the frame makes this screen anew.
func (f *Flow) languages() fyne.CanvasObject {
	row := kit.RowGap(4)
	for _, l := range text.Languages() {
		var b *kit.Button
		pick := func() {
			f.env.Remember(func(p *page.Preferences) { p.Language = l.Code })
		}
		if l.Code == f.env.Text.Language() {
			b = kit.Secondary(l.Name, pick)
		} else {
			b = kit.Ghost(l.Name, pick)
		}
		row.Add(b.Small())
	}
	return row
}
