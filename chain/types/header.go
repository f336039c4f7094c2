package types

import (
	"github.com/btcsuite/btcd/chainhash/v2"
)

// Sizes of a header in bytes: with its signature on the wire, and without it
// as it is hashed.
const (
	HeaderSize       = headerHashedSize + 64
	headerHashedSize = 4 + 4 + 5*32 + 8 + 32 + 80
)

// BlockVersion is the only header version there is.
const BlockVersion = 1

// Header is a main block's header (PROTOCOL §3).
type Header struct {
	Version       uint32
	Height        uint32
	PrevHash      Hash
	TxRoot        Hash // Merkle root over the transactions' wtxids
	SideRoot      Hash // Merkle root over the five side roots
	StateDigest   Hash // of the state after the parent block
	ProducersRoot Hash // Merkle root of the seat list; see PROTOCOL §3
	Slot          uint64
	Producer      Address
	VRFProof      [80]byte
	Signature     [64]byte // BIP 340 by Producer over SigHash
}

// AppendUnsigned appends the part of h that is hashed.
func (h *Header) AppendUnsigned(b []byte) []byte {
	b = AppendUint32(b, h.Version)
	b = AppendUint32(b, h.Height)
	b = append(b, h.PrevHash[:]...)
	b = append(b, h.TxRoot[:]...)
	b = append(b, h.SideRoot[:]...)
	b = append(b, h.StateDigest[:]...)
	b = append(b, h.ProducersRoot[:]...)
	b = AppendUint64(b, h.Slot)
	b = append(b, h.Producer[:]...)
	return append(b, h.VRFProof[:]...)
}

// Append appends the wire form of h, HeaderSize bytes.
func (h *Header) Append(b []byte) []byte {
	return append(h.AppendUnsigned(b), h.Signature[:]...)
}

// Hash is the block hash: double SHA-256 of the header without its signature.
func (h *Header) Hash() Hash {
	return chainhash.DoubleHashH(h.AppendUnsigned(make([]byte, 0, HeaderSize)))
}

// SigHash is what the producer signs on network n.
func (h *Header) SigHash(n NetworkID) Hash {
	hash := h.Hash()
	return n.TaggedHash("header", hash[:])
}

// ReadHeader reads the wire form of a header.
func ReadHeader(r *Reader) (h Header) {
	h.Version = r.Uint32()
	h.Height = r.Uint32()
	h.PrevHash = r.Hash()
	h.TxRoot = r.Hash()
	h.SideRoot = r.Hash()
	h.StateDigest = r.Hash()
	h.ProducersRoot = r.Hash()
	h.Slot = r.Uint64()
	h.Producer = r.Address()
	r.Copy(h.VRFProof[:])
	r.Copy(h.Signature[:])
	return h
}

// DecodeHeader reads exactly one header.
func DecodeHeader(b []byte) (Header, error) {
	r := NewReader(b)
	h := ReadHeader(r)
	return h, r.Done()
}
