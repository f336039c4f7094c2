package viewtest

import (
	"context"
	"reflect"
	"testing"

	"supercomputing/app/view"
)

// TestFixtureWhole: each method that gives something was thought of.
func TestFixtureWhole(t *testing.T) {
	for name, f := range map[string]*Fake{"fixture": Fixture(), "fresh": Fresh()} {
		backend := reflect.TypeFor[view.Backend]()
		for i := range backend.NumMethod() {
			m := backend.Method(i)
			if m.Type.NumOut() < 2 || m.Name == "SaveFile" {
				continue
			}
			if f.answers[m.Name] == nil && f.replies[m.Name] == nil {
				t.Errorf("%s: %s answers with made-up values", name, m.Name)
			}
		}
	}
}

func TestFixtureLinks(t *testing.T) {
	ctx, f := context.Background(), Fixture()
	jobs, err := f.Jobs(ctx)
	if err != nil || len(jobs) < 5 {
		t.Fatal(jobs, err)
	}
	for _, j := range jobs {
		if d, err := f.Job(ctx, j.ID); err != nil || d.Name != j.Name {
			t.Errorf("job %s: %+v %v", j.Name, d, err)
		}
	}
	talks, err := f.Conversations(ctx, view.ConversationsQuery{})
	if err != nil || len(talks) == 0 {
		t.Fatal(talks, err)
	}
	for _, c := range talks {
		list, err := f.Messages(ctx, view.MessagesQuery{Address: c.Address, Limit: 3})
		if err != nil || len(list) == 0 || list[0].ID != c.Last.ID {
			t.Errorf("conversation with %q: %v %v", c.Name, list, err)
		}
	}
	blocks, err := f.Blocks(ctx, view.BlocksQuery{Limit: 5})
	if err != nil || len(blocks) != 5 {
		t.Fatal(blocks, err)
	}
	for _, b := range blocks {
		if got, err := f.Block(ctx, b.Hash); err != nil || got.Height != b.Height {
			t.Errorf("block %d: %v %v", b.Height, got.Height, err)
		}
	}
	if _, err := f.Job(ctx, "none"); err == nil {
		t.Error("an unknown job was found")
	}
}

// TestWatch: events come while it runs, and Drop ends it.
func TestWatch(t *testing.T) {
	f := &Fake{}
	f.Emit(view.Event{Kind: view.EventTip})
	got, done := make(chan string), make(chan error, 1)
	go func() {
		done <- f.Watch(t.Context(), func(e view.Event) error { got <- e.Kind; return nil })
	}()
	if k := <-got; k != view.EventTip {
		t.Fatal(k)
	}
	f.Emit(view.Event{Kind: view.EventWallet})
	if k := <-got; k != view.EventWallet {
		t.Fatal(k)
	}
	f.Drop(view.ErrNotRunning)
	if err := <-done; err != view.ErrNotRunning {
		t.Fatal(err)
	}
}
