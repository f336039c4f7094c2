// Package page owns what every page of the windows is made with: where a page
// leads to (Route), what it is given (Env), how it asks the node without
// blocking (Scope, Load, Do), and what the app remembers of its looks (Prefs).
// Pages meet only here.
package page

import (
	"log/slog"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// Route is a place in the app.
type Route struct {
	Page string // one of the pages below
	Tab  string // part of the page; "" is its first
	Ref  string // what it is about: an address, a transaction, a job, a block …
	Args any    // more, as the page's own package says
}

// The pages.
const (
	Home       = "home"
	Wallet     = "wallet"
	Messages   = "messages"
	Market     = "market"
	Work       = "work"
	Contribute = "contribute"
	Explorer   = "explorer"
	Settings   = "settings"
)

// Pages lists the pages in the order of the navigation.
func Pages() []string {
	return []string{Home, Wallet, Messages, Market, Work, Contribute, Explorer, Settings}
}

// The tabs of the pages. Ref is what a tab is about, where it needs something.
const (
	WalletSend     = "send"     // Ref: an address, or a payment URI
	WalletReceive  = "receive"  //
	WalletHistory  = "history"  //
	WalletTx       = "tx"       // Ref: a transaction of ours
	WalletCoins    = "coins"    //
	WalletShared   = "shared"   // Ref: a shared account's id, or ""
	WalletProposal = "proposal" // Ref: a proposal's id
	WalletContacts = "contacts" //
	WalletSecurity = "security" // backup, restore, passphrase, locking

	MessagesChat     = "chat"     // Ref: an address
	MessagesRequests = "requests" //
	MessagesNews     = "news"     // channels; Ref: a channel, or ""

	MarketListing = "listing" // Ref: a listing's id
	MarketPost    = "post"    //
	MarketMine    = "mine"    //

	WorkNew     = "new"     // Ref: a dapp's name, or ""
	WorkJob     = "job"     // Ref: a job's id
	WorkReceipt = "receipt" // Ref: a job's id

	ContributeDapps   = "dapps"
	ContributeLimits  = "limits"
	ContributeHistory = "history"

	ExplorerBlock   = "block"   // Ref: height, hash or a side block's name
	ExplorerTx      = "tx"      // Ref: an id
	ExplorerRecord  = "record"  // Ref: a record's id
	ExplorerAddress = "address" // Ref: an address
	ExplorerJob     = "job"     // Ref: a job's id
	ExplorerDapp    = "dapp"    // Ref: a dapp's name or id
	ExplorerSeats   = "seats"   //
	ExplorerTotals  = "totals"  //

	SettingsNetwork = "network"
	SettingsStorage = "storage"
	SettingsAPI     = "api"
	SettingsLogs    = "logs"
	SettingsAbout   = "about"
)

// Page is one page of the app. All its methods run on the UI thread.
type Page interface {
	// Object is what is shown: made by the constructor, the same for the page's life.
	Object() fyne.CanvasObject
	// Event says that something changed at the node.
	Event(e view.Event)
	// Close ends all that the page started. It is not used afterwards.
	Close()
}

// Focuser is a page that puts the focus somewhere when it opens.
type Focuser interface{ Focus() }

// Shortcuter is a page with shortcuts of its own.
type Shortcuter interface{ Shortcuts() []Shortcut }

// Titled is a page whose title is not just its name.
type Titled interface{ Title() string }

// Backer is a page that can go back inside itself, as Esc asks: true when it did.
type Backer interface{ Back() bool }

// Router is a page that shows another route of itself without being made
// anew: false when it cannot.
type Router interface{ Show(r Route) bool }

// Shortcut is a key that does something on a page.
type Shortcut struct {
	Key      fyne.KeyName
	Modifier fyne.KeyModifier // 0: the key alone, when no field has the focus
	Name     string           // translated: what it does
	Run      func()
}

// Env is what a page is given. It is the same for all pages of a window.
type Env struct {
	Backend view.Backend
	Host    view.Host
	Text    *text.Catalog
	Kit     *kit.Kit
	Prefs   *Prefs
	Log     *slog.Logger
	Post    func(func()) // runs on the UI thread, later
	Now     func() time.Time
	Window  fyne.Window // nil in some tests
	Canvas  fyne.Canvas // for popups
	Narrow  bool        // the layout of a phone; the page is made anew when it changes
	Go      func(Route) // navigates
	Toast   func(tone look.Tone, s string)
	Fail    func(err error) // a short notice of a failure
	Lock    func()          // locks the windows until the passphrase is given; nil: that is not possible here
	Watched func() bool     // tells whether a person can see the page: not while it is locked or hidden; nil: always

	// Spawn starts work away from the UI thread, and After runs fn on the UI
	// thread later unless stopped; nil are a goroutine and a timer. Tests put
	// their own in their place, to know when all is done.
	Spawn func(work func())
	After func(d time.Duration, fn func()) (stop func())
}

func (e *Env) spawn(work func()) {
	if e.Spawn == nil {
		go work()
		return
	}
	e.Spawn(work)
}

func (e *Env) after(d time.Duration, fn func()) (stop func()) {
	if e.After == nil {
		t := time.AfterFunc(d, func() { e.Post(fn) })
		return func() { t.Stop() }
	}
	return e.After(d, fn)
}

// Seen tells whether a person can see the page now.
func (e *Env) Seen() bool { return e.Watched == nil || e.Watched() }

// Remember changes the app's settings at once, and writes them away from the UI
// thread: a disk may take its time.
func (e *Env) Remember(change func(*Preferences)) {
	e.Prefs.Change(change)
	e.spawn(func() {
		if err := e.Prefs.Save(); err != nil {
			e.Post(func() { e.Fail(err) })
		}
	})
}

// T gives a text: Env.Text.T.
func (e *Env) T(key text.Key, args ...any) string { return e.Text.T(key, args...) }

// N gives a text for n things: Env.Text.N.
func (e *Env) N(key text.Key, n int, args ...any) string { return e.Text.N(key, n, args...) }
