package start

import (
	"context"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// progress lists what is done while a node starts.
type progress struct {
	rows *fyne.Container
	last *kit.IconImage
	said string
}

func (p *progress) say(s string) {
	if s == "" || s == p.said {
		return
	}
	p.said = s
	if p.last != nil {
		p.last.Set("check_circle", look.Success)
	}
	p.last = kit.Icon("pending", look.Primary)
	p.rows.Add(kit.RowGap(10, p.last, kit.Grow(kit.Body(s).Wrap())))
}

// work shows a screen with progress while run brings a node; failed shows what
// to do when it does not.
func (f *Flow) work(title, first string, run func(ctx context.Context, say func(string)) (view.Backend, error), failed func(error)) {
	env := f.env
	p := &progress{rows: kit.ColumnGap(10)}
	p.say(first)
	ctx, cancel := context.WithCancel(f.scope.Context())
	var stop *kit.Button
	stop = kit.Secondary(env.T("start.cancel"), func() { stop.SetBusy(true); cancel() })
	f.put(step{title: title, text: env.T("start.run.text"), content: kit.Box(p.rows), extra: stop, focus: stop})
	say := func(s string) {
		f.scope.Post(func() { p.say(s); f.box.Refresh() })
	}
	page.Load(f.scope, func(context.Context) (view.Backend, error) { return run(ctx, say) }, func(b view.Backend, err error) {
		cancel()
		if err != nil {
			if page.Cancelled(err) {
				err = nil
			}
			failed(err)
			return
		}
		f.o.Ready(b)
	})
}

// create makes the wallet and starts its node.
func (f *Flow) create() {
	env, d := f.env, &f.draft
	req := view.CreateWallet{Network: d.networkName(), Words: d.words, Passphrase: append([]byte(nil), d.pass...)}
	pass := append([]byte(nil), d.pass...)
	made := false
	f.work(env.T("start.run.title"), env.T("start.run.create"), func(ctx context.Context, say func(string)) (view.Backend, error) {
		defer wipe(pass)
		err := env.Host.Create(ctx, req)
		wipe(req.Passphrase)
		if err != nil {
			return nil, err
		}
		made = true // read after this function has ended
		say(env.T("start.run.node"))
		return env.Host.Start(ctx, pass, say)
	}, func(err error) {
		if made { // the wallet is there: only its node did not start
			d.wipe()
			f.unlockStep(err)
			return
		}
		f.summary(err)
	})
}

// restore unpacks a backup and starts its node.
func (f *Flow) restore(path string, pass []byte) {
	env := f.env
	made := false
	f.work(env.T("start.run.title"), env.T("start.run.restore"), func(ctx context.Context, say func(string)) (view.Backend, error) {
		defer wipe(pass)
		again := append([]byte(nil), pass...)
		defer wipe(again)
		if err := env.Host.Restore(ctx, view.RestoreWallet{Path: path, Passphrase: pass}); err != nil {
			return nil, err
		}
		made = true
		say(env.T("start.run.node"))
		return env.Host.Start(ctx, again, say)
	}, func(err error) {
		if made {
			f.unlockStep(err)
			return
		}
		f.backupAgain(path, err)
	})
}

// start starts the node of the wallet that is there.
func (f *Flow) start(pass []byte, failed func(error)) {
	env := f.env
	f.work(env.T("start.run.open"), env.T("start.run.node"), func(ctx context.Context, say func(string)) (view.Backend, error) {
		defer wipe(pass)
		return env.Host.Start(ctx, pass, say)
	}, failed)
}

// join attaches to a node that runs.
func (f *Flow) join(req view.AttachRequest, failed func(error)) {
	env := f.env
	f.work(env.T("start.run.join"), env.T("start.run.joining"), func(ctx context.Context, _ func(string)) (view.Backend, error) {
		return env.Host.Attach(ctx, req)
	}, failed)
}
