package node

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"supercomputing/app/config"
	"supercomputing/app/view"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/miner"
	"supercomputing/tasks"
	"supercomputing/tasks/render"
)

// contributionStatus is the contribution in one line.
func (n *Node) contributionStatus() view.ContributionStatus {
	if n.market == nil {
		return view.ContributionStatus{Why: "there is no wallet to earn for"}
	}
	st := n.market.runner.Status()
	_, d := n.policy.now()
	out := view.ContributionStatus{Enabled: n.config().Contribute.Enabled, Working: st.Working, Why: st.Idle}
	switch {
	case len(d.Pauses) > 0:
		out.Working, out.Why = 0, d.Pauses[0].Text
	case out.Why == "" && out.Working > 0:
		out.Why = working(out.Working)
	}
	return out
}

func working(jobs int) string {
	if jobs == 1 {
		return "1 job is being worked on"
	}
	return fmt.Sprintf("%d jobs are being worked on", jobs)
}

// Contribution implements view.Contributor.
func (n *Node) Contribution(ctx context.Context) (view.Contribution, error) {
	if err := n.needWallet(); err != nil {
		return view.Contribution{}, err
	}
	n.policy.peek(ctx)
	c := n.config().Contribute
	g, d := n.policy.now()
	idle := d.Idle
	if !c.Enabled { // then nothing is decided
		idle = c.IdleAfter == 0 || slices.Contains(g.Unknown, miner.SenseIdle) || g.Input >= time.Duration(c.IdleAfter)
	}
	out := view.Contribution{Settings: showSettings(c, g.Cores), Status: n.contributionStatus(), Pauses: showPauses(d), Blind: append([]string{}, d.Blind...),
		Snoozed: n.policy.snoozed(), Machine: showMachine(g, idle), Work: []view.Work{}, Engines: n.market.render.looks.engines(ctx)}
	for _, t := range n.market.engine.List() {
		if !t.Published {
			out.DiskUsed += t.Have
		}
	}
	for _, w := range n.market.runner.Status().Jobs {
		v := view.Work{Job: w.Job.ID.String(), Dapp: w.Dapp, Name: n.market.jobName(w.Job.Post), Author: n.addressText(w.Job.Author),
			State: w.State, Since: w.Taken.UTC(), Ticketed: max(w.Ticket, w.Recorded), Recorded: w.Recorded, Why: w.Why}
		out.Earned += v.Ticketed - v.Recorded // a last score may be recorded without a ticket that we saw
		out.Work = append(out.Work, v)
	}
	var err error
	if out.Dapps, err = n.dappWork(c, out.Engines); err != nil {
		return out, explain(err)
	}
	err = n.chain.View(func(_ consensus.State, rows consensus.Rows) (err error) {
		out.Credit, err = consensus.ReadCredit(rows, n.wallet.Identity())
		return err
	})
	return out, explain(err)
}

// dappWork tells of each dapp whether this machine works for it, and what that
// brought.
func (n *Node) dappWork(c config.Contribute, engines []view.RenderEngine) ([]view.DappWork, error) {
	sums, err := n.earned.of(n)
	if err != nil {
		return nil, err
	}
	open, err := n.market.ledger.OpenJobs()
	if err != nil {
		return nil, err
	}
	out := []view.DappWork{}
	for _, d := range n.market.dapps {
		v := view.DappWork{Dapp: d.ID().String(), Name: d.Name(), On: !slices.Contains(c.Off, d.Name()), Can: true}
		if d.ID() == n.market.render.dapp.ID() {
			v.Can, v.Why = canRender(engines)
		}
		if sum := sums[d.ID()]; sum != nil {
			v.Jobs, v.Earned = sum.Jobs, sum.Credited
		}
		for _, j := range open {
			if j.Post.Dapp == d.ID() && j.Standing == tasks.Open {
				v.Open++
			}
		}
		out = append(out, v)
	}
	return out, nil
}

// canRender tells whether a rendering program works here, and why none does.
func canRender(engines []view.RenderEngine) (can bool, why string) {
	var reasons []string
	for _, e := range engines {
		if e.Usable {
			return true, ""
		}
		reasons = append(reasons, e.Name+": "+e.Why)
	}
	if len(reasons) == 0 {
		return false, "the rendering programs are being looked at"
	}
	return false, strings.Join(reasons, "; ")
}

// earnedMemory keeps what each dapp brought until there is another block.
type earnedMemory struct {
	mu sync.Mutex
	// guarded by mu:
	tip  types.Hash
	sums map[types.Hash]*view.RewardDapp
}

func (m *earnedMemory) of(n *Node) (map[types.Hash]*view.RewardDapp, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	tip := n.chain.Tip().Hash
	if m.sums != nil && m.tip == tip {
		return m.sums, nil
	}
	from, err := n.heightAt(n.firstEpoch(incomeEpochs) * n.params.EpochSlots)
	if err != nil {
		return nil, err
	}
	sums := newRewardSums()
	for {
		list, err := n.chain.Earnings(n.wallet.Identity(), from, 1000)
		if err != nil {
			return nil, err
		}
		for i := range list {
			sums.add(&list[i], "")
		}
		if len(list) == 0 {
			m.tip, m.sums = tip, sums.dapps
			return m.sums, nil
		}
		from = list[len(list)-1].Height + 1
	}
}

// longestSnooze bounds "not now"; whoever means more switches contributing off.
const longestSnooze = 366 * 24 * time.Hour

// Snooze implements view.Contributor.
func (n *Node) Snooze(ctx context.Context, req view.SnoozeRequest) (view.Contribution, error) {
	if err := n.needWallet(); err != nil {
		return view.Contribution{}, err
	}
	if time.Until(req.Until) > longestSnooze {
		return view.Contribution{}, view.Errorf(view.CodeInvalid, "work cannot be put off for more than a year").
			WithHint("switch contributing off instead")
	}
	if err := n.policy.snooze.set(req.Until); err != nil {
		return view.Contribution{}, explain(err)
	}
	n.policy.look(ctx)
	n.policy.wake() // its time to look again is another one
	n.events.emit(view.Event{Kind: view.EventContribution})
	return n.Contribution(ctx)
}

// SetContribution implements view.Contributor. What was changed for this run
// only (--set) stays out of the settings file.
func (n *Node) SetContribution(ctx context.Context, s view.ContributionSettings) (view.Contribution, error) {
	if err := n.needWallet(); err != nil {
		return view.Contribution{}, err
	}
	if err := n.saveContribution(s); err != nil {
		return view.Contribution{}, err
	}
	if err := n.applyContribution(); err != nil {
		return view.Contribution{}, explain(err)
	}
	return n.Contribution(ctx)
}

// applyContribution makes the settings of contributing count, whoever changed
// them.
func (n *Node) applyContribution() error {
	c := n.config().Contribute
	if c.Enabled {
		n.market.want()
	}
	n.policy.look(context.Background()) // bounded by what sensors may take
	n.policy.wake()
	n.events.emit(view.Event{Kind: view.EventContribution})
	return nil
}

func (n *Node) config() config.Config {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.settings
}

// applyDecision makes a decision of the policy count for all work.
func (n *Node) applyDecision(c config.Contribute, d miner.Decision) {
	m, held := n.market, len(d.Pauses) > 0
	l := tasks.Limits{Jobs: c.MaxJobs, Skip: c.Off}
	switch {
	case !c.Enabled:
		l.Off = d.Pauses[0].Text
	case held:
		l.Hold = d.Pauses[0].Text
	}
	metered := slices.ContainsFunc(d.Pauses, func(p miner.Pause) bool { return p.Kind == miner.PauseMetered })
	m.engine.SetMaxDisk(int64(c.Disk))
	m.engine.Hold(held)
	if err := m.render.dapp.SetLimits(d.Limits.Cores, d.Limits.Memory, int64(c.Disk)); err != nil {
		n.log.Warn("the limits of rendering stay as they were", "err", err)
	}
	m.render.dapp.SetPace(render.Pace{Held: held, Quiet: metered, CPU: d.Limits.CPU, Upload: d.Limits.Upload})
	m.runner.SetLimits(l)
	n.applyRates()
}

// applyRates gives the engine the limits for what it does now.
func (n *Node) applyRates() {
	s := n.config()
	if _, d := n.policy.now(); s.Contribute.Enabled {
		s.Contribute.Upload, s.Contribute.Download = config.Rate(d.Limits.Upload), config.Rate(d.Limits.Download)
	}
	n.market.engine.SetLimits(n.market.rates(s, n.market.busy()))
}

func (n *Node) saveContribution(s view.ContributionSettings) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	g, _ := n.policy.now()
	apply := func(c *config.Config) { keepSettings(s, &c.Contribute, g.Cores) }
	next := n.settings
	apply(&next)
	if err := next.Validate(); err != nil {
		return view.Errorf(view.CodeInvalid, "%v", err)
	}
	file, err := config.Load(n.dir)
	if err != nil {
		return view.Errorf(view.CodeInvalid, "%v", err).WithHint("repair the settings file; nothing was changed")
	}
	apply(&file)
	if err := file.Save(n.dir); err != nil {
		return explain(err)
	}
	n.settings = next
	apply(&n.wanted)
	return nil
}
