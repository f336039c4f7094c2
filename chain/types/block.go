package types

import (
	"fmt"

	"github.com/btcsuite/btcd/wire/v2"
)

// VirtualChain is one of the five chains that side blocks form (PROTOCOL §2).
type VirtualChain int

// The virtual chains by letter.
const (
	ChainScores   VirtualChain = iota // a
	ChainMarket                       // b
	ChainSummary                      // c
	ChainWork                         // d
	ChainMessages                     // e
	NumChains     = 5
)

// String gives the letter.
func (c VirtualChain) String() string {
	if c < 0 || c >= NumChains {
		return "?"
	}
	return string(rune('a' + int(c)))
}

// ParseVirtualChain reads a letter a … e.
func ParseVirtualChain(s string) (VirtualChain, bool) {
	if len(s) != 1 || s[0] < 'a' || s[0] > 'e' {
		return 0, false
	}
	return VirtualChain(s[0] - 'a'), true
}

// sideLimits bounds a side block: payload bytes in total and record count.
var sideLimits = [NumChains]struct{ bytes, records int }{
	ChainScores:   {2 << 20, 1 << 16},
	ChainMarket:   {4 << 10, 1},
	ChainSummary:  {64 << 10, 1},
	ChainWork:     {512 << 10, 1 << 14},
	ChainMessages: {512 << 10, 1 << 14},
}

// MaxBytes is the most payload bytes a side block of c holds.
func (c VirtualChain) MaxBytes() int { return sideLimits[c].bytes }

// MaxRecords is the most records a side block of c holds.
func (c VirtualChain) MaxRecords() int { return sideLimits[c].records }

const (
	// MaxPayload bounds one payload of any kind, in bytes.
	MaxPayload = 128 << 10
	// MaxBlockSize bounds an encoded block: header, main block at most
	// MaxBlockWeight bytes, five side blocks with their length fields.
	MaxBlockSize = HeaderSize + MaxBlockWeight + (2<<20 + 4<<10 + 64<<10 + 512<<10 + 512<<10) + 1<<20
	maxBlockTxs  = MaxBlockWeight / (60 * 4)
)

// SideBlock holds the payloads of one virtual chain at one height, in the
// order of their commitments in the main block.
type SideBlock [][]byte

// Block is a main block with its side blocks.
type Block struct {
	Header Header
	Txs    []*wire.MsgTx // the coinbase first
	Sides  [NumChains]SideBlock
}

// Hash is the header's hash.
func (b *Block) Hash() Hash { return b.Header.Hash() }

// TxRoot is the Merkle root over the wtxids, so that it covers witnesses.
func (n NetworkID) TxRoot(txs []*wire.MsgTx) Hash {
	leaves := make([][]byte, len(txs))
	for i, t := range txs {
		h := t.WitnessHash()
		leaves[i] = h[:]
	}
	return n.MerkleRoot(leaves)
}

// SideRoots gives the root of each side block: Merkle over payload hashes.
func (n NetworkID) SideRoots(sides *[NumChains]SideBlock) (roots [NumChains]Hash) {
	for c, side := range sides {
		leaves := make([][]byte, len(side))
		for i, p := range side {
			h := n.PayloadHash(p)
			leaves[i] = h[:]
		}
		roots[c] = n.MerkleRoot(leaves)
	}
	return roots
}

// SideRoot is the Merkle root over the five side roots.
func (n NetworkID) SideRoot(sides *[NumChains]SideBlock) Hash {
	roots := n.SideRoots(sides)
	leaves := make([][]byte, NumChains)
	for c := range roots {
		leaves[c] = roots[c][:]
	}
	return n.MerkleRoot(leaves)
}

// Append appends the block: header, count and transactions, then for each
// virtual chain count and payloads.
func (b *Block) Append(out []byte) []byte {
	out = b.Header.Append(out)
	out = AppendVarInt(out, uint64(len(b.Txs)))
	for _, t := range b.Txs {
		out = appendMsgTx(out, t)
	}
	for _, side := range b.Sides {
		out = AppendVarInt(out, uint64(len(side)))
		for _, p := range side {
			out = AppendBytes(out, p)
		}
	}
	return out
}

// DecodeBlock reads exactly one block and enforces every size limit.
func DecodeBlock(data []byte) (*Block, error) {
	if len(data) > MaxBlockSize {
		return nil, fmt.Errorf("%w: block of %d bytes", ErrTooLarge, len(data))
	}
	r := NewReader(data)
	b := &Block{Header: ReadHeader(r)}
	n := int(r.VarInt(maxBlockTxs))
	for i := 0; i < n && r.Err() == nil; i++ {
		b.Txs = append(b.Txs, readMsgTx(r))
	}
	for c := VirtualChain(0); c < NumChains; c++ {
		n, total := int(r.VarInt(uint64(c.MaxRecords()))), 0
		for i := 0; i < n && r.Err() == nil; i++ {
			p := r.Bytes(MaxPayload)
			if len(p) == 0 {
				r.Fail(fmt.Errorf("%w: empty payload in side block %v", ErrMalformed, c))
			}
			if total += len(p); total > c.MaxBytes() {
				r.Fail(fmt.Errorf("%w: side block %v over %d bytes", ErrTooLarge, c, c.MaxBytes()))
			}
			b.Sides[c] = append(b.Sides[c], p)
		}
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("block: %w", err)
	}
	return b, nil
}

// Transactions pairs every transaction with its payload, in block order, the
// coinbase included. It fails when commitments and payloads do not match in
// number; that each hash fits is a consensus rule.
func (b *Block) Transactions() ([]*Tx, error) {
	var next [NumChains]int
	out := make([]*Tx, len(b.Txs))
	for i, m := range b.Txs {
		out[i] = &Tx{Msg: m}
		c, _, ok := FindCommitment(m)
		if !ok {
			continue
		}
		chain, ok := c.Kind.Chain()
		if !ok {
			continue // no side block holds such a record; consensus refuses it
		}
		if next[chain] >= len(b.Sides[chain]) {
			return nil, fmt.Errorf("%w: transaction %d has no payload in side block %v", ErrMalformed, i, chain)
		}
		out[i].Payload = b.Sides[chain][next[chain]]
		next[chain]++
	}
	for c, n := range next {
		if VirtualChain(c) != ChainSummary && n != len(b.Sides[c]) {
			return nil, fmt.Errorf("%w: side block %v has a payload without commitment", ErrMalformed, VirtualChain(c))
		}
	}
	return out, nil
}
