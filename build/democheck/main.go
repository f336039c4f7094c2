// Command democheck reads the JSON that `supercomputing demo --json` ends with
// and fails unless it shows what the demo promises: one tip, no coin lost, the
// file whole, and every contributing node paid.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"strconv"
)

// workers is how many nodes contribute in the demo.
const workers = 4

// result is what is checked of the demo's JSON. Pointers tell a missing key
// from a false one.
type result struct {
	OneTip    *bool    `json:"one_tip"`
	Tip       string   `json:"tip"`
	Digest    string   `json:"digest"`
	Conserved *bool    `json:"conserved"`
	SHA256OK  *bool    `json:"sha256_ok"`
	Bid       string   `json:"bid"`
	Payouts   []payout `json:"payouts"`
	Seconds   float64  `json:"seconds"`
}

type payout struct {
	Address string `json:"address"`
	Score   string `json:"score"`
	Coins   string `json:"coins"`
}

func main() {
	raw, err := io.ReadAll(io.LimitReader(os.Stdin, 1<<20))
	if err == nil {
		err = check(raw)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "democheck:", err)
		os.Exit(1)
	}
	fmt.Printf("the demo shows what it promises: %s\n", raw)
}

// check says what is wrong with a result.
func check(raw []byte) error {
	var r result
	if err := json.Unmarshal(raw, &r); err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		ok   *bool
	}{{"one_tip", r.OneTip}, {"conserved", r.Conserved}, {"sha256_ok", r.SHA256OK}} {
		if f.ok == nil || !*f.ok {
			return fmt.Errorf("%s is not true", f.name)
		}
	}
	switch {
	case len(r.Tip) != 64 || len(r.Digest) != 64:
		return errors.New("tip and digest are not hashes")
	case !positive(r.Bid):
		return errors.New("bid is not an amount")
	case r.Seconds <= 0:
		return errors.New("seconds is missing")
	case len(r.Payouts) != workers:
		return fmt.Errorf("%d payouts, not %d", len(r.Payouts), workers)
	}
	for _, p := range r.Payouts {
		if p.Address == "" || !positive(p.Score) || !positive(p.Coins) {
			return fmt.Errorf("%q was not paid: score %s, coins %s", p.Address, p.Score, p.Coins)
		}
	}
	return nil
}

func positive(s string) bool {
	v, err := strconv.ParseFloat(s, 64)
	return err == nil && v > 0
}
