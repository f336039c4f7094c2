package node

import (
	"context"

	"supercomputing/app/config"
	"supercomputing/app/view"
	"supercomputing/chain/consensus"
)

// contributionStatus is the contribution in one line.
func (n *Node) contributionStatus() view.ContributionStatus {
	if n.market == nil {
		return view.ContributionStatus{Why: "there is no wallet to earn for"}
	}
	limits := runnerLimits(n.config().Contribute)
	st := n.market.runner.Status()
	out := view.ContributionStatus{Enabled: limits.Off == "", Working: st.Working, Why: st.Idle}
	switch was := runnerLimits(config.Contribute{}).Off; {
	case limits.Off != "":
		out.Why = limits.Off // at once, also while the runner has not looked yet
	case out.Why == was:
		out.Why = "switched on just now; the open jobs are being looked at"
	}
	return out
}

// Contribution implements view.Contributor.
func (n *Node) Contribution(ctx context.Context) (view.Contribution, error) {
	if err := n.needWallet(); err != nil {
		return view.Contribution{}, err
	}
	n.mu.Lock()
	c := n.settings.Contribute
	n.mu.Unlock()
	out := view.Contribution{Status: n.contributionStatus(), Work: []view.Work{}, Settings: view.ContributionSettings{
		Enabled: c.Enabled, Disk: int64(c.Disk), Upload: int64(c.Upload), Download: int64(c.Download), MaxJobs: c.MaxJobs,
		Cores: c.Cores, Memory: int64(c.Memory)}, Engines: n.market.render.looks.engines(ctx)}
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
	err := n.chain.View(func(_ consensus.State, rows consensus.Rows) (err error) {
		out.Credit, err = consensus.ReadCredit(rows, n.wallet.Identity())
		return err
	})
	return out, explain(err)
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
	n.market.runner.SetLimits(runnerLimits(c))
	n.market.engine.SetMaxDisk(int64(c.Disk))
	if err := n.market.render.dapp.SetLimits(c.Cores, int64(c.Memory), int64(c.Disk)); err != nil {
		return err
	}
	n.applyRates()
	n.events.emit(view.Event{Kind: view.EventContribution})
	return nil
}

func (n *Node) config() config.Config {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.settings
}

// applyRates gives the engine the limits for what it does now.
func (n *Node) applyRates() {
	n.market.engine.SetLimits(n.market.rates(n.config(), n.market.busy()))
}

func (n *Node) saveContribution(s view.ContributionSettings) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	apply := func(c *config.Config) {
		c.Contribute.Enabled, c.Contribute.MaxJobs = s.Enabled, s.MaxJobs
		c.Contribute.Cores, c.Contribute.Memory = s.Cores, config.Memory(s.Memory)
		c.Contribute.Disk, c.Contribute.Upload, c.Contribute.Download = config.Size(s.Disk), config.Rate(s.Upload), config.Rate(s.Download)
	}
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
