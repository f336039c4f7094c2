package main

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
)

// show prints v as JSON when that was asked for, else lets text print it.
func (p *program) show(v any, text func()) error {
	if !p.json {
		text()
		return nil
	}
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.out, string(raw))
	return err
}

// say prints a line.
func (p *program) say(format string, args ...any) { fmt.Fprintf(p.out, format+"\n", args...) }

// facts prints names and values in two columns; an empty value is left out.
func (p *program) facts(pairs ...any) {
	w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
	for i := 0; i+1 < len(pairs); i += 2 {
		if v := clean(fmt.Sprint(pairs[i+1])); v != "" {
			fmt.Fprintf(w, "%v:\t%s\n", pairs[i], v)
		}
	}
	w.Flush()
}

// table prints rows under a header; without rows it says what that means.
func (p *program) table(header string, rows [][]any, empty string) {
	if len(rows) == 0 {
		p.say("%s", empty)
		return
	}
	var buf strings.Builder
	w := tabwriter.NewWriter(&buf, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, strings.ReplaceAll(header, "|", "\t"))
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = clean(fmt.Sprint(c))
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	w.Flush()
	for line := range strings.Lines(buf.String()) {
		p.say("%s", strings.TrimRight(line, " \n"))
	}
}

// clean keeps text that strangers wrote (names, agents, records) from steering
// the terminal or breaking a table.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, s)
}

// bytesText writes a size for people: "1.5 GiB".
func bytesText(n int64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	v, u := float64(n)/1024, 0
	for v >= 1023.95 && u < len(units)-1 {
		v, u = v/1024, u+1
	}
	return fmt.Sprintf("%.1f %ciB", v, units[u])
}

// limitText writes a limit, 0 meaning none.
func limitText(n int64) string {
	if n == 0 {
		return "unlimited"
	}
	return bytesText(n)
}

// timeText writes a time to the second, in local time; the zero time is "".
func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

// spanText writes a span for people: "3 d 4 h".
func spanText(d time.Duration) string {
	s := int64(d / time.Second)
	parts := []struct {
		n    int64
		unit string
	}{{s / 86400, "d"}, {s / 3600 % 24, "h"}, {s / 60 % 60, "min"}, {s % 60, "s"}}
	for i, part := range parts {
		if part.n == 0 && i < len(parts)-1 {
			continue
		}
		text := fmt.Sprintf("%d %s", part.n, part.unit)
		if i+1 < len(parts) && parts[i+1].n > 0 {
			text += fmt.Sprintf(" %d %s", parts[i+1].n, parts[i+1].unit)
		}
		return text
	}
	return "0 s"
}

// workText writes seconds of work: tenths where they matter.
func workText(seconds float64) string {
	if seconds > 0 && seconds < 9.95 {
		return fmt.Sprintf("%.1f s", seconds)
	}
	return spanText(time.Duration(min(seconds, 1e9) * float64(time.Second)))
}

// aboutText is workText for a time that is only guessed: rounded.
func aboutText(seconds float64) string {
	step := 1.0
	for _, s := range []struct{ over, to float64 }{{90, 10}, {600, 60}, {7200, 600}, {86400, 3600}} {
		if seconds >= s.over {
			step = s.to
		}
	}
	if seconds >= 9.95 {
		seconds = math.Round(seconds/step) * step
	}
	return workText(seconds)
}

// parseSpan reads "30d", "12h" or anything of time.ParseDuration.
func parseSpan(s string) (time.Duration, error) {
	days, ok := strings.CutSuffix(s, "d")
	if ok {
		var n int
		if _, err := fmt.Sscanf(days+" ", "%d ", &n); err == nil && fmt.Sprint(n) == days && n > 0 && n < 100_000 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
		return 0, fmt.Errorf("%q is not a time such as 30d or 12h", s)
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is not a time such as 30d or 12h", s)
	}
	return d, nil
}

// short cuts a hash or an address for a table.
func short(s string) string {
	if len(s) <= 20 {
		return s
	}
	return s[:10] + "…" + s[len(s)-6:]
}

// count writes "1 block", "2 blocks".
func count[T ~int | ~uint32 | ~int64](n T, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
