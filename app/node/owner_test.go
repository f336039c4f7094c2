package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supercomputing/app/api"
	"supercomputing/app/config"
	"supercomputing/app/view"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// setting finds one of a list.
func setting(t *testing.T, list []view.Setting, key string) view.Setting {
	t.Helper()
	for _, s := range list {
		if s.Key == key {
			return s
		}
	}
	t.Fatalf("there is no setting %s", key)
	return view.Setting{}
}

// TestOwner looks after one node: settings, log, storage, passphrase, over a
// restart.
func TestOwner(t *testing.T) {
	if testing.Short() {
		t.Skip("a real node")
	}
	t.Parallel()
	m := newMember(t, filepath.Join(t.TempDir(), "a"))
	found(t, m)
	if err := m.cfg.Save(m.dir); err != nil {
		t.Fatal(err)
	}
	m.cfg.Publish.Upload = 7 << 20 // as by --set: for this run only
	stop := m.start(t)
	t.Run("settings", func(t *testing.T) { m.checkSettings(t) })
	t.Run("log", func(t *testing.T) { m.checkLog(t) })
	t.Run("storage", func(t *testing.T) { m.checkStorage(t) })
	t.Run("passphrase", func(t *testing.T) { m.checkPassphrase(t) })
	t.Run("fees", func(t *testing.T) { m.checkFees(t) })
	t.Run("seats", func(t *testing.T) { m.checkSeats(t) })
	stop()
	m.checkRestart(t)
}

func (m *member) checkSettings(t *testing.T) {
	ctx := t.Context()
	list := must[[]view.Setting](t)(m.client.Settings(ctx))
	if s := setting(t, list, "outbound"); s != (view.Setting{Key: "outbound", Value: "8", Default: "8", Restart: true}) {
		t.Errorf("outbound: %+v", s)
	}
	if s := setting(t, list, "publish.upload"); s.Value != "7 MiB/s" || s.Default == s.Value || s.Pending || s.Restart {
		t.Errorf("publish.upload: %+v", s)
	}
	for name, c := range map[string]struct {
		changes []view.SettingChange
		want    error
		key     string
	}{
		"unknown":         {[]view.SettingChange{{Key: "outbound", Value: "3"}, {Key: "nonsense", Value: "1"}}, view.ErrInvalid, "nonsense"},
		"bad value":       {[]view.SettingChange{{Key: "outbound", Value: "3"}, {Key: "log.level", Value: "loud"}}, view.ErrInvalid, "log.level"},
		"twice":           {[]view.SettingChange{{Key: "outbound", Value: "3"}, {Key: "outbound", Value: "4"}}, view.ErrInvalid, "outbound"},
		"another network": {[]view.SettingChange{{Key: "outbound", Value: "3"}, {Key: "network", Value: "test"}}, view.ErrConflict, "network"},
		"no network":      {[]view.SettingChange{{Key: "network", Value: "/no/such/file"}}, view.ErrInvalid, "network"},
		"leaves":          {[]view.SettingChange{{Key: "listen.gossip", Value: "0.0.0.0:7401"}}, view.ErrInvalid, "listen.gossip"},
		"leaves remotely": {[]view.SettingChange{{Key: "listen.remote", Value: "0.0.0.0:7405"}}, view.ErrInvalid, "listen.remote"},
	} {
		_, err := m.client.ChangeSettings(ctx, c.changes)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.key) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s := setting(t, must[[]view.Setting](t)(m.client.Settings(ctx)), "outbound"); s.Value != "8" {
		t.Errorf("a refused change left a trace: %+v", s)
	}
	list = must[[]view.Setting](t)(m.client.ChangeSettings(ctx, []view.SettingChange{
		{Key: "outbound", Value: "5"}, {Key: "contribute.max_jobs", Value: "3"}, {Key: "contribute.disk", Value: "2 GiB"}}))
	if s := setting(t, list, "outbound"); s.Value != "5" || !s.Pending || !s.Restart {
		t.Errorf("outbound changed: %+v", s)
	}
	if s := setting(t, list, "contribute.max_jobs"); s.Value != "3" || s.Pending || s.Restart {
		t.Errorf("contribute.max_jobs changed: %+v", s)
	}
	if c := must[view.Contribution](t)(m.client.Contribution(ctx)); c.Settings.MaxJobs != 3 || c.Settings.Disk != 2<<30 {
		t.Errorf("it does not count: %+v", c.Settings)
	}
	file, err := config.Load(m.dir)
	if err != nil || file.Outbound != 5 || file.Contribute.MaxJobs != 3 {
		t.Errorf("the file: %+v, %v", file, err)
	}
	if file.Publish.Upload != 0 {
		t.Errorf("--set reached the file: %v", file.Publish.Upload)
	}
	if s := setting(t, must[[]view.Setting](t)(m.client.ChangeSettings(ctx, []view.SettingChange{{Key: "outbound", Value: "8"}})), "outbound"); s.Pending {
		t.Errorf("changed back: %+v", s)
	}
	must[[]view.Setting](t)(m.client.ChangeSettings(ctx, []view.SettingChange{{Key: "outbound", Value: "5"}}))
}

func (m *member) checkLog(t *testing.T) {
	ctx := t.Context()
	lines := must[[]view.LogEntry](t)(m.client.Log(ctx, view.LogQuery{Level: "info"}))
	if i := strings.Index(fmt.Sprint(lines), "node runs network="); i < 0 || len(lines) == 0 {
		t.Errorf("the log: %+v", lines)
	}
	for _, l := range lines {
		if l.Level == "debug" || l.Time.IsZero() || strings.Contains(l.Text, testPass) || strings.Contains(l.Text, m.words) {
			t.Errorf("line %+v", l)
		}
	}
	if one := must[[]view.LogEntry](t)(m.client.Log(ctx, view.LogQuery{Limit: 1})); len(one) != 1 {
		t.Errorf("one line: %+v", one)
	}
	if _, err := m.client.Log(ctx, view.LogQuery{Level: "loud"}); !errors.Is(err, view.ErrInvalid) {
		t.Errorf("level: %v", err)
	}
}

func (m *member) checkStorage(t *testing.T) {
	s := must[view.Storage](t)(m.client.Storage(t.Context()))
	sizes := make(map[string]int64)
	for _, p := range s.Parts {
		sizes[p.Name] = p.Bytes
		if !filepath.IsAbs(p.Path) {
			t.Errorf("part %+v", p)
		}
	}
	if len(s.Parts) != 6 || sizes[view.StorageChain] == 0 || sizes[view.StorageWallet] == 0 || s.Budget != 2<<30 || s.Free <= 0 || s.Total < s.Free {
		t.Errorf("storage: %+v", s)
	}
}

func (m *member) checkPassphrase(t *testing.T) {
	ctx := t.Context()
	if err := m.client.CheckPassphrase(ctx, view.PassphraseRequest{Passphrase: testPass}); err != nil {
		t.Errorf("the right one: %v", err)
	}
	start := time.Now()
	for range 2 {
		err := m.client.CheckPassphrase(ctx, view.PassphraseRequest{Passphrase: "wrong"})
		if !errors.Is(err, view.ErrWrongPassphrase) || strings.Contains(err.Error(), "wrong\"") {
			t.Errorf("a wrong one: %v", err)
		}
	}
	if took := time.Since(start); took < guessPause {
		t.Errorf("two guesses took %v", took)
	}
	for name, c := range map[string]struct {
		change view.PassphraseChange
		want   error
	}{
		"wrong":    {view.PassphraseChange{Old: "wrong", New: "x"}, view.ErrWrongPassphrase},
		"empty":    {view.PassphraseChange{Old: testPass}, view.ErrInvalid},
		"too long": {view.PassphraseChange{Old: testPass, New: strings.Repeat("x", maxPassphrase+1)}, &view.Error{Code: view.CodeTooLarge}},
	} {
		if err := m.client.ChangePassphrase(ctx, c.change); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := m.client.ChangePassphrase(ctx, view.PassphraseChange{Old: testPass, New: "another one"}); err != nil {
		t.Fatal(err)
	}
	if err := m.client.CheckPassphrase(ctx, view.PassphraseRequest{Passphrase: testPass}); !errors.Is(err, view.ErrWrongPassphrase) {
		t.Errorf("the old one: %v", err)
	}
	if err := (Wallets{}).ChangePassphrase(m.dir, []byte("another one"), []byte("by command")); err != nil {
		t.Fatal(err)
	}
	if err := m.client.ChangePassphrase(ctx, view.PassphraseChange{Old: "by command", New: testPass}); err != nil {
		t.Errorf("back: %v", err)
	}
}

func (m *member) checkFees(t *testing.T) {
	f := must[view.FeeRates](t)(m.client.FeeRates(t.Context()))
	if len(f.Options) != 3 || f.Least != int64(consensus.MinFeeRate) || f.BlockSeconds < 1 {
		t.Fatalf("fees: %+v", f)
	}
	for i, o := range f.Options { // nothing waits that could fill a block
		if o.Name != []string{view.FeeSlow, view.FeeNormal, view.FeeFast}[i] || o.Rate != f.Least || o.Blocks != 1 || o.Seconds < f.BlockSeconds {
			t.Errorf("option %+v", o)
		}
	}
}

func (m *member) checkSeats(t *testing.T) {
	s := must[view.Seats](t)(m.client.Seats(t.Context()))
	if s.Total != consensus.SeatCount || len(s.Holders) != 1 {
		t.Fatalf("seats: %+v", s)
	}
	if h := s.Holders[0]; h.Seats != s.Total || !h.Own || !h.Bootstrap || h.Weight != s.Weight || h.Weight <= 0 {
		t.Errorf("holder: %+v of %+v", h, s)
	}
}

// checkRestart starts the node again with the settings that were changed, twice
// in one process.
func (m *member) checkRestart(t *testing.T) {
	cfg, err := config.Load(m.dir)
	if err != nil {
		t.Fatal(err)
	}
	m.cfg = cfg
	var told []string
	level := new(slog.LevelVar)
	for range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		ready, done := make(chan Ready, 1), make(chan error, 1)
		told = nil
		go func() {
			done <- Run(ctx, Options{Dir: m.dir, Config: m.cfg, Passphrase: []byte(testPass), Version: "test", Log: testLog(t), LogLevel: level,
				Progress: func(what string) { told = append(told, what) }, Ready: func(r Ready) { ready <- r }})
		}()
		select {
		case r := <-ready:
			m.inProcess(t, r.Backend, level)
		case err := <-done:
			t.Fatalf("Run: %v", err)
		}
		if !(Wallets{}).Running(m.dir) {
			t.Error("it runs, and is not seen")
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		if (Wallets{}).Running(m.dir) {
			t.Error("it is over, and still seen")
		}
	}
	if len(told) < 5 || told[0] != "opening the wallet" {
		t.Errorf("progress: %q", told)
	}
	if _, err := api.Find(m.dir, ""); !errors.Is(err, view.ErrNotRunning) {
		t.Errorf("the address is left behind: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = Run(ctx, Options{Dir: m.dir, Config: m.cfg, Passphrase: []byte(testPass), Progress: func(what string) {
		if what == "reading the chain" {
			cancel()
		}
	}})
	if err != nil {
		t.Errorf("stopped while it opened: %v", err)
	}
}

func (m *member) inProcess(t *testing.T, b view.Backend, level *slog.LevelVar) {
	ctx := t.Context()
	list := must[[]view.Setting](t)(b.Settings(ctx))
	if s := setting(t, list, "outbound"); s.Value != "5" || s.Pending {
		t.Errorf("after the restart: %+v", s)
	}
	if s := setting(t, list, "log.level"); s.Restart {
		t.Errorf("log.level: %+v", s)
	}
	for _, want := range []slog.Level{slog.LevelDebug, slog.LevelInfo} {
		must[[]view.Setting](t)(b.ChangeSettings(ctx, []view.SettingChange{{Key: "log.level", Value: strings.ToLower(want.String())}}))
		if level.Level() != want {
			t.Errorf("level %v", level.Level())
		}
	}
}

func TestKnownWords(t *testing.T) {
	for prefix, want := range map[string]string{
		"aban": "[abandon]", "ZO": "[zone zoo]", "zz": "[]", "ab": "[abandon ability able]", "": "[abandon ability able]", "a b": "[]",
	} {
		if got := fmt.Sprint(Wallets{}.KnownWords(prefix, 3)); got != want {
			t.Errorf("%q: %s, want %s", prefix, got, want)
		}
	}
}

func TestRunning(t *testing.T) {
	dir := t.TempDir()
	if (Wallets{}).Running(dir) || (Wallets{}).Running(filepath.Join(dir, "none")) {
		t.Error("nothing runs")
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("looking left %v", left)
	}
}

func TestLateRate(t *testing.T) {
	for name, c := range map[string]struct {
		fees                 types.Amount
		size, weight, blocks int
		want                 types.Amount
	}{
		"none":       {0, 0, 0, 0, 0},
		"empty":      {0, 0, 0, 6, 0},
		"half full":  {1000, 100, 3 * blockRoom, 6, 0},
		"full":       {1000, 100, 6 * blockRoom, 6, 10},
		"nearly so":  {1000, 100, 6*blockRoom*fullBlock/100 + 1, 6, 10},
		"not enough": {1000, 100, 6*blockRoom*fullBlock/100 - 6, 6, 0},
	} {
		if got := lateRate(c.fees, c.size, c.weight, c.blocks); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestLogBook(t *testing.T) {
	n := &Node{}
	level := new(slog.LevelVar)
	var below strings.Builder
	cfg := config.Default()
	n.openLog(Options{Config: cfg, LogLevel: level, Log: slog.New(slog.NewTextHandler(&below, &slog.HandlerOptions{Level: level}))})
	n.log.Debug("unseen")
	n.log.With("part", "chain").WithGroup("g").Info("hello", "name", "a b", "n", 3, slog.Group("in", "x", ""), "err", errors.New("broken"))
	lines := must[[]view.LogEntry](t)(n.Log(t.Context(), view.LogQuery{}))
	if len(lines) != 1 || lines[0].Text != `hello part=chain g.name="a b" g.n=3 g.in.x="" g.err=broken` || lines[0].Level != "info" {
		t.Errorf("%+v", lines)
	}
	if !strings.Contains(below.String(), "g.n=3") || strings.Contains(below.String(), "unseen") {
		t.Errorf("passed on: %s", below.String())
	}
	level.Set(slog.LevelDebug)
	for i := range maxLogged + 10 {
		n.log.Debug(strings.Repeat("ä", maxLogText), "i", i)
	}
	lines = must[[]view.LogEntry](t)(n.Log(t.Context(), view.LogQuery{Limit: maxLogged * 2}))
	if len(lines) != maxLogged || len(lines[0].Text) > maxLogText+len("…") {
		t.Errorf("%d lines, %d bytes", len(lines), len(lines[0].Text))
	}
	if lines := must[[]view.LogEntry](t)(n.Log(t.Context(), view.LogQuery{})); len(lines) != usualLog {
		t.Errorf("%d lines", len(lines))
	}
	n.log.Warn("last", "count", 1)
	if lines := must[[]view.LogEntry](t)(n.Log(t.Context(), view.LogQuery{Level: "warn"})); len(lines) != 1 || lines[0].Text != "last count=1" {
		t.Errorf("%+v", lines)
	}
}
