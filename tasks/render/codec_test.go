package render

import (
	"bytes"
	"errors"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
)

func testSpec() Spec {
	return Spec{
		Engine: "blender", Series: "3.4", Name: "tür.blend", Frames: []Range{{1, 47, 2}, {60, 60, 1}},
		Settings:   engine.Settings{Width: 1920, Height: 1080, Samples: 64, Form: picture.RGB8},
		BundleSize: 1 << 20, PieceLength: 1 << 16, CoreSeconds: 4000, Memory: 1 << 30,
		Hints: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:6881"), netip.MustParseAddrPort("[::1]:1")},
	}
}

func TestSpecRoundTrip(t *testing.T) {
	want := testSpec()
	b, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeSpec(b)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%+v, %v", got, err)
	}
	for i := range b {
		if _, err := DecodeSpec(b[:i]); !errors.Is(err, ErrSpec) {
			t.Errorf("cut to %d bytes: %v", i, err)
		}
	}
	if _, err := DecodeSpec(append(b, 0)); !errors.Is(err, ErrSpec) {
		t.Error("trailing byte:", err)
	}
	if got, ih, err := JobSpec(types.JobPost{Spec: b, InfoHash: bytes.Repeat([]byte{7}, 20)}); err != nil || ih[0] != 7 || got.Name != want.Name {
		t.Error(got, ih, err)
	}
	if _, _, err := JobSpec(types.JobPost{Spec: b, InfoHash: make([]byte, 32)}); !errors.Is(err, ErrSpec) {
		t.Error("info-hash of 32 bytes:", err)
	}
}

// The largest spec fits a post.
func TestSpecCeiling(t *testing.T) {
	s := testSpec()
	s.Name, s.Engine, s.Series = strings.Repeat("x", MaxName), strings.Repeat("e", maxEngine), strings.Repeat("1", maxEngine)
	s.Frames, s.Hints = nil, nil
	for i := range MaxRanges {
		s.Frames = append(s.Frames, Range{10 * i, 10*i + 4, 2})
	}
	for range MaxHints {
		s.Hints = append(s.Hints, netip.MustParseAddrPort("[2001:db8::1]:6881"))
	}
	if b, err := s.Encode(); err != nil || len(b) > types.MaxSpec {
		t.Fatal(len(b), err)
	}
}

func TestSpecRefused(t *testing.T) {
	cases := map[string]func(*Spec){
		"no engine":         func(s *Spec) { s.Engine = "" },
		"engine is a path":  func(s *Spec) { s.Engine = "../blender" },
		"engine in capital": func(s *Spec) { s.Engine = "Blender" },
		"series with space": func(s *Spec) { s.Series = "3. 4" },
		"name with escape":  func(s *Spec) { s.Name = "a\x1b[2J" },
		"name too long":     func(s *Spec) { s.Name = strings.Repeat("x", MaxName+1) },
		"no frames":         func(s *Spec) { s.Frames = nil },
		"frame twice":       func(s *Spec) { s.Frames = []Range{{1, 5, 1}, {5, 6, 1}} },
		"backwards":         func(s *Spec) { s.Frames = []Range{{5, 1, 1}} },
		"step 0":            func(s *Spec) { s.Frames = []Range{{1, 5, 0}} },
		"last beyond":       func(s *Spec) { s.Frames = []Range{{1, 4, 2}} },
		"too many":          func(s *Spec) { s.Frames = []Range{{0, MaxFrames, 1}} },
		"frame too high":    func(s *Spec) { s.Frames = []Range{{1, MaxFrame + 1, 1}} },
		"no pixels":         func(s *Spec) { s.Settings.Width = 0 },
		"a bomb":            func(s *Spec) { s.Settings.Width, s.Settings.Height = 60000, 60000 },
		"endless samples":   func(s *Spec) { s.Settings.Samples = MaxSamples + 1 },
		"no form":           func(s *Spec) { s.Settings.Form = 0 },
		"unknown form":      func(s *Spec) { s.Settings.Form = 99 },
		"no bundle":         func(s *Spec) { s.BundleSize = 0 },
		"bundle too large":  func(s *Spec) { s.BundleSize = MaxBundle + 1 },
		"odd pieces":        func(s *Spec) { s.PieceLength = 100_000 },
		"tiny pieces":       func(s *Spec) { s.PieceLength = 1 << 10 },
		"negative memory":   func(s *Spec) { s.Memory = -1 },
		"too many hints":    func(s *Spec) { s.Hints = make([]netip.AddrPort, MaxHints+1) },
	}
	for name, corrupt := range cases {
		s := testSpec()
		corrupt(&s)
		if _, err := s.Encode(); !errors.Is(err, ErrSpec) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecodeSpec(f *testing.F) {
	b, _ := testSpec().Encode()
	f.Add(b)
	f.Add([]byte{})
	f.Add([]byte{2})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := DecodeSpec(b)
		if err != nil {
			return
		}
		again, err := s.Encode()
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%x became %x, %v", b, again, err)
		}
		if n := len(ListFrames(s.Frames)); n != CountFrames(s.Frames) || n > MaxFrames {
			t.Fatal(n, "frames")
		}
	})
}

func testMessages() []interface{ encode() []byte } {
	tile := engine.Tile{Frame: 7, X: 64, Y: 32, W: 640, H: 360}
	peers := []netip.AddrPort{netip.MustParseAddrPort("10.0.0.1:6881")}
	return []interface{ encode() []byte }{
		hello{engine.Build{Engine: "blender", Version: "3.4.1", ID: strings.Repeat("0f", buildLen)}, 4, 1 << 40, peers},
		welcome{1000, peers},
		infoRequest{128 << 10},
		infoPart{4, []byte("part")},
		ask{5, []uint64{1, 1 << 63}, peers},
		lease{9, 3 * time.Minute, []engine.Tile{tile, {Frame: 8, W: 1, H: 1}}, peers},
		wait{20 * time.Second, "everything is leased", peers},
		over{"all frames are there"},
		result{tile, [32]byte{1, 31: 9}, 12345, 90 * time.Second, 1500 * time.Millisecond},
		proceed{1 << 20},
		enough{},
		refused{time.Minute, "the disk is full"},
		part{tile, 1 << 19, []byte("pixels")},
		failed{tile, reasonLimit, "memory"},
		ok{},
		alive{9, 3, 40 * time.Second},
		stop{"another node was faster"},
		less{[]engine.Tile{tile, {Frame: 8, W: 1, H: 1}}},
	}
}

func TestMessageRoundTrip(t *testing.T) {
	kinds := make(map[byte]bool)
	for _, want := range testMessages() {
		b := want.encode()
		kinds[b[1]] = true
		got, err := decodeMessage(b)
		if err != nil || !reflect.DeepEqual(got, any(want)) {
			t.Errorf("%T: got %+v, want %+v, %v", want, got, want, err)
		}
		for i := range b {
			if m, err := decodeMessage(b[:i]); !errors.Is(err, ErrMessage) {
				t.Errorf("%T cut to %d bytes: %+v, %v", want, i, m, err)
			}
		}
	}
	if len(kinds) != kindLess {
		t.Errorf("%d of %d kinds were tried", len(kinds), kindLess)
	}
}

// The largest message of each kind fits the session's limit.
func TestMessageCeilings(t *testing.T) {
	if n := len(part{Data: make([]byte, maxPart)}.encode()); n > tasks.MaxMessage {
		t.Error("part:", n)
	}
	l := lease{Tiles: make([]engine.Tile, maxUnit), Peers: make([]netip.AddrPort, maxPeers)}
	if n := len(l.encode()); n > tasks.MaxMessage {
		t.Error("lease:", n)
	}
}

func TestMessageRefused(t *testing.T) {
	tile := engine.Tile{Frame: 1, W: 1, H: 1}
	cases := map[string][]byte{
		"empty":            {},
		"version":          {9, kindOK},
		"kind 0":           {messageVersion, 0},
		"unknown kind":     {messageVersion, 99},
		"trailing":         append(ok{}.encode(), 0),
		"tile of no width": result{Tile: engine.Tile{H: 1}, Length: 1}.encode(),
		"huge tile":        part{Tile: engine.Tile{W: MaxSide + 1, H: 1}}.encode(),
		"frame beyond":     part{Tile: engine.Tile{Frame: MaxFrame + 1, W: 1, H: 1}}.encode(),
		"no picture":       result{Tile: tile}.encode(),
		"huge picture":     result{Tile: tile, Length: maxPicture + 1}.encode(),
		"huge description": welcome{InfoSize: MaxInfo + 1}.encode(),
		"part of nothing":  infoPart{Total: 1, Part: []byte("ab")}.encode(),
		"no reason":        failed{Tile: tile}.encode(),
		"long wait":        types.AppendUint32([]byte{messageVersion, kindWait}, maxWaiting+1),
		"many tiles":       less{make([]engine.Tile, maxUnit+1)}.encode(),
		"many leases":      ask{Held: make([]uint64, maxLeases+1)}.encode(),
		"huge part":        part{Tile: tile, Data: make([]byte, maxPart+1)}.encode(),
		"peer at port 0":   welcome{Peers: []netip.AddrPort{netip.AddrPortFrom(netip.IPv4Unspecified(), 0)}}.encode(),
		"escape in text":   types.AppendBytes([]byte{messageVersion, kindOver}, []byte("a\x1bb")),
		"engine is a path": hello{Build: engine.Build{Engine: "../x"}}.encode(),
	}
	for name, b := range cases {
		if m, err := decodeMessage(b); !errors.Is(err, ErrMessage) {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
}

// What other machines' programs say goes into texts of ours in one safe line.
func TestClipText(t *testing.T) {
	cases := map[string]string{
		"plain":                                 "plain",
		"two\nlines\x1b[2J":                     "two lines [2J",
		"bad\xff":                               "bad?",
		strings.Repeat("ü", maxWhy):             strings.Repeat("ü", maxWhy/2),
		"x" + strings.Repeat("€", maxWhy):       "x" + strings.Repeat("€", (maxWhy-1)/3),
		strings.Repeat("a", maxWhy) + "dropped": strings.Repeat("a", maxWhy),
	}
	for in, want := range cases {
		if got := clipText(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
		if _, err := decodeMessage(over{in}.encode()); err != nil {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func FuzzDecodeMessage(f *testing.F) {
	for _, m := range testMessages() {
		f.Add(m.encode())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := decodeMessage(b)
		if err != nil {
			if !errors.Is(err, ErrMessage) {
				t.Fatal(err)
			}
			return
		}
		again := m.(interface{ encode() []byte }).encode()
		if m2, err := decodeMessage(again); err != nil || !reflect.DeepEqual(m, m2) {
			t.Fatalf("%+v became %+v, %v", m, m2, err)
		}
	})
}

func TestRanges(t *testing.T) {
	span := func(first, last, step int) (out []int) {
		for f := first; f <= last; f += step {
			out = append(out, f)
		}
		return out
	}
	for want, frames := range map[string][]int{
		"1-48":                span(1, 48, 1),
		"1-99/2":              span(1, 100, 2),
		"7,9,20-30":           append([]int{7, 9}, span(20, 30, 1)...),
		"1-3":                 {3, 1, 2},
		"5":                   {5, 5, 5},
		"1-5/2":               {1, 3, 5},
		"1-2,4-10/3":          append(span(1, 10, 3), 2),
		"0":                   {0},
		"7-9":                 {9, 8, 7},
		"1-2,5-6":             {1, 2, 5, 6},
		"10-30":               append(span(10, 20, 1), span(15, 30, 1)...),
		"1,11,1000-9000/4000": {1, 1000, 5000, 9000, 11},
	} {
		got := Ranges(frames)
		if FormatFrames(got) != want {
			t.Errorf("%v: %q, not %q", frames, FormatFrames(got), want)
		}
		if err := checkRanges(got); err != nil {
			t.Errorf("%v: %v", frames, err)
		}
	}
}

func FuzzRanges(f *testing.F) {
	f.Add([]byte{1, 2, 3, 60, 70, 75, 80, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		frames := make([]int, min(len(b), MaxRanges))
		for i := range frames {
			frames[i] = int(b[i])
		}
		got := Ranges(frames)
		if err := checkRanges(got); err != nil && len(frames) > 0 {
			t.Fatal(err)
		}
		slices.Sort(frames)
		if want := slices.Compact(frames); !slices.Equal(ListFrames(got), want) {
			t.Fatal(got, want)
		}
	})
}
