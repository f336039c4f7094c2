package types

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestVarInt(t *testing.T) {
	for v, enc := range map[uint64]string{
		0: "00", 1: "01", 0xfc: "fc", 0xfd: "fdfd00", 0xffff: "fdffff", 0x10000: "fe00000100",
		0xffffffff: "feffffffff", 0x100000000: "ff0000000001000000", math.MaxUint64: "ffffffffffffffffff",
	} {
		if got := AppendVarInt(nil, v); !bytes.Equal(got, mustHex(enc)) {
			t.Errorf("%d: %x, want %s", v, got, enc)
		}
		r := NewReader(mustHex(enc))
		if got := r.VarInt(math.MaxUint64); got != v || r.Done() != nil {
			t.Errorf("%s: %d, %v", enc, got, r.Err())
		}
		if v > 0 {
			r = NewReader(mustHex(enc))
			if got := r.VarInt(v - 1); got != 0 || !errors.Is(r.Err(), ErrTooLarge) {
				t.Errorf("%s over its limit: %d, %v", enc, got, r.Err())
			}
		}
	}
	for enc, want := range map[string]error{
		"": ErrShort, "fd": ErrShort, "fd01": ErrShort, "fe010203": ErrShort, "ff01020304050607": ErrShort,
		"fd0000": ErrMalformed, "fdfc00": ErrMalformed, "feffff0000": ErrMalformed, "ffffffffff00000000": ErrMalformed,
	} {
		r := NewReader(mustHex(enc))
		if got := r.VarInt(math.MaxUint64); got != 0 || !errors.Is(r.Err(), want) || !errors.Is(r.Err(), ErrMalformed) {
			t.Errorf("%s: %d, %v", enc, got, r.Err())
		}
	}
}

func TestReader(t *testing.T) {
	var b []byte
	b = append(b, 7)
	b = AppendUint32(b, 0x01020304)
	b = AppendUint64(b, 0x05060708090a0b0c)
	b = AppendAmount(b, MaxAmount)
	b = append(b, bytes.Repeat([]byte{8}, 32)...)
	b = append(b, bytes.Repeat([]byte{9}, 32)...)
	b = AppendBytes(b, []byte("bytes"))
	b = AppendBytes(b, []byte("text\n ü"))
	read := func(b []byte) error {
		r := NewReader(b)
		ok := r.Byte() == 7 && r.Uint32() == 0x01020304 && r.Uint64() == 0x05060708090a0b0c && r.Amount() == MaxAmount &&
			r.Hash() == Hash(bytes.Repeat([]byte{8}, 32)) && r.Address() == Address(bytes.Repeat([]byte{9}, 32)) &&
			string(r.Bytes(5)) == "bytes" && r.Text(8) == "text\n ü"
		if err := r.Done(); ok != (err == nil) {
			return fmt.Errorf("values are as written: %v, %w", ok, err)
		}
		return r.Err()
	}
	if err := read(b); err != nil {
		t.Fatal(err)
	}
	for i := range b {
		if err := read(b[:i]); !errors.Is(err, ErrShort) {
			t.Fatalf("cut to %d bytes: %v", i, err)
		}
	}
	r := NewReader(append(b, 0))
	r.Copy(make([]byte, len(b)))
	if r.Err() != nil || r.Len() != 1 || !errors.Is(r.Done(), ErrTrailing) {
		t.Errorf("a byte too many: %v", r.Done())
	}
}

// The first failure stays, and nothing is read after it.
func TestReaderSticks(t *testing.T) {
	r := NewReader([]byte{1, 2, 3})
	r.Uint64()
	if r.Byte() != 0 || r.VarInt(9) != 0 || r.Bytes(9) != nil || r.Text(9) != "" || r.Hash() != (Hash{}) {
		t.Error("something was read after a failure")
	}
	r.Fail(ErrTrailing)
	if !errors.Is(r.Done(), ErrShort) {
		t.Errorf("a later failure replaced the first: %v", r.Done())
	}
}

func TestReaderCopies(t *testing.T) {
	b := AppendBytes(nil, []byte("keep"))
	got := NewReader(b).Bytes(10)
	b[1] = 'X'
	if string(got) != "keep" {
		t.Error("a decoded value holds on to the network buffer")
	}
}

func TestReaderLimits(t *testing.T) {
	long := AppendBytes(nil, make([]byte, 100))
	for name, f := range map[string]func(r *Reader){
		"bytes":  func(r *Reader) { r.Bytes(99) },
		"text":   func(r *Reader) { r.Text(99) },
		"varint": func(r *Reader) { r.VarInt(99) },
	} {
		r := NewReader(long)
		if f(r); !errors.Is(r.Err(), ErrTooLarge) {
			t.Errorf("%s: %v", name, r.Err())
		}
	}
	for _, v := range []uint64{uint64(MaxAmount) + 1, math.MaxInt64, 1 << 63, math.MaxUint64} {
		r := NewReader(AppendUint64(nil, v))
		if a := r.Amount(); a != 0 || !errors.Is(r.Done(), ErrMalformed) {
			t.Errorf("amount %d: %v, %v", v, a, r.Err())
		}
	}
}

func TestCheckText(t *testing.T) {
	for _, ok := range []string{"", "plain", "two\nlines", "Größe 数 🎉", strings.Repeat("x", 50)} {
		if err := CheckText(ok, 50); err != nil {
			t.Errorf("%q: %v", ok, err)
		}
	}
	for _, bad := range []string{"\x00", "a\tb", "a\rb", "\x1b[31m", "\x7f", "\u0080", "\u009b31m", "\xff", "\xc3", "\xed\xa0\x80"} {
		if err := CheckText(bad, 50); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := CheckText(strings.Repeat("ü", 26), 50); !errors.Is(err, ErrTooLarge) {
		t.Errorf("limits count bytes: %v", err)
	}
}
