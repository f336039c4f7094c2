package text

import (
	"strconv"
	"time"
)

// style is how a language writes times.
type style struct {
	date, day string // layouts
	clock     string
	join      string // between day and clock
}

func styleOf(language string) style {
	if language == Chinese {
		return style{date: "2006年1月2日", day: "1月2日", clock: "15:04", join: " "}
	}
	return style{date: "Jan 2, 2006", day: "Jan 2", clock: "15:04", join: ", "}
}

// Date is the day with its year, here where the program runs.
func (c *Catalog) Date(t time.Time) string { return c.at(t, c.style.date) }

// Day is the day without its year.
func (c *Catalog) Day(t time.Time) string { return c.at(t, c.style.day) }

// Clock is hours and minutes.
func (c *Catalog) Clock(t time.Time) string { return c.at(t, c.style.clock) }

// DateTime is the day with its year, hours and minutes.
func (c *Catalog) DateTime(t time.Time) string {
	return c.at(t, c.style.date+c.style.join+c.style.clock)
}

func (c *Catalog) at(t time.Time, layout string) string {
	if t.IsZero() {
		return "–"
	}
	return t.Local().Format(layout)
}

// When tells a time both ways: "Nov 21, 09:00 · 3 min ago".
func (c *Catalog) When(t, now time.Time) string {
	if t.IsZero() {
		return "–"
	}
	abs := c.Day(t) + c.style.join + c.Clock(t)
	if t.Local().Year() != now.Local().Year() {
		abs = c.DateTime(t)
	}
	return abs + " · " + c.Ago(t, now)
}

// Ago tells how long ago t was, or how soon it will be: "3 min ago", "in 2 h".
func (c *Catalog) Ago(t, now time.Time) string {
	if t.IsZero() {
		return "–"
	}
	d := now.Sub(t)
	switch {
	case d > -5*time.Second && d < 45*time.Second:
		return c.T("kit.time.now")
	case d < 0:
		return c.T("kit.time.in", "time", c.Duration(-d))
	case d > 300*24*time.Hour:
		return c.Date(t)
	}
	return c.T("kit.time.ago", "time", c.Duration(d))
}

// Duration is a length of time in one or two units: "45 s", "12 min",
// "2 h 5 min", "3 days".
func (c *Catalog) Duration(d time.Duration) string {
	if d < 0 {
		d = -d
	}
	const day = 24 * time.Hour
	num := func(n time.Duration) string { return strconv.FormatInt(int64(n), 10) }
	minutes := d.Round(time.Minute)
	switch {
	case d < time.Minute:
		return c.T("kit.time.seconds", "n", num(d/time.Second))
	case minutes < time.Hour:
		return c.T("kit.time.minutes", "n", num(minutes/time.Minute))
	case minutes < day:
		h, m := minutes/time.Hour, minutes%time.Hour/time.Minute
		if m == 0 || h >= 10 {
			return c.T("kit.time.hours", "n", num(h))
		}
		return c.T("kit.time.hours", "n", num(h)) + " " + c.T("kit.time.minutes", "n", num(m))
	}
	return c.N("kit.time.days", int(d.Round(day)/day))
}
