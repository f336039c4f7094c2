// Package consensus owns the rules (chain/PROTOCOL.md): what a valid block,
// header and record is, and what each does to the state. It is arithmetic: a
// State, a block and read access to the rows before it give a new State and an
// Update, with no clock, disk, network, log or lock, so that every node comes to
// the same result. History that a rule needs is handed in.
package consensus
