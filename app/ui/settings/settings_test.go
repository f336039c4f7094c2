package settings

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view"
)

func open(t *testing.T, u *uitest.UI, tab string) *Page {
	t.Helper()
	p := New(u.Env, page.Route{Page: page.Settings, Tab: tab}).(*Page)
	u.ShowPage(p)
	u.Drain()
	return p
}

// nodeSettings is what a node answers, one of them waiting for a restart.
var nodeSettings = []view.Setting{
	{Key: "network", Value: "test", Default: "test", Restart: true},
	{Key: "seeds", Default: "", Restart: true},
	{Key: "outbound", Value: "8", Default: "8", Restart: true},
	{Key: "dht", Value: "true", Default: "true", Restart: true, Pending: true},
	{Key: "contribute.disk", Value: "10GiB", Default: "10GiB"},
	{Key: "listen.api", Value: "127.0.0.1:7402", Default: "127.0.0.1:7402", Restart: true},
}

func answer(t *testing.T, u *uitest.UI, method string, v any) {
	t.Helper()
	if err := u.Fake.Answer(method, v); err != nil {
		t.Fatal(err)
	}
}

// Every tab in every look: all of it is there and nothing is cut.
func TestTabs(t *testing.T) {
	uitest.Each(t, func(t *testing.T, u *uitest.UI) {
		answer(t, u, "Settings", nodeSettings)
		for _, tab := range tabs {
			open(t, u, tab)
			u.NothingCut()
			name := tab
			if name == "" {
				name = "general"
			}
			u.Picture("settings-" + name)
		}
	})
}

func TestGeneral(t *testing.T) {
	u := uitest.New(t)
	open(t, u, "")
	u.Choose("Theme", "Dark")
	u.Choose("Language", "简体中文")
	u.Choose("Size of text", "150\u00a0%")
	u.Choose("Lock the window", "Never")
	u.Tap("Somebody wrote to you")
	got := u.Env.Prefs.Get()
	if got.Theme != look.ModeDark || got.Language != "zh" || got.TextScale != 1.5 || got.LockMinutes != 0 || !got.Mute[page.NoticeMessage] || got.Mute[page.NoticePayment] {
		t.Errorf("kept %+v", got)
	}
}

// A change goes to the node under its key; what the node says of a wrong one
// stands at the field, and the dialog stays.
func TestChangeSetting(t *testing.T) {
	u := uitest.New(t)
	answer(t, u, "Settings", nodeSettings)
	answer(t, u, "ChangeSettings", nodeSettings)
	open(t, u, page.SettingsNetwork)
	u.MustHave("Counts after a restart", "not set")
	u.Tap("Change: Connections to keep up")
	u.Fake.Fail("ChangeSettings", view.Errorf(view.CodeInvalid, "setting outbound: 99 is not from 0 to 64"))
	u.Type("Connections to keep up", "99")
	u.Tap("Save")
	u.Drain()
	u.MustHave("99 is not from 0 to 64")
	u.Fake.Fail("ChangeSettings", nil)
	u.Type("Connections to keep up", "12")
	u.Tap("Save")
	u.Drain()
	last := ""
	for _, c := range u.Fake.Calls() {
		if c.Method == "ChangeSettings" {
			last = c.Args
		}
	}
	if last != `[{"key":"outbound","value":"12"}]` {
		t.Errorf("changed %s", last)
	}
	if u.Has("Usual value") {
		t.Error("the dialog is still open")
	}
}

func TestConnect(t *testing.T) {
	u := uitest.New(t)
	answer(t, u, "Peers", []view.Peer{})
	open(t, u, page.SettingsNetwork)
	u.MustHave("No connections yet")
	u.Tap("Connect")
	u.Type("Address of a node", "nonsense")
	u.Fake.Fail("Connect", view.Errorf(view.CodeInvalid, "“nonsense” is not host:port"))
	u.Submit("Address of a node")
	u.Drain()
	u.MustHave("is not host:port")
	u.Fake.Fail("Connect", nil)
	u.Type("Address of a node", "127.0.0.1:7401")
	u.Submit("Address of a node")
	u.Drain()
	calls := u.Fake.Calls()
	found := false
	for _, c := range calls {
		found = found || c.Method == "Connect" && c.Args == `"127.0.0.1:7401"`
	}
	if !found {
		t.Error("the node was not asked to connect")
	}
}

// A long log is quick: only the lines that are seen are made.
func TestLog(t *testing.T) {
	u := uitest.New(t)
	var lines []view.LogEntry
	for i := range 1000 {
		lines = append(lines, view.LogEntry{Time: u.Env.Now().Add(time.Duration(i-1000) * time.Second), Level: "INFO", Text: fmt.Sprintf("line %d", i)})
	}
	answer(t, u, "Log", lines)
	p := open(t, u, page.SettingsLogs)
	if n := len(u.Texts()); n > 200 || !u.Has("line 999") || u.Has("line 17") {
		t.Errorf("%d texts, or not the newest first", n)
	}
	uitest.All[*kit.SelectBox](u.Root())[0].Choose(3)
	u.Drain()
	if last := u.Fake.Calls()[len(u.Fake.Calls())-1]; last.Method != "Log" || !strings.Contains(last.Args, `"error"`) {
		t.Errorf("asked %+v", last)
	}
	answer(t, u, "Log", []view.LogEntry{})
	u.Advance(logAgain)
	u.Drain()
	u.MustHave("Nothing to see")
	p.Close()
	calls := len(u.Fake.Calls())
	u.Advance(10 * logAgain)
	if len(u.Fake.Calls()) != calls {
		t.Error("a closed page goes on asking")
	}
}

func TestFailures(t *testing.T) {
	u := uitest.New(t)
	u.Fake.Fail("*", view.Errorf(view.CodeNotRunning, "nothing answers").WithHint("start the node"))
	for _, tab := range []string{page.SettingsNetwork, page.SettingsStorage, page.SettingsAPI, page.SettingsLogs, page.SettingsAbout} {
		open(t, u, tab)
		u.MustHave("nothing answers", "start the node")
	}
}

func TestStorage(t *testing.T) {
	u := uitest.New(t)
	answer(t, u, "Storage", view.Storage{Budget: 10e9, Free: 50e9, Total: 250e9,
		Parts: []view.StoragePart{{Name: view.StorageChain, Bytes: 2e9, Path: "/d/chain"}, {Name: view.StorageWork, Bytes: 5e9, Path: "/d/work"}}})
	open(t, u, page.SettingsStorage)
	u.MustHave("7 GB used here; 50 GB of 250 GB are free", "5 GB of 10 GB", "The chain")
}
