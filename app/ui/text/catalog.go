// Package text owns every word and number that the windows show: translations
// by key, plurals, amounts, sizes, times and errors, in the person's language.
// It knows no widget.
package text

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Key names a text. Keys are written as literals, so that a test can compare
// them with the translations.
type Key string

// Language is one that the program speaks.
type Language struct {
	Code string // "en", "zh"
	Name string // in the language itself
}

// Languages lists what the program speaks.
func Languages() []Language {
	return []Language{{Code: English, Name: "English"}, {Code: Chinese, Name: "简体中文"}}
}

// The codes of the languages.
const (
	English = "en"
	Chinese = "zh"
)

// Known tells whether the program speaks the language.
func Known(language string) bool {
	for _, l := range Languages() {
		if l.Code == language {
			return true
		}
	}
	return false
}

// Catalog holds the texts of one language. It never changes.
type Catalog struct {
	language string
	texts    map[Key]string
	style    style
}

// Load reads the texts of a language from LANGUAGE/*.json of files. A language
// that the program does not speak becomes English.
func Load(files fs.FS, language string) (*Catalog, error) {
	if !Known(language) {
		language = English
	}
	names, err := fs.Glob(files, language+"/*.json")
	if err != nil {
		return nil, fmt.Errorf("find the texts of %q: %w", language, err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("find the texts of %q: %w", language, fs.ErrNotExist)
	}
	c := &Catalog{language: language, texts: make(map[Key]string), style: styleOf(language)}
	for _, name := range names {
		if err := c.add(files, name); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// errTwice says that two files have the same key.
var errTwice = errors.New("the key is there twice")

func (c *Catalog) add(files fs.FS, name string) error {
	b, err := fs.ReadFile(files, name)
	if err != nil {
		return fmt.Errorf("read texts: %w", err)
	}
	var flat map[Key]string
	if err := json.Unmarshal(b, &flat); err != nil {
		return fmt.Errorf("read texts of %s: %w", name, err)
	}
	for k, v := range flat {
		if _, there := c.texts[k]; there {
			return fmt.Errorf("%s: %s: %w", path.Base(name), k, errTwice)
		}
		c.texts[k] = v
	}
	return nil
}

// Language is the code of the catalog's language.
func (c *Catalog) Language() string { return c.language }

// Keys lists the keys, for tests.
func (c *Catalog) Keys() []Key {
	keys := make([]Key, 0, len(c.texts))
	for k := range c.texts {
		keys = append(keys, k)
	}
	return keys
}

// T gives the text of key. Args are pairs of a placeholder's name and its
// value: T("wallet.sent", "amount", "5 SCC"). A key without a text gives the
// key, which a test finds before a person does.
func (c *Catalog) T(key Key, args ...any) string {
	s, ok := c.texts[key]
	if !ok {
		return string(key)
	}
	return fill(s, args)
}

// N gives the text for n things: key+".one" or key+".other", whichever the
// language wants. The placeholder {n} is n, grouped.
func (c *Catalog) N(key Key, n int, args ...any) string {
	form := key + ".other"
	if n == 1 && c.language == English {
		form = key + ".one"
	}
	return c.T(form, append([]any{"n", c.Number(int64(n))}, args...)...)
}

// fill puts the values in place of {name}.
func fill(s string, args []any) string {
	if len(args) < 2 || !strings.Contains(s, "{") {
		return s
	}
	pairs := make([]string, 0, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		pairs = append(pairs, fmt.Sprintf("{%v}", args[i]), fmt.Sprint(args[i+1]))
	}
	return strings.NewReplacer(pairs...).Replace(s)
}
