package kit_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/uitest"
)

// list is a list of n numbered rows.
type list struct {
	first, n int // the number of the first row, and how many
	made     int
	rows     *kit.Rows[*kit.Text]
	tapped   []int
}

func newList(n int, change func(*kit.RowsOptions[*kit.Text])) *list {
	l := &list{n: n}
	o := kit.RowsOptions[*kit.Text]{
		Len:    func() int { return l.n },
		Make:   func() *kit.Text { l.made++; return kit.Body("row") },
		Fill:   func(i int, t *kit.Text) { t.Set(fmt.Sprintf("row %d", l.first+i)) },
		Key:    func(i int) string { return fmt.Sprint(l.first + i) },
		Tapped: func(i int) { l.tapped = append(l.tapped, l.first+i) },
	}
	if change != nil {
		change(&o)
	}
	l.rows = kit.NewRows(o)
	return l
}

func TestRowsBuildOnlyWhatIsSeen(t *testing.T) {
	u := uitest.New(t)
	begin := time.Now()
	l := newList(100_000, nil)
	u.Show(l.rows)
	for range 200 {
		l.rows.ScrollToOffset(l.rows.Offset() + 5000)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("scrolling through 100,000 rows took %v", took)
	}
	if l.made > 120 {
		t.Errorf("%d rows were made", l.made)
	}
	l.rows.ScrollToBottom()
	u.MustHave("row 99999")
	l.rows.ScrollToTop()
	u.MustHave("row 0")
}

func TestRowsByKeyboard(t *testing.T) {
	u := uitest.New(t)
	l := newList(1000, nil)
	u.Show(l.rows)
	u.Window.Canvas().Focus(l.rows)
	key(l.rows, fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn, fyne.KeyEnd, fyne.KeySpace, fyne.KeyHome, fyne.KeyPageDown, fyne.KeyUp, fyne.KeyReturn)
	if len(l.tapped) != 3 || l.tapped[0] != 2 || l.tapped[1] != 999 || l.tapped[2] < 10 {
		t.Errorf("tapped: %v", l.tapped)
	}
	u.Tap(fmt.Sprintf("row %d", l.tapped[2]))
	if l.tapped[3] != l.tapped[2] {
		t.Errorf("tapped: %v", l.tapped)
	}
}

func TestRowsStayInPlace(t *testing.T) {
	u := uitest.New(t)
	l := newList(500, func(o *kit.RowsOptions[*kit.Text]) { o.Keep = true })
	u.Show(l.rows)
	l.rows.ScrollToOffset(3000)
	u.Settle()
	top := uitest.Texts(l.rows)[0]
	u.Tap(top)
	l.first, l.n = -100, 600 // a hundred came at the beginning
	l.rows.Reload()
	u.Settle()
	if !u.Has(top) {
		t.Errorf("%s went out of view: %q", top, uitest.Texts(l.rows))
	}
	if got := fmt.Sprintf("row %d", l.first+l.rows.Selected()); got != top {
		t.Errorf("the selection went to %s", got)
	}
	l.n = 5
	l.rows.Reload()
	u.Settle()
	u.MustHave("row -100", "row -96")
}

func TestRowsAskForMore(t *testing.T) {
	u := uitest.New(t)
	asked := 0
	l := newList(100, func(o *kit.RowsOptions[*kit.Text]) { o.More = func() { asked++ } })
	u.Show(l.rows)
	if asked != 0 {
		t.Error("asked at the beginning")
	}
	l.rows.ScrollToBottom()
	l.rows.ScrollToOffset(l.rows.Offset() - 10)
	if asked != 1 {
		t.Errorf("asked %d times for one length", asked)
	}
	l.n = 200
	l.rows.Reload()
	l.rows.ScrollToBottom()
	if asked != 2 {
		t.Errorf("asked %d times for two lengths", asked)
	}
}

// Rows of different heights: only those that are seen are measured, and the
// end stays in view as more come.
func TestRowsOfDifferentHeights(t *testing.T) {
	u := uitest.New(t)
	measured := map[int]bool{}
	l := newList(100_000, func(o *kit.RowsOptions[*kit.Text]) {
		o.End = true
		o.Height = func(i int, _ float32) float32 { measured[i] = true; return float32(20 + i%7*15) }
	})
	u.Show(l.rows)
	l.rows.ScrollToBottom()
	u.MustHave("row 99999")
	if len(measured) > 400 {
		t.Errorf("%d rows were measured", len(measured))
	}
	l.n++
	l.rows.Reload()
	u.MustHave("row 100000")
	l.rows.ScrollToOffset(l.rows.Offset() - 2000)
	u.Settle()
	before := topRow(l)
	l.n++
	l.rows.Reload()
	u.Settle()
	if after := topRow(l); after != before {
		t.Errorf("the view moved from row %d to row %d", before, after)
	}
	for range 50 { // upwards over rows that were only guessed
		l.rows.ScrollToOffset(l.rows.Offset() - 700)
	}
	u.Settle()
	if n := len(uitest.Texts(l.rows)); n < 10 {
		t.Errorf("only %d rows are in view", n)
	}
}

// topRow is the first row in view.
func topRow(l *list) int {
	top := -1
	for _, s := range uitest.Texts(l.rows) {
		n := 0
		if _, err := fmt.Sscanf(s, "row %d", &n); err == nil && (top < 0 || n < top) {
			top = n
		}
	}
	return top
}

func TestRowsWhole(t *testing.T) {
	u := uitest.New(t)
	l := newList(12, func(o *kit.RowsOptions[*kit.Text]) { o.Whole = true })
	u.Show(kit.PageBody(kit.Panel(l.rows), kit.Body("below")))
	u.MustHave("row 0", "row 11", "below")
	l.n = 30
	l.rows.Reload()
	u.Settle()
	u.MustHave("row 29")
}

func TestTableInBothShapes(t *testing.T) {
	for _, v := range []uitest.Variant{uitest.Wide(), uitest.Phone()} {
		u := uitest.NewVariant(t, v)
		var tapped []int
		table := kit.NewTable(kit.TableOptions{
			Columns: []kit.TableColumn{{Title: "Number", Hide: true}, {Title: "Name", Main: true}, {Title: "State", Right: true}},
			Len:     func() int { return 10_000 },
			Cell: func(r, c int) kit.Cell {
				return kit.Cell{Text: fmt.Sprintf("cell %d.%d", r, c), Pill: c == 2}
			},
			Tapped: func(i int) { tapped = append(tapped, i) },
		})
		u.Show(table)
		u.MustHave("cell 0.1", "cell 0.2")
		if u.Has("cell 0.0") == v.Narrow() || u.Has("Number") == v.Narrow() {
			t.Errorf("narrow %v: %q", v.Narrow(), u.Texts()[:6])
		}
		u.Tap("cell 3.1")
		if len(tapped) != 1 || tapped[0] != 3 {
			t.Errorf("tapped: %v", tapped)
		}
	}
}

func TestLogFollowsItsEnd(t *testing.T) {
	u := uitest.New(t)
	log := kit.Log()
	u.Show(kit.Stack(log))
	for i := range 300 {
		log.Add(fmt.Sprintf("line %d.", i))
	}
	u.Settle()
	u.MustHave("line 299.")
	if got := strings.Join(uitest.Texts(log), " "); strings.Contains(got, "line 3. ") {
		t.Error("all lines exist at once")
	}
}
