// Command democheck reads the JSON that a demo ends with and fails unless it
// shows what the demo promises: one tip, no coin lost, every contributing node
// paid; of a download the file whole, of a film every frame equal to a local
// render in all pixels, and part of the work checked. Usage:
//
//	supercomputing demo --json | go run ./build/democheck download
//	supercomputing demo render --json | go run ./build/democheck render
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
	Bid       string   `json:"bid"`
	Payouts   []payout `json:"payouts"`
	Seconds   float64  `json:"seconds"`

	SHA256OK *bool `json:"sha256_ok"` // of a download

	Engine        string   `json:"engine"` // of a film, and so on
	Frames        int      `json:"frames"`
	FramesExact   int      `json:"frames_exact"`
	RepeatedShare *float64 `json:"repeated_share"`
	Caught        *int     `json:"caught"`
}

type payout struct {
	Address string `json:"address"`
	Score   string `json:"score"`
	Coins   string `json:"coins"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: democheck download|render < JSON")
		os.Exit(2)
	}
	raw, err := io.ReadAll(io.LimitReader(os.Stdin, 1<<20))
	if err == nil {
		err = check(os.Args[1], raw)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "democheck:", err)
		os.Exit(1)
	}
	fmt.Printf("the demo shows what it promises: %s\n", raw)
}

// check says what is wrong with a result of a play.
func check(play string, raw []byte) error {
	var r result
	if err := json.Unmarshal(raw, &r); err != nil {
		return err
	}
	var err error
	switch play {
	case "download":
		err = mustBe("sha256_ok", r.SHA256OK)
	case "render":
		err = r.checkFilm()
	default:
		err = fmt.Errorf("%q is not played", play)
	}
	if err != nil {
		return err
	}
	return r.checkCoins()
}

func mustBe(name string, ok *bool) error {
	if ok == nil || !*ok {
		return fmt.Errorf("%s is not true", name)
	}
	return nil
}

// checkFilm says what is wrong with what was rendered.
func (r *result) checkFilm() error {
	switch {
	case r.Engine == "":
		return errors.New("engine is missing")
	case r.Frames < 1:
		return errors.New("no frame was rendered")
	case r.FramesExact != r.Frames:
		return fmt.Errorf("%d of %d frames are exact", r.FramesExact, r.Frames)
	case r.RepeatedShare == nil || *r.RepeatedShare <= 0 || *r.RepeatedShare >= 1:
		return errors.New("repeated_share is not a part of the work")
	case r.Caught == nil || *r.Caught != 0:
		return errors.New("honest nodes were taken for cheats")
	}
	return nil
}

// checkCoins says what is wrong with the chain that the play ended with, and
// with who was paid.
func (r *result) checkCoins() error {
	if err := errors.Join(mustBe("one_tip", r.OneTip), mustBe("conserved", r.Conserved)); err != nil {
		return err
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
