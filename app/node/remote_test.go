package node

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"supercomputing/app/api"
	"supercomputing/app/view"
)

// TestRemoteAPI attaches to a node as a program elsewhere does; its address
// stays over a restart.
func TestRemoteAPI(t *testing.T) {
	if testing.Short() {
		t.Skip("a real node")
	}
	t.Parallel()
	m := newMember(t, filepath.Join(t.TempDir(), "a"))
	found(t, m)
	m.cfg.Listen.Remote = "127.0.0.1:0"
	var prints []string
	for range 2 {
		stop := m.start(t)
		s := must[view.Status](t)(m.client.Status(t.Context()))
		if s.Listen.Remote == "" || s.Listen.Remote != m.ready.Remote {
			t.Fatalf("told %q and %q", s.Listen.Remote, m.ready.Remote)
		}
		token := must[string](t)(api.LoadToken(filepath.Join(m.dir, api.TokenFile)))
		c := must[*api.Client](t)(api.Attach(s.Listen.Remote, token))
		if got := must[view.Status](t)(c.Check(t.Context())); got.Identity != s.Identity {
			t.Errorf("attached to %+v", got)
		}
		_, print, _ := strings.Cut(s.Listen.Remote, "#")
		prints = append(prints, print)
		stop()
		if _, err := c.Check(t.Context()); !errors.Is(err, view.ErrNotRunning) {
			t.Errorf("after the stop: %v", err)
		}
	}
	if prints[0] != prints[1] {
		t.Errorf("fingerprints %v", prints)
	}
}
