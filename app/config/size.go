package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Size is a count of bytes; where it is a limit, 0 means none. Its text is a
// number with a unit: "10 GiB".
type Size int64

// Rate is bytes per second; 0 means no limit. Its text is "8 MiB/s".
type Rate int64

// Memory is bytes of memory; 0 means half of the machine's. Its text is that of
// a Size, or "half".
type Memory int64

// units by descending size. Decimal units are read, binary ones written.
var units = []struct {
	name string
	n    float64
}{
	{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
	{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}, {"B", 1},
}

// ParseSize reads "10 GiB", "1.5MB", "4096" or "unlimited" (0).
func ParseSize(s string) (Size, error) {
	text := strings.TrimSpace(s)
	if strings.EqualFold(text, "unlimited") {
		return 0, nil
	}
	factor := 1.0
	for _, u := range units {
		if n := len(text) - len(u.name); n > 0 && strings.EqualFold(text[n:], u.name) {
			text, factor = strings.TrimSpace(text[:n]), u.n
			break
		}
	}
	v, err := strconv.ParseFloat(text, 64)
	// NaN and infinities, hexadecimal and exponents are nobody's disk size.
	if err != nil || strings.Trim(text, "0123456789.") != "" || v*factor >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is not a size such as 500 MB, 10 GiB or unlimited", s)
	}
	return Size(v * factor), nil
}

// ParseRate reads what ParseSize reads, with or without "/s".
func ParseRate(s string) (Rate, error) {
	v, err := ParseSize(strings.TrimSuffix(strings.TrimSpace(s), "/s"))
	if err != nil {
		return 0, fmt.Errorf("%q is not a rate such as 500 KB/s, 8 MiB/s or unlimited", s)
	}
	return Rate(v), nil
}

// ParseMemory reads a size, or "half" (0).
func ParseMemory(s string) (Memory, error) {
	if text := strings.TrimSpace(s); strings.EqualFold(text, "half") {
		return 0, nil
	} else if v, err := ParseSize(text); err == nil && v > 0 {
		return Memory(v), nil
	}
	return 0, fmt.Errorf("%q is not memory such as 8 GiB or half", s)
}

// String writes the size exactly, in the largest unit that divides it.
func (s Size) String() string {
	if s == 0 {
		return "unlimited"
	}
	for _, u := range units[:4] {
		if n := Size(u.n); s%n == 0 {
			return fmt.Sprintf("%d %s", s/n, u.name)
		}
	}
	return fmt.Sprintf("%d B", int64(s))
}

// String writes the rate as Size does, with "/s".
func (r Rate) String() string {
	if r == 0 {
		return "unlimited"
	}
	return Size(r).String() + "/s"
}

// MarshalText implements encoding.TextMarshaler.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Size) UnmarshalText(b []byte) (err error) {
	*s, err = ParseSize(string(b))
	return err
}

// MarshalText implements encoding.TextMarshaler.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Rate) UnmarshalText(b []byte) (err error) {
	*r, err = ParseRate(string(b))
	return err
}

// String writes the memory as Size does, or "half".
func (m Memory) String() string {
	if m == 0 {
		return "half"
	}
	return Size(m).String()
}

// MarshalText implements encoding.TextMarshaler.
func (m Memory) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (m *Memory) UnmarshalText(b []byte) (err error) {
	*m, err = ParseMemory(string(b))
	return err
}
