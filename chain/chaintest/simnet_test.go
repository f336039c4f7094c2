package chaintest_test

import (
	"bytes"
	"testing"
	"time"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
)

// TestSimulatedNetwork: nodes that are cut apart twice, restarted at random
// and slow to hear of each other end on one tip with one digest; and the same
// seed gives the same history to the last message.
func TestSimulatedNetwork(t *testing.T) {
	count, runs := 50, 2
	if chaintest.Race { // one goroutine; see TestGossipNetwork
		count, runs = 10, 1
	}
	var first []byte
	for i := range runs {
		s := newSimNet(t, 7, count, 6)
		playSim(s)
		if first == nil {
			first = s.trace.Sum(nil)
		} else if !bytes.Equal(first, s.trace.Sum(nil)) {
			t.Errorf("run %d went another way", i)
		}
	}
}

func playSim(s *simNet) {
	t := s.t
	t.Helper()
	payments := simPayments(t, s.params)
	for slot := uint64(1); ; slot++ {
		switch {
		case slot == 20: // two halves
			s.cut = func(a, b int) bool { return a%2 != b%2 }
		case slot == 40: // one node and three parts, without a time of peace
			s.cut = func(a, b int) bool { return a != b && (a == 0 || b == 0 || a%3 != b%3) }
		case slot == 60:
			s.heal()
		case slot > 75 && s.agreed():
			finishSim(s)
			return
		case slot > 140:
			t.Fatalf("no agreement %d slots after the last partition", slot-60)
		}
		if slot < 70 && slot%5 == 0 {
			n := s.nodes[s.rng.IntN(len(s.nodes))]
			if n.m != nil {
				s.restart(n, time.Duration(s.rng.IntN(8000))*time.Millisecond)
			}
		}
		if slot%6 == 0 && len(payments) > 0 {
			if n := s.nodes[s.rng.IntN(len(s.nodes))]; n.m != nil {
				s.onTx(n, payments[0])
				payments = payments[1:]
			}
		}
		s.runUntil(s.params.SlotTime(slot))
		s.slot(slot)
		s.runUntil(s.params.SlotTime(slot + 1).Add(-1))
	}
}

// finishSim checks the chain that all agreed on.
func finishSim(s *simNet) {
	t := s.t
	t.Helper()
	if s.lost == 0 || s.reorgs == 0 {
		t.Errorf("%d messages lost, %d reorganisations: the network was too kind", s.lost, s.reorgs)
	}
	tip := s.nodes[0].m.Tip()
	if int(tip.Height) < 15 || s.blocks <= int(tip.Height) {
		t.Errorf("height %d of %d blocks made: no forks", tip.Height, s.blocks)
	}
	for _, n := range s.nodes[:3] {
		err := n.m.View(func(st consensus.State, rows consensus.Rows) error {
			supply, err := consensus.Audit(s.params, st, rows)
			if err == nil && !supply.OK() {
				t.Errorf("node %d: %v", n.id, supply)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	t.Logf("height %d, %d blocks made, %d reorganisations, %d messages lost", tip.Height, s.blocks, s.reorgs, s.lost)
}
