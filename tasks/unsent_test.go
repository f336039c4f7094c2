package tasks

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"
)

// What only waits for a block is told as a wait, without amounts.
func TestUnsent(t *testing.T) {
	j := &ownJob{c: &Coordinator{opt: CoordinatorOptions{Log: slog.New(slog.DiscardHandler)}}}
	wait := fmt.Errorf("%w: not enough coins: 0.00000613 needed, 0 available", ErrCoinsWait)
	for want, err := range map[string]error{
		"the last scores go to the chain with the next coins: the wallet's are on their way into a block": wait,
		"score report: the disk is full": errors.New("the disk is full"),
	} {
		if j.unsent("score report", "the last scores go", err); j.problem != want {
			t.Errorf("%q, not %q", j.problem, want)
		}
	}
}
