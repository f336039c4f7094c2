package text

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"
)

// System is the language of the desktop: English when the program does not
// speak it.
func System() string {
	if strings.HasPrefix(lang.SystemLocale().LanguageString(), Chinese) {
		return Chinese
	}
	return English
}

// toolkit maps the toolkit's own words to ours.
var toolkit = map[string]Key{
	"OK": "kit.toolkit.ok", "Cancel": "kit.cancel", "Confirm": "kit.toolkit.confirm", "Copy": "kit.copy",
	"Cut": "kit.toolkit.cut", "Paste": "kit.toolkit.paste", "Select all": "kit.toolkit.all",
	"Undo": "kit.toolkit.undo", "Redo": "kit.toolkit.redo", "Quit": "kit.toolkit.quit",
	"Yes": "kit.toolkit.yes", "No": "kit.toolkit.no", "Open": "kit.toolkit.open", "Save": "kit.toolkit.save",
	"Error": "kit.toolkit.error",
}

// Toolkit gives the toolkit's own words the catalog's language. The toolkit
// keeps to the system's language and cannot be told another, so the words take
// the place of that language's.
func (c *Catalog) Toolkit() error {
	words := make(map[string]string, len(toolkit))
	for theirs, ours := range toolkit {
		words[theirs] = c.T(ours)
	}
	data, err := json.Marshal(words)
	if err != nil {
		return fmt.Errorf("translate the toolkit: %w", err)
	}
	if err := lang.AddTranslationsForLocale(data, lang.SystemLocale()); err != nil {
		return fmt.Errorf("translate the toolkit: %w", err)
	}
	return nil
}

// Weekday is the short name of a day: "Mon".
func (c *Catalog) Weekday(d time.Weekday) string {
	names := [...]Key{"kit.day.sun", "kit.day.mon", "kit.day.tue", "kit.day.wed", "kit.day.thu", "kit.day.fri", "kit.day.sat"}
	return c.T(names[d%7])
}

// Weekdays are the short names of the days from Sunday on.
func (c *Catalog) Weekdays() (all [7]string) {
	for d := range all {
		all[d] = c.Weekday(time.Weekday(d))
	}
	return all
}
