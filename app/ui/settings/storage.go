package settings

import (
	"context"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// storage is what takes up disk space, and how much may.
type storage struct {
	section
	parts *fyne.Container
}

var storageChoices = []choice{
	{"contribute.disk", "settings.node.disk", "settings.node.disk.help", nil},
	{"contribute.dir", "settings.node.dir", "settings.node.dir.help", nil},
	{"log.size", "settings.node.logsize", "settings.node.logsize.help", nil},
}

func newStorage(s section) *storage {
	o := &storage{section: s, parts: kit.Column(kit.Loading(5))}
	card := newNodeCard(&o.section, o.env.T("settings.storage.limits"), storageChoices)
	card.changed = o.load
	again := o.env.Kit.IconButton("refresh", o.env.T("settings.refresh"), o.load)
	o.show(kit.Card(o.env.T("settings.storage"), again, o.parts), card.object)
	o.load()
	return o
}

func (o *storage) load() { page.LoadKey(o.scope, "storage", o.env.Backend.Storage, o.showParts) }

// partNames gives the parts of the data directory their names.
var partNames = map[string]text.Key{
	view.StorageChain: "settings.part.chain", view.StorageWallet: "settings.part.wallet", view.StorageWork: "settings.part.work",
	view.StorageJobs: "settings.part.jobs", view.StorageLogs: "settings.part.logs", view.StorageOther: "settings.part.other",
}

func (o *storage) showParts(s view.Storage, err error) {
	if err != nil {
		fill(o.parts, o.env.Kit.FailureLine(err, o.load))
		return
	}
	t, size := o.env.T, o.env.Text.Bytes
	var all int64
	for _, p := range s.Parts {
		all += p.Bytes
	}
	rows := []fyne.CanvasObject{kit.Muted(t("settings.storage.sum", "used", size(all), "free", size(s.Free), "total", size(s.Total))).Wrap()}
	for _, p := range s.Parts {
		name, known := partNames[p.Name]
		if !known {
			name = "settings.part.other"
		}
		bar, of := kit.Bar(), all
		line := size(p.Bytes)
		if p.Name == view.StorageWork && s.Budget > 0 {
			of, line = s.Budget, t("settings.storage.budget", "used", size(p.Bytes), "budget", size(s.Budget))
		}
		if of > 0 {
			bar.Set(float64(p.Bytes) / float64(of))
		}
		open := o.env.Kit.IconButton("folder_open", t("settings.openfolder"), func() { o.open(p.Path) })
		rows = append(rows, kit.Tight(kit.Between(kit.Strong(t(name)).Wrap(), kit.Row(kit.Muted(line), open)), bar))
	}
	fill(o.parts, rows...)
}

func (s *section) open(path string) {
	page.Load(s.scope, none(func(ctx context.Context) error { return s.env.Host.Show(ctx, path) }), func(_ struct{}, err error) {
		if err != nil {
			s.env.Fail(err)
		}
	})
}
