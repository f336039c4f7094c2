package demo

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"supercomputing/app/view"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// move is one line of the closing table: coins that went to an address, all
// blocks of one reason added up.
type move struct {
	to, role, note string
	amount         types.Amount
	blocks         int
}

// awaitPayouts waits for the epoch's end, whose coinbases pay the nodes.
func (d *demo) awaitPayouts(ctx context.Context) error {
	d.ui.step("The job is complete; the end of the epoch pays the nodes' credits")
	return d.until(ctx, func(ctx context.Context) (bool, error) {
		st, err := d.requester.api.Status(ctx)
		if err != nil {
			return false, err
		}
		_, moves, err := d.moves(ctx, st.Tip.Height)
		if err != nil {
			return false, err
		}
		paid := 0
		for _, w := range d.workers {
			a, err := d.requester.api.Address(ctx, w.identity)
			if err != nil {
				return false, err
			}
			// Less than a payout stays as credit until the node works again.
			if credits(moves, w.identity) > 0 && a.Credit < consensus.MinPayout {
				paid++
			}
		}
		d.ui.bar("payouts", int64(paid), workers, fmt.Sprintf("%d of %d nodes are paid", paid, workers))
		return paid == workers, nil
	})
}

func credits(moves []move, address string) (sum types.Amount) {
	for _, m := range moves {
		if m.to == address && m.role == view.RoleCredit {
			sum += m.amount
		}
	}
	return sum
}

// moves reads the blocks from 1 to last from the requester's node and adds up
// what went into them and what their coinbases paid.
func (d *demo) moves(ctx context.Context, last uint32) (in, out []move, err error) {
	type key struct{ to, role, note string }
	sums := map[key]*move{}
	add := func(to, role, note string, amount types.Amount) {
		if amount == 0 {
			return
		}
		k := key{to, role, note}
		if sums[k] == nil {
			sums[k] = &move{to: to, role: role, note: note}
		}
		sums[k].amount += amount
		sums[k].blocks++
	}
	for h := uint32(1); h <= last; h++ {
		b, err := d.requester.api.Block(ctx, fmt.Sprint(h))
		if err != nil {
			return nil, nil, err
		}
		add("", "bid", "", b.Coinbase.Bids)
		add("", "fees", "", b.Coinbase.Fees)
		add("", "new coin", "", b.Coinbase.Reward)
		for _, o := range b.Coinbase.Outputs {
			add(o.Address, o.Role, o.Note, o.Amount)
		}
	}
	for _, m := range sums {
		if m.to == "" {
			in = append(in, *m)
		} else {
			out = append(out, *m)
		}
	}
	for _, list := range [][]move{in, out} {
		slices.SortFunc(list, func(a, b move) int {
			return cmp.Or(cmp.Compare(a.role, b.role), cmp.Compare(a.to, b.to), cmp.Compare(a.note, b.note))
		})
	}
	return in, out, nil
}

func sum(moves []move) (total types.Amount) {
	for _, m := range moves {
		total += m.amount
	}
	return total
}

// settle compares the nodes and takes stock.
func (d *demo) settle(ctx context.Context, res *Result) error {
	d.ui.step("Comparing the nodes and counting every coin")
	var tip view.Tip
	err := d.until(ctx, func(ctx context.Context) (bool, error) {
		for i, p := range d.nodes {
			st, err := p.api.Status(ctx)
			if err != nil {
				return false, err
			}
			if i == 0 {
				tip = st.Tip
			} else if st.Tip.Hash != tip.Hash || st.Tip.Digest != tip.Digest {
				return false, nil
			}
		}
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("the nodes did not come to one tip: %w", err)
	}
	res.OneTip, res.Tip, res.Height, res.Digest = true, tip.Hash, tip.Height, tip.Digest
	audit, err := d.requester.api.Audit(ctx)
	if err != nil {
		return err
	}
	res.Left, res.Right = audit.Left, audit.Right
	res.Conserved = audit.Conserved && audit.DigestOK && audit.Left == audit.Right
	j, err := d.requester.api.Job(ctx, res.Job)
	if err != nil {
		return err
	}
	if res.in, res.out, err = d.moves(ctx, audit.Height); err != nil {
		return err
	}
	for _, t := range audit.Terms {
		// Outputs and the compute fund are what genesis filled already.
		if t.Name != "unspent outputs" && t.Name != "compute fund" && t.Amount > 0 {
			res.left = append(res.left, t)
		}
	}
	for _, w := range d.workers {
		p := Payout{Address: w.identity, Coins: credits(res.out, w.identity)}
		for _, r := range j.Receipts {
			if r.Address == w.identity {
				p.Score += r.Score
			}
		}
		res.Payouts = append(res.Payouts, p)
	}
	return nil
}

func (d *demo) nameOf(address string) string {
	for _, p := range d.nodes {
		if p.identity == address {
			return p.name
		}
	}
	return short(address)
}

// printResult shows the closing table.
func (d *demo) printResult(res *Result) {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "\nWORK, AND WHAT IT BROUGHT\tscore\tpaid\tfor")
	for i, p := range res.Payouts {
		fmt.Fprintf(w, "%s %s\t%v\t%v\t%s\n", d.workers[i].name, short(p.Address), p.Score, p.Coins, d.play.earned(res, p.Address))
	}
	d.printMoves(w, res)
	w.Flush()
	fmt.Fprintf(&b, "\nAll %d nodes on one tip: height %d, %s\n", len(d.nodes), res.Height, res.Tip)
	fmt.Fprintf(&b, "One state digest:       %s\n", res.Digest)
	fmt.Fprintf(&b, "Conservation:           genesis + block coins = %v; all there is = %v\n", res.Left, res.Right)
	d.play.outcome(&b, res)
	if res.Kills > 0 {
		fmt.Fprintf(&b, "Killed with -9:         %d times\n", res.Kills)
	}
	fmt.Fprintf(&b, "Took %.0f s\n", res.Seconds)
	fmt.Fprint(d.Out, b.String())
}

// printKept tells how to talk to a network that stays.
func (d *demo) printKept() {
	fmt.Fprintf(d.Out, "\nThe network keeps running in %s. Talk to a node:\n", d.Dir)
	for _, p := range d.nodes {
		fmt.Fprintf(d.Out, "  %s --datadir %s wallet balance\n", d.Exe, p.dir)
	}
	fmt.Fprintf(d.Out, "  %s --datadir %s job list\n", d.Exe, d.requester.dir)
	p := d.workers[0]
	fmt.Fprintf(d.Out, "Start one that was killed again, here %s:\n  %s node --datadir %s --passphrase-file %s\n", p.name, d.Exe, p.dir, filepath.Join(p.dir, passphraseFile))
	fmt.Fprintf(d.Out, "End it with: pkill -f -- %s\n", shellQuote(nodesPattern(d.Dir)))
}

// nodesPattern is the extended regular expression that the command lines of the
// demo's nodes match, in whatever order somebody who started one anew wrote
// them: the folder follows --datadir.
func nodesPattern(dir string) string {
	return "--datadir[ =]" + regexp.QuoteMeta(strings.TrimRight(dir, "/")) + "/"
}

// shellQuote makes one word of a text for a shell.
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// printMoves shows what went into the blocks, and to the unit where it went.
func (d *demo) printMoves(w io.Writer, res *Result) {
	about := map[string]string{
		"bid":      "of job " + res.Job[:12] + "…, from the requester's wallet",
		"fees":     "of transactions and producer registrations",
		"new coin": "one a block",
	}
	fmt.Fprintln(w, "\nINTO THE BLOCKS\tSCC\tin blocks\tfor")
	for _, m := range res.in {
		fmt.Fprintf(w, "%s\t%v\t%d\t%s\n", m.role, m.amount, m.blocks, about[m.role])
	}
	fmt.Fprintf(w, "together\t%v\n", sum(res.in))
	why := map[string]string{
		view.RoleProducer:   "making blocks",
		view.RoleFoundation: "its tenth",
		view.RoleDeveloper:  "20 % of the bids for its dapp",
		view.RoleDappFund:   "20 % of fees and new coin",
		view.RoleCredit:     "the job's work, and the base pool's share for it",
	}
	fmt.Fprintln(w, "\nOUT OF THEM\tSCC\tin blocks\tfor")
	for _, m := range res.out {
		what := m.role
		if m.note != "" {
			what += " (" + m.note + ")"
		}
		fmt.Fprintf(w, "%s to %s\t%v\t%d\t%s\n", what, d.nameOf(m.to), m.amount, m.blocks, why[m.role])
	}
	for _, t := range res.left {
		fmt.Fprintf(w, "%s\t%v\t\tstays in the state for later blocks\n", t.Name, t.Amount)
	}
	fmt.Fprintf(w, "together\t%v\n", sum(res.out)+res.kept())
}
