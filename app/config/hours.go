package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Hours are the hours of a week in which work for others is done, from Sunday
// on; bit h of a day stands for the hour from h to h+1 by the machine's clock.
// All zero means always. Its text is a list such as "mon-fri 18-24, sat-sun
// 0-24", or "always". An hour range may go over midnight: "mon-fri 22-6".
type Hours [7]uint32

const allHours = 1<<24 - 1

var dayNames = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ParseHours reads the text of Hours.
func ParseHours(s string) (h Hours, err error) {
	text := strings.ToLower(strings.TrimSpace(s))
	if text == "" || text == "always" {
		return h, nil
	}
	days := ""
	for part := range strings.SplitSeq(text, ",") {
		f := strings.Fields(part)
		switch len(f) {
		case 2:
			days = f[0]
		case 1:
			// "mon-fri 6-8, 18-24": the days before go on; "18-24": every day.
			if _, _, ok := hourRange(f[0]); !ok {
				f = []string{f[0], "0-24"}
				days = f[0]
			} else if days == "" {
				days = "sun-sat"
			}
		default:
			return Hours{}, badHours(s)
		}
		from, to, ok := hourRange(f[len(f)-1])
		first, last, known := dayRange(days)
		if !ok || !known {
			return Hours{}, badHours(s)
		}
		for d := first; ; d = (d + 1) % 7 {
			h.add(d, from, to)
			if d == last {
				break
			}
		}
	}
	if h.always() {
		return Hours{}, nil
	}
	return h, nil
}

func badHours(s string) error {
	return fmt.Errorf("%q are not hours such as %q, or always", s, "mon-fri 18-24, sat-sun 0-24")
}

// add allows hours of a day; a range that goes over midnight ends on the next.
func (h *Hours) add(day, from, to int) {
	if from >= to {
		h[(day+1)%7] |= 1<<to - 1
		to = 24
	}
	h[day] |= (1<<to - 1) &^ (1<<from - 1)
}

func hourRange(s string) (from, to int, ok bool) {
	a, b, found := strings.Cut(s, "-")
	from, err := strconv.Atoi(a)
	if err != nil || !found || from < 0 || from > 23 {
		return 0, 0, false
	}
	to, err = strconv.Atoi(b)
	return from, to, err == nil && to >= 0 && to <= 24 && to != from
}

func dayRange(s string) (first, last int, ok bool) {
	a, b, found := strings.Cut(s, "-")
	if !found {
		b = a
	}
	first, last = dayOf(a), dayOf(b)
	return first, last, first >= 0 && last >= 0
}

func dayOf(s string) int {
	for d, name := range dayNames {
		if s == name || s == strings.ToLower(time.Weekday(d).String()) {
			return d
		}
	}
	return -1
}

func (h Hours) always() bool {
	for _, d := range h {
		if d&allHours != allHours {
			return h == Hours{}
		}
	}
	return true
}

// String writes the hours so that ParseHours reads them back: the week from
// Monday on, days that are alike together.
func (h Hours) String() string {
	if h.always() {
		return "always"
	}
	var parts []string
	for i := 0; i < 7; {
		day := (i + 1) % 7
		bits := h[day] & allHours
		n := 1
		for i+n < 7 && h[(i+n+1)%7]&allHours == bits {
			n++
		}
		days := dayNames[day]
		if n > 1 {
			days += "-" + dayNames[(i+n)%7]
		}
		for hour := 0; hour < 24; hour++ {
			if bits>>hour&1 == 0 {
				continue
			}
			from := hour
			for hour < 24 && bits>>hour&1 == 1 {
				hour++
			}
			parts = append(parts, fmt.Sprintf("%s %d-%d", days, from, hour))
		}
		i += n
	}
	return strings.Join(parts, ", ")
}

// MarshalText implements encoding.TextMarshaler.
func (h Hours) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hours) UnmarshalText(b []byte) (err error) {
	*h, err = ParseHours(string(b))
	return err
}
