package node

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"supercomputing/app/config"
	"supercomputing/app/view"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet/accounts"
	"supercomputing/wallet/descriptor"
	"supercomputing/wallet/keys"
)

// company starts members on one network, the first of them its producer, who
// knows the others as they know it. Their ports stay the same when they start again.
func company(t *testing.T, members []*member, change func(*consensus.Params)) (stop []func()) {
	t.Helper()
	if testing.Short() {
		t.Skip("real time")
	}
	foundWith(t, change, members...)
	for i, m := range members {
		if i > 0 {
			m.cfg.Seeds = []string{members[0].ready.Gossip}
		}
		stop = append(stop, m.start(t))
		l := must[view.Status](t)(m.client.Status(t.Context())).Listen
		m.cfg.Listen = config.Listen{Gossip: l.Gossip, API: "127.0.0.1:0", Contact: l.Contact, BitTorrent: "127.0.0.1:0"}
	}
	for i, m := range members[1:] {
		m.know(t, "A", members[0])
		members[0].know(t, string(rune('B'+i)), m)
	}
	for _, m := range members {
		m.await(t, "blocks", func(ctx context.Context) (bool, error) {
			s, err := m.client.Status(ctx)
			return s.Tip.Height >= 1 && s.Sync.State == view.SyncDone, err
		})
	}
	return stop
}

func newMembers(t *testing.T, names ...string) (out []*member) {
	dir := t.TempDir()
	for _, name := range names {
		out = append(out, newMember(t, filepath.Join(dir, name)))
	}
	return out
}

// quick makes a network with a block nearly each second.
func quick(p *consensus.Params) { p.LeaderNum, p.LeaderDen = 4, 5 }

// proposal finds the only proposal of an account.
func (m *member) proposal(ctx context.Context, account string) (view.Proposal, error) {
	list, err := m.client.Proposals(ctx, account)
	if err != nil || len(list) != 1 {
		return view.Proposal{}, err
	}
	return list[0], nil
}

// TestSharedAccount takes an account of three members through its life on
// three real nodes: invitations, coins, a proposal that all sign over messages
// while one of them restarts in between, and the coins where they should be.
func TestSharedAccount(t *testing.T) {
	t.Parallel()
	ms := newMembers(t, "a", "b", "c")
	stop := company(t, ms, quick)
	a, b, c := ms[0], ms[1], ms[2]
	ctx := t.Context()

	var lines []string
	for _, m := range ms {
		lines = append(lines, must[view.AccountKey](t)(m.client.AccountKey(ctx)).Line)
	}
	acc := must[view.Account](t)(a.client.CreateAccount(ctx, view.CreateAccountRequest{Name: "family", Members: lines, Invite: true}))
	if len(acc.Invitations) != 2 || acc.Invitations[0].Message == "" || acc.Invitations[1].Problem != "" {
		t.Errorf("invited: %+v", acc.Invitations)
	}
	if !acc.MuSig2 || acc.Required != 3 || len(acc.Members) != 3 || acc.Role != "" {
		t.Errorf("created: %+v", acc)
	}
	for _, m := range ms[1:] {
		m.join(t, a, acc)
	}
	must[view.Sent](t)(a.client.Send(ctx, view.SendRequest{Outputs: []view.Payment{{Address: acc.Address, Amount: 10 * types.Coin}}}))
	for _, m := range ms {
		m.await(t, "the account's coins", func(ctx context.Context) (bool, error) {
			got, err := m.client.Account(ctx, acc.ID)
			return got.Balance.Spendable == 10*types.Coin, err
		})
	}

	target := must[view.AddressInfo](t)(c.client.NewAddress(ctx, "from the family")).Address
	made := must[view.Proposal](t)(b.client.Propose(ctx, view.ProposalRequest{Account: acc.ID, Note: "the new roof",
		Outputs: []view.Payment{{Address: target, Amount: 4 * types.Coin}}}))
	if made.State != view.ProposalOpen || made.Signed != 0 || made.Fee <= 0 || made.Total != 4*types.Coin+made.Fee || len(made.SpentFrom) != 1 {
		t.Errorf("proposed: %+v", made)
	}
	for _, m := range ms {
		m.await(t, "the proposal", func(ctx context.Context) (bool, error) {
			p, err := m.proposal(ctx, acc.ID)
			s, serr := m.client.Status(ctx)
			return p.ID == made.ID && p.CanSign && p.Note == "the new roof" && s.Unread.Proposals == 1, errors.Join(err, serr)
		})
	}
	if _, err := a.client.SignProposal(ctx, view.SignRequest{ID: made.ID, TxID: acc.ID}); !errors.Is(err, view.ErrConflict) {
		t.Errorf("signed another transaction: %v", err)
	}
	if psbt := must[view.PSBT](t)(a.client.ExportPSBT(ctx, made.ID)); len(psbt.Data) < 100 {
		t.Errorf("PSBT: %q", psbt.Data)
	}
	sign := func(m *member) {
		t.Helper()
		must[view.Proposal](t)(m.client.SignProposal(ctx, view.SignRequest{ID: made.ID, TxID: made.TxID}))
	}
	sign(a)
	sign(c)
	a.await(t, "C's nonces", func(ctx context.Context) (bool, error) {
		p, err := a.proposal(ctx, acc.ID)
		return slices.ContainsFunc(p.Members, func(m view.ProposalMember) bool { return m.Name == "C" && m.State == "agreed" }), err
	})
	stop[2]() // C's nonces are gone with it
	sign(b)
	c.start(t)
	for _, m := range ms {
		m.await(t, "the signatures of all", func(ctx context.Context) (bool, error) {
			p, err := m.proposal(ctx, acc.ID)
			return p.State == view.ProposalConfirmed && p.Height > 0, err
		})
	}
	c.await(t, "the coins", func(ctx context.Context) (bool, error) {
		list, err := c.client.Addresses(ctx)
		return slices.ContainsFunc(list, func(i view.AddressInfo) bool { return i.Address == target && i.Balance == 4*types.Coin }), err
	})
	a.accountLeft(t, acc.ID, 6*types.Coin-made.Fee)
	a.refusals(t, acc)
}

// join takes an account by the invitation that another member sent.
func (m *member) join(t *testing.T, from *member, acc view.Account) {
	t.Helper()
	var msg view.Message
	m.await(t, "the invitation", func(ctx context.Context) (bool, error) {
		list, err := m.client.Messages(ctx, view.MessagesQuery{Address: from.ready.Identity})
		for _, msg = range list {
			if msg.Card != nil && msg.Card.Kind == view.CardAccount && msg.Card.Title == acc.Name {
				return true, nil
			}
		}
		return false, err
	})
	about := strings.Join(msg.Card.About, "\n")
	if !strings.Contains(about, acc.Address) || !strings.Contains(about, "members sign") || !strings.Contains(about, "you") {
		t.Errorf("the invitation tells %q", about)
	}
	if msg.Card.State != "open" || msg.Card.Ref != acc.Descriptor {
		t.Errorf("card: %+v", msg.Card)
	}
	got := must[view.Account](t)(m.client.ImportAccount(t.Context(), view.ImportAccountRequest{Message: msg.ID}))
	if got.ID != acc.ID || got.Address != acc.Address || got.Name != acc.Name {
		t.Errorf("joined %+v, not %+v", got, acc)
	}
	if len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], "compare the addresses") {
		t.Errorf("warnings %q", got.Warnings)
	}
	for _, other := range got.Members {
		if other.Address == "" {
			t.Errorf("a member without an address: %+v", other)
		}
	}
	if _, err := m.client.ImportAccount(t.Context(), view.ImportAccountRequest{Message: msg.ID}); !errors.Is(err, view.ErrConflict) {
		t.Errorf("joined twice: %v", err)
	}
}

func (m *member) accountLeft(t *testing.T, id string, want types.Amount) {
	t.Helper()
	ctx := t.Context()
	m.await(t, "the change", func(ctx context.Context) (bool, error) {
		acc, err := m.client.Account(ctx, id)
		return acc.Balance.Spendable == want && acc.Open == 0, err
	})
	list := must[[]view.Movement](t)(m.client.AccountHistory(ctx, id, view.Page{}))
	if len(list) != 2 || list[0].Direction != view.DirectionOut || list[0].Label != "the new roof" || list[0].CanBump {
		t.Errorf("history: %+v", list)
	}
}

// refusals tries what an account does not do.
func (m *member) refusals(t *testing.T, acc view.Account) {
	t.Helper()
	ctx := t.Context()
	pay := view.ProposalRequest{Account: acc.ID, Outputs: []view.Payment{{Address: m.ready.Identity, Amount: types.Coin}}}
	for _, c := range []struct {
		name   string
		change func(*view.ProposalRequest)
		want   error
	}{
		{"nothing", func(r *view.ProposalRequest) { r.Outputs = nil }, view.ErrInvalid},
		{"two things", func(r *view.ProposalRequest) { r.Post = "hello" }, view.ErrInvalid},
		{"too much", func(r *view.ProposalRequest) { r.Outputs[0].Amount = 1000 * types.Coin }, view.ErrFunds},
		{"another account", func(r *view.ProposalRequest) { r.Account = strings.Repeat("0", len(acc.ID)) }, view.ErrNotFound},
		{"no account", func(r *view.ProposalRequest) { r.Account = "family" }, view.ErrInvalid},
		{"the keystore as a job", func(r *view.ProposalRequest) {
			r.Outputs, r.Job = nil, &view.DownloadRequest{Path: keystorePath(m.dir), Bid: types.Coin}
		}, view.ErrInvalid},
		{"the end of no job", func(r *view.ProposalRequest) { r.Outputs, r.Finish = nil, acc.ID }, view.ErrNotFound},
	} {
		req := pay
		req.Outputs = slices.Clone(pay.Outputs)
		c.change(&req)
		if _, err := m.client.Propose(ctx, req); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := m.client.ImportPSBT(ctx, view.PSBT{Data: "nonsense"}); !errors.Is(err, view.ErrInvalid) {
		t.Errorf("imported nonsense: %v", err)
	}
	if _, err := m.client.CreateAccount(ctx, view.CreateAccountRequest{Name: "x", Members: []string{"a", "b"}}); !errors.Is(err, view.ErrInvalid) {
		t.Errorf("an account of nonsense: %v", err)
	}
}

// joint makes the account number n of all members before there is a network.
func joint(t *testing.T, n uint32, members []*member) (lines []string, address types.Address) {
	t.Helper()
	var all []string
	for _, m := range members {
		own := must[*keys.SharedAccount](t)(m.ks.SharedAccount(n))
		k := must[descriptor.Key](t)(descriptor.ParseKey(own.Expression()))
		all = append(all, k.String())
		lines = append(lines, accounts.Line(k.String(), "lsc", m.id))
	}
	slices.Sort(all)
	d := must[*descriptor.Descriptor](t)(descriptor.NewMuSig2(all))
	return lines, must[types.Address](t)(d.Address(0, 0))
}

// TestComputeFund runs a network whose compute fund and foundation are shared
// accounts of three real nodes: a routine proposes a task paid from the fund,
// one node works on it and learns what it earned by it, and another routine
// sweeps what the foundation got to its reserve.
func TestComputeFund(t *testing.T) {
	t.Parallel()
	ms := newMembers(t, "a", "b", "c")
	fundLines, fundAt := joint(t, 0, ms)
	foundLines, foundAt := joint(t, 1, ms)
	stop := company(t, ms, func(p *consensus.Params) {
		quick(p)
		p.EpochSlots, p.FundInterval = 12, 1
		p.FundKey, p.Foundation = fundAt, foundAt
		p.Allocations = append(p.Allocations, consensus.Allocation{Address: fundAt, Amount: 5 * types.Coin, Label: "fees of the fund"})
	})
	ctx := t.Context()

	ms[1].know(t, "C", ms[2])
	var fund, found view.Account
	for _, m := range ms {
		fund = must[view.Account](t)(m.client.CreateAccount(ctx, view.CreateAccountRequest{Name: "fund", Members: fundLines}))
		found = must[view.Account](t)(m.client.CreateAccount(ctx, view.CreateAccountRequest{Name: "foundation", Members: foundLines}))
	}
	// Members take turns with routines, in the order of their keys: the first
	// one needs not wait.
	a, b, c := ms[0], ms[1], ms[2]
	for fund.Members[0].Address != b.ready.Identity {
		a, b, c = b, c, a
	}
	must[view.Contribution](t)(a.client.SetContribution(ctx, view.ContributionSettings{Enabled: true, Disk: 1 << 30, MaxJobs: 2}))
	if fund.Role != view.AccountFund || found.Role != view.AccountFoundation {
		t.Fatalf("roles: %q, %q", fund.Role, found.Role)
	}
	must[view.Sent](t)(a.client.Send(ctx, view.SendRequest{Outputs: []view.Payment{{Address: found.Address, Amount: 3 * types.Coin}}}))
	reserve := must[view.AddressInfo](t)(c.client.NewAddress(ctx, "reserve")).Address
	must[view.Routine](t)(c.client.PutRoutine(ctx, view.Routine{Account: found.ID, Kind: view.RoutineSweep, Epochs: 1, To: reserve}))
	path := filepath.Join(t.TempDir(), "weather.bin")
	if err := os.WriteFile(path, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	task := must[view.Routine](t)(b.client.PutRoutine(ctx, view.Routine{Account: fund.ID, Kind: view.RoutineTask, Epochs: 1000, Note: "the weather",
		Job: &view.DownloadRequest{Path: path, Bid: 10 * types.Coin, Seconds: 600, Replicas: 1}}))
	if task.Job == nil || task.Job.Path != path || task.Next == 0 && task.Problem != "" {
		t.Errorf("routine: %+v", task)
	}

	var job view.Job
	b.await(t, "the task's work", func(ctx context.Context) (bool, error) {
		if err := signAll(ctx, ms); err != nil {
			return false, err
		}
		list, err := b.client.Jobs(ctx)
		if len(list) == 0 {
			return false, err
		}
		job = list[0]
		d, err := b.client.Job(ctx, job.ID)
		return job.State == view.JobOpen && len(d.Nodes) == 1 && d.Nodes[0].Ticketed > 0, err
	})
	p := must[view.Proposal](t)(b.client.Proposal(ctx, job.ID))
	if p.Routine != task.ID || p.State != view.ProposalConfirmed || p.Record == nil || p.Record.Kind != "job post" || p.Record.Author != fund.Address {
		t.Errorf("the task's proposal: %+v", p)
	}
	if _, err := b.client.Raise(ctx, view.RaiseRequest{Job: job.ID, Added: types.Coin}); !errors.Is(err, view.ErrConflict) {
		t.Errorf("raised the account's job alone: %v", err)
	}
	if err := b.client.Complete(ctx, job.ID); err != nil {
		t.Fatal(err)
	}
	b.await(t, "the end of the task, and the sweep", func(ctx context.Context) (bool, error) {
		if err := signAll(ctx, ms); err != nil {
			return false, err
		}
		j, err := b.client.Job(ctx, job.ID)
		list, aerr := c.client.Addresses(ctx)
		swept := slices.ContainsFunc(list, func(i view.AddressInfo) bool { return i.Address == reserve && i.Balance > 2*types.Coin })
		return j.State == view.JobComplete && swept, errors.Join(err, aerr)
	})
	a.earned(t, job, fund)

	stop[slices.Index(ms, b)]()
	b.start(t)
	if list := must[[]view.Routine](t)(b.client.Routines(ctx, fund.ID)); len(list) != 1 || list[0].ID != task.ID || list[0].Last != job.ID {
		t.Errorf("routines after a restart: %+v", list)
	}
	if after := must[view.JobDetail](t)(b.client.Job(ctx, job.ID)); after.State != view.JobComplete || len(after.Receipts) == 0 {
		t.Errorf("the task after a restart: %+v", after)
	}
	if list := must[[]view.Account](t)(b.client.Accounts(ctx)); len(list) != 2 {
		t.Errorf("accounts after a restart: %+v", list)
	}
}

// signAll lets each member sign whatever it can.
func signAll(ctx context.Context, members []*member) error {
	for _, m := range members {
		list, err := m.client.Proposals(ctx, "")
		if err != nil {
			return err
		}
		for _, p := range list {
			if !p.CanSign {
				continue
			}
			if _, err := m.client.SignProposal(ctx, view.SignRequest{ID: p.ID, TxID: p.TxID}); err != nil && !errors.Is(err, view.ErrConflict) {
				return err
			}
		}
	}
	return nil
}

// earned asks why the worker was paid: the answer names the job.
func (m *member) earned(t *testing.T, job view.Job, fund view.Account) {
	t.Helper()
	m.await(t, "the reward", func(ctx context.Context) (bool, error) {
		r, err := m.client.Rewards(ctx, view.RewardsQuery{})
		return len(r.Work) > 0, err
	})
	r := must[view.Rewards](t)(m.client.Rewards(t.Context(), view.RewardsQuery{Job: job.ID}))
	if len(r.Work) == 0 || r.Address != m.ready.Identity || r.Scores <= 0 || r.Credited <= 0 {
		t.Fatalf("rewards: %+v", r)
	}
	for _, w := range r.Work {
		if w.Job != job.ID || w.JobName != "weather.bin" || w.Dapp != "download" || w.Payer != fund.Address || w.Score <= 0 {
			t.Errorf("work: %+v", w)
		}
	}
	other := must[view.Rewards](t)(m.client.Rewards(t.Context(), view.RewardsQuery{Job: fund.ID}))
	if len(other.Work) != 0 || other.Scores != 0 {
		t.Errorf("rewards of another job: %+v", other)
	}
}
