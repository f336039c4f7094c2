package start

import (
	"context"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// unlockStep asks for the passphrase of the wallet that is there.
func (f *Flow) unlockStep(failed error) {
	env := f.env
	pass := env.Kit.Password("")
	var next *kit.Button
	open := func() {
		if pass.Text == "" {
			return
		}
		f.start([]byte(pass.Text), f.unlockStep)
	}
	next = kit.Primary(env.T("start.unlock.open"), open).Icon("lock_open")
	pass.OnSubmitted = func(string) { open() }
	other := kit.Ghost(env.T("start.unlock.other"), func() { f.attachStep(f.o.State.Attached, nil) })
	f.put(step{title: env.T("start.unlock.title"), text: env.T("start.unlock.text"), content: f.withFailure(failed, kit.Field(env.T("start.pass.label"), pass)), width: 460,
		next: next, extra: other, focus: pass, left: blank(pass)})
}

// runningStep tells that the node of this machine could not be joined.
func (f *Flow) runningStep(failed error) {
	env := f.env
	next := kit.Primary(env.T("start.retry"), func() { f.join(view.AttachRequest{}, f.runningStep) })
	other := kit.Ghost(env.T("start.unlock.other"), func() { f.attachStep(f.o.State.Attached, nil) })
	f.put(step{title: env.T("start.running.title"), text: env.T("start.running.text"), content: f.withFailure(failed, kit.Stack()), next: next, extra: other, focus: next})
}

// attachStep asks for a node elsewhere.
func (f *Flow) attachStep(url string, failed error) {
	env := f.env
	at, token := kit.Entry("https://192.168.1.20:7402#…"), env.Kit.Password("")
	at.SetText(url)
	var next *kit.Button
	join := func() {
		if at.Text == "" || token.Text == "" {
			return
		}
		req := view.AttachRequest{URL: at.Text, Token: token.Text}
		f.join(req, func(err error) { f.attachStep(req.URL, err) })
	}
	next = kit.Primary(env.T("start.attach.join"), join).Icon("link")
	ready := func(string) {
		if at.Text == "" || token.Text == "" {
			next.Disable()
		} else {
			next.Enable()
		}
	}
	at.OnChanged, token.OnChanged = ready, ready
	at.OnSubmitted = func(string) { env.FocusOn(token) }
	token.OnSubmitted = func(string) { join() }
	ready("")
	var first = at
	if url != "" {
		first = token
	}
	content := kit.Form(kit.Field(env.T("start.attach.url"), at).Help(env.T("start.attach.urlhelp")),
		kit.Field(env.T("start.attach.token"), token).Help(env.T("start.attach.tokenhelp")))
	f.put(step{title: env.T("start.attach"), text: env.T("start.attach.about"), content: f.withFailure(failed, content),
		next: next, back: f.home, focus: first, left: blank(token)})
}

// home is the screen of this machine's own wallet.
func (f *Flow) home() {
	switch f.o.State.Node {
	case view.NodeRunning:
		f.join(view.AttachRequest{}, f.runningStep)
	case view.NodeLocked:
		f.unlockStep(nil)
	default:
		f.welcome()
	}
}

// LockOptions say what happens after the passphrase was given.
type LockOptions struct {
	Open func()
}

// Lock is a window whose pages are hidden until the passphrase is given.
type Lock struct {
	stepper
	o LockOptions
}

// NewLock makes one.
func NewLock(env *page.Env, o LockOptions) *Lock {
	l := &Lock{stepper: newStepper(env), o: o}
	l.ask()
	return l
}

func (l *Lock) ask() {
	env := l.env
	pass := env.Kit.Password("")
	field := kit.Field(env.T("start.pass.label"), pass)
	var next *kit.Button
	open := func() {
		if pass.Text == "" || next.Disabled() {
			return
		}
		req := view.PassphraseRequest{Passphrase: pass.Text}
		next.SetBusy(true)
		page.Load(l.scope, func(ctx context.Context) (struct{}, error) { return struct{}{}, env.Backend.CheckPassphrase(ctx, req) }, func(_ struct{}, err error) {
			next.SetBusy(false)
			if err == nil {
				l.o.Open()
				return
			}
			field.SetError(env.Text.Explain(err))
			pass.SetText("")
			env.FocusOn(pass)
			l.box.Refresh()
		})
	}
	next = kit.Primary(env.T("start.unlock.open"), open).Icon("lock_open")
	pass.OnSubmitted = func(string) { open() }
	l.put(step{title: env.T("start.lock.title"), text: env.T("start.lock.text"), content: field, width: 460, next: next, focus: pass, left: blank(pass)})
}

// LostOptions say what can be done about a node that went away.
type LostOptions struct {
	URL   string // of the node; "": this machine's
	Retry func()
	Other func() // joins another node
}

// Lost tells that the node went away.
type Lost struct{ stepper }

// NewLost makes one.
func NewLost(env *page.Env, o LostOptions) *Lost {
	l := &Lost{stepper: newStepper(env)}
	words := env.T("start.lost.here")
	if o.URL != "" {
		words = env.T("start.lost.there", "url", o.URL)
	}
	next := kit.Primary(env.T("start.lost.retry"), o.Retry).Icon("refresh")
	other := kit.Ghost(env.T("start.unlock.other"), o.Other)
	content := kit.ColumnGap(10, line("cloud_off", words), line("shield", env.T("start.lost.kept")), line("sync", env.T("start.lost.again")))
	l.put(step{title: env.T("start.lost.title"), content: content, next: next, extra: other, focus: next})
	return l
}
