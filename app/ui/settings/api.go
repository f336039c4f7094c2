package settings

import (
	"path/filepath"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// apiTab is how other programs reach the node.
type apiTab struct {
	section
	facts *fyne.Container
}

var apiChoices = []choice{
	{"listen.api", "settings.node.api", "settings.node.api.help", nil},
	{"listen.remote", "settings.node.remote", "settings.node.remote.help", nil},
}

// tokenFile is the name under which a node keeps its API's token.
const tokenFile = "api-token"

func newAPI(s section) *apiTab {
	a := &apiTab{section: s, facts: kit.Column(kit.Loading(2))}
	t := a.env.T
	cards := []fyne.CanvasObject{
		kit.Card(t("settings.api"), nil, kit.Column(kit.Muted(t("settings.api.text")).Wrap(), a.facts)),
		newNodeCard(&a.section, t("settings.api.node"), apiChoices).object,
	}
	if url := a.env.Host.State().Attached; url != "" {
		cards = append([]fyne.CanvasObject{kit.Hint(look.Info, t("settings.attached"), t("settings.attached.text", "url", url), nil)}, cards...)
	}
	a.show(cards...)
	a.load()
	return a
}

func (a *apiTab) load() { page.LoadKey(a.scope, "status", a.env.Backend.Status, a.showStatus) }

func (a *apiTab) showStatus(s view.Status, err error) {
	if err != nil {
		fill(a.facts, a.env.Kit.FailureLine(err, a.load))
		return
	}
	t := a.env.T
	token := filepath.Join(s.DataDir, tokenFile)
	fill(a.facts,
		kit.Field(t("settings.api.url"), a.env.Kit.CopyLine("http://"+s.Listen.API)),
		kit.Field(t("settings.api.token"), a.env.Kit.CopyLine(token)).Help(t("settings.api.token.help")),
		kit.Field(t("settings.api.try"), a.env.Kit.CopyLine(`curl -H "Authorization: Bearer $(cat `+token+`)" http://`+s.Listen.API+"/v1/status")),
	)
}
