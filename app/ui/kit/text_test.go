package kit_test

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/uitest"
)

// drawn are the lines of a text as they are drawn.
func drawn(o fyne.CanvasObject) (lines []string) {
	for _, t := range uitest.All[*canvas.Text](o) {
		lines = append(lines, t.Text)
	}
	return lines
}

func TestTextWraps(t *testing.T) {
	uitest.New(t)
	for name, s := range map[string]string{
		"words":   "The coins are kept until the job ends, then what was not earned comes back.",
		"chinese": "任务结束之前，这些币会一直保留；没有挣走的部分随后退回。",
		"hash":    strings.Repeat("0123456789abcdef", 8),
	} {
		text := kit.Paragraph(s)
		text.Resize(fyne.NewSize(150, 500))
		lines := drawn(text)
		if len(lines) < 2 {
			t.Errorf("%s: %d lines", name, len(lines))
		}
		for _, line := range lines {
			if w := fyne.MeasureText(line, 14, fyne.TextStyle{}).Width; w > 150 {
				t.Errorf("%s: line %q is %v wide", name, line, w)
			}
			if r := []rune(line); len(r) > 0 && strings.ContainsRune("，；。", r[0]) {
				t.Errorf("%s: line %q begins with a sign that ends a sentence", name, line)
			}
		}
		if got := strings.ReplaceAll(strings.Join(lines, ""), " ", ""); got != strings.ReplaceAll(s, " ", "") {
			t.Errorf("%s: words were lost: %q", name, got)
		}
		if want := text.HeightFor(150); text.MinSize().Height != want {
			t.Errorf("%s: least height %v, for the width %v", name, text.MinSize().Height, want)
		}
	}
}

func TestTextEndsWithEllipsis(t *testing.T) {
	uitest.New(t)
	text := kit.Body("A rather long name of somebody").Truncate()
	text.Resize(fyne.NewSize(100, 20))
	line := drawn(text)[0]
	if !strings.HasSuffix(line, "…") || fyne.MeasureText(line, 14, fyne.TextStyle{}).Width > 100 {
		t.Errorf("drawn: %q", line)
	}
	if text.Text() != "A rather long name of somebody" {
		t.Errorf("the text itself was cut: %q", text.Text())
	}
}

func TestTextShrinks(t *testing.T) {
	uitest.New(t)
	text := kit.Display("1,234,567.89 SCC").Shrink()
	text.Resize(fyne.NewSize(140, 40))
	c := uitest.All[*canvas.Text](text)[0]
	if c.Text != "1,234,567.89 SCC" || c.TextSize >= 26 || c.TextSize < 14 {
		t.Errorf("drawn %q in size %v", c.Text, c.TextSize)
	}
	text.Resize(fyne.NewSize(600, 40))
	if c := uitest.All[*canvas.Text](text)[0]; c.TextSize != 26 {
		t.Errorf("with room, size %v", c.TextSize)
	}
}

// Colours follow a change of theme.
func TestThemeChange(t *testing.T) {
	u := uitest.New(t)
	text := kit.Body("x")
	panel := kit.Panel(text)
	u.Show(panel)
	before := uitest.All[*canvas.Text](panel)[0].Color
	box := uitest.All[*canvas.Rectangle](panel)[0].FillColor
	fyne.CurrentApp().Settings().SetTheme(look.New(look.Options{Mode: look.ModeDark}))
	panel.Refresh()
	if after := uitest.All[*canvas.Text](panel)[0].Color; after == before {
		t.Error("the text kept its colour")
	}
	if after := uitest.All[*canvas.Rectangle](panel)[0].FillColor; after == box {
		t.Error("the panel kept its colour")
	}
}

func TestColumnsFollowTheWidth(t *testing.T) {
	u := uitest.New(t)
	a, b, c := kit.Panel(kit.Body("a")), kit.Panel(kit.Body("b")), kit.Panel(kit.Body("c"))
	grid := kit.Columns(200, a, b, c)
	u.Show(grid)
	grid.Resize(fyne.NewSize(700, 300))
	if a.Position().Y != c.Position().Y {
		t.Error("three do not stand beside each other in 700")
	}
	grid.Resize(fyne.NewSize(300, 600))
	if a.Position().X != c.Position().X || c.Position().Y <= b.Position().Y {
		t.Error("they do not stand below each other in 300")
	}
}

func TestBetweenGivesWay(t *testing.T) {
	uitest.New(t)
	left, right := kit.Body("A label that needs room"), kit.Body("and a value")
	line := kit.Between(left, right)
	line.Resize(fyne.NewSize(500, 20))
	if left.Position().Y != right.Position().Y {
		t.Error("not on one line where there is room")
	}
	high := kit.HeightFor(line, 150)
	line.Resize(fyne.NewSize(150, high))
	if right.Position().Y <= left.Position().Y {
		t.Error("not on two lines where there is none")
	}
}

// A page of nested layouts has its height in one pass.
func TestHeightsAreRightAtOnce(t *testing.T) {
	uitest.New(t)
	long := strings.Repeat("some words ", 60)
	page := kit.Loose(kit.Card("One", nil, kit.Columns(150, kit.Panel(kit.Paragraph(long)), kit.Panel(kit.Paragraph(long)))), kit.Body("end"))
	page.Resize(fyne.NewSize(400, kit.HeightFor(page, 400)))
	first := kit.HeightFor(page, 400)
	page.Refresh()
	if again := kit.HeightFor(page, 400); again != first || page.MinSize().Height != first {
		t.Errorf("height %v, then %v, least %v", first, again, page.MinSize().Height)
	}
}
