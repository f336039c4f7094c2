package node

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/app/view"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/keys"
)

// Pages of lists: when none is asked for, and at most.
const (
	usualPage = 100
	maxPage   = 1000
)

func pageLimit(asked int) int {
	if asked <= 0 {
		return usualPage
	}
	return min(asked, maxPage)
}

// needWallet refuses what cannot be done without a wallet.
func (n *Node) needWallet() error {
	if n.wallet == nil {
		return view.Errorf(view.CodeWalletLocked, "this node runs without a wallet").
			WithHint("stop it, make one with “supercomputing wallet create”, and start it again")
	}
	return nil
}

// parseAddress reads an address of this network.
func (n *Node) parseAddress(s string) (types.Address, error) {
	a, err := types.DecodeAddress(n.params.AddressPrefix, s)
	if err != nil {
		return a, view.Errorf(view.CodeInvalid, "%v", err)
	}
	return a, nil
}

// parseHash reads a transaction, block or job id as people see it.
func parseHash(s, what string) (h types.Hash, err error) {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != len(h) {
		return h, view.Errorf(view.CodeInvalid, "%q is not a %s: 64 hexadecimal digits", s, what)
	}
	for i := range h {
		h[i] = raw[len(raw)-1-i] // shown in Bitcoin's reversed order
	}
	return h, nil
}

// Balance implements view.Wallet.
func (n *Node) Balance(context.Context) (view.Balance, error) {
	if err := n.needWallet(); err != nil {
		return view.Balance{}, err
	}
	b := n.wallet.Balance()
	out := view.Balance{Total: b.Total, Spendable: b.Spendable, Pending: b.PendingIn, Immature: b.Immature, Frozen: b.Frozen,
		Height: n.wallet.Position().Height}
	err := n.chain.View(func(_ consensus.State, rows consensus.Rows) (err error) {
		out.Credit, err = consensus.ReadCredit(rows, n.wallet.Identity())
		return err
	})
	return out, explain(err)
}

// Addresses implements view.Wallet.
func (n *Node) Addresses(context.Context) ([]view.AddressInfo, error) {
	if err := n.needWallet(); err != nil {
		return nil, err
	}
	out := []view.AddressInfo{}
	for _, a := range n.wallet.Addresses() {
		out = append(out, n.addressInfo(a))
	}
	return out, nil
}

func (n *Node) addressInfo(a wallet.AddressInfo) view.AddressInfo {
	branch := 0
	if a.Change {
		branch = 1
	}
	return view.AddressInfo{Address: n.addressText(a.Address), Label: a.Label, Change: a.Change, Used: a.Used, Balance: a.Balance,
		Identity: a.Address == n.wallet.Identity(), Path: fmt.Sprintf("m/86'/%d'/0'/%d/%d", n.params.CoinType, branch, a.Index)}
}

// NewAddress implements view.Wallet.
func (n *Node) NewAddress(_ context.Context, label string) (view.AddressInfo, error) {
	if err := n.needWallet(); err != nil {
		return view.AddressInfo{}, err
	}
	a, err := n.wallet.NewAddress(label)
	if err != nil {
		return view.AddressInfo{}, explain(err)
	}
	for _, info := range n.wallet.Addresses() {
		if info.Address == a {
			return n.addressInfo(info), nil
		}
	}
	return view.AddressInfo{Address: n.addressText(a), Label: label}, nil
}

// History implements view.Wallet.
func (n *Node) History(_ context.Context, page view.Page) ([]view.Movement, error) {
	if err := n.needWallet(); err != nil {
		return nil, err
	}
	out := []view.Movement{}
	for _, e := range n.wallet.History(wallet.Query{Offset: max(page.Skip, 0), Limit: pageLimit(page.Limit)}) {
		out = append(out, n.movement(e))
	}
	return out, nil
}

func (n *Node) movement(e wallet.Entry) view.Movement {
	m := view.Movement{TxID: e.TxID.String(), Status: string(e.Status), Kind: string(e.Kind), Amount: e.Amount, Fee: e.Fee, Bid: e.Bid,
		Height: e.Height, Confirmations: e.Confirmations, Time: e.Time.UTC(), Label: n.movementLabel(e), Direction: view.DirectionIn,
		Immature: e.Status == wallet.StatusConfirmed && !e.Mature, CanBump: e.Status == wallet.StatusPending && !e.Incoming}
	switch {
	case e.Kind == wallet.KindSelf:
		m.Direction = view.DirectionSelf
	case e.Amount < 0:
		m.Direction = view.DirectionOut
	}
	if m.Amount < 0 {
		m.Amount = -m.Amount
	}
	if e.Job != (types.Hash{}) {
		m.Job = e.Job.String()
	}
	if e.ReplacedBy != (types.Hash{}) {
		m.ReplacedBy = e.ReplacedBy.String()
	}
	for _, p := range e.Parties {
		m.Parties = append(m.Parties, view.Party{Address: n.addressText(p.Address), Amount: p.Amount, Label: p.Label, Source: p.Source})
	}
	return m
}

// sendRequest translates a payment.
func (n *Node) sendRequest(req view.SendRequest) (out wallet.Request, err error) {
	out = wallet.Request{Rate: types.Amount(req.FeeRate), Label: req.Label, All: req.All}
	for _, o := range req.Outputs {
		a, err := n.parseAddress(o.Address)
		if err != nil {
			return out, err
		}
		out.Outputs = append(out.Outputs, wallet.Output{Address: a, Amount: o.Amount})
	}
	for _, c := range req.Coins {
		op, err := parseOutpoint(c)
		if err != nil {
			return out, err
		}
		out.Coins = append(out.Coins, op)
	}
	return out, nil
}

// QuoteSend implements view.Wallet.
func (n *Node) QuoteSend(_ context.Context, req view.SendRequest) (view.SendQuote, error) {
	q, err := n.quoteSend(req)
	if err != nil {
		return view.SendQuote{}, err
	}
	return n.showQuote(q), nil
}

func (n *Node) quoteSend(req view.SendRequest) (*wallet.Quote, error) {
	if err := n.needWallet(); err != nil {
		return nil, err
	}
	r, err := n.sendRequest(req)
	if err != nil {
		return nil, err
	}
	q, err := n.wallet.Quote(r)
	return q, explain(err)
}

func (n *Node) showQuote(q *wallet.Quote) view.SendQuote {
	out := view.SendQuote{Fee: q.Fee, FeeRate: int64(q.Rate), VSize: q.VSize, Change: q.Change, Inputs: len(q.Inputs)}
	for _, o := range q.Outputs {
		out.Amount += o.Amount
	}
	out.Total = out.Amount + q.Fee
	out.Left = max(n.wallet.Balance().Spendable-out.Total, 0)
	return out
}

// Send implements view.Wallet.
func (n *Node) Send(ctx context.Context, req view.SendRequest) (view.Sent, error) {
	q, err := n.quoteSend(req)
	if err != nil {
		return view.Sent{}, err
	}
	if total := n.showQuote(q).Total; req.Most > 0 && (total > req.Most || req.All && total != req.Most) {
		return view.Sent{}, view.Errorf(view.CodeConflict, "by now the payment would cost %v in all, not %v: nothing was sent", total, req.Most).
			WithHint("look at it once more")
	}
	id, err := n.wallet.SendQuote(ctx, q)
	if err != nil {
		return view.Sent{}, explain(err)
	}
	return view.Sent{TxID: id.String(), Fee: q.Fee}, nil
}

// Label implements view.Wallet.
func (n *Node) Label(_ context.Context, req view.LabelRequest) error {
	if err := n.needWallet(); err != nil {
		return err
	}
	if strings.HasPrefix(req.Target, n.params.AddressPrefix+"1") {
		a, err := n.parseAddress(req.Target)
		if err != nil {
			return err
		}
		return explain(n.wallet.LabelAddress(a, req.Label))
	}
	id, err := parseHash(req.Target, "transaction id")
	if err != nil {
		return err
	}
	if _, err := n.wallet.Transaction(id); err != nil {
		return explain(err)
	}
	return explain(n.wallet.LabelTx(id, req.Label))
}

// CheckWords implements view.Wallet.
func (n *Node) CheckWords(_ context.Context, words string) (view.WordsCheck, error) {
	if err := n.needWallet(); err != nil {
		return view.WordsCheck{}, err
	}
	if _, err := keys.ParseWords(words); err != nil {
		return view.WordsCheck{Problem: err.Error()}, nil
	}
	same, err := sameWords(n.keys, words)
	check := view.WordsCheck{Valid: true, ThisWallet: same}
	if !same {
		check.Problem = "the words are another wallet's"
	}
	return check, explain(err)
}

// Coins implements view.Wallet.
func (n *Node) Coins(context.Context) ([]view.Coin, error) {
	if err := n.needWallet(); err != nil {
		return nil, err
	}
	out := []view.Coin{}
	for _, c := range n.wallet.Coins() {
		v := view.Coin{Outpoint: c.OutPoint.String(), Address: n.addressText(c.Address), Amount: c.Amount, Label: c.Label,
			Height: c.Height, Confirmations: c.Confirmations, Frozen: c.Frozen, Identity: c.Identity}
		if !c.Mature && c.Confirmations < n.params.CoinbaseMaturity {
			v.RipeIn = n.params.CoinbaseMaturity - c.Confirmations
		}
		out = append(out, v)
	}
	return out, nil
}

// parseOutpoint reads "txid:index".
func parseOutpoint(s string) (op wire.OutPoint, err error) {
	id, index, ok := strings.Cut(s, ":")
	if !ok {
		return op, view.Errorf(view.CodeInvalid, "%q is not a coin: txid:index", s)
	}
	if op.Hash, err = parseHash(id, "transaction id"); err != nil {
		return op, err
	}
	i, err := strconv.ParseUint(index, 10, 32)
	if err != nil {
		return op, view.Errorf(view.CodeInvalid, "%q is not a coin: txid:index", s)
	}
	op.Index = uint32(i)
	return op, nil
}

// Freeze implements view.Wallet.
func (n *Node) Freeze(_ context.Context, req view.FreezeRequest) error {
	if err := n.needWallet(); err != nil {
		return err
	}
	op, err := parseOutpoint(req.Outpoint)
	if err != nil {
		return err
	}
	return explain(n.wallet.Freeze(op, req.Frozen))
}

// Bump implements view.Wallet.
func (n *Node) Bump(ctx context.Context, req view.BumpRequest) (view.Sent, error) {
	if err := n.needWallet(); err != nil {
		return view.Sent{}, err
	}
	id, err := parseHash(req.TxID, "transaction id")
	if err != nil {
		return view.Sent{}, err
	}
	if req.FeeRate < 0 {
		return view.Sent{}, view.Errorf(view.CodeInvalid, "the fee rate is negative")
	}
	// A job is named by its post's id: another transaction would be another
	// job, and the one that nodes were promised pay for would be gone.
	if _, err := n.market.coordinator.Job(id); err == nil {
		return view.Sent{}, view.Errorf(view.CodeConflict, "the transaction posts a job, whose id would change").
			WithHint("wait for its block, or raise the job's bid")
	}
	next, err := n.wallet.Bump(ctx, id, types.Amount(req.FeeRate))
	if err != nil {
		return view.Sent{}, explain(err)
	}
	sent := view.Sent{TxID: next.String()}
	e, err := n.wallet.Transaction(next)
	if err != nil && !errors.Is(err, wallet.ErrUnknownTx) {
		return sent, explain(err)
	}
	sent.Fee = e.Fee
	return sent, nil
}
