package cosign

import (
	"slices"
	"testing"
)

// strip leaves of a packet what a program keeps that knows only the standards.
func strip(p *Packet, keep ...byte) string {
	r := p.raw(false)
	r.global = slices.DeleteFunc(r.global, func(f field) bool { return f.key[0] == globalProprietary })
	for i := range r.inputs {
		r.inputs[i] = slices.DeleteFunc(r.inputs[i], func(f field) bool { return len(keep) > 0 && !slices.Contains(keep, f.key[0]) })
	}
	for i := range r.outputs {
		r.outputs[i] = slices.DeleteFunc(r.outputs[i], func(field) bool { return len(keep) > 0 })
	}
	return string(r.encode())
}

// What another program signed or finalised is taken, with only the standards'
// fields, for the transaction that is known.
func TestDecodeFor(t *testing.T) {
	for _, required := range []int{0, 2} {
		d, ws := account(t, required, 3)
		p := propose(t, d, 2, nil)
		signed := p
		for _, w := range ws {
			signed = must(signed.AddNonces(w.account))(t)
		}
		for _, w := range ws {
			signed = must(signed.Sign(w.account))(t)
		}
		for what, text := range map[string]string{
			"all standard fields": strip(signed),
			"signatures alone":    strip(signed, inTapScriptSig, inTapKeySig),
			"with ours":           signed.Encode(),
		} {
			got, err := DecodeFor(text, p)
			if err != nil {
				t.Errorf("%d, %s: %v", required, what, err)
				continue
			}
			if _, err := got.Finalise(); err != nil {
				t.Errorf("%d, %s: %v", required, what, err)
			}
			tx, plain, err := Standard(text)
			if err != nil || tx.TxHash() != [32]byte(p.TxID()) || plain != (what != "with ours") {
				t.Errorf("%d, %s: plain %v, %v", required, what, plain, err)
			}
		}
		final := p.raw(true)
		final.global = nil
		for i := range final.inputs {
			var w []byte
			for _, item := range signed.witness(i) {
				w = append(append(w, varint(len(item))...), item...)
			}
			w = append(varint(len(signed.witness(i))), w...)
			final.inputs[i] = []field{pair(inFinalScriptWitness, nil, w)}
		}
		got, err := DecodeFor(string(final.encode()), p)
		if err != nil {
			t.Fatalf("%d, final: %v", required, err)
		}
		if _, err := got.Finalise(); err != nil {
			t.Errorf("%d, final: %v", required, err)
		}
		_, err = DecodeFor(strip(propose(t, d, 1, nil)), p)
		wantErr(t, err, ErrTransaction)
		other, _ := account(t, required, 2)
		_, err = DecodeFor(propose(t, other, 2, nil).Encode(), p)
		wantErr(t, err, ErrTransaction)
	}
}

func varint(n int) []byte {
	if n < 0xfd {
		return []byte{byte(n)}
	}
	return []byte{0xfd, byte(n), byte(n >> 8)}
}
