// Package view owns what the program shows to people and other programs: plain
// view models, and the Backend interface that serves them. The local API
// (app/api) carries a Backend over HTTP, so the commands, the desktop app and
// a test see one interface, wherever the node runs. Nothing here decides a
// rule, reads a clock or touches a disk.
//
// Conventions: amounts are types.Amount and become exact decimal text in JSON;
// addresses are the network's own text (BIP 350); hashes are hex as people see
// them; sizes are bytes, rates bytes per second, 0 meaning no limit where a
// limit is meant; times are RFC 3339.
package view

import "context"

// Backend is all that a node offers to its owner. Every method returns *Error
// (wrapped or not) for failures that a person can act on.
type Backend interface {
	Network
	Wallet
	Jobs
	Contributor
	Explorer
	Messenger
	Market
	News
	Accounts
	Dapps
	Owner
}

// Network tells how the node stands towards the others.
type Network interface {
	// Status is the node at a glance. It never waits for the network.
	Status(ctx context.Context) (Status, error)
	// Peers lists the connections of the chain's gossip.
	Peers(ctx context.Context) ([]Peer, error)
	// Connect asks for a connection to host:port, and keeps trying.
	Connect(ctx context.Context, address string) error
	// Watch calls fn for each event until ctx is done or fn fails. Events say
	// that something changed, not what it is now: ask for that. They may be
	// merged when fn is slow, and none is repeated after a reconnection.
	Watch(ctx context.Context, fn func(Event) error) error
}

// Wallet is the owner's money.
type Wallet interface {
	// Balance sums the wallet's coins by what can be done with them.
	Balance(ctx context.Context) (Balance, error)
	// Addresses lists the wallet's own addresses, the identity first.
	Addresses(ctx context.Context) ([]AddressInfo, error)
	// NewAddress gives a fresh address to receive coins at.
	NewAddress(ctx context.Context, label string) (AddressInfo, error)
	// History lists movements, newest first.
	History(ctx context.Context, page Page) ([]Movement, error)
	// QuoteSend tells what a payment would cost, without paying.
	QuoteSend(ctx context.Context, req SendRequest) (SendQuote, error)
	// Send signs a payment and hands it to the network.
	Send(ctx context.Context, req SendRequest) (Sent, error)
	// Label names an address or a transaction of the wallet; an empty label
	// removes the name.
	Label(ctx context.Context, req LabelRequest) error
	// CheckWords tells whether words are well formed, and this wallet's.
	CheckWords(ctx context.Context, words string) (WordsCheck, error)
	// Coins lists unspent outputs.
	Coins(ctx context.Context) ([]Coin, error)
	// Freeze keeps a coin from being chosen for payments, or releases it.
	Freeze(ctx context.Context, req FreezeRequest) error
	// Bump replaces an unconfirmed transaction of ours by one that pays more.
	Bump(ctx context.Context, req BumpRequest) (Sent, error)
	// FeeRates tells what transactions pay now, and about how long they wait.
	FeeRates(ctx context.Context) (FeeRates, error)
	// Earnings sums what coinbases paid to the wallet, by day.
	Earnings(ctx context.Context, q EarningsQuery) (Earnings, error)
	// CheckPassphrase tells whether a passphrase opens the wallet, as an error
	// of CodeWrongPassphrase when not. Guesses are slowed down.
	CheckPassphrase(ctx context.Context, req PassphraseRequest) error
	// ChangePassphrase encrypts the wallet's keys anew.
	ChangePassphrase(ctx context.Context, req PassphraseChange) error
	// Backup writes the wallet into one file of the node's machine: the keys as
	// the keystore encrypts them, labels, contacts, shared accounts, messages.
	Backup(ctx context.Context, req BackupRequest) (BackupInfo, error)
}

// Jobs is work that is paid for: our own, and everybody's.
type Jobs interface {
	// QuoteDownload tells what publishing a file would cost and bring.
	QuoteDownload(ctx context.Context, req DownloadRequest) (JobQuote, error)
	// PublishDownload makes the torrent, pays the bid and posts the job. It
	// returns when the posting transaction is on its way to the network.
	PublishDownload(ctx context.Context, req DownloadRequest) (JobDetail, error)
	// InspectRender looks a scene over: what it renders, which files it needs
	// and which of them are missing.
	InspectRender(ctx context.Context, req RenderRequest) (RenderScene, error)
	// QuoteRender tries a few tiles of the scene on the node's machine, which
	// takes a while, and tells what rendering it would cost and bring. A trial
	// is remembered as long as the scene's file does not change.
	QuoteRender(ctx context.Context, req RenderRequest) (RenderQuote, error)
	// PostRender packs the scene with its files, pays the bid and posts the job.
	// It returns when the posting transaction is on its way to the network.
	PostRender(ctx context.Context, req RenderRequest) (JobDetail, error)
	// RenderPicture gives a frame of one of our render jobs as far as it is there.
	RenderPicture(ctx context.Context, req PictureRequest) (Picture, error)
	// Jobs lists our own jobs, newest first.
	Jobs(ctx context.Context) ([]Job, error)
	// Job tells all about one of our own jobs.
	Job(ctx context.Context, id string) (JobDetail, error)
	// Board lists the open jobs of the network in the order in which nodes are
	// offered them, each with what this node does about it and why.
	Board(ctx context.Context) ([]BoardEntry, error)
	// Raise adds to a job's bid, which also starts its duration again.
	Raise(ctx context.Context, req RaiseRequest) (Sent, error)
	// Complete begins the end of one of our own jobs: what was earned is
	// reported, then the job is closed. Job tells how far that is.
	Complete(ctx context.Context, id string) error
	// PauseJob stops handing out work of one of our own jobs, or goes on. What
	// was earned stays; the job's time on the chain runs on. It lasts over restarts.
	PauseJob(ctx context.Context, req PauseJobRequest) (Job, error)
	// OrderBook tells what open jobs of a dapp bid and what a bid would bring.
	OrderBook(ctx context.Context, dapp string) (OrderBook, error)
}

// Contributor is the work that this machine does for others.
type Contributor interface {
	// Contribution tells what this machine does for others, and why.
	Contribution(ctx context.Context) (Contribution, error)
	// SetContribution switches contributing and sets its limits; they last
	// over restarts.
	SetContribution(ctx context.Context, s ContributionSettings) (Contribution, error)
	// Snooze is "not now": no work for others until a time; a time that is past
	// ends it. It lasts over restarts.
	Snooze(ctx context.Context, req SnoozeRequest) (Contribution, error)
}

// Explorer reads the chain.
type Explorer interface {
	// Blocks lists main blocks, newest first, from a height (nil: the tip).
	Blocks(ctx context.Context, q BlocksQuery) ([]BlockBrief, error)
	// Block finds a block by height, hash, or "tip", side blocks included. A
	// side block's own name, such as 455d, finds its main block.
	Block(ctx context.Context, ref string) (Block, error)
	// Tx finds a transaction by id, confirmed or waiting.
	Tx(ctx context.Context, id string) (Tx, error)
	// Records lists one virtual chain, oldest first, from a height.
	Records(ctx context.Context, q RecordsQuery) ([]Record, error)
	// Address tells what the chain knows about an address.
	Address(ctx context.Context, address string) (AddressDetail, error)
	// Totals tells where the coins are, from the state's own sums.
	Totals(ctx context.Context) (Totals, error)
	// Audit recomputes every sum and the state digest from the state's rows.
	// It may take minutes on a large chain.
	Audit(ctx context.Context) (Audit, error)
	// Search finds what a text could mean on the chain: a height, a side block's
	// name, a hash, an address, a job, a dapp; best guess first.
	Search(ctx context.Context, text string) ([]SearchHit, error)
	// ChainJob tells what the chain knows about anybody's job.
	ChainJob(ctx context.Context, id string) (ChainJob, error)
	// Seats tells who may produce blocks in this epoch, and by which weight.
	Seats(ctx context.Context) (Seats, error)
}

// Owner is the care of the node itself.
type Owner interface {
	// Settings lists the node's settings.
	Settings(ctx context.Context) ([]Setting, error)
	// ChangeSettings changes some, all or none, and lists them all. Setting.Pending
	// tells which wait for a restart.
	ChangeSettings(ctx context.Context, changes []SettingChange) ([]Setting, error)
	// Log gives the newest lines of the node's log, oldest first.
	Log(ctx context.Context, q LogQuery) ([]LogEntry, error)
	// Storage tells what takes up disk space.
	Storage(ctx context.Context) (Storage, error)
}
