package messages

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// line is a row of a conversation: the day when it begins, the bubble, and what
// can be done about a message that did not arrive.
type line struct {
	widget.BaseWidget
	chat   *chat
	day    *kit.Text
	dayBox *fyne.Container
	bubble *bubble
	under  *fyne.Container
	box    *fyne.Container
}

func newLine(c *chat) *line {
	l := &line{chat: c, day: kit.Small(""), bubble: newBubble(), under: kit.ColumnGap(4)}
	l.dayBox = kit.PadXY(0, 8, kit.Center(kit.Stack(kit.Surface(look.Raised, 10), kit.PadXY(10, 3, l.day))))
	l.box = kit.PadXY(16, 4, kit.ColumnGap(4, l.dayBox, l.bubble, l.under))
	l.ExtendBaseWidget(l)
	return l
}

// CreateRenderer implements fyne.Widget.
func (l *line) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(l.box) }

// HeightFor implements kit.Flowing.
func (l *line) HeightFor(width float32) float32 { return kit.HeightFor(l.box, width) }

// set shows the i-th message.
func (l *line) set(i int) {
	c := l.chat
	m := c.list[i]
	begins := i == 0 || !sameDay(c.list[i-1].Time, m.Time)
	if begins {
		l.day.Set(dayName(c.env, m.Time))
	}
	visible(l.dayBox, begins)
	l.bubble.want = textWidth(m.Text)
	l.bubble.set(m.Mine, c.body(m), func() { c.messageMenu(l.bubble, m) })
	l.under.Objects = c.under(m)
	visible(l.under, len(l.under.Objects) > 0)
	l.box.Refresh()
	l.Refresh()
}

func sameDay(a, b time.Time) bool {
	a, b = a.Local(), b.Local()
	return a.Year() == b.Year() && a.YearDay() == b.YearDay()
}

// dayName is “today”, “yesterday” or the day.
func dayName(env *page.Env, t time.Time) string {
	switch now := env.Now(); {
	case t.IsZero():
		return env.T("messages.noday")
	case sameDay(t, now):
		return env.T("messages.today")
	case sameDay(t, now.AddDate(0, 0, -1)):
		return env.T("messages.yesterday")
	case t.Local().Year() == now.Local().Year():
		return env.Text.Day(t)
	}
	return env.Text.Date(t)
}

// when is a time in a list: the clock today, else the day.
func when(env *page.Env, t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case sameDay(t, env.Now()):
		return env.Text.Clock(t)
	}
	return env.Text.Day(t)
}

// bubble is a message: ours at the right on teal, theirs at the left.
type bubble struct {
	widget.BaseWidget
	back    *canvas.Rectangle
	content *fyne.Container
	press   *kit.Press
	mine    bool
	want    float32 // width of the text when nothing wraps
}

// textWidth is how wide a text would be unwrapped. Of a long line a part is
// enough to know that it wraps.
func textWidth(s string) (w float32) {
	const enough = 160
	for line := range strings.SplitSeq(s, "\n") {
		if r := []rune(line); len(r) > enough {
			line = string(r[:enough])
		}
		w = max(w, fyne.MeasureText(line, look.Size(look.SizeBody), fyne.TextStyle{}).Width)
	}
	return w
}

func newBubble() *bubble {
	b := &bubble{back: canvas.NewRectangle(nil), content: kit.Stack()}
	b.press = kit.Tap(kit.PadXY(13, 9, b.content), nil)
	b.ExtendBaseWidget(b)
	return b
}

func (b *bubble) set(mine bool, content fyne.CanvasObject, menu func()) {
	b.mine = mine
	b.press.OnTapped = menu
	set(b.content, content)
	b.Refresh()
}

// widest is how much of a width a bubble takes at most.
func (b *bubble) widest(width float32) float32 {
	return min(width, max(260, width*0.8), 620*look.TextScale())
}

func (b *bubble) wide(width float32) float32 {
	return min(b.widest(width), max(b.want, kit.Wish(b.content))+26+1)
}

// HeightFor implements kit.Flowing.
func (b *bubble) HeightFor(width float32) float32 { return kit.HeightFor(b.press, b.wide(width)) }

// TappedSecondary implements fyne.SecondaryTappable.
func (b *bubble) TappedSecondary(*fyne.PointEvent) { b.press.Tapped(nil) }

// CreateRenderer implements fyne.Widget.
func (b *bubble) CreateRenderer() fyne.WidgetRenderer {
	r := &bubbleRenderer{b}
	r.paint()
	return r
}

type bubbleRenderer struct{ b *bubble }

func (r *bubbleRenderer) Destroy() {}
func (r *bubbleRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.b.back, r.b.press}
}
func (r *bubbleRenderer) MinSize() fyne.Size {
	if w := r.b.Size().Width; w > 0 {
		return fyne.NewSize(60, r.b.HeightFor(w))
	}
	return fyne.NewSize(60, r.b.press.MinSize().Height)
}

func (r *bubbleRenderer) Layout(size fyne.Size) {
	w, x := r.b.wide(size.Width), float32(0)
	if r.b.mine {
		x = size.Width - w
	}
	for _, o := range r.Objects() {
		o.Move(fyne.NewPos(x, 0))
		o.Resize(fyne.NewSize(w, size.Height))
	}
}

func (r *bubbleRenderer) Refresh() {
	r.paint()
	r.Layout(r.b.Size())
	r.b.back.Refresh()
	r.b.press.Refresh()
}

// paint gives the bubble its colour and its corner towards who speaks.
func (r *bubbleRenderer) paint() {
	const round, sharp = 14, 4
	b := r.b.back
	b.TopLeftCornerRadius, b.TopRightCornerRadius, b.BottomLeftCornerRadius, b.BottomRightCornerRadius = round, round, round, round
	if r.b.mine {
		b.FillColor, b.BottomRightCornerRadius = look.Color(look.Accent), sharp
	} else {
		b.FillColor, b.BottomLeftCornerRadius = look.Color(look.Raised), sharp
	}
}

// body is what a bubble holds.
func (c *chat) body(m view.Message) fyne.CanvasObject {
	tone, quiet := look.Plain, look.Muted
	if m.Mine {
		tone, quiet = look.OnPrimary, look.OnPrimary
	}
	col := kit.ColumnGap(6)
	switch {
	case m.Damaged:
		col.Add(kit.RowGap(8, kit.Icon("error", look.Warn), kit.Grow(kit.Body(c.env.T("messages.damaged")).Tone(tone).Wrap())))
	case m.Text != "":
		col.Add(kit.Body(m.Text).Tone(tone).Wrap())
	case m.Card == nil:
		col.Add(kit.Body(c.env.T("messages.empty")).Tone(quiet).Wrap())
	}
	if m.Card != nil && !m.Damaged {
		col.Add(c.card(m))
	}
	for _, l := range m.Links {
		col.Add(c.link(l))
	}
	for _, w := range m.Warnings {
		col.Add(warning(w))
	}
	if m.Filtered {
		col.Add(warning(c.env.T("messages.one.filtered")))
	}
	if m.Blocked {
		col.Add(warning(c.env.T("messages.one.blocked")))
	}
	col.Add(c.foot(m, quiet))
	return col
}

// warning is something suspicious, on a surface of its own in any bubble.
func warning(s string) fyne.CanvasObject {
	return kit.Stack(kit.Surface(look.WarningSoft, 8), kit.PadXY(10, 6, kit.Lead(kit.Icon("warning", look.Warn), kit.Small(s).Tone(look.Plain).Wrap())))
}

// foot tells the time, and how far a message of ours is.
func (c *chat) foot(m view.Message, tone look.Tone) fyne.CanvasObject {
	s := c.env.Text.Clock(m.Time)
	if m.Way == view.WayChain {
		s += " · " + c.env.T("messages.bychain")
	}
	if !m.Mine {
		return kit.Small(s).Tone(tone)
	}
	name, icon := c.status(m)
	return kit.RowGap(5, kit.Grow(kit.Small(s+" · "+name).Tone(tone).Align(fyne.TextAlignTrailing)), kit.Icon(icon, tone).Sized(15))
}

func (c *chat) status(m view.Message) (name, icon string) {
	T := c.env.T
	switch m.Status {
	case view.MessageQueued:
		return T("messages.status.queued"), "schedule"
	case view.MessageSent:
		return T("messages.status.sent"), "check"
	case view.MessageDelivered:
		return T("messages.status.delivered"), "done_all"
	case view.MessageRead:
		return T("messages.status.read"), "visibility"
	case view.MessageFailed:
		return T("messages.status.failed"), "error"
	}
	return m.Status, "help"
}

// under is what stands below a message of ours that waits or has failed.
func (c *chat) under(m view.Message) []fyne.CanvasObject {
	if !m.Mine || m.Status != view.MessageQueued && m.Status != view.MessageFailed {
		return nil
	}
	var out []fyne.CanvasObject
	tone := look.Muted
	if m.Status == view.MessageFailed {
		tone = look.Danger
	}
	if m.Problem != "" {
		out = append(out, kit.Small(m.Problem).Tone(tone).Wrap().Align(fyne.TextAlignTrailing))
	}
	retry := kit.Ghost(c.env.T("messages.retry"), func() { c.retry(m) }).Icon("refresh").Small()
	chain := kit.Ghost(c.env.T("messages.overchain"), func() { c.overChain(m) }).Icon("link").Small()
	if c.env.Narrow && look.TextScale() > 1.2 { // one below the other
		return append(out, kit.Right(retry), kit.Right(chain))
	}
	return append(out, kit.Right(kit.RowGap(2, retry, chain)))
}

// link shows where a link really leads. It is opened only when a person says so
// twice.
func (c *chat) link(l view.Link) fyne.CanvasObject {
	host := l.Host
	if host == "" {
		host = l.Text
	}
	col := kit.ColumnGap(4, kit.Tap(kit.Stack(kit.Surface(look.Card, 8), kit.PadXY(10, 6, kit.RowGap(8, kit.Icon("link", look.Primary), kit.Grow(kit.Small(host).Tone(look.Primary).Truncate())))),
		func() { openLink(c.env, c.scope, l) }).SetLabel(host))
	if l.Warning != "" {
		col.Add(warning(l.Warning))
	}
	return col
}
