package cosign

import (
	"bytes"
	"testing"

	"github.com/btcsuite/btcd/psbt/v2"
)

// Another parser, btcd's, reads what we write, finds the standard fields (BIP
// 371; those of BIP 373 it carries as unknown), and we read what it writes.
func TestOtherParser(t *testing.T) {
	for _, c := range []struct {
		name                    string
		k                       int
		leaves, signed, unknown int
	}{{"2 of 3", 2, 1, 1, 0}, {"MuSig2", 0, 0, 0, 1 + 3 + 1}} {
		t.Run(c.name, func(t *testing.T) {
			d, ws := account(t, c.k, 3)
			p := propose(t, d, 2, messageRecord())
			for i := range ws {
				if d.MuSig2() {
					p = must(Combine(p, must(p.AddNonces(ws[i].account))(t)))(t)
				}
			}
			p = must(p.Sign(ws[0].account))(t)
			other, err := psbt.NewFromRawBytes(bytes.NewReader(p.Bytes()), false)
			if err != nil {
				t.Fatal(err)
			}
			if other.UnsignedTx.TxHash() != p.TxID() || len(other.Inputs) != 2 {
				t.Fatalf("it reads transaction %v with %d inputs", other.UnsignedTx.TxHash(), len(other.Inputs))
			}
			for i, in := range other.Inputs {
				if in.WitnessUtxo == nil || in.WitnessUtxo.Value != int64(p.Inputs()[i].Amount) || len(in.TaprootInternalKey) != 32 ||
					len(in.TaprootLeafScript) != c.leaves || len(in.TaprootScriptSpendSig) != c.signed || len(in.TaprootBip32Derivation) < 3 || len(in.Unknowns) != c.unknown {
					t.Errorf("input %d: %+v", i, in)
				}
			}
			var again bytes.Buffer
			if err := other.Serialize(&again); err != nil {
				t.Fatal(err)
			}
			back, err := Decode(again.String(), p.Network(), d)
			if err != nil {
				t.Fatal(err)
			}
			if err := Check(back, p); err != nil || back.Status().Signed != p.Status().Signed {
				t.Errorf("%d signed, %d before; %v", back.Status().Signed, p.Status().Signed, err)
			}
		})
	}
}
