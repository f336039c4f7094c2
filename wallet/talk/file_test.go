package talk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain/types"
)

func TestFiles(t *testing.T) {
	for _, size := range []int{0, 1, MaxChunk, MaxChunk + 1, fileWindow, fileWindow + 5, 3_000_001} {
		bubble(t, func(t *testing.T, w *world) {
			a, b := w.person("a:1", nil), w.person("b:1", nil)
			sink := &memory{}
			var gotID ID
			b.receive = func(id ID, n int64) (FileSink, error) {
				if n != int64(size) {
					t.Errorf("offered %d bytes", n)
				}
				gotID = id
				return sink, nil
			}
			data := content(size)
			var seen []int64
			if err := a.sendFile(t.Context(), b, ID{7}, data, func(n int64) { seen = append(seen, n) }); err != nil {
				t.Fatalf("%d bytes: %v", size, err)
			}
			if !bytes.Equal(sink.data, data) || !sink.done || sink.closed != 1 || gotID != (ID{7}) {
				t.Fatalf("%d of %d bytes, done %v, closed %d times", len(sink.data), size, sink.done, sink.closed)
			}
			if !slices.IsSorted(seen) || len(seen) == 0 || seen[len(seen)-1] != int64(size) {
				t.Fatalf("progress %v", seen)
			}
		})
	}
}

func TestLargestFile(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a, b := w.person("a:1", nil), w.person("b:1", nil)
		sink := &memory{}
		b.receive = func(ID, int64) (FileSink, error) { return sink, nil }
		if err := a.sendFile(t.Context(), b, ID{7}, content(MaxFile), nil); err != nil || !sink.done {
			t.Fatal(err)
		}
	})
}

// The connection breaks in the middle; the next try sends the rest only. So it
// does at any point, down to the last answer.
func TestFileResumes(t *testing.T) {
	data := content(20*MaxChunk + 77)
	for _, at := range []int{1, MaxChunk + 1, 10 * MaxChunk, 20*MaxChunk + 77} {
		bubble(t, func(t *testing.T, w *world) {
			a, b := w.person("a:1", nil), w.person("b:1", nil)
			sink := &memory{}
			broken := false
			sink.after = func(n int) {
				if n >= at && !broken {
					broken = true
					a.breakAll()
				}
			}
			b.receive = func(ID, int64) (FileSink, error) { return sink, nil }
			if err := a.sendFile(t.Context(), b, ID{7}, data, nil); !errors.Is(err, ErrUnknown) {
				t.Fatal(err)
			}
			synctest.Wait()
			had := sink.Offset()
			first := int64(-1)
			err := a.sendFile(t.Context(), b, ID{7}, data, func(n int64) {
				if first < 0 {
					first = n
				}
			})
			if err != nil || first != had || had == 0 || !sink.done || !bytes.Equal(sink.data, data) || sink.closed != 2 {
				t.Fatalf("%v: from %d, had %d, closed %d", err, first, had, sink.closed)
			}
		})
	}
}

// Envelopes pass a file that is on its way over a slow disk.
func TestEnvelopesPassFiles(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a, b := w.person("a:1", nil), w.person("b:1", nil)
		sink := &memory{after: func(int) { time.Sleep(time.Second) }}
		b.receive = func(ID, int64) (FileSink, error) { return sink, nil }
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := a.sendFile(t.Context(), b, ID{7}, content(100*MaxChunk), nil); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(10500 * time.Millisecond)
		start := time.Now()
		if err := a.sendTo(b, "in between"); err != nil || time.Since(start) > time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		if err := b.sendTo(a, "in between, back"); err != nil {
			t.Error(err)
		}
		wg.Wait()
		if got := len(a.sessionsWith(b)); got != 1 {
			t.Errorf("%d sessions", got)
		}
	})
}

func TestFileIsRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		sink *memory
		size int
		want Reason
	}{
		"another sum":    {&memory{data: []byte("not what was sent")}, 100, ReasonInvalid},
		"a full disk":    {&memory{fail: &Refusal{Reason: ReasonFull}}, 40 * MaxChunk, ReasonFull},
		"a broken disk":  {&memory{fail: errTest}, 40 * MaxChunk, ReasonTrouble},
		"a strange sink": {&memory{data: content(101)}, 100, ReasonTrouble},
	} {
		bubble(t, func(t *testing.T, w *world) {
			a, b := w.person("a:1", nil), w.person("b:1", nil)
			b.receive = func(ID, int64) (FileSink, error) { return tc.sink, nil }
			var r *Refusal
			if err := a.sendFile(t.Context(), b, ID{7}, content(tc.size), nil); !errors.As(err, &r) || r.Reason != tc.want {
				t.Fatalf("%s: %v", name, err)
			}
			good := &memory{}
			b.set(func() { b.receive = func(ID, int64) (FileSink, error) { return good, nil } })
			if err := a.sendFile(t.Context(), b, ID{8}, content(99_999), nil); err != nil || !good.done || a.dials != 1 {
				t.Fatalf("%s: the next file: %v", name, err)
			}
			if tc.sink.closed != 1 || tc.sink.done {
				t.Fatalf("%s: closed %d times, done %v", name, tc.sink.closed, tc.sink.done)
			}
		})
	}
}

func TestFileIsCancelled(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a, b := w.person("a:1", nil), w.person("b:1", nil)
		sink := &memory{after: func(int) { time.Sleep(time.Second) }}
		b.receive = func(ID, int64) (FileSink, error) { return sink, nil }
		data := content(40 * MaxChunk)
		ctx, cancel := context.WithTimeout(t.Context(), 5500*time.Millisecond)
		defer cancel()
		start := time.Now()
		err := a.sendFile(ctx, b, ID{7}, data, nil)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 5500*time.Millisecond {
			t.Fatalf("%v after %v", err, time.Since(start))
		}
		if err := a.sendFile(t.Context(), b, ID{7}, data, nil); err != nil || !sink.done || sink.closed != 2 || a.dials != 1 {
			t.Fatalf("again: %v, closed %d, %d dials", err, sink.closed, a.dials)
		}
		// A file that cannot be read is given up, too.
		b.set(func() { b.receive = func(ID, int64) (FileSink, error) { return &memory{}, nil } })
		if err := a.SendFile(t.Context(), b.addr, b.name, ID{9}, bytes.NewReader(data[:MaxChunk+1]), int64(len(data)), [32]byte{}, nil); !errors.Is(err, ErrFile) {
			t.Fatal(err)
		}
		if err := a.sendTo(b, "still there"); err != nil || a.dials != 1 {
			t.Fatal(err)
		}
	})
}

// A peer that comes back on another connection while the old one still seems
// to live does not wait for that one's end.
func TestFileMovesToTheNewConnection(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		b := w.person("b:1", nil)
		sink := &memory{}
		b.receive = func(ID, int64) (FileSink, error) { return sink, nil }
		from := types.Address{200}
		old := w.raw(from, b)
		defer old.Close()
		data := content(3 * MaxChunk)
		o := numberedFrame(frameOffer, 1, offer{ID{1}, int64(len(data)), sha256.Sum256(data)}.body())
		exchange(t, old, o, frameAccept)
		exchange(t, old, chunkFrame(1, 0, data[:MaxChunk]), frameHave)
		again := w.raw(from, b)
		defer again.Close()
		if offset, _, _ := parseOffset(exchange(t, again, o, frameAccept).body); offset != MaxChunk {
			t.Fatalf("from %d", offset)
		}
		exchange(t, again, chunkFrame(1, MaxChunk, data[MaxChunk:2*MaxChunk]), frameHave)
		exchange(t, again, chunkFrame(1, 2*MaxChunk, data[2*MaxChunk:]), frameHave)
		if f, err := readFrame(again); err != nil || f.kind != frameDone || !sink.done {
			t.Fatalf("%v, %v", f.kind, err)
		}
	})
}
