package settings

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// choice is a setting of the node that this page offers.
type choice struct {
	key         string   // of the node
	title, help text.Key // in words
	options     []string // what can be chosen; empty: any text
}

// nodeCard shows some of the node's settings and changes them.
type nodeCard struct {
	*section
	choices []choice
	box     *fyne.Container
	object  fyne.CanvasObject
	changed func() // after a change; may be nil
}

func newNodeCard(s *section, title string, choices []choice) *nodeCard {
	c := &nodeCard{section: s, choices: choices, box: kit.Column(kit.Loading(len(choices)))}
	c.object = kit.Card(title, nil, c.box)
	c.load()
	return c
}

func (c *nodeCard) load() { page.LoadKey(c.scope, c.choices[0].key, c.env.Backend.Settings, c.fill) }

func (c *nodeCard) fill(list []view.Setting, err error) {
	if err != nil {
		c.set(c.env.Kit.FailureLine(err, c.load))
		return
	}
	var rows []fyne.CanvasObject
	pending := false
	for _, ch := range c.choices {
		i := slices.IndexFunc(list, func(s view.Setting) bool { return s.Key == ch.key })
		if i < 0 {
			continue // an older node does not have it
		}
		pending = pending || list[i].Pending
		rows = append(rows, c.row(ch, list[i]))
	}
	if pending {
		rows = append(rows, kit.Hint(look.Info, c.env.T("settings.pending"), c.env.T("settings.pending.text"), nil))
	}
	c.set(rows...)
}

func (c *nodeCard) set(rows ...fyne.CanvasObject) {
	c.box.Objects = rows
	c.box.Refresh()
}

func (c *nodeCard) row(ch choice, s view.Setting) fyne.CanvasObject {
	value := s.Value
	switch value {
	case "":
		value = c.env.T("settings.value.none")
	case "true":
		value = c.env.T("settings.value.on")
	case "false":
		value = c.env.T("settings.value.off")
	}
	name := c.env.T(ch.title)
	left := kit.Tight(kit.Strong(name).Wrap(), kit.Muted(value).Wrap())
	edit := kit.Secondary(c.env.T("settings.change"), func() { c.edit(ch, s) }).Small()
	edit.Press.SetLabel(c.env.T("settings.change.what", "name", name))
	return kit.Between(left, edit)
}

// edit asks for another value.
func (c *nodeCard) edit(ch choice, s view.Setting) {
	t := c.env.T
	value := s.Value
	var input fyne.CanvasObject
	options := ch.options
	if s.Default == "true" || s.Default == "false" {
		options = []string{"true", "false"}
	}
	if len(options) > 0 {
		names := make([]string, len(options))
		for i, o := range options {
			names[i] = o
			switch o {
			case "true":
				names[i] = t("settings.value.on")
			case "false":
				names[i] = t("settings.value.off")
			}
		}
		input = kit.Select(names, slices.Index(options, value), func(i int) { value = options[i] })
	} else {
		e := kit.Entry(s.Default)
		e.SetText(s.Value)
		e.OnChanged = func(v string) { value = v }
		input = e
	}
	field := kit.Field(t(ch.title), input).Help(t(ch.help))
	var sheet *kit.Sheet
	var save *kit.Button
	save = kit.Primary(t("settings.save"), func() {
		save.SetBusy(true)
		c.change(view.SettingChange{Key: s.Key, Value: value}, func(err error) {
			save.SetBusy(false)
			if err != nil {
				field.SetError(c.env.Text.Explain(err))
				return
			}
			sheet.Close()
		})
	})
	usual := kit.Ghost(t("settings.usual"), func() {
		value = s.Default
		switch in := input.(type) {
		case *kit.EntryBox:
			in.SetText(s.Default)
		case *kit.SelectBox:
			in.Select(slices.Index(options, s.Default))
		}
	})
	sheet = c.env.Kit.Sheet(kit.SheetOptions{Title: t(ch.title), Content: field,
		Actions: []*kit.Button{usual, kit.Secondary(t("kit.cancel"), func() { sheet.Close() }), save}})
}

// change sets one setting and shows all anew.
func (c *nodeCard) change(s view.SettingChange, done func(error)) {
	page.Load(c.scope, func(ctx context.Context) ([]view.Setting, error) {
		return c.env.Backend.ChangeSettings(ctx, []view.SettingChange{s})
	}, func(list []view.Setting, err error) {
		done(err)
		if err != nil {
			return
		}
		c.fill(list, nil)
		c.env.Toast(look.Success, c.env.T("settings.saved"))
		if c.changed != nil {
			c.changed()
		}
	})
}
