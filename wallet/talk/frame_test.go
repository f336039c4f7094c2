package talk

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"supercomputing/chain/types"
)

func numberedFrame(kind frameType, id uint32, body []byte) frame {
	copy(body, idFrame(kind, id).body)
	return frame{kind, body}
}

func seeds() [][]byte {
	return [][]byte{
		hello{Version, "192.0.2.1:7,[2001:db8::1]:7,a.example:7"}.frame().append(nil),
		idFrame(framePing, 7).append(nil),
		frame{kind: frameRetire}.append(nil),
		numberedFrame(frameDeliver, 1, deliverBody([]byte("envelope"))).append(nil),
		numberedFrame(frameMark, 2, markBody(MarkRead, []ID{{1}, {2}})).append(nil),
		idFrame(frameDone, 1).append(nil),
		refusedFrame(2, &Refusal{ReasonStranger, types.Coin, "no"}).append(nil),
		numberedFrame(frameOffer, 3, offer{ID{1}, MaxFile, [32]byte{2}}.body()).append(nil),
		offsetFrame(frameAccept, 3, 5).append(nil),
		chunkFrame(3, 5, []byte("data")).append(nil),
		byeFrame(byeBusy).append(nil),
		{0xff, 0xff, 0xff, 0xff, 0x10},
		{0, 0, 0, 0, 0x10},
	}
}

// The layouts in bytes: changing one needs a new version.
func TestFrameLayout(t *testing.T) {
	for _, tc := range []struct {
		name string
		f    frame
		want []byte
	}{
		{"hello", hello{1, "a:1"}.frame(), []byte{0, 0, 0, 6, 0x01, 0, 1, 'a', ':', '1'}},
		{"ping", idFrame(framePing, 0x01020304), []byte{0, 0, 0, 5, 0x02, 1, 2, 3, 4}},
		{"retire", frame{kind: frameRetire}, []byte{0, 0, 0, 1, 0x04}},
		{"deliver", numberedFrame(frameDeliver, 9, deliverBody([]byte("hi"))), []byte{0, 0, 0, 7, 0x10, 0, 0, 0, 9, 'h', 'i'}},
		{"mark", numberedFrame(frameMark, 9, markBody(MarkRead, []ID{{0xaa}})), append([]byte{0, 0, 0, 22, 0x11, 0, 0, 0, 9, 1, 0xaa}, make([]byte, 15)...)},
		{"refused", refusedFrame(9, &Refusal{ReasonFull, 258, "x"}), []byte{0, 0, 0, 15, 0x21, 0, 0, 0, 9, 3, 0, 0, 0, 0, 0, 0, 1, 2, 'x'}},
		{"have", offsetFrame(frameHave, 9, 258), []byte{0, 0, 0, 13, 0x33, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 1, 2}},
		{"chunk", chunkFrame(9, 1, []byte("x")), []byte{0, 0, 0, 14, 0x32, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1, 'x'}},
		{"bye", byeFrame(byeVersion), []byte{0, 0, 0, 2, 0x3f, 3}},
	} {
		if got := tc.f.append(nil); !bytes.Equal(got, tc.want) {
			t.Errorf("%s: % x", tc.name, got)
		}
	}
	if n := len(offer{}.body()); n != 60 {
		t.Errorf("offer of %d bytes", n)
	}
}

// Bodies are held to their sizes before memory is spent on them.
func TestHeaderLimits(t *testing.T) {
	header := func(kind frameType, body int) []byte {
		return append(types.AppendUint32(nil, uint32(1+body)), byte(kind))
	}
	for _, tc := range []struct {
		name string
		raw  []byte
		ok   bool
	}{
		{"largest envelope", header(frameDeliver, 4+MaxEnvelope), true},
		{"larger envelope", header(frameDeliver, 5+MaxEnvelope), false},
		{"empty envelope", header(frameDeliver, 4), false},
		{"largest chunk", header(frameChunk, 12+MaxChunk), true},
		{"larger chunk", header(frameChunk, 13+MaxChunk), false},
		{"empty chunk", header(frameChunk, 12), false},
		{"most marks", header(frameMark, 5+16*MaxMarks), true},
		{"more marks", header(frameMark, 5+16*MaxMarks+16), false},
		{"no mark", header(frameMark, 5), false},
		{"longest reach", header(frameHello, 2+MaxReach), true},
		{"longer reach", header(frameHello, 3+MaxReach), false},
		{"longest text", header(frameRefused, 13+MaxText), true},
		{"longer text", header(frameRefused, 14+MaxText), false},
		{"long ping", header(framePing, 5), false},
		{"retire with a body", header(frameRetire, 1), false},
		{"unknown", header(0x77, 4), false},
		{"no length", []byte{0, 0, 0, 0, 0x10}, false},
		{"4 GiB", []byte{0xff, 0xff, 0xff, 0xff, 0x10}, false},
	} {
		_, _, err := readHeader(bytes.NewReader(tc.raw))
		if tc.ok != (err == nil) || err != nil && !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

func TestParsersRefuse(t *testing.T) {
	bad := func(name string, err error) {
		t.Helper()
		if !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, reach := range []string{"a b:1", "a:1\n", "ä:1", "a:1\x00", "<a>:1", "a:1/../"} {
		_, err := parseHello(hello{Version, reach}.frame().body)
		bad(reach, err)
	}
	if h, err := parseHello(hello{Version + 1, "\x00 something new"}.frame().body); err != nil || h.version != Version+1 {
		t.Errorf("another version's hello: %v", err)
	}
	_, _, err := parseMark(append(markBody(MarkRead, []ID{{1}}), 0))
	bad("mark and a bit", err)
	_, err = parseOffer(offer{size: MaxFile + 1}.body())
	bad("large offer", err)
	_, err = parseOffer(offer{size: -1}.body())
	bad("offer of a negative size", err)
	_, _, err = parseOffset(offsetFrame(frameHave, 1, -1).body)
	bad("negative offset", err)
	_, _, err = parseOffset(offsetFrame(frameHave, 1, MaxFile+1).body)
	bad("offset behind any file", err)
}

func TestByesHaveTheirErrors(t *testing.T) {
	for why, want := range map[byeReason]error{byeRetired: errEnded, byeLeaving: ErrOffline, byeProtocol: ErrProtocol, byeVersion: ErrVersion, byeBusy: ErrBusy, 99: ErrProtocol} {
		if err := why.err(); !errors.Is(err, want) {
			t.Errorf("%d: %v", why, err)
		}
	}
	for _, err := range []error{ErrUnknown, ErrBusy, ErrVersion, ErrNotRunning} {
		if !errors.Is(err, ErrOffline) {
			t.Errorf("%v is no ErrOffline", err)
		}
	}
}

func TestTextsAreBoundedAndPlain(t *testing.T) {
	for _, s := range []string{strings.Repeat("é", 300), "\xff\xfe", "a\x1b[31mb", "\u202e\u2066\u200b\ufeff", " \n ", ""} {
		got := plainText([]byte(s))
		if len(got) > MaxText || !utf8.ValidString(got) || strings.ContainsFunc(got, func(c rune) bool { return unicode.Is(unicode.C, c) }) {
			t.Errorf("%q became %q", s, got)
		}
	}
	if got := plainText([]byte("Grüße, 世界 — ok")); got != "Grüße, 世界 — ok" {
		t.Errorf("%q", got)
	}
}

func FuzzFrames(f *testing.F) {
	var all []byte
	for _, s := range seeds() {
		f.Add(s)
		all = append(all, s...)
	}
	f.Add(all)
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bytes.NewReader(data)
		for {
			before := r.Len()
			fr, err := readFrame(r)
			if err != nil {
				if !errors.Is(err, ErrProtocol) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Fatalf("untyped error %v", err)
				}
				return
			}
			raw, at := fr.append(nil), len(data)-before
			if !bytes.Equal(raw, data[at:at+len(raw)]) {
				t.Fatalf("% x became % x", data, raw)
			}
			parse(t, fr)
		}
	})
}

// parse runs the body's decoder, as a session would; what it accepts has one
// form.
func parse(t *testing.T, fr frame) {
	same := func(f frame) {
		if !bytes.Equal(f.append(nil), fr.append(nil)) {
			t.Fatalf("% x has two forms, also % x", fr.body, f.body)
		}
	}
	switch fr.kind {
	case frameHello:
		if h, err := parseHello(fr.body); err == nil {
			same(h.frame())
		}
	case frameMark:
		if kind, ids, err := parseMark(fr.body); err == nil {
			same(numberedFrame(frameMark, idOf(fr.body), markBody(kind, ids)))
		}
	case frameRefused:
		r, err := parseRefused(fr.body)
		if err == nil && (len(r.Text) > MaxText || strings.ContainsFunc(r.Text, unicode.IsControl) || r.MinFee > types.MaxAmount) {
			t.Fatalf("%+v", r)
		}
	case frameOffer:
		if o, err := parseOffer(fr.body); err == nil {
			same(numberedFrame(frameOffer, idOf(fr.body), o.body()))
		}
	case frameAccept, frameHave, frameChunk:
		if offset, data, err := parseOffset(fr.body); err == nil && fr.kind == frameChunk {
			same(chunkFrame(idOf(fr.body), offset, data))
		} else if err == nil {
			same(offsetFrame(fr.kind, idOf(fr.body), offset))
		}
	case frameBye:
		if byeReason(fr.body[0]).err() == nil {
			t.Fatal("a bye without a meaning")
		}
	}
}
