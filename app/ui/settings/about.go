package settings

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// about is what this program is.
type about struct {
	section
	facts *fyne.Container
}

func newAbout(s section) *about {
	a := &about{section: s, facts: kit.Column(kit.Loading(4))}
	t := a.env.T
	a.show(
		kit.Card(t("settings.about"), nil, kit.Column(kit.Paragraph(t("settings.about.text")), a.facts)),
		kit.Card(t("settings.licences"), nil, kit.Column(
			kit.Paragraph(t("settings.licences.text")),
			kit.Small(t("settings.licences.fonts")).Wrap(),
		)),
	)
	a.load()
	return a
}

func (a *about) load() { page.LoadKey(a.scope, "status", a.env.Backend.Status, a.showStatus) }

func (a *about) showStatus(s view.Status, err error) {
	t := a.env.T
	mine := a.env.Host.State()
	facts := []kit.Fact{{Label: t("settings.fact.version"), Value: mine.Version}}
	if err != nil {
		fill(a.facts, kit.Facts(facts...), a.env.Kit.FailureLine(err, a.load))
		return
	}
	if s.Version != mine.Version {
		facts = append(facts, kit.Fact{Label: t("settings.fact.nodeversion"), Value: s.Version})
	}
	facts = append(facts,
		kit.Fact{Label: t("settings.fact.network"), Value: s.Network},
		kit.Fact{Label: t("settings.fact.datadir"), Value: s.DataDir, Mono: true},
		kit.Fact{Label: t("settings.fact.started"), Value: a.env.Text.When(s.Started, a.env.Now())})
	if s.Identity != "" {
		facts = append(facts, kit.Fact{Label: t("settings.fact.identity"), Object: a.env.Kit.Address(s.Identity, "")})
	}
	fill(a.facts, kit.Facts(facts...), kit.Left(kit.Secondary(t("settings.openfolder"), func() { a.open(s.DataDir) }).Icon("folder_open")))
}
