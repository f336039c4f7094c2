// Package gossip joins a node to its peers: it finds them, talks to them over
// TCP encrypted by BIP 324, fetches headers first and blocks from several peers
// at once, and relays blocks and transactions with their payloads.
//
// It owns connections, addresses and who is trusted how far. What is valid it
// asks the Chain; it never decides a rule itself. Connections are handed in by
// Options.Dial and Options.Listener, so the whole package runs in memory too.
//
// Who does what: each peer has a reader and a writer goroutine (peer.go); one
// serial loop decides which peer is asked for which headers and blocks
// (sync.go); one goroutine hands blocks to the chain in order; one turns changes
// of the chain into announcements (announce.go). Memory a peer can make us
// hold is bounded by the limits in messages.go and options.go.
package gossip
