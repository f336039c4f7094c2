package gossip

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/btcsuite/btcd/v2transport"
	"golang.org/x/time/rate"

	"supercomputing/chain/gossip/memnet"
	"supercomputing/chain/types"
)

func pipe() (net.Conn, net.Conn) {
	return memnet.Pipe(netip.MustParseAddrPort("10.0.0.1:1"), netip.MustParseAddrPort("10.0.0.2:2"), 0)
}

func meter() *meteredConn {
	lim := func() *rate.Limiter { return rate.NewLimiter(DefaultRate, DefaultRate) }
	return &meteredConn{read: lim(), send: lim()}
}

// wirePair makes both ends of an encrypted connection.
func wirePair(t *testing.T, a, b types.NetworkID) (x, y *wireConn, xerr, yerr error) {
	t.Helper()
	near, far := pipe()
	t.Cleanup(func() { near.Close(); far.Close() })
	done := make(chan struct{})
	go func() {
		defer close(done)
		y, yerr = openWire(context.Background(), far, b, false, make(gate, 1), meter(), time.Minute)
	}()
	x, xerr = openWire(context.Background(), near, a, true, make(gate, 1), meter(), time.Minute)
	<-done
	return x, y, xerr, yerr
}

func anySize(t msgType) (int, error) { return t.limit(), nil }

func TestFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		id := testParams().ID
		x, y, err, err2 := wirePair(t, id, id)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		x.raw.SetDeadline(time.Time{})
		y.raw.SetDeadline(time.Time{})
		// Sizes around the packet boundary, and a block's.
		for _, size := range []int{0, 1, maxPacket - frameHeader - 1, maxPacket - frameHeader, maxPacket - frameHeader + 1, 3*maxPacket - frameHeader, 5 << 20} {
			body := bytes.Repeat([]byte{byte(size)}, size)
			frame := append([]byte{byte(msgBlock), byte(size >> 24), byte(size >> 16), byte(size >> 8), byte(size)}, body...)
			go x.writeFrame(frame)
			ty, got, err := y.readFrame(anySize)
			if err != nil || ty != msgBlock || !bytes.Equal(got, body) {
				t.Fatalf("size %d: %v %d bytes, %v", size, ty, len(got), err)
			}
		}
	})
}

func TestFrameErrors(t *testing.T) {
	full := make([]byte, maxPacket)
	copy(full, []byte{byte(msgBlock), 0, 2, 0, 0}) // 128 KiB
	for _, c := range []struct {
		name    string
		packets [][]byte
		want    error
	}{
		{"no header", [][]byte{{1, 2}}, types.ErrMalformed},
		{"over the limit", [][]byte{{byte(msgPing), 0, 0, 0, 9}}, ErrOversized},
		{"length of 4 GiB", [][]byte{{byte(msgBlock), 255, 255, 255, 255}}, ErrOversized},
		{"body past its length", [][]byte{{byte(msgPing), 0, 0, 0, 1, 1, 2}}, types.ErrMalformed},
		{"short packet inside", [][]byte{{byte(msgBlock), 0, 0, 1, 0, 1}}, types.ErrMalformed},
		{"second packet too long", [][]byte{full, full, full}, types.ErrMalformed},
		{"oversized packet", [][]byte{make([]byte, maxPacket+1)}, ErrOversized},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				id := testParams().ID
				x, y, _, _ := wirePair(t, id, id)
				x.raw.SetDeadline(time.Time{})
				go func() {
					for _, p := range c.packets {
						x.peer.V2EncPacket(p, nil, false)
					}
				}()
				if _, _, err := y.readFrame(anySize); !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
				x.raw.Close()
			})
		})
	}
}

// TestOversizedPacket sends the largest length BIP 324 can express. It must be
// refused without waiting for the bytes, and a thousand of them must not pile
// up in memory.
func TestOversizedPacket(t *testing.T) {
	id := testParams().ID
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 20 {
		x, y, err, err2 := wirePair(t, id, id)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		big := make([]byte, 1<<24-1)
		go x.peer.V2EncPacket(big, nil, false)
		if _, _, err := y.readFrame(anySize); !errors.Is(err, ErrOversized) {
			t.Fatal(err)
		}
		x.raw.Close()
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if held := int64(after.HeapAlloc) - int64(before.HeapAlloc); held > 64<<20 {
		t.Errorf("%d bytes held after 20 oversized packets", held)
	}
}

func TestHandshakeFailures(t *testing.T) {
	id := testParams().ID
	other := id
	other[0]++
	v1 := append([]byte{id[0], id[1], id[2], id[3]}, "version\x00\x00\x00\x00\x00"...)
	for _, c := range []struct {
		name string
		peer func(net.Conn)
		want error
	}{
		{"silent", func(net.Conn) {}, os.ErrDeadlineExceeded},
		{"closes", func(c net.Conn) { c.Close() }, io.EOF},
		{"version 1", func(c net.Conn) { c.Write(append(v1, make([]byte, 100)...)) }, v2transport.ErrUseV1Protocol},
		{"HTTP", func(c net.Conn) { io.WriteString(c, "GET / HTTP/1.1\r\nHost: example\r\n\r\n") }, os.ErrDeadlineExceeded},
		{"endless garbage", func(c net.Conn) { io.Copy(c, endless{}) }, ErrHandshake},
		{"another network", func(c net.Conn) {
			openWire(context.Background(), c, other, true, nil, meter(), time.Hour)
		}, os.ErrDeadlineExceeded},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := pipe()
				go func() {
					c.peer(far)
					io.Copy(io.Discard, far)
				}()
				start := time.Now()
				_, err := openWire(context.Background(), near, id, false, make(gate, 1), meter(), time.Minute)
				if !errors.Is(err, ErrHandshake) || !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
				if took := time.Since(start); took > time.Minute {
					t.Errorf("took %v", took)
				}
				near.Close()
				far.Close()
			})
		})
	}
}

// endless is a reader of pseudo-random bytes.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(i*7 + 3)
	}
	return len(p), nil
}

// TestNoDowngrade dials a peer that hangs up on the key, as Bitcoin's version 1
// nodes do: the dialler must not try again unencrypted.
func TestNoDowngrade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := pipe()
		go func() {
			io.ReadFull(far, make([]byte, 64))
			far.Close()
		}()
		_, err := openWire(context.Background(), near, testParams().ID, true, nil, meter(), time.Minute)
		if !errors.Is(err, v2transport.ErrShouldDowngradeToV1) || !errors.Is(err, ErrHandshake) {
			t.Errorf("got %v", err)
		}
		near.Close()
	})
}

// TestReadRate sends more than a second's allowance and measures the pause.
func TestReadRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		id := testParams().ID
		x, y, _, _ := wirePair(t, id, id)
		x.raw.SetDeadline(time.Time{})
		y.raw.SetDeadline(time.Time{})
		y.io.read = rate.NewLimiter(100<<10, 128<<10)
		frame := encodeFrame(&headersMsg{true, make([]types.Header, 1900)}) // 653 KiB
		go x.writeFrame(frame)
		start := time.Now()
		if _, _, err := y.readFrame(anySize); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took < 4*time.Second || took > 7*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// FuzzFrame feeds packets to the frame reader.
func FuzzFrame(f *testing.F) {
	f.Add([]byte{byte(msgPing), 0, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8}, []byte{})
	f.Add([]byte{byte(msgBlock), 0, 0, 255, 255}, []byte{1})
	f.Add([]byte{}, []byte{})
	id := testParams().ID
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if len(a) > maxPacket || len(b) > maxPacket {
			return
		}
		x, y, err, err2 := wirePair(t, id, id)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		go func() {
			x.peer.V2EncPacket(a, nil, false)
			x.peer.V2EncPacket(b, nil, false)
			x.raw.Close()
		}()
		ty, body, err := y.readFrame(anySize)
		if err == nil && len(body) > ty.limit() {
			t.Fatalf("%v of %d bytes", ty, len(body))
		}
		if err == nil {
			decodeMessage(ty, body)
		}
	})
}
