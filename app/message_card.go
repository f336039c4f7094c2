package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
)

func (p *program) messagePay() *cobra.Command {
	var yes bool
	var rate int64
	c := &cobra.Command{
		Use: "pay MESSAGE", Short: "Pay the payment request that a message carries", Args: exactly("MESSAGE"),
		Long: `Pay the payment request that a message carries. Amount, address and fee are shown
first; exactly that is paid or nothing. MESSAGE is its id, or enough of the id's
beginning.`,
		Example: "  supercomputing message pay 3f2a91bc",
	}
	yesFlag(c, &yes)
	feeRateFlag(c, &rate)
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (s view.Sent, err error) {
		m, err := findMessage(ctx, b, args[0])
		if err != nil {
			return s, err
		}
		if err := payable(m, p.now()); err != nil {
			return s, err
		}
		req := view.PayCardRequest{ID: m.ID, Address: m.Card.Address, Amount: m.Card.Amount, FeeRate: rate}
		quote, err := b.QuoteSend(ctx, view.SendRequest{Outputs: []view.Payment{{Address: req.Address, Amount: req.Amount}}, FeeRate: rate})
		if err != nil {
			return s, err
		}
		names, err := p.people(ctx, b)
		if err != nil {
			return s, err
		}
		to := "the same address"
		if req.Address != m.Address {
			to = names.named(req.Address)
		}
		p.quote("asked by", names.named(m.Address), "for", m.Card.Title, "to", to, "amount", coins(quote.Amount),
			"fee", coins(quote.Fee), "total", coins(quote.Total))
		if req.Address != m.Address {
			p.aside("! ", []string{"the money goes to another address than the one that wrote"})
		}
		p.aside("! ", m.Warnings)
		if err := p.confirm(fmt.Sprintf("Pay %v?", coins(quote.Total)), yes); err != nil {
			return s, err
		}
		return b.PayCard(ctx, req)
	}, func(s view.Sent) { p.say("%s", s.TxID) })
	return c
}

// payable says why a message's card cannot be paid.
func payable(m view.Message, now time.Time) error {
	switch {
	case m.Card == nil || m.Card.Kind != view.CardPayment:
		return view.Errorf(view.CodeInvalid, "that message asks for no payment")
	case m.Mine:
		return view.Errorf(view.CodeInvalid, "that payment request is your own")
	case m.Card.TxID != "":
		return view.Errorf(view.CodeConflict, "it is paid already, by transaction %s", m.Card.TxID)
	case m.Card.State == "expired", !m.Card.Expires.IsZero() && now.After(m.Card.Expires):
		return view.Errorf(view.CodeConflict, "the request was valid until %s; nothing was paid", timeText(m.Card.Expires)).
			WithHint("ask for a new one")
	}
	return nil
}

func (p *program) messageSave() *cobra.Command {
	var again bool
	c := &cobra.Command{
		Use: "save MESSAGE PATH", Short: "Save a message's file", Args: exactly("MESSAGE", "PATH"),
		Long: `Save the file that a message carries, to a new file or into a folder. A file
behind a magnet link is fetched first: the command returns at once, and
“supercomputing message show” tells the progress. Nothing is ever replaced, and
what was saved there before is not saved twice, except with --again.`,
		Example: "  supercomputing message save 3f2a91bc ~/Downloads",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (m view.Message, err error) {
			path, err := filepath.Abs(args[1])
			if err != nil {
				return m, err
			}
			if m, err = findMessage(ctx, b, args[0]); err != nil {
				return m, err
			}
			if m.Card == nil || m.Card.Kind != view.CardFile && m.Card.Kind != view.CardMagnet {
				return m, view.Errorf(view.CodeInvalid, "that message carries no file")
			}
			if !again && savedThere(*m.Card, path) {
				p.aside("", []string{"It was saved before; --again saves it once more, beside."})
				return m, nil
			}
			return b.SaveFile(ctx, view.SaveFileRequest{ID: m.ID, Path: path})
		}, func(m view.Message) {
			if m.Card != nil {
				p.facts("file", m.Card.Title, "size", bytesText(m.Card.Size), "state", m.Card.State, "saved as", m.Card.Path)
			}
		}),
	}
	c.Flags().BoolVar(&again, "again", false, "also when it was saved there before")
	return c
}

// savedThere reports whether a file lies where it is to be saved: at the path,
// or in the folder that the path names.
func savedThere(c view.Card, path string) bool {
	if c.State != "saved" || c.Path == "" || path != c.Path && path != filepath.Dir(c.Path) {
		return false
	}
	_, err := os.Lstat(c.Path)
	return err == nil
}
