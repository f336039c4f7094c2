package market

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"supercomputing/chain/types"
)

// maxTags bounds the languages of one advertisement that are looked at.
const maxTags = 16

// languages gives the record's form of tags: canonical BCP 47, each once,
// separated by commas.
func languages(tags []string) (string, error) {
	var out []string
	for _, s := range tags {
		if len(s) > types.MaxLanguages {
			return "", fmt.Errorf("%w: %q… is too long", ErrLanguage, s[:8])
		}
		t, err := language.Parse(s)
		if err != nil || t == language.Und {
			return "", fmt.Errorf("%w: %q is no language tag (BCP 47)", ErrLanguage, s)
		}
		if !slices.Contains(out, t.String()) {
			out = append(out, t.String())
		}
	}
	all := strings.Join(out, ",")
	if len(out) > maxTags || len(all) > types.MaxLanguages {
		return "", fmt.Errorf("%w: %d are too many", ErrLanguage, len(out))
	}
	return all, nil
}

// tags reads a record's languages. What is no tag is left out.
func tags(list string) (out []string) {
	for s := range strings.SplitSeq(list, ",") {
		t, err := language.Parse(strings.TrimSpace(s))
		if err == nil && t != language.Und && !slices.Contains(out, t.String()) && len(out) < maxTags {
			out = append(out, t.String())
		}
	}
	return out
}

// speaks reports whether one of tags is the wanted language: "de" fits "de-AT",
// and "de-AT" fits "de", whose writer is understood there too.
func speaks(list string, wanted language.Tag) bool {
	base, _ := wanted.Base()
	region, asked := wanted.Region()
	for _, s := range tags(list) {
		t, err := language.Parse(s)
		if err != nil {
			continue
		}
		b, _ := t.Base()
		r, has := t.Region()
		if b == base && (asked != language.Exact || has != language.Exact || r == region) {
			return true
		}
	}
	return false
}
