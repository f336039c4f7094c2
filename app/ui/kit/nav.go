package kit

import (
	"strconv"

	"fyne.io/fyne/v2"
	fynecontainer "fyne.io/fyne/v2/container"

	"supercomputing/app/ui/look"
)

// NavEntry is an entry of the navigation.
type NavEntry struct {
	Press
	name     string
	icon     *IconImage
	text     *Text
	badge    *PillMark
	selected bool
	compact  bool
}

// NavItem is an entry of the navigation: an icon and a label.
func NavItem(icon, label string, fn func()) *NavEntry {
	n := &NavEntry{name: icon, icon: Icon(icon, look.Muted), text: Muted(label).Truncate(), badge: Pill(look.Primary, "")}
	n.OnTapped = fn
	n.Press.init(PadXY(12, 9, RowGap(12, n.icon, Grow(n.text), n.badge)), look.Clear, look.Size(look.RadiusBox))
	n.label = label
	n.ExtendBaseWidget(n)
	return n
}

// NavTab is an entry of the bottom bar of a narrow window: the label under the icon.
func NavTab(icon, label string, fn func()) *NavEntry {
	n := &NavEntry{name: icon, compact: true, icon: Icon(icon, look.Muted).Sized(22), badge: Pill(look.Primary, "")}
	n.text = Small(label).Truncate().Align(fyne.TextAlignCenter)
	n.OnTapped = fn
	n.Press.init(PadXY(2, 6, ColumnGap(2, Center(RowGap(2, n.icon, n.badge)), n.text)), look.Clear, look.Size(look.RadiusBox))
	n.label = label
	n.ExtendBaseWidget(n)
	return n
}

// SetSelected marks the entry of the page that is shown.
func (n *NavEntry) SetSelected(b bool) {
	n.selected = b
	tone := look.Muted
	n.rest = look.Clear
	if b {
		tone = look.Primary
		if !n.compact {
			n.rest = look.AccentSoft
		}
	}
	n.icon.Set(n.name, tone)
	n.text.style.Bold = b
	n.text.tone = tone
	n.text.Refresh()
	n.paint()
}

// SetBadge shows a count of what is new; 0 shows nothing.
func (n *NavEntry) SetBadge(count int) {
	switch {
	case count <= 0:
		n.badge.Set(look.Primary, "")
	case count > 99:
		n.badge.Set(look.Primary, "99+")
	default:
		n.badge.Set(look.Primary, strconv.Itoa(count))
	}
	n.Refresh()
}

// TabBar switches between parts of a page. It scrolls when it is too narrow.
type TabBar struct {
	composite
	scroll   *fynecontainer.Scroll
	tabs     []*Press
	texts    []*Text
	selected int
	fn       func(int)
}

// Tabs switches between parts of a page; fn gets the one that was chosen.
func Tabs(labels []string, selected int, fn func(int)) *TabBar {
	t := &TabBar{selected: -1, fn: fn}
	row := RowGap(4)
	for i, label := range labels {
		text := Body(label)
		p := newPress(PadXY(12, 8, text), look.Clear, look.Size(look.RadiusBox), func() { t.choose(i) }).SetLabel(label)
		p.key = t.key
		t.tabs, t.texts = append(t.tabs, p), append(t.texts, text)
		row.Add(p)
	}
	t.scroll = fynecontainer.NewHScroll(row)
	t.content = t.scroll
	t.ExtendBaseWidget(t)
	t.Select(selected)
	return t
}

func (t *TabBar) choose(i int) {
	if i == t.selected {
		return
	}
	t.Select(i)
	if t.fn != nil {
		t.fn(i)
	}
}

// key moves to the neighbour with the arrows.
func (t *TabBar) key(e *fyne.KeyEvent) bool {
	step := map[fyne.KeyName]int{fyne.KeyLeft: -1, fyne.KeyRight: 1}[e.Name]
	next := t.selected + step
	if step == 0 || next < 0 || next >= len(t.tabs) {
		return step != 0
	}
	t.choose(next)
	if c := canvasOf(t); c != nil {
		c.Focus(t.tabs[next])
	}
	return true
}

// Select shows a tab as chosen, without telling fn.
func (t *TabBar) Select(i int) {
	t.selected = i
	for j, p := range t.tabs {
		p.rest, t.texts[j].tone = look.Clear, look.Muted
		t.texts[j].style.Bold = j == i
		if j == i {
			p.rest, t.texts[j].tone = look.AccentSoft, look.Primary
		}
		t.texts[j].Refresh()
		p.paint()
	}
	t.Refresh()
	t.reveal()
}

// Resize implements fyne.Widget: the chosen tab stays in view.
func (t *TabBar) Resize(size fyne.Size) {
	t.composite.Resize(size)
	t.reveal()
}

func (t *TabBar) reveal() {
	if t.selected >= 0 && t.selected < len(t.tabs) {
		reveal(t.scroll, t.tabs[t.selected])
	}
}

// Selected is the tab that is chosen.
func (t *TabBar) Selected() int { return t.selected }
