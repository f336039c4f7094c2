package start

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
)

// rig is a flow in a window.
type rig struct {
	*uitest.UI
	t     *testing.T
	host  *viewtest.Host
	flow  *Flow
	ready []view.Backend
}

// testWords are the words that the host makes.
const testWords = "legal winner thank year wave sausage worth useful legal winner thank yellow"

func inOrder(int, func(i, j int)) {}

func newRig(t *testing.T, v uitest.Variant, o Options) *rig {
	t.Helper()
	r := &rig{UI: uitest.NewVariant(t, v), t: t, host: &viewtest.Host{}}
	r.Env.Host, r.Env.Backend = r.host, nil
	o.Ready = func(b view.Backend) { r.ready = append(r.ready, b) }
	o.Shuffle = inOrder
	o.State.DataDir = "/home/lena/.supercomputing"
	r.flow = New(r.Env, o)
	t.Cleanup(r.flow.Close)
	r.Show(r.flow.Object())
	r.Drain()
	return r
}

func none() Options { return Options{State: view.HostState{Node: view.NodeNone}} }

// TestNewWallet goes from the first screen to a node, mistakes included.
func TestNewWallet(t *testing.T) {
	r := newRig(t, uitest.Wide(), none())
	r.Tap("New wallet")
	r.MustHave("Which network?", "Recommended for trying")
	r.Tap("Continue")
	r.MustHave("Write these words down", "legal", "sausage", "yellow")
	if n := len(r.host.Copied()); n != 0 {
		t.Error("the words were copied unasked")
	}
	r.Tap("24 words")
	r.MustHave("24")
	r.Tap("12 words")
	r.Tap("Copy anyway")
	if got := r.host.Copied(); len(got) != 1 || got[0] != testWords {
		t.Errorf("copied %q", got)
	}
	r.Tap("I wrote them down")
	r.MustHave("Word 1", "Word 2", "Word 3")
	if r.Enabled("Continue") {
		t.Error("it goes on without the words")
	}
	r.Type("Word 1", "wave")
	r.Type("Word 2", "WINNER ")
	r.Type("Word 3", "tha")
	r.Tap("thank") // the suggestion
	if got := r.Entry("Word 3").Text; got != "thank" {
		t.Fatalf("the suggestion gave %q", got)
	}
	r.Tap("Continue")
	r.MustHave("That is not word 1")
	r.Type("Word 1", "legal")
	r.Tap("Continue")
	r.MustHave("Choose a passphrase")
	r.Type("Passphrase", "short")
	r.Tap("Continue")
	r.MustHave("At least 8 characters.")
	r.Type("Passphrase", "paper boat river")
	r.Type("Once more", "paper boat rivers")
	r.Tap("Continue")
	r.MustHave("That is not the same.")
	r.Type("Once more", "paper boat river")
	r.Submit("Once more")
	r.MustHave("All set", "New, with 12 words", "Demo network", "/home/lena/.supercomputing")
	if len(r.host.Asked("Create")) != 0 {
		t.Fatal("something was made before it was agreed to")
	}
	r.Tap("Start")
	if got := r.host.Asked("Create"); len(got) != 1 || got[0] != "demo 12 true" {
		t.Errorf("created %q", got)
	}
	if got := r.host.Asked("Start"); len(got) != 1 || got[0] != "true" || len(r.ready) != 1 {
		t.Errorf("started %q, ready %d", got, len(r.ready))
	}
}

// TestTapsAlone chooses the three words by tapping.
func TestTapsAlone(t *testing.T) {
	r := newRig(t, uitest.Wide(), none())
	r.Tap("New wallet")
	r.Tap("Continue")
	r.Tap("I wrote them down")
	for _, w := range []string{"legal", "winner", "thank"} {
		r.Tap(w)
	}
	r.Tap("Continue")
	r.MustHave("Choose a passphrase")
}

// TestKeyboardAlone uses Enter and Esc.
func TestKeyboardAlone(t *testing.T) {
	r := newRig(t, uitest.Wide(), none())
	r.Tap("New wallet")
	r.flow.Enter()
	r.MustHave("Write these words down")
	r.flow.Enter()
	r.Type("Word 1", "legal")
	r.Submit("Word 1")
	if f := r.Window.Canvas().Focused(); f != fyne.Focusable(uitest.All[*kit.EntryBox](r.Root())[1]) {
		t.Errorf("the focus is on %T", f)
	}
	if !r.flow.Back() {
		t.Fatal("there is no way back")
	}
	r.MustHave("Write these words down")
	for r.flow.Back() {
	}
	r.MustHave("Welcome")
}

func TestNetworkFile(t *testing.T) {
	r := newRig(t, uitest.Wide(), none())
	r.Tap("New wallet")
	r.Tap("Network file")
	if r.Enabled("Continue") {
		t.Error("it goes on without a file")
	}
	r.host.Paths = []string{"/tmp/our.json"}
	r.Tap("Choose the network file")
	r.MustHave("our.json")
	r.Tap("Continue")
	if got := r.flow.draft.networkName(); got != "/tmp/our.json" {
		t.Errorf("network %q", got)
	}
}

func TestRestoreFromWords(t *testing.T) {
	r := newRig(t, uitest.Wide(), none())
	r.Tap("Restore from words")
	r.Tap("Continue")
	if r.Enabled("Continue") {
		t.Error("it goes on without words")
	}
	r.Type("Recovery words", "legal win")
	r.MustHave("2 words so far")
	r.Tap("winner")
	if got := r.Entry("Recovery words").Text; got != "legal winner " {
		t.Fatalf("the suggestion gave %q", got)
	}
	r.host.Fail("CheckWords", view.Errorf(view.CodeInvalid, "the last word does not fit the others"))
	r.Type("Recovery words", testWords)
	r.Tap("Continue")
	r.MustHave("the last word does not fit the others")
	r.host.Fail("CheckWords", nil)
	r.Type("Recovery words", strings.ReplaceAll(testWords, " ", "\n"))
	r.Tap("Continue")
	r.Type("Passphrase", "paper boat river")
	r.Type("Once more", "paper boat river")
	r.Tap("Continue")
	r.MustHave("Restored from words")
	r.host.Fail("Create", view.Errorf(view.CodeDisk, "the disk is full; nothing was made"))
	r.Tap("Start")
	r.MustHave("the disk is full; nothing was made")
	r.host.Fail("Create", nil)
	r.host.Fail("Start", view.Errorf(view.CodeBusy, "the port 7401 is in use"))
	r.Tap("Start")
	r.MustHave("Welcome back", "the port 7401 is in use") // the wallet is there: it is only to be opened
	r.host.Fail("Start", nil)
	r.Type("Passphrase", "paper boat river")
	r.Tap("Unlock")
	if len(r.ready) != 1 {
		t.Error("it did not start")
	}
}

func TestRestoreBackup(t *testing.T) {
	r := newRig(t, uitest.Wide(), none())
	r.Tap("Restore a backup file")
	r.host.Paths = []string{"/media/stick/wallet.backup"}
	r.Tap("Choose the backup")
	r.MustHave("/media/stick/wallet.backup")
	r.Type("Passphrase", "wrong one")
	r.host.Fail("Restore", view.Errorf(view.CodeWrongPassphrase, "the backup does not open with it; nothing was changed"))
	r.Tap("Restore")
	r.MustHave("the backup does not open with it", "/media/stick/wallet.backup")
	if r.Entry("Passphrase").Text != "" {
		t.Error("the passphrase stays")
	}
	r.host.Fail("Restore", nil)
	r.Type("Passphrase", "right one")
	r.Tap("Restore")
	if len(r.ready) != 1 || !slices.Contains(r.host.Asked("Restore"), "/media/stick/wallet.backup true") {
		t.Errorf("restored %q", r.host.Asked("Restore"))
	}
}

func TestAttach(t *testing.T) {
	r := newRig(t, uitest.Wide(), none())
	r.Tap("Join a node")
	r.host.Fail("Attach", view.Errorf(view.CodeUnauthorized, "the token is wrong"))
	r.Type("Address", "http://10.0.0.2:7402")
	r.Type("Token", "abc")
	r.Submit("Token")
	r.MustHave("the token is wrong")
	if r.Entry("Address").Text != "http://10.0.0.2:7402" || r.Entry("Token").Text != "" {
		t.Error("the address goes, or the token stays")
	}
	r.host.Fail("Attach", nil)
	r.Type("Token", "abcd")
	r.Tap("Join")
	if len(r.ready) != 1 {
		t.Error("it did not join")
	}
}

// TestCancelled: cancelling shows what was before, without an error.
func TestCancelled(t *testing.T) {
	r := newRig(t, uitest.Wide(), Options{State: view.HostState{Node: view.NodeLocked}})
	r.host.Fail("Start", errors.Join(errors.New("stopped"), r.canceled()))
	r.Type("Passphrase", "paper boat river")
	r.Tap("Unlock")
	r.MustHave("Welcome back")
	if r.Has("stopped") {
		t.Error("being told to stop counts as a failure")
	}
}

func (r *rig) canceled() error {
	s := page.NewScope(r.Env)
	s.Close()
	return s.Context().Err()
}

func TestLanguage(t *testing.T) {
	r := newRig(t, uitest.Wide(), none())
	r.Tap("简体中文")
	if got := r.Env.Prefs.Get().Language; got != "zh" {
		t.Errorf("language %q", got)
	}
}

// TestNothingStays: words and passphrases are gone when the screens are left.
func TestNothingStays(t *testing.T) {
	r := newRig(t, uitest.Wide(), none())
	r.Tap("New wallet")
	r.Tap("Continue")
	r.Tap("I wrote them down")
	word := r.Entry("Word 1")
	r.Type("Word 1", "legal")
	r.Type("Word 2", "winner")
	r.Type("Word 3", "thank")
	r.Tap("Continue")
	pass := r.Entry("Passphrase")
	r.Type("Passphrase", "paper boat river")
	r.Type("Once more", "paper boat river")
	r.Tap("Continue")
	kept := r.flow.draft.pass
	r.flow.Close()
	if word.Text != "" || pass.Text != "" || r.flow.draft.words != "" {
		t.Error("a secret stays in a field")
	}
	for _, b := range kept {
		if b != 0 {
			t.Fatal("the passphrase was not wiped")
		}
	}
}

func TestPictures(t *testing.T) {
	uitest.Each(t, func(t *testing.T, u *uitest.UI) {
		steps := []struct {
			name string
			show func(f *Flow)
		}{
			{"welcome", func(f *Flow) { f.welcome() }},
			{"network", func(f *Flow) { f.networkStep() }},
			{"words", func(f *Flow) { f.makeWords() }},
			{"check", func(f *Flow) { f.askWords() }},
			{"enter", func(f *Flow) { f.enterWords() }},
			{"backup", func(f *Flow) { f.backupStep() }},
			{"passphrase", func(f *Flow) { f.passphraseStep() }},
			{"summary", func(f *Flow) { f.summary(nil) }},
			{"unlock", func(f *Flow) {
				f.unlockStep(view.Errorf(view.CodeWrongPassphrase, "that is not the wallet's passphrase").WithHint("check the keyboard"))
			}},
			{"attach", func(f *Flow) { f.attachStep("", nil) }},
		}
		u.Env.Host = &viewtest.Host{}
		f := New(u.Env, Options{State: view.HostState{Node: view.NodeNone, DataDir: "/home/lena/.supercomputing"}, Shuffle: inOrder})
		defer f.Close()
		f.draft.choices = u.Env.Host.Networks()
		u.Show(f.Object())
		for _, s := range steps {
			s.show(f)
			u.Drain()
			u.NothingCut()
			u.Picture("start-" + s.name)
		}
		u.Env.Backend = u.Fake
		for name, s := range map[string]interface {
			Object() fyne.CanvasObject
			Close()
		}{"lock": NewLock(u.Env, LockOptions{}), "lost": NewLost(u.Env, LostOptions{URL: "https://192.168.1.20:7402"})} {
			u.Show(s.Object())
			u.NothingCut()
			u.Picture("start-" + name)
			s.Close()
		}
	})
}
