package cosign

import (
	"bytes"
	"testing"
)

// What is restored is what was stored, and nothing was computed for it.
func TestRestore(t *testing.T) {
	for _, required := range []int{0, 2} {
		if raceOn && required == 2 {
			continue
		}
		d, ws := account(t, required, 3)
		p := propose(t, d, 3, nil)
		if required == 0 {
			for _, w := range ws {
				p = must(p.AddNonces(w.account))(t)
			}
		}
		p = must(p.Sign(ws[0].account))(t)
		again := must(Restore(p.Store(), testNetwork, d))(t)
		if err := Check(again, p); err != nil || again.TxID() != p.TxID() || again.Fee() != p.Fee() || len(again.Change()) != 1 {
			t.Errorf("another proposal: %v", err)
		}
		if st := again.Status(); st.Signed != 1 || !st.Members[0].Signed || st.Attempt != p.Attempt() {
			t.Errorf("status %+v", st)
		}
		if in := again.inputs[0]; in.spot.leaf != nil || in.spot.aggregate != nil || in.session != nil {
			t.Error("restoring derived keys")
		}
		if !bytes.Equal(again.Store(), p.Store()) || again.Encode() != p.Encode() {
			t.Error("it is written otherwise")
		}
		again = must(Restore(p.Store(), testNetwork, d))(t)
		for _, w := range ws[1:] {
			again = must(again.Sign(w.account))(t)
		}
		again = must(Restore(again.Store(), testNetwork, d))(t)
		if _, err := again.Finalise(); err != nil {
			t.Error(err)
		}
	}
}

// Stored bytes of another account sign nothing.
func TestRestoreOfAnotherAccount(t *testing.T) {
	d, _ := account(t, 0, 2)
	other, ws := account(t, 0, 3)
	p, err := Restore(propose(t, d, 2, nil).Store(), testNetwork, other)
	if err == nil {
		_, err = p.AddNonces(ws[0].account)
	}
	if err == nil {
		t.Error("signed what is another account's")
	}
}

func FuzzRestore(f *testing.F) {
	d, ws := account(f, 0, 2)
	p := must(propose(f, d, 2, messageRecord()).AddNonces(ws[0].account))(f)
	f.Add(p.Store())
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Restore(b, testNetwork, d)
		if err != nil {
			return
		}
		again, err := Restore(p.Store(), testNetwork, d)
		if err != nil || !bytes.Equal(again.Store(), p.Store()) {
			t.Errorf("not restored as stored: %v", err)
		}
		_ = p.Encode()
	})
}

func BenchmarkRestore(b *testing.B) {
	d, ws := account(b, 0, 2)
	p := must(propose(b, d, 600, nil).AddNonces(ws[0].account))(b)
	stored, text := p.Store(), string(p.Slim())
	b.Run("restore", func(b *testing.B) {
		for b.Loop() {
			must(Restore(stored, testNetwork, d))(b)
		}
	})
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			must(Decode(text, testNetwork, d))(b)
		}
	})
}
