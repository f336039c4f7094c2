package start

import (
	"context"
	"path/filepath"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// networkWords are the title and the explanation of a network.
type networkWords struct {
	icon        string
	title, text text.Key
}

// demoNetwork is the choice that makes a network on this computer.
const demoNetwork = "demo"

func networkNames() map[string]networkWords {
	return map[string]networkWords{
		demoNetwork: {"science", "start.network.demo", "start.network.demo.text"},
		"test":      {"public", "start.network.test", "start.network.test.text"},
		"file":      {"file_open", "start.network.file", "start.network.file.text"},
	}
}

// of is the number of steps of a kind.
func (f *Flow) of() int {
	if f.kind == created {
		return 5
	}
	return 4
}

// networkStep asks for the network.
func (f *Flow) networkStep() {
	env, d := f.env, &f.draft
	d.choices = env.Host.Networks()
	var cards []kit.Choice
	for _, c := range d.choices {
		w, ok := networkNames()[c.Name]
		if !ok {
			cards = append(cards, kit.Choice{Title: c.Name, Icon: "hub"})
			continue
		}
		cards = append(cards, kit.Choice{Title: env.T(w.title), Text: env.T(w.text), Icon: w.icon})
	}
	next := kit.Primary(env.T("start.continue"), f.networkChosen)
	picked := kit.Small("").Wrap()
	path := kit.Row(kit.Secondary(env.T("start.network.choose"), func() { f.chooseNetworkFile(func() { f.networkStep() }) }).Icon("folder_open").Small(), kit.Grow(picked))
	show := func() {
		isFile := d.network < len(d.choices) && d.choices[d.network].File
		path.Hidden = !isFile
		picked.Set(env.T("start.network.nofile"))
		if d.file != "" {
			picked.Set(filepath.Base(d.file))
		}
		if isFile && d.file == "" {
			next.Disable()
		} else {
			next.Enable()
		}
		path.Refresh()
		f.box.Refresh()
	}
	radio := kit.Radio(cards, d.network, func(i int) { d.network = i; show() })
	show()
	f.put(step{title: env.T("start.network"), text: env.T("start.network.text"), content: kit.Column(radio, path), n: 1, of: f.of(), next: next, back: f.welcome})
}

func (f *Flow) chooseNetworkFile(done func()) {
	env := f.env
	title, kinds := env.T("start.network.choose"), view.FileKind{Name: env.T("start.network.kind"), Extensions: []string{".json"}}
	page.Load(f.scope, func(ctx context.Context) (string, error) { return env.Host.OpenFile(ctx, title, kinds) }, func(p string, err error) {
		if err != nil {
			env.Fail(err)
			return
		}
		if p != "" {
			f.draft.file = p
			done()
		}
	})
}

func (f *Flow) networkChosen() {
	if f.kind == created {
		f.makeWords()
		return
	}
	f.enterWords()
}

// networkName is what CreateWallet takes.
func (d *draft) networkName() string {
	c := d.choices[d.network]
	if c.File {
		return d.file
	}
	return c.Name
}
