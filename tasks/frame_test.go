package tasks

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"supercomputing/chain/types"
)

func seeds() [][]byte {
	h := hello{version: Version, network: testNet, job: types.Hash{1}, dapp: types.Hash{2}, held: 5, signature: [64]byte{3}}
	return [][]byte{
		h.frame().append(nil),
		frame{kind: framePing}.append(nil),
		messageFrame(frameCall, 7, []byte("work")).append(nil),
		messageFrame(frameError, 7, []byte("no")).append(nil),
		ticketFrame(Ticket{types.Coin, Signature{9}}).append(nil),
		byeFrame(reasonNoPlace, "enough nodes").append(nil),
		{0xff, 0xff, 0xff, 0xff, 0x10},
		{0, 0, 0, 0},
	}
}

// The layout in bytes: changing it needs a new version.
func TestFrameLayout(t *testing.T) {
	got := messageFrame(frameCall, 0x01020304, []byte("hi")).append(nil)
	if want := []byte{0, 0, 0, 7, 0x10, 1, 2, 3, 4, 'h', 'i'}; !bytes.Equal(got, want) {
		t.Fatalf("% x", got)
	}
	if n := len((&hello{}).frame().append(nil)); n != 5+170 {
		t.Fatalf("hello of %d bytes", n)
	}
	if got := byeFrame(reasonDropped, "x").append(nil); !bytes.Equal(got, []byte{0, 0, 0, 3, 0x30, 2, 'x'}) {
		t.Fatalf("% x", got)
	}
	if n := len(ticketFrame(Ticket{}).append(nil)); n != 5+72 {
		t.Fatalf("ticket of %d bytes", n)
	}
}

func TestHelloRoundTrip(t *testing.T) {
	h := &hello{version: 3, network: testNet, job: types.Hash{1}, dapp: types.Hash{2}, held: 5, signature: [64]byte{3}}
	got, err := parseHello(h.frame().body)
	if err != nil || *got != *h {
		t.Fatalf("%+v, %v", got, err)
	}
	b := h.frame().body
	b[98] = 0xff // an amount beyond all money
	if _, err := parseHello(b); !errors.Is(err, ErrProtocol) {
		t.Fatal(err)
	}
}

func TestTextsAreBoundedAndPlain(t *testing.T) {
	long := strings.Repeat("é", MaxText)
	if got := clip(long); len(got) > MaxText || !utf8.ValidString(got) || got == "" {
		t.Fatalf("%d bytes", len(got))
	}
	if got := clip("a\xffb"); got != "a?b" {
		t.Fatalf("%q", got)
	}
	err := parseBye(append([]byte{byte(reasonNoPlace)}, "line\n\x1b[2Jend\xff"...))
	if !errors.Is(err, ErrNoPlace) || strings.ContainsAny(err.Error(), "\n\x1b") || !utf8.ValidString(err.Error()) {
		t.Fatalf("%q", err)
	}
}

func TestReasonsHaveTheirErrors(t *testing.T) {
	seen := make(map[error]bool)
	for r := reasonEnded; r <= reasonBusy; r++ {
		if err := r.err(); seen[err] {
			t.Fatalf("reason %d shares %v", r, err)
		} else {
			seen[err] = true
		}
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
			raw := fr.append(nil)
			if at := len(data) - before; !bytes.Equal(raw, data[at:at+len(raw)]) {
				t.Fatalf("% x became % x", data, raw)
			}
			parse(t, fr)
		}
	})
}

// parse runs the body's decoder, as a session would.
func parse(t *testing.T, fr frame) {
	switch fr.kind {
	case frameHello:
		if h, err := parseHello(fr.body); err == nil && !bytes.Equal(h.frame().body, fr.body) {
			t.Fatal("hello has two forms")
		}
	case frameTicket:
		if k, err := parseTicket(fr.body); err == nil && !bytes.Equal(ticketFrame(k).body, fr.body) {
			t.Fatal("ticket has two forms")
		}
	case frameBye:
		if err := parseBye(fr.body); err == nil || len(err.Error()) > 4*MaxText {
			t.Fatalf("bye %v", err)
		}
	case frameCall, frameAnswer, frameQuestion, frameReply, frameError:
		id, msg := parseMessage(fr.body)
		if !bytes.Equal(messageFrame(fr.kind, id, msg).body, fr.body) {
			t.Fatal("message has two forms")
		}
	}
}

func TestTicketVerification(t *testing.T) {
	author, node, other := newKey(1), newKey(2).Address(), newKey(3)
	job := types.Hash{5}
	good, err := signTicket(author, testNet, job, node, types.Coin)
	if err != nil {
		t.Fatal(err)
	}
	bent := good
	bent.Signature[63] ^= 1
	more := good
	more.Cumulative++
	cases := []struct {
		name    string
		ticket  Ticket
		network types.NetworkID
		author  types.Address
		job     types.Hash
		node    types.Address
		ok      bool
	}{
		{"good", good, testNet, author.Address(), job, node, true},
		{"other network", good, types.NetworkID{8}, author.Address(), job, node, false},
		{"other author", good, testNet, other.Address(), job, node, false},
		{"other job", good, testNet, author.Address(), types.Hash{6}, node, false},
		{"other node", good, testNet, author.Address(), job, other.Address(), false},
		{"bent signature", bent, testNet, author.Address(), job, node, false},
		{"raised amount", more, testNet, author.Address(), job, node, false},
		{"no signature", Ticket{Cumulative: 1}, testNet, author.Address(), job, node, false},
		{"author off the curve", good, testNet, types.Address{31: 5}, job, node, false},
	}
	for _, c := range cases {
		err := c.ticket.verify(c.network, c.author, c.job, c.node)
		if (err == nil) != c.ok || err != nil && !errors.Is(err, ErrTicket) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
