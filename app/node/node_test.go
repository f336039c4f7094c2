package node

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// must fails the test on an error of a call whose result is wanted.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// TestTwoNodes plays the owner's whole day on two real nodes: coins are sent,
// labelled and frozen, a file is published and paid for, the other node does
// the work and is scored, and the explorer shows all of it. Both nodes are then
// stopped and one is started again, and has forgotten nothing.
func TestTwoNodes(t *testing.T) {
	if testing.Short() {
		t.Skip("real time: a block every three seconds")
	}
	t.Parallel()
	dir := t.TempDir()
	a, b := newMember(t, filepath.Join(dir, "a")), newMember(t, filepath.Join(dir, "b"))
	p := found(t, a, b)
	a.cfg.Contribute.Enabled = true
	a.start(t)
	b.cfg.Seeds = []string{a.ready.Gossip}
	stopB := b.start(t)
	ctx := t.Context()

	b.await(t, "blocks", func(ctx context.Context) (bool, error) {
		s, err := b.client.Status(ctx)
		return s.Tip.Height >= 1 && s.PeersOut+s.PeersIn > 0 && s.Sync.State == view.SyncDone, err
	})
	job := b.publish(t)
	sent := b.pay(t, a)
	b.check(t)

	b.await(t, "the work", func(ctx context.Context) (bool, error) {
		j, err := b.client.Job(ctx, job.ID)
		return j.Progress.Total > 0 && j.Progress.Done >= j.Progress.Total && len(j.Nodes) == 1 && j.Nodes[0].Ticketed > 0, err
	})
	work := must[view.Contribution](t)(a.client.Contribution(ctx))
	if len(work.Work) != 1 || work.Work[0].Job != job.ID || work.Work[0].Name != "file.bin" || !work.Settings.Enabled || work.DiskUsed != job.Size {
		t.Errorf("the worker's view: %+v", work)
	}
	if board := must[[]view.BoardEntry](t)(a.client.Board(ctx)); len(board) != 1 || !board[0].Working || board[0].Own {
		t.Errorf("the worker's board: %+v", board)
	}
	b.pauseAndGoOn(t, job.ID)
	if err := b.client.Complete(ctx, job.ID); err != nil {
		t.Fatal(err)
	}
	b.await(t, "the end of the job", func(ctx context.Context) (bool, error) {
		j, err := b.client.Job(ctx, job.ID)
		return j.State == view.JobComplete, err
	})
	job = must[view.JobDetail](t)(b.client.Job(ctx, job.ID))
	b.checkJob(t, a, job)
	b.explore(t, a, job, sent)
	b.find(t, a, job, sent)

	same := func(ctx context.Context) (bool, error) {
		x, err := a.client.Status(ctx)
		y, err2 := b.client.Status(ctx)
		return x.Tip.Hash == y.Tip.Hash && x.Tip.Digest == y.Tip.Digest && x.NetworkID == y.NetworkID, errors.Join(err, err2)
	}
	b.await(t, "one tip and digest", same)

	history := must[[]view.Movement](t)(b.client.History(ctx, view.Page{}))
	stopB()
	if _, err := b.client.Status(ctx); !errors.Is(err, view.ErrNotRunning) {
		t.Errorf("after the stop: %v", err)
	}
	b.start(t)
	after := must[view.JobDetail](t)(b.client.Job(ctx, job.ID))
	if after.State != view.JobComplete || !reflect.DeepEqual(after.Receipts, job.Receipts) || after.Label != "holiday" {
		t.Errorf("the job after a restart: %+v", after)
	}
	known := make(map[string]string)
	for _, m := range must[[]view.Movement](t)(b.client.History(ctx, view.Page{})) {
		known[m.TxID] = m.Label
	}
	for _, m := range history {
		if label, ok := known[m.TxID]; !ok || label != m.Label {
			t.Errorf("the restart forgot %s %q", m.Kind, m.Label)
		}
	}
	if got := must[view.Audit](t)(b.client.Audit(ctx)); !got.Conserved || !got.DigestOK || got.Left != p.GenesisSupply()+types.Amount(got.Height)*types.Coin {
		t.Errorf("audit: %+v", got)
	}
}

// publish pays for a file to be kept by one node.
func (m *member) publish(t *testing.T) view.JobDetail {
	t.Helper()
	ctx := t.Context()
	content := make([]byte, 3<<20)
	rand.Read(content)
	path := filepath.Join(t.TempDir(), "file.bin")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	req := view.DownloadRequest{Path: path, Bid: 10 * types.Coin, Seconds: 600, Replicas: 1, Label: "holiday"}
	q := must[view.JobQuote](t)(m.client.QuoteDownload(ctx, req))
	if q.Size != 3<<20 || q.Rank != 1 || !q.Affordable || q.Total != q.Bid+q.Fee || q.Fee <= 0 ||
		q.Split != (view.BidSplit{Nodes: 6 * types.Coin, Producers: types.Coin, Foundation: types.Coin, Developer: 2 * types.Coin}) {
		t.Errorf("quote: %+v", q)
	}
	job := must[view.JobDetail](t)(m.client.PublishDownload(ctx, req))
	if job.State != view.JobWaiting || job.Label != "holiday" || job.Path != path || !strings.HasPrefix(job.Magnet, "magnet:?xt=urn:btih:"+job.InfoHash) {
		t.Errorf("published: %+v", job)
	}
	for _, c := range []struct {
		name   string
		change func(*view.DownloadRequest)
		want   error
	}{
		{"too dear", func(r *view.DownloadRequest) { r.Bid = 5000 * types.Coin }, view.ErrFunds},
		{"no file", func(r *view.DownloadRequest) { r.Path += "x" }, view.ErrNotFound},
		{"relative", func(r *view.DownloadRequest) { r.Path = "file.bin" }, view.ErrInvalid},
		{"the wallet", func(r *view.DownloadRequest) { r.Path = keystorePath(m.dir) }, view.ErrInvalid},
		{"no bid", func(r *view.DownloadRequest) { r.Bid = 0 }, view.ErrInvalid},
		{"for ever", func(r *view.DownloadRequest) { r.Seconds = 1 << 40 }, view.ErrInvalid},
		{"too many", func(r *view.DownloadRequest) { r.Replicas = 1 << 20 }, view.ErrInvalid},
	} {
		bad := req
		c.change(&bad)
		if _, err := m.client.PublishDownload(ctx, bad); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	return job
}

// pauseAndGoOn pauses a job whose node is there, and sees the node come back.
func (m *member) pauseAndGoOn(t *testing.T, id string) {
	t.Helper()
	ctx := t.Context()
	j := must[view.JobDetail](t)(m.client.Job(ctx, id))
	if d := j.Download; d == nil || d.Pieces == 0 || len(d.Nodes) != 1 || d.Nodes[0].Pieces != d.Pieces || d.Copies != 1 || d.Nodes[0].Address != j.Nodes[0].Address || len(j.Log) == 0 {
		t.Errorf("the swarm: %+v, log %v", d, j.Log)
	}
	book := must[view.OrderBook](t)(m.client.OrderBook(ctx, "download"))
	if len(book.Bids) != 1 || !book.Bids[0].Own || book.Nodes != 1 || len(book.Starts) != 2 || book.Rank(types.Coin) != 2 || book.Rank(20*types.Coin) != 1 {
		t.Errorf("the order book: %+v", book)
	}
	if _, ok := book.Start(2); !ok {
		t.Errorf("nobody knows when a second job begins: %+v", book)
	}
	if _, err := m.client.OrderBook(ctx, "knitting"); !errors.Is(err, view.ErrNotFound) {
		t.Errorf("an unknown dapp's order book: %v", err)
	}
	if got := must[view.Job](t)(m.client.PauseJob(ctx, view.PauseJobRequest{Job: id, Paused: true})); !got.Paused || got.Workers != 0 || got.State != view.JobOpen {
		t.Errorf("paused: %+v", got)
	}
	if got := must[view.Job](t)(m.client.PauseJob(ctx, view.PauseJobRequest{Job: id})); got.Paused {
		t.Errorf("gone on: %+v", got)
	}
	m.await(t, "the node's return", func(ctx context.Context) (bool, error) {
		j, err := m.client.Job(ctx, id)
		return j.Workers == 1, err
	})
}

// pay sends coins and sees them arrive before and after a block.
func (m *member) pay(t *testing.T, to *member) string {
	t.Helper()
	ctx := t.Context()
	target := must[view.AddressInfo](t)(to.client.NewAddress(ctx, "from b"))
	req := view.SendRequest{Outputs: []view.Payment{{Address: target.Address, Amount: 5 * types.Coin}}, Label: "rent"}
	q := must[view.SendQuote](t)(m.client.QuoteSend(ctx, req))
	if q.Amount != 5*types.Coin || q.Total != q.Amount+q.Fee || q.Fee <= 0 {
		t.Errorf("quote: %+v", q)
	}
	sent := must[view.Sent](t)(m.client.Send(ctx, req))
	to.await(t, "the payment", func(ctx context.Context) (bool, error) {
		list, err := to.client.History(ctx, view.Page{})
		for _, e := range list {
			if e.TxID == sent.TxID && e.Direction == view.DirectionIn && e.Amount == 5*types.Coin && e.Status == view.MoveConfirmed {
				return true, nil
			}
		}
		return false, err
	})
	for _, bad := range []view.SendRequest{
		{},
		{Outputs: []view.Payment{{Address: "tsc1pnonsense", Amount: types.Coin}}},
		{Outputs: []view.Payment{{Address: target.Address, Amount: 1}}},
		{Outputs: req.Outputs, FeeRate: -1},
		{Outputs: req.Outputs, Coins: []string{"x"}},
	} {
		if _, err := m.client.Send(ctx, bad); !errors.Is(err, view.ErrInvalid) {
			t.Errorf("Send(%+v): %v", bad, err)
		}
	}
	if _, err := m.client.Send(ctx, view.SendRequest{Outputs: []view.Payment{{Address: target.Address, Amount: 1e6 * types.Coin}}}); !errors.Is(err, view.ErrFunds) {
		t.Errorf("beyond means: %v", err)
	}
	return sent.TxID
}

// check goes through the rest of the wallet and the network.
func (m *member) check(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	for words, want := range map[string]view.WordsCheck{m.words: {Valid: true, ThisWallet: true}} {
		if got := must[view.WordsCheck](t)(m.client.CheckWords(ctx, words)); got != want {
			t.Errorf("own words: %+v", got)
		}
	}
	if got := must[view.WordsCheck](t)(m.client.CheckWords(ctx, "abandon abandon")); got.Valid || got.Problem == "" {
		t.Errorf("bad words: %+v", got)
	}
	coins := must[[]view.Coin](t)(m.client.Coins(ctx))
	if len(coins) == 0 {
		t.Fatal("no coins")
	}
	coin := coins[0].Outpoint
	if err := m.client.Freeze(ctx, view.FreezeRequest{Outpoint: coin, Frozen: true}); err != nil {
		t.Fatal(err)
	}
	if bal := must[view.Balance](t)(m.client.Balance(ctx)); bal.Frozen != coins[0].Amount || bal.Total != bal.Spendable+bal.Frozen+bal.Immature {
		t.Errorf("balance: %+v", bal)
	}
	if err := m.client.Freeze(ctx, view.FreezeRequest{Outpoint: coin}); err != nil {
		t.Fatal(err)
	}
	if err := m.client.Freeze(ctx, view.FreezeRequest{Outpoint: strings.Repeat("0", 64) + ":0"}); !errors.Is(err, view.ErrNotFound) {
		t.Errorf("another's coin: %v", err)
	}
	if err := m.client.Label(ctx, view.LabelRequest{Target: m.ready.Identity, Label: "me"}); err != nil {
		t.Fatal(err)
	}
	if list := must[[]view.AddressInfo](t)(m.client.Addresses(ctx)); !list[0].Identity || list[0].Label != "me" || list[0].Address != m.ready.Identity {
		t.Errorf("addresses: %+v", list)
	}
	for _, target := range []string{"", "zz", strings.Repeat("0", 64)} {
		if err := m.client.Label(ctx, view.LabelRequest{Target: target, Label: "x"}); err == nil {
			t.Errorf("labelled %q", target)
		}
	}
	if peers := must[[]view.Peer](t)(m.client.Peers(ctx)); len(peers) == 0 {
		t.Error("no peers")
	}
	if err := m.client.Connect(ctx, "nonsense"); !errors.Is(err, view.ErrInvalid) {
		t.Errorf("Connect: %v", err)
	}
	if _, err := m.client.Bump(ctx, view.BumpRequest{TxID: strings.Repeat("0", 64)}); !errors.Is(err, view.ErrNotFound) {
		t.Errorf("Bump: %v", err)
	}
	s := must[view.ContributionSettings](t)(view.ContributionSettings{Disk: 1 << 30, MaxJobs: 2, Pause: view.PauseRules{Programs: []string{}}, Off: []string{}}, nil)
	if c := must[view.Contribution](t)(m.client.SetContribution(ctx, s)); !reflect.DeepEqual(c.Settings, s) {
		t.Errorf("settings: %+v", c.Settings)
	}
	if _, err := m.client.SetContribution(ctx, view.ContributionSettings{MaxJobs: -1}); !errors.Is(err, view.ErrInvalid) {
		t.Errorf("bad settings: %v", err)
	}
}

// checkJob compares what an ended job says of itself with what was paid.
func (m *member) checkJob(t *testing.T, worker *member, job view.JobDetail) {
	t.Helper()
	if len(job.Nodes) != 1 || job.Nodes[0].Address != worker.ready.Identity || job.Nodes[0].State != "done" || job.Nodes[0].Recorded != job.Scored {
		t.Errorf("nodes: %+v", job.Nodes)
	}
	var sum types.Amount
	for _, r := range job.Receipts {
		sum += r.Score
		if r.Address != worker.ready.Identity || r.Height == 0 {
			t.Errorf("receipt: %+v", r)
		}
	}
	if sum != job.Scored || sum == 0 || sum > job.Bid || job.Owed != 0 {
		t.Errorf("receipts sum to %v, recorded %v of %v, owed %v", sum, job.Scored, job.Bid, job.Owed)
	}
	if _, err := m.client.Raise(t.Context(), view.RaiseRequest{Job: job.ID, Added: types.Coin}); err == nil {
		t.Error("raised the bid of a closed job")
	}
	if _, err := m.client.Job(t.Context(), strings.Repeat("0", 64)); !errors.Is(err, view.ErrNotFound) {
		t.Errorf("unknown job: %v", err)
	}
}

// explore looks at the blocks that carry the payment and the job.
func (m *member) explore(t *testing.T, worker *member, job view.JobDetail, sent string) {
	t.Helper()
	ctx := t.Context()
	tx := must[view.Tx](t)(m.client.Tx(ctx, job.ID))
	if tx.Kind != "job post" || tx.Record == nil || tx.Record.Author != m.ready.Identity || tx.Fee < job.Bid || tx.Inputs[0].Address != m.ready.Identity {
		t.Errorf("the post's transaction: %+v", tx)
	}
	block := must[view.Block](t)(m.client.Block(ctx, tx.Block))
	if block.Height != tx.Height || block.Confirmations == 0 || len(block.Sides) != types.NumChains || block.Records[types.ChainWork] == 0 {
		t.Errorf("the post's block: %+v", block.BlockBrief)
	}
	var paid types.Amount
	for _, o := range block.Coinbase.Outputs {
		paid += o.Amount
		if o.Role == "unknown" {
			t.Errorf("coinbase output without a role: %+v", o)
		}
	}
	if block.Coinbase.Bids != job.Bid || paid == 0 || block.Transactions[0].Amount != paid {
		t.Errorf("coinbase: %+v", block.Coinbase)
	}
	side := must[view.Block](t)(m.client.Block(ctx, block.Sides[types.ChainWork].Name))
	if side.Hash != block.Hash {
		t.Errorf("%s finds another block", block.Sides[types.ChainWork].Name)
	}
	records := must[[]view.Record](t)(m.client.Records(ctx, view.RecordsQuery{Chain: "a"}))
	if len(records) == 0 || records[0].Kind != "score report" {
		t.Errorf("score records: %+v", records)
	}
	addr := must[view.AddressDetail](t)(m.client.Address(ctx, worker.ready.Identity))
	if !addr.Bootstrap || addr.Seats != 1001 || addr.Balance == 0 || len(addr.Scores) == 0 && addr.Credit == 0 {
		t.Errorf("the worker's address: %+v", addr)
	}
	if pay := must[view.Tx](t)(m.client.Tx(ctx, sent)); pay.Kind != "payment" || pay.Confirmations == 0 {
		t.Errorf("the payment: %+v", pay)
	}
	genesis := must[view.Block](t)(m.client.Block(ctx, "0"))
	if genesis.Producer != "" || genesis.Coinbase.Outputs[0].Role != view.RoleAllocation || genesis.Coinbase.Outputs[0].Note == "" {
		t.Errorf("genesis: %+v", genesis.Coinbase)
	}
	zero := uint32(1)
	if list := must[[]view.BlockBrief](t)(m.client.Blocks(ctx, view.BlocksQuery{From: &zero, Limit: 5})); len(list) != 2 || list[1].Height != 0 {
		t.Errorf("blocks from 1: %+v", list)
	}
	if total := must[view.Totals](t)(m.client.Totals(ctx)); total.Fund == 0 || total.Issued == 0 {
		t.Errorf("totals: %+v", total)
	}
	for _, ref := range []string{"99999999", strings.Repeat("0", 64)} {
		if _, err := m.client.Block(ctx, ref); !errors.Is(err, view.ErrNotFound) {
			t.Errorf("block %q: %v", ref, err)
		}
	}
	for _, ref := range []string{"", "zz", "-1", "455f", "1e3"} {
		if _, err := m.client.Block(ctx, ref); !errors.Is(err, view.ErrInvalid) {
			t.Errorf("block %q: %v", ref, err)
		}
	}
	if _, err := m.client.Tx(ctx, strings.Repeat("0", 64)); !errors.Is(err, view.ErrNotFound) {
		t.Errorf("unknown transaction: %v", err)
	}
	if _, err := m.client.Records(ctx, view.RecordsQuery{Chain: "f"}); !errors.Is(err, view.ErrInvalid) {
		t.Errorf("unknown chain: %v", err)
	}
	if _, err := m.client.Address(ctx, "tsc1p"); !errors.Is(err, view.ErrInvalid) {
		t.Errorf("bad address: %v", err)
	}
}

// TestRefusals: each thing that keeps a node from starting has its own code and
// says what to change; none of them damages the data directory.
func TestRefusals(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	m := newMember(t, filepath.Join(t.TempDir(), "m"))
	stop := m.start(t)
	again := func(change func(*Options)) error {
		o := Options{Dir: m.dir, Config: m.cfg, Passphrase: []byte(testPass)}
		change(&o)
		// A node that starts after all must not hang the test.
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		o.Ready = func(Ready) { cancel() }
		return Run(ctx, o)
	}
	err = again(func(*Options) {})
	if !errors.Is(err, view.ErrBusy) || !strings.Contains(err.Error(), m.dir) || !strings.Contains(err.Error(), "process") {
		t.Errorf("a second node: %v", err)
	}
	stop()
	for _, c := range []struct {
		name   string
		change func(*Options)
		code   view.Code
		says   string
	}{
		{"wrong passphrase", func(o *Options) { o.Passphrase = []byte("wrong") }, view.CodeWrongPassphrase, "wrong passphrase"},
		{"no passphrase", func(o *Options) { o.Passphrase = nil }, view.CodeWalletLocked, "passphrase"},
		{"another network", func(o *Options) { o.Config.Network = "test" }, view.CodeConflict, "network"},
		{"no such network", func(o *Options) { o.Config.Network = "nowhere" }, view.CodeInvalid, "nowhere"},
		{"API port", func(o *Options) { o.Config.Listen.API = taken.Addr().String() }, view.CodeBusy, taken.Addr().String()},
		{"gossip port", func(o *Options) { o.Config.Listen.Gossip = taken.Addr().String() }, view.CodeBusy, taken.Addr().String()},
		{"contact port", func(o *Options) { o.Config.Listen.Contact = taken.Addr().String() }, view.CodeBusy, taken.Addr().String()},
		{"BitTorrent port", func(o *Options) { o.Config.Listen.BitTorrent = taken.Addr().String() }, view.CodeBusy, taken.Addr().String()},
		{"not this machine", func(o *Options) { o.Config.Listen.Gossip = "192.0.2.1:1" }, view.CodeInvalid, "192.0.2.1"},
		{"gossip to all", func(o *Options) { o.Config.Listen.Gossip = "0.0.0.0:0" }, view.CodeInvalid, "listen.gossip"},
		{"contact to all", func(o *Options) { o.Config.Listen.Contact = "0.0.0.0:0" }, view.CodeInvalid, "listen.contact"},
		{"BitTorrent to all", func(o *Options) { o.Config.Listen.BitTorrent = "0.0.0.0:0" }, view.CodeInvalid, "listen.bittorrent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := Options{Dir: m.dir, Config: m.cfg, Passphrase: []byte(testPass), Log: testLog(t)}
			c.change(&o)
			err := Run(t.Context(), o)
			e := view.AsError(err)
			if e == nil || e.Code != c.code || !strings.Contains(err.Error(), c.says) || e.Hint == "" && c.code == view.CodeBusy {
				t.Errorf("got %+v (%v), want code %q with %q", e, err, c.code, c.says)
			}
		})
	}
	m.start(t) // nothing was damaged
	if s := must[view.Status](t)(m.client.Status(t.Context())); s.Identity != m.ready.Identity || s.Network != "local" {
		t.Errorf("status: %+v", s)
	}
}

// Without a wallet a node follows the chain and says so to every wish that
// needs one.
func TestWithoutWallet(t *testing.T) {
	m := newMember(t, filepath.Join(t.TempDir(), "m"))
	if err := os.Remove(KeystorePath(m.dir)); err != nil {
		t.Fatal(err)
	}
	m.start(t)
	s := must[view.Status](t)(m.client.Status(t.Context()))
	if s.Identity != "" || s.Listen.Contact != "" || s.Listen.BitTorrent != "" || s.Producer.Why == "" || s.Contribution.Why == "" {
		t.Errorf("status: %+v", s)
	}
	must[view.Block](t)(m.client.Block(t.Context(), "tip"))
	v := reflect.ValueOf(view.Backend(m.client))
	for _, iface := range []reflect.Type{reflect.TypeFor[view.Wallet](), reflect.TypeFor[view.Jobs](), reflect.TypeFor[view.Contributor](),
		reflect.TypeFor[view.Messenger](), reflect.TypeFor[view.Market](), reflect.TypeFor[view.News](), reflect.TypeFor[view.Accounts]()} {
		for i := range iface.NumMethod() {
			method := v.MethodByName(iface.Method(i).Name)
			args := []reflect.Value{reflect.ValueOf(t.Context())}
			for a := 1; a < method.Type().NumIn(); a++ {
				args = append(args, reflect.Zero(method.Type().In(a)))
			}
			out := method.Call(args)
			want := error(view.ErrWalletLocked)
			if iface.Method(i).Name == "FeeRates" { // the chain alone tells them
				want = nil
			}
			if err, _ := out[len(out)-1].Interface().(error); !errors.Is(err, want) {
				t.Errorf("%s: %v", iface.Method(i).Name, err)
			}
		}
	}
}
