package types

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Decoding errors. Every decoder of this package wraps ErrMalformed.
var (
	ErrMalformed = errors.New("malformed encoding")
	ErrTooLarge  = fmt.Errorf("%w: over its size limit", ErrMalformed)
	ErrTrailing  = fmt.Errorf("%w: trailing bytes", ErrMalformed)
	ErrShort     = fmt.Errorf("%w: ends too early", ErrMalformed)
)

// AppendVarInt appends Bitcoin's variable-length integer (CompactSize).
func AppendVarInt(b []byte, v uint64) []byte {
	switch {
	case v < 0xfd:
		return append(b, byte(v))
	case v <= 0xffff:
		return binary.LittleEndian.AppendUint16(append(b, 0xfd), uint16(v))
	case v <= 0xffffffff:
		return binary.LittleEndian.AppendUint32(append(b, 0xfe), uint32(v))
	}
	return binary.LittleEndian.AppendUint64(append(b, 0xff), v)
}

// AppendBytes appends a varint length and the bytes.
func AppendBytes(b, v []byte) []byte {
	return append(AppendVarInt(b, uint64(len(v))), v...)
}

// AppendUint32 and its siblings append big-endian integers.
func AppendUint32(b []byte, v uint32) []byte { return binary.BigEndian.AppendUint32(b, v) }

// AppendUint64 appends a big-endian 64-bit integer.
func AppendUint64(b []byte, v uint64) []byte { return binary.BigEndian.AppendUint64(b, v) }

// AppendAmount appends an amount as a big-endian 64-bit integer.
func AppendAmount(b []byte, v Amount) []byte { return AppendUint64(b, uint64(v)) }

// Reader decodes one value from a byte slice. The first failure sticks: later
// reads return zero values, and Done tells what went wrong. Slices it returns
// are copies, so a decoded value never holds on to a network buffer.
type Reader struct {
	b   []byte
	err error
}

// NewReader starts reading b.
func NewReader(b []byte) *Reader { return &Reader{b: b} }

// Fail records err unless an earlier error stands.
func (r *Reader) Fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// Err returns the first failure so far.
func (r *Reader) Err() error { return r.err }

// Len returns the count of unread bytes.
func (r *Reader) Len() int { return len(r.b) }

// Done returns the first failure, or ErrTrailing when bytes are left.
func (r *Reader) Done() error {
	if r.err == nil && len(r.b) != 0 {
		r.err = fmt.Errorf("%w: %d", ErrTrailing, len(r.b))
	}
	return r.err
}

func (r *Reader) take(n int) []byte {
	if r.err != nil {
		return nil
	}
	if n > len(r.b) {
		r.err = ErrShort
		return nil
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

// Byte reads one byte.
func (r *Reader) Byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

// Uint32 reads a big-endian 32-bit integer.
func (r *Reader) Uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

// Uint64 reads a big-endian 64-bit integer.
func (r *Reader) Uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// Amount reads an amount and refuses one outside 0 … MaxAmount.
func (r *Reader) Amount() Amount {
	v := r.Uint64()
	if v > uint64(MaxAmount) {
		r.Fail(fmt.Errorf("%w: amount %d", ErrMalformed, v))
		return 0
	}
	return Amount(v)
}

// Copy fills dst.
func (r *Reader) Copy(dst []byte) { copy(dst, r.take(len(dst))) }

// Hash reads 32 bytes.
func (r *Reader) Hash() (h Hash) { r.Copy(h[:]); return h }

// Address reads 32 bytes.
func (r *Reader) Address() (a Address) { r.Copy(a[:]); return a }

// VarInt reads a minimal CompactSize and refuses a value above max.
func (r *Reader) VarInt(max uint64) uint64 {
	n, v := 0, uint64(0)
	first := r.Byte()
	switch first {
	case 0xfd:
		n = 2
	case 0xfe:
		n = 4
	case 0xff:
		n = 8
	default:
		v = uint64(first)
	}
	if n > 0 {
		b := r.take(n)
		for i := len(b) - 1; i >= 0; i-- {
			v = v<<8 | uint64(b[i])
		}
		if b != nil && len(AppendVarInt(nil, v)) != n+1 {
			r.Fail(fmt.Errorf("%w: varint %d is not minimal", ErrMalformed, v))
			return 0
		}
	}
	if v > max {
		r.Fail(fmt.Errorf("%w: %d > %d", ErrTooLarge, v, max))
		return 0
	}
	return v
}

// Bytes reads a varint length of at most max and that many bytes.
func (r *Reader) Bytes(max int) []byte {
	n := r.VarInt(uint64(max))
	b := r.take(int(n))
	if len(b) == 0 {
		return nil
	}
	return append([]byte(nil), b...)
}

// Text reads UTF-8 of at most max bytes, without control characters other
// than line feeds, so that no record can steer a terminal.
func (r *Reader) Text(max int) string {
	s := string(r.Bytes(max))
	if err := CheckText(s, max); err != nil {
		r.Fail(err)
		return ""
	}
	return s
}

// CheckText says why s cannot stand in a record's text field.
func CheckText(s string, max int) error {
	if len(s) > max {
		return fmt.Errorf("%w: text of %d bytes, at most %d", ErrTooLarge, len(s), max)
	}
	if !utf8.ValidString(s) {
		return fmt.Errorf("%w: text is not UTF-8", ErrMalformed)
	}
	for _, c := range s {
		if c != '\n' && (c < 0x20 || c >= 0x7f && c < 0xa0) {
			return fmt.Errorf("%w: control character %U in text", ErrMalformed, c)
		}
	}
	return nil
}
