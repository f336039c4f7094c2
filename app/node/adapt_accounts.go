package node

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/tasks"
	"supercomputing/tasks/download"
	"supercomputing/wallet"
	"supercomputing/wallet/accounts"
	"supercomputing/wallet/descriptor"
)

// openAccounts opens the shared accounts, each with a folder of its own.
func (n *Node) openAccounts(context.Context) error {
	if n.wallet == nil {
		return nil
	}
	dir := filepath.Join(n.dir, accountDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	journal, err := wallet.OpenJournal(dir)
	if err != nil {
		return err
	}
	folder := func(id accounts.AccountID) string { return filepath.Join(dir, id.String()) }
	n.accounts, err = accounts.Open(accounts.Options{
		Params: n.params, Prefix: n.params.AddressPrefix, Self: n.wallet.Identity(), Keys: n.keys, Chain: walletChain{n.chain}, Store: journal,
		OpenStore: func(id accounts.AccountID) (wallet.Store, error) {
			if err := os.MkdirAll(folder(id), 0o700); err != nil {
				return nil, err
			}
			return wallet.OpenJournal(folder(id))
		},
		RemoveStore: func(id accounts.AccountID) error { return os.RemoveAll(folder(id)) },
		Post:        n.messages, Jobs: &jobMaker{n: n, drafts: make(map[[32]byte]string)}, Log: n.log.With("part", "accounts"),
	})
	if err != nil {
		return fmt.Errorf("shared accounts: %w", err)
	}
	n.closers = append(n.closers, n.accounts)
	n.messages.HandleAccount(n.accounts.HandleAccount)
	return nil
}

// isMember reports whether an address shares an account with us.
func (n *Node) isMember(a types.Address) bool { return n.accounts != nil && n.accounts.IsMember(a) }

// hasAccount reports whether a descriptor's account is here.
func (n *Node) hasAccount(text string) bool {
	d, err := descriptor.ParseLoose(text)
	if err != nil {
		return false
	}
	a, err := n.accounts.Account(d.ID())
	return err == nil && !errors.Is(a.Problem, accounts.ErrBroken) // which the invitation brings back
}

// observeAccounts tells when accounts or proposals change, and gives up jobs
// whose proposals will not be signed, until ctx is done.
func (n *Node) observeAccounts(ctx context.Context) error {
	changed, cancel := n.accounts.Subscribe()
	defer cancel()
	for {
		n.dropUnsigned()
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
			n.events.emit(view.Event{Kind: view.EventAccount})
		}
	}
}

// dropUnsigned gives up the jobs of proposals that are over.
func (n *Node) dropUnsigned() {
	for _, j := range n.market.coordinator.Jobs() {
		if j.Phase != tasks.PhaseSigning {
			continue
		}
		p, err := n.accounts.Proposal(j.Job.ID)
		over := errors.Is(err, accounts.ErrNoProposal)
		if err == nil {
			over = p.State == accounts.StateDeclined || p.State == accounts.StateDead || p.State == accounts.StateExpired
		}
		if !over {
			continue
		}
		if err := n.market.coordinator.Drop(j.Job.ID); err != nil {
			n.log.Warn("a job that nobody signs could not be given up", "job", j.Job.ID, "err", err)
			continue
		}
		n.events.emit(view.Event{Kind: view.EventJob, Job: j.Job.ID.String()})
	}
}

// jobMaker makes the jobs that this node runs for shared accounts.
type jobMaker struct {
	n *Node

	mu sync.Mutex
	// guarded by mu: the newest draft of each spec that nothing became of.
	drafts map[[32]byte]string
}

var _ accounts.JobMaker = (*jobMaker)(nil)

// jobSpec is what package shared keeps of a job: whose it is, and what to do.
type jobSpec struct {
	Author string               `json:"author"`
	Job    view.DownloadRequest `json:"job"`
}

// signingSpare is how much longer than its proposal a job is waited for: the
// signatures may come at the last moment, and the block some time later.
const signingSpare = 24 * time.Hour

// Make implements accounts.JobMaker.
func (m *jobMaker) Make(ctx context.Context, raw []byte) (*types.JobPost, func(types.Hash) error, error) {
	var spec jobSpec
	if err := json.Unmarshal(raw, &spec); err != nil {
		return nil, nil, view.Errorf(view.CodeInvalid, "the job: %v", err)
	}
	author, err := m.n.parseAddress(spec.Author)
	if err != nil {
		return nil, nil, err
	}
	key := sha256.Sum256(raw)
	m.mu.Lock()
	old := m.drafts[key]
	delete(m.drafts, key)
	m.mu.Unlock()
	if old != "" { // its proposal failed; else it would be adopted
		if err := m.n.market.coordinator.Discard(old); err != nil && !errors.Is(err, tasks.ErrUnknownDraft) {
			return nil, nil, err
		}
	}
	post, err := m.n.accountPost(ctx, spec.Job)
	if err != nil {
		return nil, nil, err
	}
	if err := m.n.checkReleased(author, post.Bid); err != nil {
		return nil, nil, err
	}
	draft, err := m.n.market.coordinator.Prepare(author, post, nil)
	if err != nil {
		return nil, nil, err
	}
	m.mu.Lock()
	m.drafts[key] = draft.ID
	m.mu.Unlock()
	return &draft.Post, func(tx types.Hash) error { return m.adopt(key, draft.ID, tx) }, nil
}

func (m *jobMaker) adopt(key [32]byte, draft string, tx types.Hash) error {
	p, err := m.n.accounts.Proposal(tx)
	if err != nil {
		return err
	}
	if err := m.n.market.coordinator.Adopt(draft, tx, p.Expires.Add(signingSpare)); err != nil {
		return err
	}
	m.mu.Lock()
	if m.drafts[key] == draft {
		delete(m.drafts, key)
	}
	m.mu.Unlock()
	m.n.events.emit(view.Event{Kind: view.EventJob, Job: tx.String()})
	return nil
}

// accountPost publishes a content and makes the post of its job.
func (n *Node) accountPost(ctx context.Context, req view.DownloadRequest) (post types.JobPost, err error) {
	blocks, err := n.checkAccountJob(&req)
	if err != nil {
		return post, err
	}
	m := n.market
	if err := m.ready(ctx); err != nil {
		return post, err
	}
	contact, err := m.contact.reachedAt()
	if err != nil {
		return post, err
	}
	content, err := m.engine.Publish(ctx, req.Path, nil)
	if err != nil {
		return post, err
	}
	if post, err = m.download.Post(content, time.Duration(req.Seconds)*time.Second, req.Replicas); err != nil {
		return post, view.Errorf(view.CodeInvalid, "%v", err)
	}
	post.Contact, post.Duration, post.Bid = contact, blocks, req.Bid
	return post, nil
}

// checkAccountJob completes a request and says why it cannot be a job.
func (n *Node) checkAccountJob(req *view.DownloadRequest) (blocks uint32, err error) {
	if err := n.completeRequest(req); err != nil {
		return 0, err
	}
	if err := n.checkPublic(req.Path); err != nil {
		return 0, err
	}
	if _, err := contentSize(req.Path); err != nil {
		return 0, err
	}
	return n.jobBlocks(*req), nil
}

// checkReleased refuses a job of the compute fund that no block could hold:
// what the fund may spend is released over time.
func (n *Node) checkReleased(author types.Address, bid types.Amount) error {
	if author != n.params.FundKey {
		return nil
	}
	return n.chain.View(func(st consensus.State, rows consensus.Rows) error {
		pools, err := consensus.ReadPools(rows)
		if err != nil {
			return err
		}
		if left := n.params.FundAvailable(pools, st.Height); bid > left {
			return view.Errorf(view.CodeFunds, "the compute fund has released %v SCC that are not spent, less than the bid of %v", left, bid).
				WithHint("“supercomputing chain totals” shows the fund")
		}
		return nil
	})
}

// jobBlocks is a job's duration: twice the keeping time, so that a raise can
// renew the job before it runs out.
func (n *Node) jobBlocks(req view.DownloadRequest) uint32 {
	return uint32(min(keepBlocks(n.params, 2*time.Duration(req.Seconds)*time.Second), consensus.MaxDuration))
}

// withdrawn stops offering what was published for a job that will not come.
func (n *Node) withdrawn(post types.JobPost) {
	var ih download.InfoHash
	if n.market == nil || n.messages == nil || len(post.InfoHash) != len(ih) {
		return
	}
	copy(ih[:], post.InfoHash)
	if used, err := n.offered(ih); err != nil || used {
		return
	}
	n.market.unpublish(ih)
}
