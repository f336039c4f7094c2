package kit

import (
	"supercomputing/app/ui/look"
)

// LogView shows lines of a log, the newest at the end. It follows them while
// its end is in view.
type LogView struct {
	composite
	lines []string
	rows  *Rows[*Text]
}

// logLines bounds what a log keeps.
const logLines = 20_000

// Log makes an empty log.
func Log() *LogView {
	l := &LogView{}
	l.rows = NewRows(RowsOptions[*Text]{
		Len:  func() int { return len(l.lines) },
		Make: func() *Text { return Mono("").Sized(look.SizeSmall).Truncate() },
		Fill: func(i int, t *Text) { t.Set(l.lines[i]) },
	})
	l.rows.HideSeparators = true
	l.content = Stack(Surface(look.Raised, look.Size(look.RadiusBox)), Pad(8, MinHeight(120, l.rows)))
	l.ExtendBaseWidget(l)
	return l
}

// Set shows other lines.
func (l *LogView) Set(lines []string) {
	end := l.atEnd()
	l.lines = lines[max(0, len(lines)-logLines):]
	l.rows.Reload()
	if end {
		l.rows.ScrollToBottom()
	}
}

// Add shows more lines.
func (l *LogView) Add(lines ...string) { l.Set(append(l.lines, lines...)) }

// Lines is what is shown.
func (l *LogView) Lines() []string { return l.lines }

func (l *LogView) atEnd() bool {
	row := l.rows.GetScrollOffset() + l.rows.Size().Height
	return row >= l.contentHeight()-40
}

func (l *LogView) contentHeight() float32 {
	return float32(len(l.lines)) * (Mono("Mg").Sized(look.SizeSmall).MinSize().Height + 6)
}

func (l *LogView) grows() {}
