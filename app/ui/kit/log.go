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
		End:  true, Plain: true,
	})
	l.content = Stack(Surface(look.Raised, look.Size(look.RadiusBox)), Pad(8, MinHeight(120, l.rows)))
	l.ExtendBaseWidget(l)
	return l
}

// Set shows other lines.
func (l *LogView) Set(lines []string) {
	l.lines = lines[max(0, len(lines)-logLines):]
	l.rows.Reload()
}

// Add shows more lines.
func (l *LogView) Add(lines ...string) { l.Set(append(l.lines, lines...)) }

// Lines is what is shown.
func (l *LogView) Lines() []string { return l.lines }

func (l *LogView) grows() {}
