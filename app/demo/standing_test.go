package demo

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"supercomputing/app/node"
	"supercomputing/chain/types"
)

// A network that stays is made once, whole, and found again.
func TestOpenNetwork(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "demo")
	n, err := OpenNetwork(dir, "nothing")
	if err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(n.File())
	if err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(filepath.Dir(dir)); len(left) != 1 {
		t.Errorf("%d folders are left beside it", len(left))
	}
	p, err := node.LoadNetwork(n.File())
	if err != nil {
		t.Fatal(err)
	}
	var requester types.Amount
	for _, a := range p.Allocations {
		if a.Label == "requester" {
			requester = a.Amount
		}
	}
	if requester != standingCoins {
		t.Errorf("the requester begins with %v", requester)
	}
	for _, d := range p.Dapps {
		if d.Developer == p.Foundation {
			t.Errorf("dapp %s: its developer is the foundation", d.Name)
		}
	}
	if n.Alive() {
		t.Error("it runs before Start")
	}
	again, err := OpenNetwork(dir, "nothing")
	if err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(again.File())
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("opening it again made another one: %v", err)
	}
	if err := n.Start(t.Context()); err == nil {
		t.Error("a program that is none was started")
	}
	n.Stop()
}
