package node

import (
	"bufio"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"supercomputing/app/api"
	"supercomputing/app/config"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// processEnv makes the test program run one node instead of its tests: a
// folder and the settings, as JSON.
const processEnv = "SUPERCOMPUTING_TEST_NODE"

type processSpec struct {
	Dir    string
	Config config.Config
}

func TestMain(m *testing.M) {
	spec := os.Getenv(processEnv)
	if spec == "" {
		os.Exit(m.Run())
	}
	var s processSpec
	err := json.Unmarshal([]byte(spec), &s)
	if err == nil {
		out := json.NewEncoder(os.Stdout)
		err = Run(context.Background(), Options{Dir: s.Dir, Config: s.Config, Passphrase: []byte(testPass), Version: "test",
			Log: slog.New(slog.DiscardHandler), Ready: func(r Ready) { out.Encode(r) }})
	}
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
	}
	os.Exit(1)
}

// startProcess runs the member's node as a process of its own, which kill ends
// without any chance to put things in order.
func (m *member) startProcess(t *testing.T) (kill func()) {
	t.Helper()
	spec := must[[]byte](t)(json.Marshal(processSpec{m.dir, m.cfg}))
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), processEnv+"="+string(spec))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	killed := false
	kill = func() {
		if !killed {
			killed = true
			cmd.Process.Kill()
			cmd.Wait()
		}
	}
	t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &m.ready)
	}
	if err != nil {
		t.Fatalf("the node's process: %v", err)
	}
	m.client = must[*api.Client](t)(api.Find(m.dir, ""))
	return kill
}

// TestKilledMember signs for two accounts of members who never met, one where
// two of three sign and one where both do, while a member's process is killed
// as soon as it has signed: what it said it did is done.
func TestKilledMember(t *testing.T) {
	if testing.Short() {
		t.Skip("real time")
	}
	t.Parallel()
	ms := newMembers(t, "a", "b", "c")
	a, b, c := ms[0], ms[1], ms[2]
	foundWith(t, quick, ms...)
	a.start(t)
	b.cfg.Seeds, c.cfg.Seeds = []string{a.ready.Gossip}, []string{a.ready.Gossip}
	b.start(t)
	kill := c.startProcess(t)
	l := must[view.Status](t)(c.client.Status(t.Context())).Listen
	c.cfg.Listen.Contact, c.cfg.Listen.Gossip = l.Contact, l.Gossip
	ctx := t.Context()

	club := a.gather(t, "club", 2, b, c)
	both := a.gather(t, "both", 0, c)
	pay := func(acc view.Account) view.Proposal {
		t.Helper()
		return must[view.Proposal](t)(a.client.Propose(ctx, view.ProposalRequest{Account: acc.ID,
			Outputs: []view.Payment{{Address: b.ready.Identity, Amount: types.Coin}}}))
	}
	for _, p := range []view.Proposal{pay(club), pay(both)} {
		c.await(t, "the proposal", func(ctx context.Context) (bool, error) {
			list, err := c.client.Proposals(ctx, p.Account)
			return len(list) == 1 && list[0].CanSign, err
		})
		must[view.Proposal](t)(c.client.SignProposal(ctx, view.SignRequest{ID: p.ID, TxID: p.TxID}))
		kill()
		must[view.Proposal](t)(a.client.SignProposal(ctx, view.SignRequest{ID: p.ID, TxID: p.TxID}))
		kill = c.startProcess(t)
		for _, m := range []*member{a, c} {
			m.await(t, "the transaction", func(ctx context.Context) (bool, error) {
				got, err := m.proposal(ctx, p.Account)
				return got.State == view.ProposalConfirmed, err
			})
		}
	}
}

// gather makes an account with others, who are known only by their lines, and
// puts coins into it.
func (m *member) gather(t *testing.T, name string, required int, others ...*member) view.Account {
	t.Helper()
	ctx := t.Context()
	var lines []string
	for _, o := range append([]*member{m}, others...) {
		var line string
		o.await(t, "its line", func(ctx context.Context) (bool, error) {
			k, err := o.client.AccountKey(ctx)
			line = k.Line
			return len(strings.Fields(line)) == 3, err
		})
		lines = append(lines, line)
	}
	bad := slices.Clone(lines)
	bad[1] = strings.Join(strings.Fields(bad[1])[:2], " ") + " nowhere:0"
	if _, err := m.client.CreateAccount(ctx, view.CreateAccountRequest{Name: name, Required: required, Members: bad}); err == nil {
		t.Error("a member that is reached nowhere")
	}
	acc := must[view.Account](t)(m.client.CreateAccount(ctx, view.CreateAccountRequest{Name: name, Required: required, Members: lines, Invite: true}))
	for _, o := range others {
		o.join(t, m, acc)
	}
	must[view.Sent](t)(m.client.Send(ctx, view.SendRequest{Outputs: []view.Payment{{Address: acc.Address, Amount: 10 * types.Coin}}}))
	for _, o := range append([]*member{m}, others...) {
		o.await(t, "the account's coins", func(ctx context.Context) (bool, error) {
			got, err := o.client.Account(ctx, acc.ID)
			return got.Balance.Spendable == 10*types.Coin, err
		})
	}
	return acc
}
