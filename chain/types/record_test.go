package types

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func testRecords() []Record {
	full := &ScoreReport{Job: Hash{1}}
	for i := range MaxScoreEntries {
		full.Entries = append(full.Entries, ScoreEntry{Address: Address{byte(i >> 8), byte(i)}, Cumulative: Amount(i)})
	}
	h := testHeader()
	other := h
	other.TxRoot[0] ^= 1
	return []Record{
		&ScoreReport{Job: Hash{1}, Entries: []ScoreEntry{{Address: Address{2}, Cumulative: 3}}},
		&ScoreReport{Job: Hash{1}, Ticketed: true, Entries: []ScoreEntry{
			{Address: Address{2}, Cumulative: 3, Ticket: [64]byte{4}}, {Address: Address{3}, Cumulative: MaxAmount, Ticket: [64]byte{63: 1}}}},
		full,
		&Equivocation{A: h, B: other},
		&Advertisement{Title: "Title", Text: "Two\nlines", Category: "tools", Price: Coin},
		&Advertisement{},
		&JobPost{Dapp: Hash{1}, Spec: []byte{1, 2}, InfoHash: make([]byte, 20), Contact: "contact", Duration: 9, Bid: Coin},
		&JobPost{Spec: bytes.Repeat([]byte{1}, MaxSpec), InfoHash: make([]byte, 32), Contact: strings.Repeat("c", MaxContact)},
		&JobPost{},
		&BidRaise{Job: Hash{1}, Added: 2},
		&Completion{Job: Hash{1}},
		&DappRegistration{Name: "name", Version: "1.0", Manifest: Hash{1}},
		&ProducerRegistration{VRFKey: [32]byte{1}, Proof: [80]byte{2}},
		&Message{Public: true, Body: []byte("hello")},
		&Message{Ephemeral: [32]byte{1}, ViewTag: 2, Body: bytes.Repeat([]byte{3}, MaxMessageBody)},
	}
}

func TestRecordRoundTrip(t *testing.T) {
	seen := make(map[Kind]bool)
	for _, rec := range testRecords() {
		p := Encode(rec)
		if Kind(p[0]) != rec.Kind() {
			t.Errorf("%v: first byte %#x", rec.Kind(), p[0])
		}
		seen[rec.Kind()] = true
		got, err := DecodeRecord(p)
		if err != nil || !reflect.DeepEqual(got, rec) {
			t.Errorf("%v: %+v, %v", rec.Kind(), got, err)
		}
		if len(p) < 5000 {
			for i := range p {
				if _, err := DecodeRecord(p[:i]); !errors.Is(err, ErrMalformed) {
					t.Fatalf("%v cut to %d bytes: %v", rec.Kind(), i, err)
				}
			}
		}
		if _, err := DecodeRecord(append(p, 0)); !errors.Is(err, ErrTrailing) {
			t.Errorf("%v with a byte too many: %v", rec.Kind(), err)
		}
		if c, ok := rec.Kind().Chain(); !ok || len(p) > c.MaxBytes() {
			t.Errorf("%v does not fit its side block", rec.Kind())
		}
	}
	if len(seen) != 9 {
		t.Errorf("%d kinds tested", len(seen))
	}
}

func TestRecordKinds(t *testing.T) {
	names := make(map[string]bool)
	for k := range 256 {
		k := Kind(k)
		names[k.String()] = true
		c, ok := k.Chain()
		if ok && VirtualChain(k>>4) != c {
			t.Errorf("%v is on chain %v", k, c)
		}
		if _, err := DecodeRecord([]byte{byte(k)}); !errors.Is(err, ErrMalformed) {
			t.Errorf("kind %#x alone: %v", byte(k), err)
		}
		if err := decodeErr([]byte{byte(k)}); !ok && !strings.Contains(err, "unknown") {
			t.Errorf("kind %#x: %s", byte(k), err)
		}
	}
	if _, ok := KindSummary.Chain(); ok {
		t.Error("a transaction can carry a summary")
	}
	if len(names) != 256 {
		t.Errorf("%d names for 256 kinds", len(names))
	}
}

func decodeErr(p []byte) string {
	_, err := DecodeRecord(p)
	return err.Error()
}

func TestRecordRefuses(t *testing.T) {
	report := func(entries ...ScoreEntry) []byte { return Encode(&ScoreReport{Entries: entries}) }
	one, two := ScoreEntry{Address: Address{1}}, ScoreEntry{Address: Address{2}}
	flag := Encode(&Message{})
	flag[1] = 2
	ticketed := report(one)
	ticketed[33] = 2
	many := &ScoreReport{}
	for i := range MaxScoreEntries + 1 {
		many.Entries = append(many.Entries, ScoreEntry{Address: Address{byte(i >> 8), byte(i)}})
	}
	for name, p := range map[string][]byte{
		"nothing":              nil,
		"oversized":            make([]byte, MaxPayload+1),
		"no entries":           report(),
		"entries out of order": report(two, one),
		"entry twice":          report(one, one),
		"too many entries":     Encode(many),
		"negative score":       report(ScoreEntry{Address: Address{1}, Cumulative: -1}),
		"score beyond all":     report(ScoreEntry{Address: Address{1}, Cumulative: MaxAmount + 1}),
		"ticket flag":          ticketed,
		"long title":           Encode(&Advertisement{Title: strings.Repeat("t", MaxTitle+1)}),
		"long text":            Encode(&Advertisement{Text: strings.Repeat("t", MaxAdText+1)}),
		"long category":        Encode(&Advertisement{Category: strings.Repeat("t", MaxCategory+1)}),
		"control character":    Encode(&Advertisement{Title: "\x1b[2J"}),
		"not UTF-8":            Encode(&Advertisement{Text: "\xff"}),
		"negative price":       Encode(&Advertisement{Price: -1}),
		"long spec":            Encode(&JobPost{Spec: make([]byte, MaxSpec+1)}),
		"info-hash size":       Encode(&JobPost{InfoHash: make([]byte, 21)}),
		"long info-hash":       Encode(&JobPost{InfoHash: make([]byte, 33)}),
		"long contact":         Encode(&JobPost{Contact: strings.Repeat("c", MaxContact+1)}),
		"bid beyond all":       Encode(&JobPost{Bid: MaxAmount + 1}),
		"raise below zero":     Encode(&BidRaise{Added: -1}),
		"long dapp name":       Encode(&DappRegistration{Name: strings.Repeat("n", MaxDappName+1)}),
		"long version":         Encode(&DappRegistration{Version: strings.Repeat("v", MaxDappVersion+1)}),
		"long body":            Encode(&Message{Body: make([]byte, MaxMessageBody+1)}),
		"message flag":         flag,
		"summary":              {byte(KindSummary), 1, 2, 3},
	} {
		if rec, err := DecodeRecord(p); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, %v", name, rec, err)
		}
	}
	if _, err := DecodeRecord(report(one, two)); err != nil {
		t.Errorf("entries in order: %v", err)
	}
}

func TestProducerAlpha(t *testing.T) {
	a, b := NetworkID{1}, NetworkID{2}
	if slices.Equal(a.ProducerAlpha(Address{1}), b.ProducerAlpha(Address{1})) || slices.Equal(a.ProducerAlpha(Address{1}), a.ProducerAlpha(Address{2})) {
		t.Error("one proof of possession serves two authors or networks")
	}
}

func FuzzDecodeRecord(f *testing.F) {
	for _, rec := range testRecords() {
		f.Add(Encode(rec))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		rec, err := DecodeRecord(p)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		if !bytes.Equal(Encode(rec), p) {
			t.Fatalf("%v has two encodings", rec.Kind())
		}
	})
}
