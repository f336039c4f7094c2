package consensus

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/zeebo/blake3"

	"supercomputing/chain/types"
)

// slowElement is the definition of PROTOCOL §10, with another BLAKE3.
func slowElement(t Table, key, value []byte) (out LtHash) {
	h := blake3.New()
	h.Write([]byte{byte(t)})
	h.Write(types.AppendVarInt(nil, uint64(len(key))))
	h.Write(key)
	h.Write(value)
	h.Digest().Read(out[:])
	return out
}

func slowAdd(l, o *LtHash, sign uint16) {
	for i := 0; i < len(l); i += 2 {
		v := binary.LittleEndian.Uint16(l[i:]) + sign*binary.LittleEndian.Uint16(o[i:])
		binary.LittleEndian.PutUint16(l[i:], v)
	}
}

func testBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestLtHashMatchesDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var fast, slow LtHash
	for _, n := range []int{0, 1, 40, 63, 64, 65, 900, 1019, 1020, 1021, 1022, 1023, 1024, 1025, 5000, 100_000} {
		key, value := testBytes(r, n%300), testBytes(r, n)
		e := slowElement(TableJob, key, value)
		slowAdd(&slow, &e, 1)
		fast.Insert(TableJob, key, value)
		if fast != slow {
			t.Fatalf("insert of a %d-byte value differs from the definition", n)
		}
		if n%2 == 0 {
			e := slowElement(TableUTXO, value, key)
			slowAdd(&slow, &e, 0xffff)
			fast.Delete(TableUTXO, value, key)
			if fast != slow {
				t.Fatalf("delete with a %d-byte key differs from the definition", n)
			}
		}
	}
	if got, want := fast.Digest(), types.Hash(blake3.Sum256(slow[:])); got != want {
		t.Fatalf("digest %x, want %x", got[:], want[:])
	}
}

func TestLtHashLanes(t *testing.T) {
	for _, c := range []struct{ a, b uint16 }{{0, 0}, {1, 0xffff}, {0x8000, 0x8000}, {0x7fff, 1}, {0xffff, 0xffff}, {0, 1}, {0x8000, 1}, {1, 0x8000}} {
		var a, b, sum, diff LtHash
		for i := 0; i < len(a); i += 2 {
			// Neighbours that carry and borrow into nothing.
			x, y := c.a, c.b
			if i%4 == 0 {
				x, y = c.b, c.a
			}
			binary.LittleEndian.PutUint16(a[i:], x)
			binary.LittleEndian.PutUint16(b[i:], y)
			binary.LittleEndian.PutUint16(sum[i:], x+y)
			binary.LittleEndian.PutUint16(diff[i:], x-y)
		}
		got := a
		if got.add(&b); got != sum {
			t.Errorf("%#x + %#x", c.a, c.b)
		}
		got = a
		if got.sub(&b); got != diff {
			t.Errorf("%#x - %#x", c.a, c.b)
		}
	}
}

func TestLtHashUpdate(t *testing.T) {
	k, v, w := []byte("key"), []byte("old"), []byte("new")
	empty := []byte{}
	var l, want LtHash
	l.Insert(TableCredit, k, v)
	before := l
	changes := []Change{
		{Table: TableCredit, Key: k, Old: v, New: w},
		{Table: TableJob, Key: k, New: empty},
		{Table: TableBan, Key: k, Old: empty, New: v},
	}
	l.Insert(TableBan, k, empty)
	before = l
	l.Update(changes)
	want.Insert(TableJob, k, empty)
	want.Insert(TableCredit, k, w)
	want.Insert(TableBan, k, v)
	if l != want {
		t.Error("update differs from the rows it should leave")
	}
	l.Revert(changes)
	if l != before {
		t.Error("revert does not undo update")
	}
	l.Delete(TableBan, k, empty)
	l.Delete(TableCredit, k, v)
	if l != (LtHash{}) {
		t.Error("deleting every row does not give the empty hash")
	}
	var a, b LtHash
	a.Insert(TableJob, k, v)
	b.Insert(TableJob, w, v)
	a.Merge(&b)
	b.Insert(TableJob, k, v)
	if a != b {
		t.Error("merging parts differs from one hash")
	}
}

// Rows must not be able to pose as other rows.
func TestLtHashElementsApart(t *testing.T) {
	type row struct {
		t          Table
		key, value string
	}
	seen := make(map[LtHash]row)
	for _, r := range []row{{1, "a", "bc"}, {1, "ab", "c"}, {1, "abc", ""}, {1, "", "abc"}, {2, "a", "bc"}, {1, "", ""}, {2, "", ""}} {
		var l LtHash
		l.Insert(r.t, []byte(r.key), []byte(r.value))
		if other, ok := seen[l]; ok {
			t.Errorf("%v and %v hash alike", r, other)
		}
		seen[l] = r
	}
}

func TestLtHashAllocates(t *testing.T) {
	changes := make([]Change, 100)
	for i := range changes {
		changes[i] = Change{Table: TableUTXO, Key: bytes.Repeat([]byte{1}, 36), Old: []byte{1}, New: []byte{2}}
	}
	var l LtHash
	if n := testing.AllocsPerRun(10, func() { l.Update(changes) }); n > 1 {
		t.Errorf("%v allocations for an update", n)
	}
}

func BenchmarkLtHashUpdate(b *testing.B) {
	changes := make([]Change, 1000)
	for i := range changes {
		key := binary.BigEndian.AppendUint32(make([]byte, 32), uint32(i))
		changes[i] = Change{Table: TableUTXO, Key: key, Old: make([]byte, 60), New: make([]byte, 61)}
	}
	var l LtHash
	for b.Loop() {
		l.Update(changes)
	}
	b.ReportMetric(float64(b.N*len(changes))/b.Elapsed().Seconds(), "rows/s")
}
