package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

func (p *program) chainCommand() *cobra.Command {
	return group("chain", "Look at blocks, transactions, records, addresses and sums", "",
		p.chainTip(), p.chainBlocks(), p.chainBlock(), p.chainTx(), p.chainAddress(), p.chainRecords(), p.chainTotals(), p.chainAudit())
}

func (p *program) chainTip() *cobra.Command {
	return &cobra.Command{
		Use: "tip", Short: "Show the newest block of the best chain", Args: exactly(),
		RunE: asking(p, func(ctx context.Context, b view.Backend, _ []string) (view.Tip, error) {
			s, err := b.Status(ctx)
			return s.Tip, err
		}, func(t view.Tip) {
			p.facts("height", t.Height, "hash", t.Hash, "slot", t.Slot, "made at", timeText(t.Time), "state digest", t.Digest)
		}),
	}
}

func (p *program) chainBlocks() *cobra.Command {
	var limit int
	var from uint32
	c := &cobra.Command{Use: "blocks", Short: "List blocks, newest first", Args: exactly()}
	c.Flags().Uint32Var(&from, "from", 0, "highest height (default: the tip)")
	c.Flags().IntVar(&limit, "limit", 20, "how many")
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, _ []string) ([]view.BlockBrief, error) {
		q := view.BlocksQuery{Limit: limit}
		if c.Flags().Changed("from") {
			q.From = &from
		}
		return b.Blocks(ctx, q)
	}, func(list []view.BlockBrief) {
		var rows [][]any
		for _, x := range list {
			row := []any{x.Height, timeText(x.Time), x.Txs}
			for _, n := range x.Records {
				row = append(row, n)
			}
			rows = append(rows, append(row, bytesText(int64(x.Size)), short(x.Producer), x.Hash))
		}
		p.table("HEIGHT|TIME|TXS|A|B|C|D|E|SIZE|PRODUCER|HASH", rows, "No blocks there.")
	})
	return c
}

func (p *program) chainBlock() *cobra.Command {
	return &cobra.Command{
		Use: "block HEIGHT|HASH|tip", Short: "Show a main block with its side blocks and its coinbase", Args: exactly("HEIGHT|HASH|tip"),
		Example: "  supercomputing chain block 455\n  supercomputing chain block 455d\n  supercomputing chain block tip --json",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (view.Block, error) {
			return b.Block(ctx, args[0])
		}, p.showBlock),
	}
}

func (p *program) showBlock(b view.Block) {
	p.facts("height", b.Height, "hash", b.Hash, "parent", b.Parent, "confirmations", b.Confirmations,
		"made at", timeText(b.Time), "slot", fmt.Sprintf("%d, epoch %d", b.Slot, b.Epoch), "producer", b.Producer,
		"size", fmt.Sprintf("%s, weight %d", bytesText(int64(b.Size)), b.Weight),
		"state digest before", b.StateDigest, "transactions root", b.TxRoot, "sides root", b.SideRoot, "producers root", b.ProducersRoot)
	c := b.Coinbase
	p.say("\nCoinbase %s", c.TxID)
	p.facts("new coin", coins(c.Reward), "fees", coins(c.Fees), "bids paid in", coins(c.Bids),
		"bids of the compute fund", positive(c.FundBids), "from the producers' reserve", coins(c.FromReserve))
	var rows [][]any
	for _, o := range c.Outputs {
		rows = append(rows, []any{o.Amount, o.Role, o.Address, o.Note})
	}
	p.table("PAID|AS|TO|NOTE", rows, "It pays nothing.")
	p.say("\nTransactions")
	rows = nil
	for _, t := range b.Transactions {
		rows = append(rows, []any{t.TxID, t.Kind, t.Amount, t.VSize})
	}
	p.table("TRANSACTION|KIND|MOVES|VBYTES", rows, "None.")
	for _, s := range b.Sides {
		if len(s.Records) > 0 {
			p.say("\nSide block %s (%s)", s.Name, bytesText(int64(s.Bytes)))
			p.showRecords(s.Records)
		}
	}
}

func (p *program) showRecords(list []view.Record) {
	for _, r := range list {
		p.say("  %s in block %d, transaction %s", r.Kind, r.Height, r.TxID)
		if r.Author != "" {
			p.say("    by %s", r.Author)
		}
		for _, f := range r.Fields {
			p.say("    %s: %s", clean(f.Name), clean(f.Value))
		}
	}
}

func (p *program) chainTx() *cobra.Command {
	return &cobra.Command{
		Use: "tx TXID", Short: "Show a transaction", Args: exactly("TXID"),
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (view.Tx, error) {
			return b.Tx(ctx, args[0])
		}, p.showTx),
	}
}

func (p *program) showTx(t view.Tx) {
	where := "waiting"
	if t.Block != "" {
		where = fmt.Sprintf("%d (%s)", t.Height, count(t.Confirmations, "confirmation"))
	}
	fee := "fee"
	if t.Record != nil && slices.ContainsFunc(t.Record.Fields, func(f view.Field) bool { return f.Name == "bid" }) {
		fee = "fee and bid"
	}
	p.facts("transaction", t.TxID, "kind", t.Kind, "in block", where, "time", timeText(t.Time), fee, coins(t.Fee),
		"size", fmt.Sprintf("%d virtual bytes, weight %d", t.VSize, t.Weight))
	var rows [][]any
	for _, in := range t.Inputs {
		rows = append(rows, []any{"in", in.Amount, in.Address, fmt.Sprintf("%s:%d", short(in.TxID), in.Index)})
	}
	for _, out := range t.Outputs {
		rows = append(rows, []any{"out", out.Amount, out.Address, out.Commitment})
	}
	p.table("WAY|AMOUNT|ADDRESS|", rows, "")
	if t.Record != nil {
		p.say("")
		p.showRecords([]view.Record{*t.Record})
	}
}

func (p *program) chainAddress() *cobra.Command {
	return &cobra.Command{
		Use: "address ADDRESS", Short: "Show what the chain knows about an address", Args: exactly("ADDRESS"),
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (view.AddressDetail, error) {
			return b.Address(ctx, args[0])
		}, func(a view.AddressDetail) {
			p.facts("address", a.Address, "label", a.Label, "balance", fmt.Sprintf("%v in %s", coins(a.Balance), count(a.Outputs, "coin")),
				"credit, not paid out yet", coins(a.Credit), "weight", a.Weight, "seats", a.Seats, "registered producer", a.Producer, "at block", a.Height)
			var rows [][]any
			for _, s := range a.Scores {
				rows = append(rows, []any{s.Epoch, s.Score})
			}
			if len(rows) > 0 {
				p.say("")
				p.table("EPOCH|SCORE", rows, "")
			}
		}),
	}
}

func (p *program) chainRecords() *cobra.Command {
	q := view.RecordsQuery{}
	c := &cobra.Command{
		Use: "records CHAIN", Short: "List the records of a virtual chain", Args: exactly("CHAIN"),
		Long:    "List the records of a virtual chain, oldest first: a scores, b market, c summary, d work, e messages.",
		Example: "  supercomputing chain records d --from 400",
	}
	c.Flags().Uint32Var(&q.From, "from", 0, "first height")
	c.Flags().IntVar(&q.Limit, "limit", 50, "how many")
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) ([]view.Record, error) {
		if _, ok := types.ParseVirtualChain(args[0]); !ok {
			return nil, &usageError{fmt.Errorf("%q is not a virtual chain", args[0]), "they are a (scores), b (market), c (summary), d (work), e (messages)"}
		}
		q.Chain = args[0]
		return b.Records(ctx, q)
	}, func(list []view.Record) {
		if len(list) == 0 {
			p.say("No records there.")
		}
		p.showRecords(list)
	})
	return c
}

func (p *program) chainTotals() *cobra.Command {
	return &cobra.Command{
		Use: "totals", Short: "Show where the coins are", Args: exactly(),
		RunE: asking(p, func(ctx context.Context, b view.Backend, _ []string) (view.Totals, error) {
			return b.Totals(ctx)
		}, func(t view.Totals) {
			p.facts("at block", fmt.Sprintf("%d, epoch %d", t.Height, t.Epoch), "issued", coins(t.Issued), "compute fund", coins(t.Fund),
				"of it released", coins(t.FundReleased), "producers' reserve", coins(t.Reserve), "base pool", coins(t.BasePool),
				"open jobs", fmt.Sprintf("%d, bids left %v", t.OpenJobs, coins(t.OpenBids)))
		}),
	}
}

func (p *program) chainAudit() *cobra.Command {
	return &cobra.Command{
		Use: "audit", Short: "Add up every coin and recompute the state digest", Args: exactly(),
		Long: `Read every row of the state, add up every coin and recompute the state digest.
Fails when a coin is missing or too many, or the digest differs.`,
		RunE: func(c *cobra.Command, _ []string) error {
			b, err := p.backend()
			if err != nil {
				return err
			}
			a, err := b.Audit(c.Context())
			if err != nil {
				return err
			}
			if err := p.show(a, func() { p.showAudit(a) }); err != nil {
				return err
			}
			if !a.Conserved || !a.DigestOK {
				return view.Errorf(view.CodeInternal, "the state of this node is wrong: %s", auditFault(a)).
					WithHint("keep the data directory for examination, and sync a new one")
			}
			return nil
		},
	}
}

func auditFault(a view.Audit) string {
	var faults []string
	if !a.Conserved {
		faults = append(faults, "the sums differ")
	}
	if !a.DigestOK {
		faults = append(faults, "the digest differs")
	}
	return strings.Join(faults, " and ")
}

func (p *program) showAudit(a view.Audit) {
	p.facts("at block", fmt.Sprintf("%d %s", a.Height, a.Hash))
	var rows [][]any
	for _, t := range a.Terms {
		rows = append(rows, []any{t.Name, coins(t.Amount)})
	}
	rows = append(rows, []any{"together", coins(a.Right)}, []any{"issued", coins(a.Left)})
	p.table("WHERE|COINS", rows, "")
	verdict := map[bool]string{true: "equal", false: "DIFFERENT"}
	p.say("")
	p.facts("sums", verdict[a.Conserved], "state digest", fmt.Sprintf("%s, recomputed: %s", a.Digest, verdict[a.DigestOK]), "took", a.Took.Round(1e6))
}
