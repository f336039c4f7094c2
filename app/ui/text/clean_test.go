package text

import (
	"testing"

	"supercomputing/app/view"
)

func TestCleanKeepsNamesFromPretending(t *testing.T) {
	for in, want := range map[string]string{
		"plain":               "plain",
		"two\nlines":          "two\nlines",
		"中文 👩‍🔬":              "中文 👩‍🔬",
		"photo\u202egnp.exe":  "photognp.exe",
		"\u2066a\u2069\u200f": "a",
		"a\tb\x00c\x1b[2J\r":  "a bc[2J",
	} {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestExplainTellsWhatToDo(t *testing.T) {
	c := &Catalog{}
	err := view.Errorf(view.CodeInvalid, "it is wrong").WithHint("make it right")
	if got := c.Explain(err); got != "it is wrong\nmake it right" {
		t.Errorf("explained as %q", got)
	}
	if got := c.Explain(view.Errorf(view.CodeInvalid, "it is wrong")); got != "it is wrong" {
		t.Errorf("without a hint %q", got)
	}
}
