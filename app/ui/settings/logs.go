package settings

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// logs is the node's log.
type logs struct {
	section
	lines []view.LogEntry // newest first
	level string
	list  *kit.Rows[*kit.ItemRow]
	box   *fyne.Container
	shown bool // the list is in the box
}

// levels are the least levels that can be chosen; "" is all.
var levels = []string{"", "info", "warn", "error"}

const (
	logLines = 1000
	logAgain = 5 * time.Second // between looks, while the tab is open
)

func newLogs(s section) *logs {
	l := &logs{section: s, level: "info", box: kit.Stack(kit.Loading(8))}
	t := l.env.T
	l.list = kit.NewRows(kit.RowsOptions[*kit.ItemRow]{
		Len: func() int { return len(l.lines) }, Make: kit.Item, Fill: l.fillRow, Tapped: l.open1,
	})
	names := []string{t("settings.log.all"), t("settings.log.info"), t("settings.log.warn"), t("settings.log.error")}
	level := kit.Select(names, 1, func(i int) { l.level = levels[i]; l.load() })
	copyAll := kit.Secondary(t("settings.log.copy"), l.copy).Icon("content_copy").Small()
	folder := kit.Secondary(t("settings.openfolder"), l.folder).Icon("folder_open").Small()
	l.body = kit.Column(kit.Between(kit.MinWidth(180, level), kit.Row(copyAll, folder)), kit.Grow(kit.PanelPad(0, l.box)))
	l.load()
	l.scope.Every(logAgain, l.load)
	return l
}

func (l *logs) load() {
	q := view.LogQuery{Level: l.level, Limit: logLines}
	page.LoadKey(l.scope, "log", func(ctx context.Context) ([]view.LogEntry, error) { return l.env.Backend.Log(ctx, q) }, l.showLines)
}

func (l *logs) showLines(list []view.LogEntry, err error) {
	t := l.env.T
	switch {
	case err != nil:
		l.shown = false
		fill(l.box, l.env.Kit.Failure(err, l.load))
		return
	case len(list) == 0:
		l.shown = false
		fill(l.box, kit.Empty("description", t("settings.log.none"), t("settings.log.none.text"), nil))
		return
	}
	if l.shown && same(l.lines, list) {
		return
	}
	l.lines = make([]view.LogEntry, len(list))
	for i, e := range list {
		l.lines[len(list)-1-i] = e
	}
	if !l.shown {
		l.shown = true
		fill(l.box, l.list)
	}
	l.list.Reload()
}

// same tells whether what is shown, newest first, is what came, oldest first.
func same(shown, came []view.LogEntry) bool {
	if len(shown) != len(came) {
		return false
	}
	last := came[len(came)-1]
	return shown[0].Time.Equal(last.Time) && shown[0].Text == last.Text
}

func (l *logs) fillRow(i int, row *kit.ItemRow) {
	e := l.lines[i]
	tone := look.Muted
	switch strings.ToLower(e.Level) {
	case "error":
		tone = look.Danger
	case "warn":
		tone = look.Warn
	}
	row.Title(e.Text, l.env.Text.When(e.Time, l.env.Now())).Pill(tone, strings.ToLower(e.Level)).Done()
}

// open1 shows a line whole.
func (l *logs) open1(i int) {
	e := l.lines[i]
	var sheet *kit.Sheet
	sheet = l.env.Kit.Sheet(kit.SheetOptions{Title: l.env.Text.DateTime(e.Time), Content: l.env.Kit.CopyLine(e.Text),
		Actions: []*kit.Button{kit.Primary(l.env.T("settings.close"), func() { sheet.Close() })}})
}

func (l *logs) copy() {
	var b strings.Builder
	for i := len(l.lines) - 1; i >= 0; i-- {
		e := l.lines[i]
		fmt.Fprintf(&b, "%s %s %s\n", e.Time.Format(time.RFC3339), e.Level, e.Text)
	}
	l.env.Host.CopyText(b.String(), false)
	l.env.Toast(look.Success, l.env.N("settings.log.copied", len(l.lines)))
}

func (l *logs) folder() {
	page.Load(l.scope, l.env.Backend.Status, func(s view.Status, err error) {
		if err != nil {
			l.env.Fail(err)
			return
		}
		l.open(s.DataDir)
	})
}
