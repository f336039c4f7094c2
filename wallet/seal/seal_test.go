package seal

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"supercomputing/chain/types"
	"supercomputing/wallet/keys"
)

func TestRoundTrip(t *testing.T) {
	ks := someKeys(t, 2)
	for _, n := range []int{0, 1, 15, 16, 222, 223, 224, 542, 543, 544, 1024, 1088, MaxPlain - 1, MaxPlain} {
		for _, fill := range []byte{0, 0x80, 'x'} {
			plain := bytes.Repeat([]byte{fill}, n)
			m := mustSeal(t, uint64(n), ks[1].Address(), own, plain)
			back, err := types.DecodeRecord(m.Append(nil))
			if err != nil {
				t.Fatalf("%d bytes: no record: %v", n, err)
			}
			got := NewScanner(network, ks).Scan([]Sealed{{author, back.(*types.Message)}})
			if len(got) != 1 || got[0].Index != 0 || got[0].To != ks[1].Address() || !bytes.Equal(got[0].Plain, plain) {
				t.Fatalf("%d of %x: opened %v", n, fill, got)
			}
			to, plain2, err := OpenOwn(network, author, own, back.(*types.Message))
			if err != nil || to != ks[1].Address() || !bytes.Equal(plain2, plain) {
				t.Fatalf("%d of %x: own: %v, %x, %v", n, fill, to, plain2, err)
			}
		}
	}
	if MaxPlain < 1088 {
		t.Errorf("only %d bytes fit", MaxPlain)
	}
}

// A length tells one of three sizes.
func TestSizes(t *testing.T) {
	to := someKeys(t, 1)[0].Address()
	for _, c := range []struct{ from, to, size int }{{0, 223, 320}, {224, 543, 640}, {544, MaxPlain, 1200}} {
		for _, n := range []int{c.from, (c.from + c.to) / 2, c.to} {
			if m := mustSeal(t, 1, to, own, make([]byte, n)); len(m.Body) != c.size || m.Public {
				t.Errorf("%d bytes make a body of %d, want %d", n, len(m.Body), c.size)
			}
		}
	}
}

type failing struct{ after int }

func (f *failing) Read(b []byte) (int, error) {
	if f.after--; f.after < 0 {
		return 0, io.ErrUnexpectedEOF
	}
	for i := range b {
		b[i] = 1
	}
	return len(b), nil
}

func TestSealRefuses(t *testing.T) {
	to := someKeys(t, 1)[0].Address()
	seal := func(random io.Reader, to types.Address, own [32]byte, n int) error {
		m, err := Seal(random, network, author, to, own, make([]byte, n))
		if (m == nil) != (err != nil) {
			t.Errorf("message %v and error %v", m, err)
		}
		return err
	}
	for name, c := range map[string]struct {
		err, want error
	}{
		"too long":             {seal(random(1), to, own, MaxPlain+1), ErrTooLong},
		"far too long":         {seal(random(1), to, own, 1<<20), ErrTooLong},
		"no point":             {seal(random(1), types.Address{31: 5}, own, 5), ErrRecipient},
		"over the prime":       {seal(random(1), types.Address(bytes.Repeat([]byte{0xff}, 32)), own, 5), ErrRecipient},
		"zero":                 {seal(random(1), types.Address{}, own, 5), ErrRecipient},
		"no randomness":        {seal(&failing{0}, to, own, 5), io.ErrUnexpectedEOF},
		"none for the block":   {seal(&failing{1}, to, [32]byte{}, 5), io.ErrUnexpectedEOF},
		"enough with own":      {seal(&failing{1}, to, own, 5), nil},
		"enough without":       {seal(&failing{2}, to, [32]byte{}, 5), nil},
		"short randomness":     {seal(strings.NewReader("short"), to, own, 5), io.ErrUnexpectedEOF},
		"the longest that can": {seal(random(1), to, own, MaxPlain), nil},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", name, c.err, c.want)
		}
	}
	if err := seal(bytes.NewReader(make([]byte, 4096)), to, own, 5); err == nil {
		t.Error("a source of zeros was accepted")
	}
}

// Who is no party to a message cannot read it, nor pass it on as its own.
func TestOthersReadNothing(t *testing.T) {
	ks := someKeys(t, 2)
	m := mustSeal(t, 1, ks[0].Address(), own, []byte("hello"))
	scan := func(n types.NetworkID, author types.Address, k *keys.Key) int {
		return len(NewScanner(n, []*keys.Key{k}).Scan([]Sealed{{author, m}}))
	}
	if scan(network, author, ks[0]) != 1 {
		t.Fatal("its recipient cannot read it")
	}
	thief := ks[1].Address()
	for name, n := range map[string]int{
		"another key":     scan(network, author, ks[1]),
		"another author":  scan(network, thief, ks[0]),
		"another network": scan(types.NetworkID{1}, author, ks[0]),
	} {
		if n != 0 {
			t.Errorf("read with %s", name)
		}
	}
	for name, f := range map[string]func() (types.Address, []byte, error){
		"another secret":  func() (types.Address, []byte, error) { return OpenOwn(network, author, [32]byte{1}, m) },
		"no secret":       func() (types.Address, []byte, error) { return OpenOwn(network, author, [32]byte{}, m) },
		"another author":  func() (types.Address, []byte, error) { return OpenOwn(network, thief, own, m) },
		"another network": func() (types.Address, []byte, error) { return OpenOwn(types.NetworkID{}, author, own, m) },
		"nothing":         func() (types.Address, []byte, error) { return OpenOwn(network, author, own, nil) },
	} {
		if to, plain, err := f(); !errors.Is(err, ErrNotOwn) || to != (types.Address{}) || plain != nil {
			t.Errorf("%s: own: %v, %x, %v", name, to, plain, err)
		}
	}
	without := mustSeal(t, 1, ks[0].Address(), [32]byte{}, []byte("hello"))
	for _, own := range [][32]byte{own, {}} {
		if _, _, err := OpenOwn(network, author, own, without); !errors.Is(err, ErrNotOwn) {
			t.Errorf("sealed without a secret of the sender: %v", err)
		}
	}
}

// A change of any byte, and any other length, is noticed by both sides.
func TestTampering(t *testing.T) {
	ks := someKeys(t, 1)
	m := mustSeal(t, 1, ks[0].Address(), own, []byte("hello"))
	var all []Sealed
	for i := range m.Body {
		c := clone(m)
		c.Body[i] ^= 1 << (i % 8)
		all = append(all, Sealed{author, c})
	}
	for i := range m.Ephemeral {
		c := clone(m)
		c.Ephemeral[i] ^= 1
		all = append(all, Sealed{author, c})
	}
	for bit := range 8 {
		c := clone(m)
		c.ViewTag ^= 1 << bit
		all = append(all, Sealed{author, c})
	}
	for _, n := range []int{0, 1, 79, 80, 95, 96, 97, 319, 321, 640, 1199, 1200, 1201, 5000} {
		c := clone(m)
		c.Body = append(make([]byte, 0, n), c.Body[:min(n, len(c.Body))]...)
		c.Body = c.Body[:n]
		all = append(all, Sealed{author, c})
	}
	public := clone(m)
	public.Public = true
	all = append(all, Sealed{author, public}, Sealed{author, nil}, Sealed{})
	if got := NewScanner(network, ks).Scan(all); len(got) != 0 {
		t.Errorf("%d of %d changed messages are read", len(got), len(all))
	}
	for i, s := range all {
		if _, _, err := OpenOwn(network, author, own, s.Message); !errors.Is(err, ErrNotOwn) {
			t.Errorf("changed message %d is read by its sender: %v", i, err)
		}
	}
}

// The sender's secret reads what it sealed whatever it claims: a block that
// names another ephemeral key or recipient than the message has is refused.
func TestOwnBlockThatLies(t *testing.T) {
	ks := someKeys(t, 2)
	m := mustSeal(t, 1, ks[0].Address(), own, []byte("hello"))
	var e, other [32]byte
	_, _ = io.ReadFull(random(1), e[:])
	other[0] = 1
	for name, c := range map[string]struct {
		e  [32]byte
		to types.Address
	}{
		"another secret":    {other, ks[0].Address()},
		"a secret of zero":  {[32]byte{}, ks[0].Address()},
		"another recipient": {e, ks[1].Address()},
		"no recipient":      {e, types.Address{}},
	} {
		lie := clone(m)
		sealOutgoing(lie.Body[:0], own, network, author, m.Ephemeral, &c.e, c.to)
		if _, _, err := OpenOwn(network, author, own, lie); !errors.Is(err, ErrNotOwn) {
			t.Errorf("%s: %v", name, err)
		}
	}
	same := clone(m)
	sealOutgoing(same.Body[:0], own, network, author, m.Ephemeral, &e, ks[0].Address())
	if !bytes.Equal(same.Body, m.Body) {
		t.Error("the test makes other blocks than Seal")
	}
}

func TestPadding(t *testing.T) {
	for name, b := range map[string][]byte{"empty": {}, "zeros": make([]byte, 224), "no end": {1, 2, 3}, "text after": {1, 0x80, 0, 4}} {
		if got, ok := unpad(b); ok {
			t.Errorf("%s: %x", name, got)
		}
	}
}

// What is sealed must be opened by later programs.
func TestPinned(t *testing.T) {
	to := someKeys(t, 1)[0].Address()
	m := mustSeal(t, 7, to, own, []byte("pinned"))
	if got := network.TaggedHash("test", m.Append(nil)).String(); got != pinned {
		t.Errorf("the form of sealed messages has changed: %s", got)
	}
}

const pinned = "e479dba2bec2412a73c5ba3947d86ff24dc4a45122372bad2b167cd92fff4539"

func FuzzOpen(f *testing.F) {
	ks := someKeys(f, 1)
	to := ks[0].Address()
	for _, n := range []int{0, 300, MaxPlain} {
		f.Add(mustSeal(f, 3, to, own, make([]byte, n)).Append(nil))
	}
	f.Add((&types.Message{Public: true, Body: []byte("news")}).Append(nil))
	f.Add((&types.Message{Body: make([]byte, outgoingSize)}).Append(nil))
	genuine := make(map[string]bool)
	for _, n := range []int{0, 300, MaxPlain} {
		genuine[string(mustSeal(f, 3, to, own, make([]byte, n)).Append(nil))] = true
	}
	s := NewScanner(network, ks)
	f.Fuzz(func(t *testing.T, b []byte) {
		rec, err := types.DecodeRecord(b)
		if err != nil {
			return
		}
		m, ok := rec.(*types.Message)
		if !ok {
			return
		}
		got := s.Scan([]Sealed{{author, m}})
		_, _, err = OpenOwn(network, author, own, m)
		if want := genuine[string(b)]; (len(got) == 1) != want || (err == nil) != want {
			t.Fatalf("opened %v, own: %v, of a genuine one: %v", got, err, want)
		}
	})
}
