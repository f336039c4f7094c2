package config

import (
	"testing"
	"time"
)

func TestHours(t *testing.T) {
	for text, back := range map[string]string{
		"":                            "always",
		"always":                      "always",
		"0-24":                        "always",
		"sun-sat 0-24":                "always",
		"Mon-Fri 18-24, sat-sun 0-24": "mon-fri 18-24, sat-sun 0-24",
		"monday 8-9":                  "mon 8-9",
		"22-6":                        "mon-sun 0-6, mon-sun 22-24",
		"fri 22-6":                    "fri 22-24, sat 0-6",
		"sat 22-6":                    "sat 22-24, sun 0-6",
		"mon 1-2, 5-6":                "mon 1-2, mon 5-6",
		"sat":                         "sat 0-24",
		"sat-mon 3-4":                 "mon 3-4, sat-sun 3-4",
		"23-0":                        "mon-sun 23-24",
	} {
		h, err := ParseHours(text)
		if err != nil || h.String() != back {
			t.Errorf("%q: %q, %v; want %q", text, h, err, back)
		}
		if again, err := ParseHours(h.String()); err != nil || again != h {
			t.Errorf("%q does not read back: %q, %v", h, again, err)
		}
	}
	if h, _ := ParseHours("mon-fri 18-24, sat-sun 0-24"); h[time.Monday] != 0b111111<<18 || h[time.Sunday] != allHours {
		t.Errorf("bits: %b", h)
	}
	for _, text := range []string{"never", "mon", "mon 24-25", "mon 5-5", "mon 5", "mon-xxx 1-2", "mon tue 1-2", "5--6", "-1-5", ",", "mon 1-2,"} {
		h, err := ParseHours(text)
		if ok := text == "mon"; ok != (err == nil) {
			t.Errorf("%q was read as %q, %v", text, h, err)
		}
	}
}

func TestSpan(t *testing.T) {
	for text, want := range map[string]time.Duration{"3 min": 3 * time.Minute, "90s": 90 * time.Second, "1 h 30 min": 90 * time.Minute, "1h30m": 90 * time.Minute, "0": 0} {
		got, err := ParseSpan(text)
		if err != nil || time.Duration(got) != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
		if again, err := ParseSpan(got.String()); err != nil || again != got {
			t.Errorf("%q does not read back: %v, %v", got, again, err)
		}
	}
	for _, text := range []string{"", "3", "-3 min", "1.5 s", "soon"} {
		if v, err := ParseSpan(text); err == nil {
			t.Errorf("%q was read as %v", text, v)
		}
	}
}

func TestCores(t *testing.T) {
	for text, want := range map[string]int{"half": 4, "all": 0, "3": 3, "0": 0} {
		c, err := ParseCores(text)
		if err != nil || c.Of(8) != want {
			t.Errorf("%q: %v, %v", text, c.Of(8), err)
		}
	}
	if HalfCores.Of(1) != 1 {
		t.Error("half of one core is none")
	}
	if _, err := ParseCores("-1"); err == nil {
		t.Error("-1 cores")
	}
}

// A file of an earlier program means the same as before, and keeps its meaning
// when it is written anew.
func TestEarlierContribute(t *testing.T) {
	c, err := Parse([]byte(`{"version":1,"contribute":{"enabled":true,"cores":3,"memory":"half"}}`))
	if err != nil || !c.Contribute.Enabled || c.Contribute.Cores != 3 || c.Contribute.InUse != Default().Contribute.InUse || !c.Contribute.Pause.Battery {
		t.Fatalf("%+v, %v", c.Contribute, err)
	}
	if err := c.Set("contribute.pause.programs", "steam, blender"); err != nil || len(c.Contribute.Pause.Programs) != 2 {
		t.Errorf("%v, %q", err, c.Contribute.Pause.Programs)
	}
	if err := c.Set("contribute.hours", "fri 22-6"); err != nil {
		t.Error(err)
	}
	if got, _ := c.Get("contribute.hours"); got != "fri 22-24, sat 0-6" {
		t.Errorf("hours: %q", got)
	}
}
