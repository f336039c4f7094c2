// Package chain owns the one chain this node believes in: the tree of headers,
// fork choice and reorganisations (chain/PROTOCOL.md §4), the transactions
// that wait for a block, the index by virtual chain, and what of all this is
// stored. The rules themselves are package consensus'; peers are package
// gossip's.
//
// A Manager has one writer at a time and never makes readers wait for it:
// they read snapshots of the Store. Subscribers are told only that something
// changed and pull what they missed from their own position, so a subscriber
// that was away, crashed or slow takes the same path as one that was not.
package chain
