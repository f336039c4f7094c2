package wallet

import (
	"context"
	"io/fs"
	"sync"

	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view"
)

// desk is a machine: files by name, a clipboard, and what dialogs answer.
type desk struct {
	view.Host
	mu     sync.Mutex
	files  map[string][]byte
	open   string // what OpenFile answers
	save   string // what SaveFile answers
	asked  string // the name that SaveFile suggested
	clip   string
	image  []byte
	copied []string
	err    error // of every file
}

func (d *desk) OpenFile(context.Context, string, ...view.FileKind) (string, error) {
	return d.open, nil
}

func (d *desk) SaveFile(_ context.Context, _, name string) (string, error) {
	d.asked = name
	return d.save, nil
}

func (d *desk) ReadFile(_ context.Context, path string, max int64) ([]byte, error) {
	if d.err != nil {
		return nil, d.err
	}
	data, ok := d.files[path]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return data[:min(int64(len(data)), max)], nil
}

func (d *desk) WriteFile(ctx context.Context, path string, data []byte) error {
	if d.err != nil {
		return d.err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.files[path] = data
	return ctx.Err()
}

func (d *desk) CopyText(s string, _ bool)                      { d.copied = append(d.copied, s) }
func (d *desk) ClipboardText() string                          { return d.clip }
func (d *desk) ClipboardImage(context.Context) ([]byte, error) { return d.image, d.err }
func (d *desk) Show(context.Context, string) error             { return nil }
func (d *desk) KnownWords(prefix string) []string {
	var out []string
	for _, w := range []string{"abandon", "ability", "able", "about", "zebra", "zero", "zone", "zoo"} {
		if len(prefix) <= len(w) && w[:len(prefix)] == prefix {
			out = append(out, w)
		}
	}
	return out
}

// equip gives a window a machine, and lets routes to the wallet lead there.
func equip(u *uitest.UI) *desk {
	d := &desk{files: make(map[string][]byte)}
	u.Env.Host = d
	return d
}

// open shows the page in a window.
func open(u *uitest.UI, tab, ref string) (*Page, *desk) {
	d, ok := u.Env.Host.(*desk)
	if !ok {
		d = equip(u)
	}
	p := New(u.Env, page.Route{Page: page.Wallet, Tab: tab, Ref: ref}).(*Page)
	u.Env.Go = func(r page.Route) {
		u.Routes = append(u.Routes, r)
		if r.Page == page.Wallet {
			p.Show(r)
		}
	}
	u.ShowPage(p)
	return p, d
}
