package node

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"supercomputing/app/api"
	"supercomputing/app/config"
	"supercomputing/app/view"
	"supercomputing/chain/consensus"
	"supercomputing/chain/networks"
	"supercomputing/chain/types"
	"supercomputing/miner"
	"supercomputing/wallet/keys"
)

const testPass = "a passphrase"

// member is a node of a test: its folder, wallet and settings.
type member struct {
	dir     string
	ks      *keys.Keystore
	id      types.Address
	words   string
	cfg     config.Config
	sensors miner.Sensors // nil: this machine's
	client  *api.Client
	ready   Ready
}

// newMember makes a folder with a new wallet.
func newMember(t *testing.T, dir string) *member {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	words, err := keys.NewWords(12)
	if err != nil {
		t.Fatal(err)
	}
	ks, err := keys.Create(KeystorePath(dir), words, "", 1, []byte(testPass), keys.Options{})
	if err != nil {
		t.Fatal(err)
	}
	id, err := ks.Identity()
	if err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.Network = "local"
	// This machine runs other tests besides, and somebody may sit at it.
	c.Contribute.IdleAfter, c.Contribute.Pause = 0, config.Pause{}
	c.Listen = config.Listen{Gossip: "127.0.0.1:0", API: "127.0.0.1:0", Contact: "127.0.0.1:0", BitTorrent: "127.0.0.1:0"}
	return &member{dir: dir, ks: ks, id: id.Address(), words: words.Reveal(), cfg: c}
}

// found writes a network that begins now: the first member is its bootstrap
// producer, the others hold coins.
func found(t *testing.T, members ...*member) *consensus.Params {
	t.Helper()
	return foundWith(t, func(*consensus.Params) {}, members...)
}

// foundWith is found with other parameters.
func foundWith(t *testing.T, change func(*consensus.Params), members ...*member) *consensus.Params {
	t.Helper()
	p := networks.Local()
	first, err := members[0].ks.Identity()
	if err != nil {
		t.Fatal(err)
	}
	secret, err := first.VRFSecret()
	if err != nil {
		t.Fatal(err)
	}
	p.Bootstrap = []consensus.Bootstrap{{Address: first.Address(), VRFKey: consensus.NewVRFKey(secret).Public(), Share: 1}}
	for _, m := range members {
		p.Allocations = append(p.Allocations, consensus.Allocation{Address: m.id, Amount: 1000 * types.Coin, Label: "test"})
	}
	change(p)
	p.GenesisTime = time.Now().Unix()
	if err := p.Prepare(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "network.json")
	if err := os.WriteFile(path, networks.Encode(p), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, m := range members {
		m.cfg.Network = path
	}
	return p
}

func testLog(t *testing.T) *slog.Logger {
	w := io.Discard
	if testing.Verbose() {
		w = t.Output()
	}
	return slog.New(slog.NewTextHandler(w, nil))
}

// start runs the member's node until the test ends or stop is called.
func (m *member) start(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan Ready, 1), make(chan error, 1)
	go func() {
		done <- Run(ctx, Options{Dir: m.dir, Config: m.cfg, Passphrase: []byte(testPass), Version: "test", Log: testLog(t),
			Sensors: m.sensors, Ready: func(r Ready) { ready <- r }})
	}()
	ended := false
	stop = func() {
		cancel()
		if ended {
			return
		}
		ended = true
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
	t.Cleanup(stop)
	select {
	case m.ready = <-ready:
	case err := <-done:
		ended = true
		t.Fatalf("Run ended: %v", err)
	}
	c, err := api.Find(m.dir, "")
	if err != nil {
		t.Fatal(err)
	}
	m.client = c
	return stop
}

// await asks until done, each time something happened on the node or a moment
// passed. It must happen, however busy the machine.
func (m *member) await(t *testing.T, what string, done func(ctx context.Context) (bool, error)) {
	t.Helper()
	m.awaitWithin(t, 4*time.Minute, what, done)
}

// awaitWithin is await with another patience.
func (m *member) awaitWithin(t *testing.T, most time.Duration, what string, done func(ctx context.Context) (bool, error)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), most)
	defer cancel()
	moved := make(chan struct{}, 1)
	go m.client.Watch(ctx, func(view.Event) error {
		select {
		case moved <- struct{}{}:
		default:
		}
		return nil
	})
	tick := time.NewTicker(300 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := done(ctx)
		if err != nil && !errors.Is(err, view.ErrUnavailable) {
			t.Fatalf("%s: %v", what, err)
		}
		if ok {
			return
		}
		select {
		case <-moved:
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s: it took too long", what)
		}
	}
}
