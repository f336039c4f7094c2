package envelope

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"supercomputing/chain/types"
)

// onCurve is the x coordinate of the group's generator.
var onCurve = types.Address{0x79, 0xbe, 0x66, 0x7e, 0xf9, 0xdc, 0xbb, 0xac, 0x55, 0xa0, 0x62, 0x95, 0xce, 0x87, 0x0b, 0x07,
	0x02, 0x9b, 0xfc, 0xdb, 0x2d, 0xce, 0x28, 0xd9, 0x59, 0xf2, 0x81, 0x5b, 0x16, 0xf8, 0x17, 0x98}

func bodies() []Body {
	return []Body{
		&Text{"hello\nworld"},
		&Payment{Amount: 5, Address: onCurve, Expires: 9, Title: "rent", Text: "please"},
		&Job{ID: types.Hash{1}, Title: "job", Text: "look"},
		&Listing{ID: types.Hash{2}, Title: "bike"},
		&File{Size: 3, Sum: [32]byte{4}, Name: "a.txt", Text: "see"},
		&Magnet{Size: 1 << 40, Link: "magnet:?xt=urn:btih:00", Name: "film"},
		&Invitation{Descriptor: "tr(x)", Name: "club", Members: []Member{{[4]byte{1}, onCurve, "h:1"}, {}}, Text: "join"},
		&Account{After: ID{3}, Payload: []byte("psbt")},
		&Part{Whole: ID{1}, After: ID{2}, Index: 1, Count: 2, Data: []byte("x")},
	}
}

func TestRoundTrip(t *testing.T) {
	for _, body := range bodies() {
		e := &Envelope{ID: ID{7}, Lamport: 8, Time: 1234, Contact: "1.2.3.4:5", Body: body}
		b, err := Encode(e)
		if err != nil {
			t.Fatalf("%T: %v", body, err)
		}
		got, err := Decode(b)
		if err != nil || !reflect.DeepEqual(got, e) {
			t.Fatalf("%T: %+v, %v", body, got, err)
		}
		for n := range b {
			if _, err := Decode(b[:n]); !errors.Is(err, ErrInvalid) {
				t.Fatalf("%T cut at %d: %v", body, n, err)
			}
		}
		if _, err := Decode(append(b, 0)); !errors.Is(err, ErrInvalid) {
			t.Fatalf("%T with a byte more: %v", body, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	long := strings.Repeat("x", MaxText+1)
	for name, e := range map[string]*Envelope{
		"nothing":            {},
		"no text":            {Body: &Text{}},
		"long text":          {Body: &Text{long}},
		"not UTF-8":          {Body: &Text{"\xff"}},
		"control characters": {Body: &Text{"\x1b[2J"}},
		"lamport":            {Lamport: MaxLamport + 1, Body: &Text{"x"}},
		"contact":            {Contact: strings.Repeat("x", 257), Body: &Text{"x"}},
		"contact's form":     {Contact: "\x00", Body: &Text{"x"}},
		"pay nothing":        {Body: &Payment{Address: onCurve}},
		"pay too much":       {Body: &Payment{Amount: types.MaxAmount + 1, Address: onCurve}},
		"pay nobody":         {Body: &Payment{Amount: 1}},
		"file too large":     {Body: &File{Size: MaxFile + 1}},
		"file of less":       {Body: &File{Size: -1}},
		"another link":       {Body: &Magnet{Link: "https://x"}},
		"no descriptor":      {Body: &Invitation{}},
		"crowd":              {Body: &Invitation{Descriptor: "x", Members: make([]Member, MaxMembers+1)}},
		"no payload":         {Body: &Account{}},
		"payload":            {Body: &Account{Payload: make([]byte, MaxAccount+1)}},
		"part beyond":        {Body: &Part{Index: 2, Count: 2, Data: []byte("x")}},
		"part of none":       {Body: &Part{Data: []byte("x")}},
		"part of many":       {Body: &Part{Count: MaxParts + 1, Data: []byte("x")}},
		"empty part":         {Body: &Part{Count: 1}},
	} {
		if _, err := Encode(e); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	good, err := Encode(&Envelope{Body: &Text{"x"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at   int
		to   byte
		want error
	}{{0, 2, ErrVersion}, {0, 0, ErrInvalid}, {33, 0, ErrInvalid}, {33, 200, ErrInvalid}} {
		bad := bytes.Clone(good)
		bad[c.at] = c.to
		if _, err := Decode(bad); !errors.Is(err, c.want) {
			t.Errorf("byte %d as %d: %v", c.at, c.to, err)
		}
	}
	if _, err := Decode(make([]byte, Max+1)); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
}

// The longest text of the chain, with its frame, is within what every cipher
// of PROTOCOL §7 takes.
func TestChainTextFits(t *testing.T) {
	b, err := Encode(&Envelope{Body: &Text{strings.Repeat("x", MaxChainText)}})
	if err != nil || len(b) > 1088 {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	b, err = Encode(&Envelope{Body: &Part{Count: 1, Data: make([]byte, MaxPart)}})
	if err != nil || len(b) > 1088 {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
}

func TestSplit(t *testing.T) {
	whole := &Account{After: ID{9}, Payload: bytes.Repeat([]byte("0123456789"), MaxAccount/10)}
	parts, err := Split(ID{1}, whole, MaxPart)
	if err != nil {
		t.Fatal(err)
	}
	var got []byte
	for i, p := range parts {
		if p.Index != i || p.Count != len(parts) || p.After != whole.After || p.Whole != (ID{1}) {
			t.Fatalf("%+v", p)
		}
		if _, err := Encode(&Envelope{Body: p}); err != nil {
			t.Fatal(err)
		}
		got = append(got, p.Data...)
	}
	if !bytes.Equal(got, whole.Payload) {
		t.Fatal("parts differ from the whole")
	}
	if _, err := Split(ID{}, whole, 10); !errors.Is(err, ErrInvalid) {
		t.Fatal(err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, body := range bodies() {
		b, err := Encode(&Envelope{ID: ID{1}, Lamport: 2, Time: 3, Contact: "h:1", Body: body})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := Decode(b)
		if err != nil {
			if !errors.Is(err, ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		again, err := Encode(e)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%x decodes to %+v, which encodes to %x, %v", b, e, again, err)
		}
	})
}
