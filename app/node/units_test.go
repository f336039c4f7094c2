package node

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/app/config"
	"supercomputing/app/view"
	"supercomputing/chain/consensus"
	"supercomputing/chain/networks"
	"supercomputing/chain/types"
	"supercomputing/tasks/download"
)

// Every error in the table finds itself, wrapped or not, and not an earlier
// line of it.
func TestExplain(t *testing.T) {
	for _, m := range meanings {
		err := fmt.Errorf("while busy: %w", m.err)
		e := view.AsError(explain(err))
		if e.Code != m.code || e.Hint != m.hint || e.Message != err.Error() {
			t.Errorf("%v became %+v", m.err, e)
		}
	}
	if e := view.AsError(explain(&consensus.RuleError{})); e.Code != view.CodeRefused {
		t.Errorf("a broken rule became %+v", e)
	}
	plain, done := errors.New("odd"), fmt.Errorf("x: %w", context.Canceled)
	own := view.Errorf(view.CodeFunds, "own")
	for _, err := range []error{plain, done, own, nil} {
		if got := explain(err); got != err {
			t.Errorf("%v became %v", err, got)
		}
	}
	if e := view.AsError(explainListen(syscall.EADDRINUSE, "a:1", "listen.api")); e.Code != view.CodeBusy {
		t.Errorf("port in use became %+v", e)
	}
}

// A watcher that is slow gets the newest event of each kind once; one that is
// gone is forgotten.
func TestHub(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h hub
		ctx, cancel := context.WithCancel(t.Context())
		release, done := make(chan struct{}), make(chan error, 1)
		var got []view.Event
		go func() {
			done <- h.watch(ctx, func(e view.Event) error {
				if len(got) == 0 {
					<-release
				}
				got = append(got, e)
				return nil
			})
		}()
		synctest.Wait()
		h.emit(view.Event{Kind: view.EventTip, Height: 1})
		synctest.Wait()
		for height := range uint32(1000) {
			h.emit(view.Event{Kind: view.EventTip, Height: height})
			h.emit(view.Event{Kind: view.EventJob, Job: "a"})
		}
		h.emit(view.Event{Kind: view.EventJob, Job: "b"})
		close(release)
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("watch: %v", err)
		}
		want := []view.Event{{Kind: view.EventTip, Height: 1}, {Kind: view.EventTip, Height: 999}, {Kind: view.EventJob, Job: "a"}, {Kind: view.EventJob, Job: "b"}}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v", got)
		}
		h.emit(view.Event{Kind: view.EventTip})
		if len(h.watchers) != 0 {
			t.Error("a watcher that left is kept")
		}
		stop := errors.New("enough")
		go func() { done <- h.watch(t.Context(), func(view.Event) error { return stop }) }()
		synctest.Wait()
		h.emit(view.Event{Kind: view.EventWallet})
		if err := <-done; err != stop {
			t.Errorf("fn's error became %v", err)
		}
	})
}

// Conversations are told apart, up to a bound: many of them become one event
// that stands for several.
func TestHubAddresses(t *testing.T) {
	w := &watcher{}
	for i := range maxPending {
		w.add(view.Event{Kind: view.EventMessage, Address: fmt.Sprint(i)})
		w.add(view.Event{Kind: view.EventMessage, Address: fmt.Sprint(i)})
	}
	w.add(view.Event{Kind: view.EventTip, Height: 1})
	if len(w.pending) != maxPending+1 {
		t.Errorf("%d events wait", len(w.pending))
	}
	w.add(view.Event{Kind: view.EventMessage, Address: "one more"})
	want := []view.Event{{Kind: view.EventTip, Height: 1}, {Kind: view.EventMessage}}
	if !reflect.DeepEqual(w.pending, want) {
		t.Errorf("got %+v", w.pending)
	}
}

// One engine serves both roles; a role's limit never holds for the other, and
// no limit of one is not lifted by the other's.
func TestRates(t *testing.T) {
	cases := []struct {
		name             string
		contribute, busy bool
		work, own, down  config.Rate
		up, want         int64
	}{
		{"requester", false, true, 5, 8, 3, 8, 0},
		{"requester without limit", false, true, 5, 0, 3, 0, 0},
		{"worker", true, false, 5, 8, 3, 5, 3},
		{"worker without limit", true, false, 0, 8, 0, 0, 0},
		{"both", true, true, 5, 8, 3, 13, 3},
		{"both, one without limit", true, true, 5, 0, 3, 0, 3},
	}
	for _, c := range cases {
		s := config.Default()
		s.Contribute.Enabled, s.Contribute.Upload, s.Contribute.Download, s.Publish.Upload = c.contribute, c.work, c.down, c.own
		if up, down := new(market).rates(s, c.busy); up != c.up || down != c.want {
			t.Errorf("%s: %d up, %d down", c.name, up, down)
		}
	}
}

// A job lasts longer than its keeping time, and the longest one fits a block.
func TestKeepBlocks(t *testing.T) {
	for _, p := range []*consensus.Params{networks.Local(), networks.Test()} {
		longest := longestKeep(p)
		if n := keepBlocks(p, longest); n > consensus.MaxDuration || n < consensus.MaxDuration*9/10 {
			t.Errorf("%s: %v takes %d blocks", p.Name, longest, n)
		}
		for _, keep := range []time.Duration{time.Second, time.Hour, longest / 2} {
			if lasts := time.Duration(keepBlocks(p, keep)) * blockTime(p); lasts < keep {
				t.Errorf("%s: a job for %v lasts %v", p.Name, keep, lasts)
			}
		}
	}
	if blockTime(networks.Test()) != 150*time.Second || longestKeep(networks.Test()) < download.DefaultKeep {
		t.Errorf("test network: a block each %v, %v at most", blockTime(networks.Test()), longestKeep(networks.Test()))
	}
}

// No unit of a bid is lost or made by sharing it.
func TestSplitBid(t *testing.T) {
	for _, bid := range []types.Amount{1, 9, 11, types.Coin / 100, 4*types.Coin + 7, types.MaxAmount} {
		s := splitBid(bid)
		if s.Nodes+s.Producers+s.Foundation+s.Developer != bid || s.Nodes > bid*6/10 || s.Foundation < s.Producers {
			t.Errorf("%v: %+v", bid, s)
		}
	}
}

func TestParseHash(t *testing.T) {
	id := types.Hash{1, 2, 31: 3}
	if got, err := parseHash(id.String(), "x"); err != nil || got != id {
		t.Errorf("%v: %v, %v", id, got, err)
	}
	for _, s := range []string{"", "ab", id.String()[1:], id.String() + "00", "g" + id.String()[1:]} {
		if _, err := parseHash(s, "x"); !errors.Is(err, view.ErrInvalid) {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"", id.String(), id.String() + ":", id.String() + ":-1", id.String() + ":4294967296", "x:1"} {
		if _, err := parseOutpoint(s); !errors.Is(err, view.ErrInvalid) {
			t.Errorf("%q: %v", s, err)
		}
	}
}
