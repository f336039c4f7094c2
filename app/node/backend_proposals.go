package node

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"supercomputing/app/view"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/accounts"
	ads "supercomputing/wallet/market"
	"supercomputing/wallet/safetext"
)

func proposalID(s string) (types.Hash, error) { return parseHash(s, "proposal's id") }

// Propose implements view.Accounts.
func (n *Node) Propose(ctx context.Context, req view.ProposalRequest) (view.Proposal, error) {
	if err := n.needWallet(); err != nil {
		return view.Proposal{}, err
	}
	r, err := n.proposalRequest(ctx, req)
	if err != nil {
		return view.Proposal{}, err
	}
	p, err := n.accounts.Propose(ctx, r)
	if errors.Is(err, wallet.ErrNoAuthorCoin) {
		return view.Proposal{}, n.noAuthorCoin(r.Account)
	}
	return n.proposalOf(p, err)
}

// noAuthorCoin tells where a coin has to be before an account can post anything.
func (n *Node) noAuthorCoin(id accounts.AccountID) error {
	a, err := n.accounts.Account(id)
	if err != nil {
		return explain(err)
	}
	first := n.addressText(a.Address)
	return view.Errorf(view.CodeFunds, "the account can post this only with a coin at its first address, %s, and there is none", first).
		WithHint("pay a little to it, for instance with “supercomputing account propose pay %s 1”", first)
}

// proposalRequest translates what is to be proposed: one thing.
func (n *Node) proposalRequest(ctx context.Context, req view.ProposalRequest) (r accounts.Request, err error) {
	things := 0
	for _, given := range []bool{len(req.Outputs) > 0, req.Post != "", req.Job != nil, req.Listing != nil, req.Dapp != nil, req.Raise != nil, req.Finish != ""} {
		if given {
			things++
		}
	}
	if things != 1 {
		return r, view.Errorf(view.CodeInvalid, "propose one thing: payments, a post, a job, an advertisement, a dapp, a raise or the end of a job")
	}
	r = accounts.Request{All: req.All, Rate: types.Amount(req.FeeRate), Note: req.Note}
	if r.Account, err = accountID(req.Account); err != nil {
		return r, err
	}
	switch {
	case len(req.Outputs) > 0:
		for _, o := range req.Outputs {
			a, err := n.parseAddress(o.Address)
			if err != nil {
				return r, err
			}
			r.Outputs = append(r.Outputs, wallet.Output{Address: a, Amount: o.Amount})
		}
	case req.Post != "":
		r.Record, err = ads.PublicPost(req.Post)
	case req.Job != nil:
		r.Job, err = n.jobSpec(r.Account, req.Job)
	case req.Listing != nil:
		err = n.listingRecord(req.Listing, &r)
	case req.Dapp != nil:
		r.Record, _, err = n.dappRecord(ctx, *req.Dapp)
	case req.Raise != nil:
		r.Record, err = n.raiseRecord(r.Account, req.Raise)
	default:
		r.Record, err = n.finishRecord(r.Account, req.Finish)
	}
	return r, explain(err)
}

func (n *Node) listingRecord(req *view.ListingRequest, r *accounts.Request) error {
	ask, err := n.adRequest(*req)
	if err != nil {
		return err
	}
	rec, err := n.ads.Advertisement(ask)
	if err != nil {
		return err
	}
	r.Record, r.Whole = rec, ask.Fee
	return nil
}

// accountJob finds a job that an account authored.
func (n *Node) accountJob(id accounts.AccountID, job string) (types.Hash, error) {
	h, err := jobID(job)
	if err != nil {
		return h, err
	}
	a, err := n.accounts.Account(id)
	if err != nil {
		return h, err
	}
	s, err := n.market.ledger.Job(h)
	if err != nil {
		return h, err
	}
	if s.Author != a.Address {
		return h, view.Errorf(view.CodeInvalid, "the job is not the account's: its author is %s", n.addressText(s.Author))
	}
	return h, nil
}

func (n *Node) raiseRecord(id accounts.AccountID, req *view.RaiseRequest) (types.Record, error) {
	if req.Added < consensus.MinBid {
		return nil, view.Errorf(view.CodeInvalid, "%v is below the least raise of %v", req.Added, consensus.MinBid)
	}
	job, err := n.accountJob(id, req.Job)
	if err != nil {
		return nil, err
	}
	return &types.BidRaise{Job: job, Added: req.Added}, nil
}

func (n *Node) finishRecord(id accounts.AccountID, req string) (types.Record, error) {
	job, err := n.accountJob(id, req)
	if err != nil {
		return nil, err
	}
	return &types.Completion{Job: job}, nil
}

func (n *Node) proposalOf(p accounts.Proposal, err error) (view.Proposal, error) {
	if err != nil {
		return view.Proposal{}, explain(err)
	}
	return n.proposal(p), nil
}

// proposal puts into words what a transaction would do. Only the note is its
// proposer's, and shown as a stranger's text is.
func (n *Node) proposal(p accounts.Proposal) view.Proposal {
	v := view.Proposal{ID: p.ID.String(), Account: p.Account.String(), TxID: p.ID.String(), State: string(p.State), Note: safetext.Clean(p.Note),
		Created: utc(p.Created), Expires: utc(p.Expires), Outputs: []view.ProposalOutput{}, Fee: p.Fee, Bid: p.Bid, Total: p.Total, VSize: p.VSize,
		Required: p.Required, Signed: p.Signed, Round: p.Round, Attempt: p.Attempt, Members: []view.ProposalMember{}, CanSign: p.CanSign,
		Height: p.Height, Warnings: texts(safetext.Warnings(p.Note)), SpentFrom: []view.TxInput{}}
	if p.Why != nil {
		v.Why = p.Why.Error()
	}
	if p.Routine != (accounts.RoutineID{}) {
		v.Routine = p.Routine.String()
	}
	for _, w := range p.Warnings {
		v.Warnings = append(v.Warnings, string(w))
	}
	for _, o := range p.Outputs {
		v.Outputs = append(v.Outputs, view.ProposalOutput{Address: n.addressText(o.Address), Name: n.messages.ContactName(o.Address), Amount: o.Amount, Change: o.Change})
	}
	members := make([]view.AccountMember, 0, len(p.Members))
	for i, m := range p.Members {
		known := n.member(m.Member)
		members = append(members, known)
		if i == p.Proposer {
			if v.Proposer = known.Name; v.Proposer == "" {
				v.Proposer = known.Fingerprint
			}
			v.Mine = m.Me
		}
		v.Members = append(v.Members, view.ProposalMember{Fingerprint: hex.EncodeToString(m.Fingerprint[:]), Name: known.Name, Me: m.Me,
			State: string(m.State), Note: safetext.CleanLine(m.Note), Time: utc(m.Time)})
	}
	for _, in := range p.Inputs {
		v.SpentFrom = append(v.SpentFrom, view.TxInput{TxID: in.OutPoint.Hash.String(), Index: in.OutPoint.Index, Address: n.addressText(in.Address), Amount: in.Amount})
	}
	v.Record = n.proposedRecord(p)
	if s, err := n.messages.Settings(); v.Why == "" && err == nil {
		v.Why = absent(p, members, s.AccountPrice)
	}
	return v
}

// absent says whom an open proposal waits for because they are not online, and
// what would help; "" when enough members are there, or we have yet to decide.
func absent(p accounts.Proposal, members []view.AccountMember, price types.Amount) string {
	if p.State != accounts.StateOpen || p.CanSign {
		return ""
	}
	able, away := 0, []string{}
	for i, m := range p.Members {
		known := members[i]
		switch {
		case m.State == accounts.MemberDeclined || m.State == accounts.MemberRefused:
		case m.State == accounts.MemberSigned || known.Me || known.Online:
			able++
		case known.Name != "":
			away = append(away, known.Name)
		default:
			away = append(away, known.Fingerprint)
		}
	}
	if able >= p.Required || len(away) == 0 {
		return ""
	}
	over := "“supercomputing message settings set --account-price COINS” lets it go over the chain too"
	if price > 0 {
		over = fmt.Sprintf("after an hour it goes over the chain too, where a letter costs no more than %v SCC", price)
	}
	return fmt.Sprintf("not online: %s. What they need waits until you are online together; %s, and a PSBT file needs neither (“supercomputing account export”)",
		strings.Join(away, ", "), over)
}

func (n *Node) proposedRecord(p accounts.Proposal) *view.Record {
	if p.Record == nil {
		return nil
	}
	c, ok := p.Record.Kind().Chain()
	if !ok {
		return nil
	}
	var author types.Address
	if a, err := n.accounts.Account(p.Account); err == nil {
		author = a.Address
	}
	r := n.record(c, p.Height, p.ID, author, p.Payload)
	return &r
}

// Proposals implements view.Accounts.
func (n *Node) Proposals(_ context.Context, account string) ([]view.Proposal, error) {
	if err := n.needWallet(); err != nil {
		return nil, err
	}
	id, err := accountFilter(account)
	if err != nil {
		return nil, err
	}
	if account != "" {
		if _, err := n.accounts.Account(id); err != nil {
			return nil, explain(err)
		}
	}
	out := []view.Proposal{}
	for _, p := range n.accounts.Proposals(id) {
		out = append(out, n.proposal(p))
	}
	return out, nil
}

// onProposal does something with a proposal that is named by its id.
func (n *Node) onProposal(id string, do func(types.Hash) (accounts.Proposal, error)) (view.Proposal, error) {
	if err := n.needWallet(); err != nil {
		return view.Proposal{}, err
	}
	h, err := proposalID(id)
	if err != nil {
		return view.Proposal{}, err
	}
	return n.proposalOf(do(h))
}

// Proposal implements view.Accounts.
func (n *Node) Proposal(_ context.Context, id string) (view.Proposal, error) {
	return n.onProposal(id, func(h types.Hash) (accounts.Proposal, error) { return n.accounts.Proposal(h) })
}

// SignProposal implements view.Accounts.
func (n *Node) SignProposal(ctx context.Context, req view.SignRequest) (view.Proposal, error) {
	return n.onProposal(req.ID, func(h types.Hash) (p accounts.Proposal, err error) {
		shown, err := parseHash(req.TxID, "transaction id")
		if err != nil {
			return p, err
		}
		return n.accounts.Sign(ctx, h, shown)
	})
}

// DeclineProposal implements view.Accounts.
func (n *Node) DeclineProposal(ctx context.Context, req view.DeclineRequest) (view.Proposal, error) {
	return n.onProposal(req.ID, func(h types.Hash) (accounts.Proposal, error) { return n.accounts.Decline(ctx, h, req.Reason) })
}

// RestartProposal implements view.Accounts.
func (n *Node) RestartProposal(ctx context.Context, id string) (view.Proposal, error) {
	return n.onProposal(id, func(h types.Hash) (accounts.Proposal, error) { return n.accounts.Restart(ctx, h) })
}

// ForgetProposal implements view.Accounts.
func (n *Node) ForgetProposal(ctx context.Context, id string) error {
	if err := n.needWallet(); err != nil {
		return err
	}
	h, err := proposalID(id)
	if err != nil {
		return err
	}
	return explain(n.accounts.Forget(ctx, h))
}

// ExportPSBT implements view.Accounts.
func (n *Node) ExportPSBT(_ context.Context, id string) (view.PSBT, error) {
	if err := n.needWallet(); err != nil {
		return view.PSBT{}, err
	}
	h, err := proposalID(id)
	if err != nil {
		return view.PSBT{}, err
	}
	data, err := n.accounts.Export(h)
	return view.PSBT{Data: data}, explain(err)
}

// ImportPSBT implements view.Accounts.
func (n *Node) ImportPSBT(ctx context.Context, p view.PSBT) (view.Proposal, error) {
	if err := n.needWallet(); err != nil {
		return view.Proposal{}, err
	}
	return n.proposalOf(n.accounts.ImportPSBT(ctx, p.Data))
}
