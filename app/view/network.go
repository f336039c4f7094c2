package view

import (
	"time"

	"supercomputing/chain/types"
)

// Status is the node at a glance.
type Status struct {
	Version       string             `json:"version"`
	Network       string             `json:"network"`
	NetworkID     string             `json:"network_id"`
	AddressPrefix string             `json:"address_prefix"`
	Tip           Tip                `json:"tip"`
	Sync          Sync               `json:"sync"`
	PeersIn       int                `json:"peers_in"`
	PeersOut      int                `json:"peers_out"`
	Identity      string             `json:"identity"` // the wallet's node address, "" without a wallet
	Producer      Producing          `json:"producer"`
	Contribution  ContributionStatus `json:"contribution"`
	Unread        Unread             `json:"unread"`
	Listen        Listening          `json:"listen"`
	DataDir       string             `json:"data_dir"`
	Started       time.Time          `json:"started,omitzero"`
	Warnings      []Warning          `json:"warnings"`
}

// Tip is the last block of the best chain that is fully checked.
type Tip struct {
	Height uint32    `json:"height"`
	Hash   string    `json:"hash"`
	Slot   uint64    `json:"slot"`
	Time   time.Time `json:"time,omitzero"`
	Digest string    `json:"digest"` // of the state after the block
}

// The states of synchronisation.
const (
	SyncAlone   = "alone"   // no peers
	SyncHeaders = "headers" // learning the best chain of headers
	SyncBlocks  = "blocks"  // fetching and checking blocks
	SyncDone    = "done"    // at the network's tip
)

// Sync tells how far the node is behind the network.
type Sync struct {
	State  string `json:"state"`
	Height uint32 `json:"height"` // checked
	Target uint32 `json:"target"` // of the best chain of headers
	Note   string `json:"note,omitempty"`
	// Behind is how old the last checked block is, in seconds; Left are the
	// blocks that are still to be checked, and Ready is about when that is done.
	Behind int64     `json:"behind_seconds,omitempty"`
	Left   uint32    `json:"left,omitempty"`
	Ready  time.Time `json:"ready,omitzero"`
	// Usable reports that balances and boards are those of the network.
	Usable bool `json:"usable"`
}

// Producing tells whether this node may make blocks.
type Producing struct {
	Registered bool   `json:"registered"`
	Seats      int    `json:"seats"` // of 1,001 in this epoch
	Blocks     int    `json:"blocks"`
	Why        string `json:"why,omitempty"` // why it makes none
}

// ContributionStatus is a contribution in one line.
type ContributionStatus struct {
	Enabled bool   `json:"enabled"`
	Working int    `json:"working"` // jobs being worked on
	Why     string `json:"why"`     // why it is or is not working
}

// Unread counts what waits for its owner.
type Unread struct {
	Messages  int `json:"messages"`  // of contacts and answered conversations
	Requests  int `json:"requests"`  // conversations that strangers began
	News      int `json:"news"`      // posts
	Proposals int `json:"proposals"` // that wait for our signature
}

// Listening names the addresses that are in use; empty means closed.
type Listening struct {
	Gossip     string `json:"gossip,omitempty"`
	API        string `json:"api,omitempty"`
	Remote     string `json:"remote,omitempty"` // https://host:port#fingerprint, of the API for programs elsewhere
	Contact    string `json:"contact,omitempty"`
	BitTorrent string `json:"bittorrent,omitempty"`
}

// The kinds of warning.
const (
	WarnClock = "clock"
	WarnDisk  = "disk"
	WarnPeers = "peers"
	WarnOther = "other"
)

// Warning is something the owner should know, and what to do about it.
type Warning struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// Peer is one connection of the chain's gossip.
type Peer struct {
	Address   string    `json:"address"`
	Inbound   bool      `json:"inbound"`
	Agent     string    `json:"agent,omitempty"`
	Height    uint32    `json:"height"` // what it last told
	Connected time.Time `json:"connected,omitzero"`
	Received  int64     `json:"received"` // bytes
	Sent      int64     `json:"sent"`     // bytes
	BanScore  int       `json:"ban_score"`
}

// The kinds of event.
const (
	EventTip          = "tip"          // the best chain changed
	EventWallet       = "wallet"       // coins, history or labels changed
	EventJob          = "job"          // one of our own jobs moved on
	EventBoard        = "board"        // open jobs changed
	EventContribution = "contribution" // the work for others changed
	EventPeers        = "peers"        // a connection came or went
	EventMessage      = "message"      // a conversation changed; Address names it
	EventMarket       = "market"       // advertisements or the next slot's price changed
	EventNews         = "news"         // a channel has something new
	EventAccount      = "account"      // a shared account or a proposal changed
)

// Event says that something changed.
type Event struct {
	Kind    string `json:"kind"`
	Height  uint32 `json:"height,omitempty"`  // of the tip, for EventTip
	Job     string `json:"job,omitempty"`     // for EventJob, "" for several
	Address string `json:"address,omitempty"` // for EventMessage, "" for several
}

// Page cuts a list: Skip entries are left out, at most Limit returned. A
// Limit of 0 stands for the list's default.
type Page struct {
	Skip  int `json:"skip,omitempty"`
	Limit int `json:"limit,omitempty"`
}

// Payment is an address and an amount.
type Payment struct {
	Address string       `json:"address"`
	Amount  types.Amount `json:"amount"`
}
