package kit

import (
	"math"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/look"
	"supercomputing/app/ui/text"
)

// Text shows words in one style. It is one line unless Wrap or Truncate says
// otherwise; a wrapped one tells its height for a width.
type Text struct {
	widget.BaseWidget

	s     string
	size  fyne.ThemeSizeName
	tone  look.Tone
	color fyne.ThemeColorName // instead of the tone's
	style fyne.TextStyle
	align fyne.TextAlign
	wrap  bool
	cut   bool
	small float32 // size to which the text may shrink; 0: it keeps its size
	now   float32 // size it has shrunk to; 0: its own

	broken struct {
		brokenFor
		lines []string
	}
}

func newText(s string, size fyne.ThemeSizeName, tone look.Tone, style fyne.TextStyle) *Text {
	t := &Text{s: text.Clean(s), size: size, tone: tone, style: style}
	t.ExtendBaseWidget(t)
	return t
}

var bold = fyne.TextStyle{Bold: true}

// Display is the one large number of a panel.
func Display(s string) *Text { return newText(s, look.SizeDisplay, look.Plain, bold) }

// Title names a page.
func Title(s string) *Text { return newText(s, look.SizeTitle, look.Plain, bold) }

// Heading names a panel.
func Heading(s string) *Text { return newText(s, look.SizeHeading, look.Plain, bold) }

// Strong is body text that stands out.
func Strong(s string) *Text { return newText(s, look.SizeBody, look.Plain, bold) }

// Body is ordinary text.
func Body(s string) *Text { return newText(s, look.SizeBody, look.Plain, fyne.TextStyle{}) }

// Muted is body text that steps back.
func Muted(s string) *Text { return newText(s, look.SizeBody, look.Muted, fyne.TextStyle{}) }

// Small is small text that steps back: labels and details.
func Small(s string) *Text { return newText(s, look.SizeSmall, look.Muted, fyne.TextStyle{}) }

// Mono is for addresses, hashes and logs.
func Mono(s string) *Text {
	return newText(s, look.SizeBody, look.Plain, fyne.TextStyle{Monospace: true})
}

// Paragraph is body text that wraps.
func Paragraph(s string) *Text { return Body(s).Wrap() }

// Tone colours the text. It returns t, as all that follow do.
func (t *Text) Tone(tone look.Tone) *Text { t.tone = tone; return t }

// Coloured gives the text a colour by name.
func (t *Text) Coloured(name fyne.ThemeColorName) *Text { t.color = name; return t }

// Sized gives the text another size by name.
func (t *Text) Sized(name fyne.ThemeSizeName) *Text { t.size = name; return t }

// Bold makes the text bold.
func (t *Text) Bold() *Text { t.style.Bold = true; return t }

// Align places the text in its room.
func (t *Text) Align(a fyne.TextAlign) *Text { t.align = a; return t }

// Wrap breaks the text into lines as its width demands.
func (t *Text) Wrap() *Text { t.wrap, t.cut = true, false; return t }

// Truncate ends the text with an ellipsis where its room ends.
func (t *Text) Truncate() *Text { t.wrap, t.cut = false, true; return t }

// Shrink makes the text smaller where its room is short, to the size of body
// text at least, before it ends with an ellipsis. For large numbers.
func (t *Text) Shrink() *Text {
	t.Truncate()
	t.small = 1
	return t
}

// Set changes the words.
func (t *Text) Set(s string) {
	if s = text.Clean(s); t.s == s {
		return
	}
	t.s = s
	t.Refresh()
}

// SetTone changes the colour.
func (t *Text) SetTone(tone look.Tone) {
	if t.tone == tone {
		return
	}
	t.tone = tone
	t.Refresh()
}

// Text is what the text says, uncut.
func (t *Text) Text() string { return t.s }

func (t *Text) measure(s string) fyne.Size {
	return fyne.MeasureText(s, t.points(), t.style)
}

// lineHeight is the height of one line, whatever the text shrank to.
func (t *Text) lineHeight() float32 {
	return fyne.MeasureText("Mg", look.Size(t.size), t.style).Height
}

// points is the size of the letters.
func (t *Text) points() float32 {
	if t.now > 0 {
		return t.now
	}
	return look.Size(t.size)
}

// shrink finds the size that fits a width.
func (t *Text) shrink(width float32) {
	t.now = 0
	if t.small == 0 || width <= 0 {
		return
	}
	if w := t.measure(t.s).Width; w > width {
		t.now = max(look.Size(look.SizeBody), float32(math.Floor(float64(look.Size(t.size)*width/w))))
	}
}

// least is the width below which a flexible text does not go.
func (t *Text) least() float32 { return look.Size(t.size) * 3 }

// HeightFor implements Flowing.
func (t *Text) HeightFor(width float32) float32 {
	line := t.lineHeight()
	if !t.wrap {
		return line * float32(1+strings.Count(t.s, "\n"))
	}
	return line * float32(len(t.lines(width)))
}

// CreateRenderer implements fyne.Widget.
func (t *Text) CreateRenderer() fyne.WidgetRenderer {
	t.ExtendBaseWidget(t)
	r := &textRenderer{t: t}
	r.Refresh()
	return r
}

// lines breaks the text for a width: at spaces, between Chinese characters,
// and inside words only when a word alone is too wide.
func (t *Text) lines(width float32) []string {
	k := brokenFor{s: t.s, width: width, size: t.points(), style: t.style}
	if t.broken.lines != nil && t.broken.brokenFor == k {
		return t.broken.lines
	}
	var out []string
	for para := range strings.SplitSeq(t.s, "\n") {
		out = append(out, t.breakLine(para, width)...)
	}
	t.broken.brokenFor, t.broken.lines = k, out
	return out
}

// brokenFor is what lines depend on. Layouts ask for heights again and again,
// so the last answer is kept.
type brokenFor struct {
	s           string
	width, size float32
	style       fyne.TextStyle
}

func (t *Text) breakLine(s string, width float32) []string {
	if width <= 0 || t.measure(s).Width <= width {
		return []string{s}
	}
	var out []string
	line, lineWidth := "", float32(0)
	flush := func() {
		out = append(out, strings.TrimRight(line, " "))
		line, lineWidth = "", 0
	}
	for _, word := range words(s) {
		w := t.measure(word).Width
		if line != "" && lineWidth+t.measure(strings.TrimRight(word, " ")).Width > width {
			flush()
		}
		if w <= width {
			line, lineWidth = line+word, lineWidth+w
			continue
		}
		for _, r := range word { // a word wider than the line, such as a hash
			rw := t.measure(string(r)).Width
			if line != "" && lineWidth+rw > width {
				flush()
			}
			line, lineWidth = line+string(r), lineWidth+rw
		}
	}
	if line != "" || len(out) == 0 {
		flush()
	}
	return out
}

// words splits where a line may end; a word keeps the space behind it.
func words(s string) []string {
	var out []string
	start := 0
	runes := []rune(s)
	for i, r := range runes {
		if i+1 == len(runes) {
			break
		}
		next := runes[i+1]
		ends := r == ' ' && next != ' '
		if !ends && (wide(r) || wide(next)) && r != ' ' && !closes(next) && !opens(r) {
			ends = r != '\u00a0' && next != '\u00a0'
		}
		if ends {
			out = append(out, string(runes[start:i+1]))
			start = i + 1
		}
	}
	return append(out, string(runes[start:]))
}

// wide tells characters that a line may end after or before.
func wide(r rune) bool {
	return unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x30ff || r >= 0xff00 && r <= 0xffef
}

// closes tells characters that must not begin a line, opens those that must
// not end one.
func closes(r rune) bool {
	return strings.ContainsRune("，。、；：？！）》】」』”’…—,.;:?!)]}%", r)
}
func opens(r rune) bool { return strings.ContainsRune("（《【「『“‘([{", r) }

type textRenderer struct {
	t       *Text
	objects []fyne.CanvasObject
	laid    float32 // the width the lines were broken for
}

func (r *textRenderer) Destroy()                     {}
func (r *textRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *textRenderer) MinSize() fyne.Size {
	t := r.t
	if t.wrap {
		width := t.least()
		if w := t.Size().Width; w > 0 {
			return fyne.NewSize(width, t.HeightFor(w))
		}
		return fyne.NewSize(width, t.lineHeight())
	}
	m := fyne.NewSize(0, t.HeightFor(0))
	if t.cut {
		m.Width = min(t.least(), t.measure(t.s).Width)
		return m
	}
	for line := range strings.SplitSeq(t.s, "\n") {
		m.Width = max(m.Width, t.measure(line).Width)
	}
	return m
}

func (r *textRenderer) Layout(size fyne.Size) {
	if size.Width != r.laid && (r.t.wrap || r.t.cut) {
		r.build(size.Width)
	}
	r.place(size)
}

func (r *textRenderer) place(size fyne.Size) {
	line := r.t.lineHeight()
	for i, o := range r.objects {
		o.Move(fyne.NewPos(0, float32(i)*line))
		o.Resize(fyne.NewSize(size.Width, line))
	}
}

func (r *textRenderer) Refresh() {
	r.build(r.t.Size().Width)
	r.place(r.t.Size())
	canvas.Refresh(r.t)
}

// build makes one canvas text for each line.
func (r *textRenderer) build(width float32) {
	t := r.t
	r.laid = width
	t.shrink(width)
	var lines []string
	switch {
	case t.wrap:
		lines = t.lines(width)
	case t.cut:
		lines = []string{t.ellipsis(width)}
	default:
		lines = strings.Split(t.s, "\n")
	}
	for len(r.objects) < len(lines) {
		r.objects = append(r.objects, canvas.NewText("", nil))
	}
	r.objects = r.objects[:len(lines)]
	name := t.color
	if name == "" {
		name = t.tone.Color()
	}
	for i, line := range lines {
		c := r.objects[i].(*canvas.Text)
		c.Text, c.Color, c.TextSize = line, look.Color(name), t.points()
		c.TextStyle, c.Alignment = t.style, t.align
	}
}

// ellipsis cuts the text to a width.
func (t *Text) ellipsis(width float32) string {
	s, _, more := strings.Cut(t.s, "\n")
	if !more && (width <= 0 || t.measure(s).Width <= width) {
		return s
	}
	runes := []rune(s)
	low, high := 0, len(runes)
	for low < high {
		mid := (low + high + 1) / 2
		if t.measure(string(runes[:mid])+"…").Width <= width {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return strings.TrimRight(string(runes[:low]), " ") + "…"
}
