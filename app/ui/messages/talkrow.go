package messages

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// talkRow is a conversation in the list.
type talkRow struct {
	widget.BaseWidget
	env    *page.Env
	box    *fyne.Container
	avatar *kit.AvatarImage
	dot    *fyne.Container
	name   *kit.Text
	when   *kit.Text
	last   *kit.Text
	count  *kit.Text
	badge  *fyne.Container
	warn   *kit.IconImage
}

func newTalkRow(env *page.Env) *talkRow {
	r := &talkRow{env: env, avatar: kit.Avatar("", 40), name: kit.Strong("M").Truncate(), when: kit.Small(""), last: kit.Small("M").Truncate(),
		count: kit.Small("").Bold().Tone(look.OnPrimary), warn: kit.Icon("warning", look.Warn)}
	ring := kit.Stack(kit.MinSize(12, 12, kit.Surface(look.Card, 6)), kit.Middle(kit.MinSize(8, 8, kit.Surface(look.Good, 4))))
	r.dot = kit.Stack(ring)
	corner := kit.ColumnGap(0, kit.Grow(kit.Spacer()), kit.Right(r.dot))
	r.badge = kit.Stack(kit.Surface(look.Accent, 10), kit.PadXY(7, 2, r.count))
	words := kit.ColumnGap(3, kit.RowGap(6, r.warn, kit.Grow(r.name), r.when), kit.RowGap(6, kit.Grow(r.last), r.badge))
	r.box = kit.PadXY(14, 11, kit.RowGap(12, kit.Stack(r.avatar, corner), kit.Grow(words)))
	r.warn.Hide()
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *talkRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.box) }

// HeightFor implements kit.Flowing.
func (r *talkRow) HeightFor(width float32) float32 { return kit.HeightFor(r.box, width) }

func (r *talkRow) set(c view.Conversation) {
	r.avatar.Set(c.Address)
	r.name.Set(nameOf(r.env, c))
	r.when.Set(when(r.env, c.Time))
	r.last.Set(lastLine(r.env, c))
	r.count.Set(r.env.Text.Number(int64(c.Unread)))
	visible(r.badge, c.Unread > 0)
	visible(r.dot, c.Online)
	visible(r.warn, len(c.Warnings) > 0)
	r.Refresh()
}

// nameOf is how a correspondent is called.
func nameOf(env *page.Env, c view.Conversation) string {
	switch {
	case c.Own:
		return env.T("messages.own")
	case c.Name != "":
		return c.Name
	}
	return text.Short(c.Address)
}

// lastLine is the newest message of a conversation in one line.
func lastLine(env *page.Env, c view.Conversation) string {
	if c.Last == nil {
		return env.N("messages.count", c.Count)
	}
	s := briefly(env, *c.Last)
	if c.Last.Mine {
		return env.T("messages.you", "text", s)
	}
	return s
}

// briefly is a message in one line.
func briefly(env *page.Env, m view.Message) string {
	if m.Damaged {
		return env.T("messages.damaged")
	}
	if s := strings.Join(strings.Fields(m.Text), " "); s != "" {
		return s
	}
	if m.Card == nil {
		return env.T("messages.empty")
	}
	name := cardName(env, *m.Card)
	if m.Card.Title != "" {
		return name + ": " + m.Card.Title
	}
	return name
}

func visible(o fyne.CanvasObject, b bool) {
	if b == o.Visible() {
		return
	}
	if b {
		o.Show()
	} else {
		o.Hide()
	}
}
