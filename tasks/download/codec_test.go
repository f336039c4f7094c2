package download

import (
	"bytes"
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"supercomputing/chain/types"
)

var testAddrs = []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:6881"), netip.MustParseAddrPort("[2001:db8::1]:1")}

func testSpec() Spec {
	return Spec{Size: 5 << 20, PieceLength: 64 << 10, Keep: 30 * 24 * time.Hour, Replicas: 4, Name: "文件.tar", Hints: testAddrs}
}

func TestSpec(t *testing.T) {
	want := testSpec()
	b, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := DecodeSpec(b); err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%+v, %v", got, err)
	}
	for name, change := range map[string]func(*Spec){
		"no bytes":             func(s *Spec) { s.Size = 0 },
		"negative":             func(s *Spec) { s.Size = -1 },
		"too large":            func(s *Spec) { s.Size, s.PieceLength = MaxSize+1, MaxPieceLength },
		"too many pieces":      func(s *Spec) { s.Size = MaxSize },
		"odd piece length":     func(s *Spec) { s.PieceLength = 100_000 },
		"small piece length":   func(s *Spec) { s.PieceLength = 1 << 10 },
		"large piece length":   func(s *Spec) { s.PieceLength = 32 << 20 },
		"no time":              func(s *Spec) { s.Keep = 0 },
		"parts of seconds":     func(s *Spec) { s.Keep = 1500 * time.Millisecond },
		"for ever":             func(s *Spec) { s.Keep = MaxKeep + time.Second },
		"no replica":           func(s *Spec) { s.Replicas = 0 },
		"too many replicas":    func(s *Spec) { s.Replicas = MaxReplicas + 1 },
		"no name":              func(s *Spec) { s.Name = "" },
		"name leads elsewhere": func(s *Spec) { s.Name = "../../etc/passwd" },
		"name is parent":       func(s *Spec) { s.Name = ".." },
		"name of a terminal":   func(s *Spec) { s.Name = "a\x1b[2J" },
		"too many hints":       func(s *Spec) { s.Hints = make([]netip.AddrPort, MaxHints+1) },
	} {
		s := testSpec()
		change(&s)
		if _, err := s.Encode(); !errors.Is(err, ErrSpec) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, raw := range map[string][]byte{
		"empty": nil, "version": append([]byte{9}, b[1:]...), "cut": b[:len(b)-1], "trailing": append(bytes.Clone(b), 0),
		"long": make([]byte, types.MaxSpec+1), "size overflow": append([]byte{1, 255}, b[2:]...),
	} {
		if _, err := DecodeSpec(raw); !errors.Is(err, ErrSpec) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func testMessages() []interface{ encode() []byte } {
	now := time.UnixMilli(1_900_000_000_123)
	return []interface{ encode() []byte }{
		report{Addrs: testAddrs, UploadLimit: 5, Free: 1 << 40, Have: Bitfield{0xff, 0x80}},
		report{},
		status{Now: now, Until: now.Add(time.Hour), Stripe: stripe{2, 4}, Peers: testAddrs},
		status{Now: now},
		infoRequest{77},
		infoPart{Total: 100, Part: []byte("abc")},
		question{Nonce: 1 << 63, Blocks: []block{{1, 2, 3}, {MaxPieces - 1, 0, maxBlock}}},
		blocks{Nonce: 5, Data: []byte("data")},
	}
}

func TestMessages(t *testing.T) {
	for _, m := range testMessages() {
		raw := m.encode()
		got, err := decodeMessage(raw)
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%#v: %#v, %v", m, got, err)
		}
		for i := range raw {
			if _, err := decodeMessage(raw[:i]); !errors.Is(err, ErrMessage) {
				t.Errorf("%T cut to %d bytes: %v", m, i, err)
			}
		}
		if _, err := decodeMessage(append(raw, 0)); !errors.Is(err, types.ErrTrailing) {
			t.Errorf("%T with a byte more: %v", m, err)
		}
	}
	over := question{Blocks: make([]block, maxBlocks)}
	for i := range over.Blocks {
		over.Blocks[i].Length = maxBlock
	}
	for name, raw := range map[string][]byte{
		"version":            {9, 1},
		"kind":               {1, 99},
		"slot of none":       status{Now: epoch, Stripe: stripe{5, 2}}.encode(),
		"too many peers":     status{Now: epoch, Peers: make([]netip.AddrPort, maxStatusPeers+1)}.encode(),
		"empty block":        question{Blocks: []block{{1, 1, 0}}}.encode(),
		"piece out of range": question{Blocks: []block{{MaxPieces, 1, 1}}}.encode(),
		"large block":        question{Blocks: []block{{1, 1, maxBlock + 1}}}.encode(),
		"much in all":        over.encode(),
		"long bitfield":      report{Have: make(Bitfield, MaxPieces/8+1)}.encode(),
		"more than all":      infoPart{Total: 2, Part: []byte("abc")}.encode(),
		"large description":  infoPart{Total: MaxInfo + 1}.encode(),
		"port 0":             report{Addrs: []netip.AddrPort{netip.AddrPortFrom(netip.IPv4Unspecified(), 0)}}.encode(),
	} {
		if m, err := decodeMessage(raw); !errors.Is(err, ErrMessage) {
			t.Errorf("%s: %#v, %v", name, m, err)
		}
	}
}

func TestMagnet(t *testing.T) {
	m := Magnet{InfoHash: InfoHash{1, 2, 3}, Name: "a & b=c?.iso", Peers: testAddrs}
	got, err := ParseMagnet(m.String())
	if err != nil || !reflect.DeepEqual(got, m) {
		t.Errorf("%+v, %v from %s", got, err, m)
	}
	hash := m.InfoHash.String()
	for _, c := range []struct {
		link string
		want error
		name string
	}{
		{"magnet:?xt=urn:btih:" + hash, nil, ""},
		{"magnet:?xt=urn:btih:" + hash + "&dn=../../etc/passwd", nil, ""},
		{"magnet:?xt=urn:btih:" + hash + "&x.pe=evil.example:80&x.pe=1.2.3.4:0", nil, ""},
		{"", ErrMagnet, ""},
		{"http://example.org", ErrMagnet, ""},
		{"magnet:?dn=x", ErrMagnet, ""},
		{"magnet:?xt=urn:btih:1234", ErrMagnet, ""},
		{"magnet:?xt=urn:btih:" + strings.Repeat("z", 40), ErrMagnet, ""},
		{"magnet:?xt=urn:btih:" + hash + "&dn=" + strings.Repeat("x", MaxMagnet), ErrMagnet, ""},
	} {
		m, err := ParseMagnet(c.link)
		if !errors.Is(err, c.want) || m.Name != c.name || len(m.Peers) != 0 {
			t.Errorf("%.80s: %+v, %v", c.link, m, err)
		}
	}
}

func FuzzDecodeSpec(f *testing.F) {
	b, _ := testSpec().Encode()
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := DecodeSpec(b)
		if err != nil {
			return
		}
		if again, err := s.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%+v encodes to %x, %v", s, again, err)
		}
	})
}

func FuzzDecodeMessage(f *testing.F) {
	for _, m := range testMessages() {
		f.Add(m.encode())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := decodeMessage(b)
		if err != nil {
			return
		}
		again := m.(interface{ encode() []byte }).encode()
		if !bytes.Equal(again, b) {
			t.Errorf("%#v encodes to %x, was %x", m, again, b)
		}
	})
}

func FuzzParseMagnet(f *testing.F) {
	f.Add(Magnet{InfoHash: InfoHash{1}, Name: "name", Peers: testAddrs}.String())
	f.Add("magnet:?xt=urn:btih:CT76LXJDDCH5LS2TUHKH6EUJ3NYKX4Y6&tr=http://x")
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseMagnet(s)
		if err != nil {
			return
		}
		if again, err := ParseMagnet(m.String()); err == nil && !reflect.DeepEqual(again, m) {
			t.Errorf("%+v became %+v", m, again)
		}
	})
}
