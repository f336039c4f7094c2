package cosign

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
	"supercomputing/wallet/keys"
)

// reencode changes a packet's fields and gives the bytes.
func reencode(t testing.TB, p *Packet, change func(r *raw)) string {
	t.Helper()
	r := must(parseRaw(p.Bytes()))(t)
	change(r)
	return string(r.encode())
}

func set(fields []field, key []byte, value []byte) []field {
	fields = slices.DeleteFunc(slices.Clone(fields), func(f field) bool { return string(f.key) == string(key) })
	if value != nil {
		fields = append(fields, field{key, value})
	}
	return fields
}

func find(t testing.TB, fields []field, kind byte) *field {
	t.Helper()
	for i := range fields {
		if fields[i].key[0] == kind {
			return &fields[i]
		}
	}
	t.Fatalf("no field %#x", kind)
	return nil
}

func TestDecodeRefuses(t *testing.T) {
	for _, required := range []int{0, 2} {
		d, ws := account(t, required, 3)
		p := propose(t, d, 2, messageRecord())
		p = must(p.AddNonces(ws[1].account))(t)
		if required > 0 {
			p = must(p.Sign(ws[1].account))(t)
		}
		flip := func(f *field) { f.value = slices.Clone(f.value); f.value[len(f.value)-1] ^= 1 }
		for name, c := range map[string]struct {
			change func(r *raw)
			want   error
		}{
			"nothing":              {func(r *raw) {}, nil},
			"no network":           {func(r *raw) { r.global = set(r.global, own(ownNetwork, nil).key, nil) }, ErrNetwork},
			"another network":      {func(r *raw) { r.global = set(r.global, own(ownNetwork, nil).key, make([]byte, 32)) }, ErrNetwork},
			"a short network":      {func(r *raw) { r.global = set(r.global, own(ownNetwork, nil).key, make([]byte, 31)) }, ErrField},
			"no account":           {func(r *raw) { r.global = set(r.global, own(ownAccount, nil).key, nil) }, ErrAccount},
			"another account":      {func(r *raw) { r.global = set(r.global, own(ownAccount, nil).key, make([]byte, 32)) }, ErrAccount},
			"no payload":           {func(r *raw) { r.global = set(r.global, own(ownPayload, nil).key, nil) }, ErrRecord},
			"another payload":      {func(r *raw) { flip(findOwn(t, r, ownPayload)) }, ErrRecord},
			"no record":            {func(r *raw) { r.tx.TxOut = r.tx.TxOut[1:]; r.outputs = r.outputs[1:] }, ErrRecord},
			"unknown own":          {func(r *raw) { r.global = append(r.global, own(9, []byte{1})) }, ErrField},
			"own with key data":    {func(r *raw) { r.global = append(r.global, field{append(own(9, nil).key, 1), nil}) }, ErrField},
			"own in an input":      {func(r *raw) { r.inputs[0] = append(r.inputs[0], own(ownAttempt, []byte{1})) }, ErrField},
			"own in an output":     {func(r *raw) { r.outputs[1] = append(r.outputs[1], own(ownAttempt, []byte{1})) }, ErrField},
			"another program's":    {func(r *raw) { r.global = append(r.global, field{[]byte("\xfc\x02xy\x00abc"), []byte{1}}) }, nil},
			"another's in inputs":  {func(r *raw) { r.inputs[0] = append(r.inputs[0], field{[]byte("\xfc\x02xy\x00"), []byte{1}}) }, nil},
			"unknown global":       {func(r *raw) { r.global = append(r.global, field{[]byte{0x44}, []byte{1}}) }, ErrField},
			"unknown input":        {func(r *raw) { r.inputs[0] = append(r.inputs[0], field{[]byte{0x44}, []byte{1}}) }, ErrField},
			"unknown output":       {func(r *raw) { r.outputs[0] = append(r.outputs[0], field{[]byte{0x44}, []byte{1}}) }, ErrField},
			"version 2":            {func(r *raw) { r.global = append(r.global, field{[]byte{globalVersion}, []byte{2, 0, 0, 0}}) }, ErrFormat},
			"version 0":            {func(r *raw) { r.global = append(r.global, field{[]byte{globalVersion}, []byte{0, 0, 0, 0}}) }, nil},
			"a stranger's xpub":    {func(r *raw) { find(t, r.global, globalXpub).key[40] ^= 1 }, ErrField},
			"another fingerprint":  {func(r *raw) { flip(find(t, r.global, globalXpub)) }, ErrField},
			"no amount":            {func(r *raw) { r.inputs[1] = set(r.inputs[1], []byte{inWitnessUTXO}, nil) }, ErrInput},
			"short amount":         {func(r *raw) { r.inputs[1] = set(r.inputs[1], []byte{inWitnessUTXO}, []byte{1}) }, ErrInput},
			"another script":       {func(r *raw) { flip(find(t, r.inputs[1], inWitnessUTXO)) }, ErrInput},
			"no script":            {func(r *raw) { r.inputs[1] = set(r.inputs[1], []byte{inWitnessUTXO}, make([]byte, 9)) }, ErrInput},
			"a huge amount":        {func(r *raw) { find(t, r.inputs[1], inWitnessUTXO).value[7] = 0x7f }, ErrInput},
			"negative amount":      {func(r *raw) { find(t, r.inputs[1], inWitnessUTXO).value[7] = 0xff }, ErrInput},
			"sighash all":          {func(r *raw) { r.inputs[0] = append(r.inputs[0], field{[]byte{inSighashType}, []byte{1, 0, 0, 0}}) }, ErrSighash},
			"sighash none":         {func(r *raw) { r.inputs[0] = append(r.inputs[0], field{[]byte{inSighashType}, []byte{2, 0, 0, 0}}) }, ErrSighash},
			"sighash single":       {func(r *raw) { r.inputs[0] = append(r.inputs[0], field{[]byte{inSighashType}, []byte{0x83, 0, 0, 0}}) }, ErrSighash},
			"sighash default":      {func(r *raw) { r.inputs[0] = append(r.inputs[0], field{[]byte{inSighashType}, make([]byte, 4)}) }, nil},
			"another internal key": {func(r *raw) { flip(find(t, r.inputs[0], inTapInternalKey)) }, ErrField},
			"another derivation":   {func(r *raw) { f := spotDerivation(t, r.inputs[0]); f.value[len(f.value)-8] ^= 1 }, ErrInput},
			"another change key":   {func(r *raw) { flip(find(t, r.outputs[1], outTapInternalKey)) }, ErrField},
			"a payment as change":  {func(r *raw) { r.outputs[0] = r.outputs[1] }, ErrTransaction},
			"change without path": {func(r *raw) {
				r.outputs[1] = slices.DeleteFunc(r.outputs[1], func(f field) bool { return f.key[0] == outTapDerivation })
			}, ErrField},
			"no derivations": {func(r *raw) {
				r.inputs[0] = slices.DeleteFunc(r.inputs[0], func(f field) bool { return f.key[0] == inTapDerivation })
			}, ErrInput},
			"an output more": {func(r *raw) {
				r.tx.AddTxOut(wire.NewTxOut(1, types.Address{}.PkScript()))
				r.outputs = append(r.outputs, nil)
			}, givenError(required)},
			"another amount out": {func(r *raw) { r.tx.TxOut[1].Value-- }, givenError(required)},
			"a script out":       {func(r *raw) { r.tx.TxOut[1].PkScript = []byte{0x51} }, ErrTransaction},
			"too much out":       {func(r *raw) { r.tx.TxOut[1].Value = 1 << 40 }, ErrTransaction},
			"negative out":       {func(r *raw) { r.tx.TxOut[1].Value = -1 }, ErrTransaction},
			"overflow out":       {func(r *raw) { r.tx.TxOut[1].Value = 1<<63 - 1 }, ErrTransaction},
			"version":            {func(r *raw) { r.tx.Version = 1 }, ErrTransaction},
			"lock time":          {func(r *raw) { r.tx.LockTime++ }, ErrTransaction},
			"sequence":           {func(r *raw) { r.tx.TxIn[0].Sequence-- }, givenError(required)},
			"a coin twice":       {func(r *raw) { r.tx.TxIn[1].PreviousOutPoint = r.tx.TxIn[0].PreviousOutPoint }, ErrTransaction},
			"signed":             {func(r *raw) { r.tx.TxIn[0].SignatureScript = []byte{1} }, ErrFormat},
			"inputs exchanged": {func(r *raw) {
				r.tx.TxIn[0], r.tx.TxIn[1] = r.tx.TxIn[1], r.tx.TxIn[0]
				r.inputs[0], r.inputs[1] = r.inputs[1], r.inputs[0]
			}, ErrRecord},
			"a wrong witness": {func(r *raw) {
				r.inputs[0] = append(r.inputs[0], field{[]byte{inFinalScriptWitness}, []byte{1, 1, 0x51}})
			}, ErrField},
			"an old transaction": {func(r *raw) {
				r.inputs[0] = append(r.inputs[0], field{[]byte{inNonWitnessUTXO}, stripped(r.tx)})
			}, ErrInput},
		} {
			_, err := Decode(reencode(t, p, c.change), testNetwork, d)
			if !errors.Is(err, c.want) {
				t.Errorf("required %d, %s: %v, want %v", required, name, err, c.want)
			}
		}
		if _, err := Decode(p.Encode(), types.NetworkID{1}, d); !errors.Is(err, ErrNetwork) {
			t.Errorf("for another network: %v", err)
		}
		other, _ := account(t, required, 3)
		if _, err := Decode(p.Encode(), testNetwork, other); !errors.Is(err, ErrAccount) {
			t.Errorf("for another account: %v", err)
		}
	}
}

// spotDerivation finds a derivation that ends in branch and index: a member's,
// or with MuSig2 the aggregate's.
func spotDerivation(t testing.TB, fields []field) *field {
	t.Helper()
	for i, f := range fields {
		if n := len(f.value); f.key[0] == inTapDerivation && (n == 1+4+8 || n == 1+32+4+20) {
			return &fields[i]
		}
	}
	t.Fatal("no derivation")
	return nil
}

// givenError is what a changed transaction does to what was given for it: a
// script signature becomes false; a nonce alone signs nothing yet, so the
// packet is another proposal, which Check tells.
func givenError(required int) error {
	if required > 0 {
		return ErrSignature
	}
	return nil
}

func findOwn(t testing.TB, r *raw, subtype byte) *field {
	t.Helper()
	for i, f := range r.global {
		if string(f.key) == string(own(subtype, nil).key) {
			return &r.global[i]
		}
	}
	t.Fatalf("no own field %d", subtype)
	return nil
}

func TestDuplicateFields(t *testing.T) {
	d, _ := account(t, 0, 2)
	p := propose(t, d, 1, nil)
	r := must(parseRaw(p.Bytes()))(t)
	for _, f := range append(slices.Clone(r.global), r.inputs[0]...) {
		text := reencode(t, p, func(r *raw) {
			if slices.ContainsFunc(r.global, func(g field) bool { return string(g.key) == string(f.key) }) {
				r.global = append(r.global, f)
			} else {
				r.inputs[0] = append(r.inputs[0], field{f.key, []byte{1}})
			}
		})
		if _, err := Decode(text, testNetwork, d); !errors.Is(err, ErrDuplicate) {
			t.Errorf("type %#x twice: %v", f.key[0], err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	d, _ := account(t, 2, 2)
	for name, c := range map[string]struct {
		change func(tx *wire.MsgTx, in []Input, payload *[]byte, ch *[]Change)
		want   error
	}{
		"the path":         {func(_ *wire.MsgTx, in []Input, _ *[]byte, _ *[]Change) { in[0].Index++ }, ErrInput},
		"the branch":       {func(_ *wire.MsgTx, in []Input, _ *[]byte, _ *[]Change) { in[0].Branch = 2 }, ErrInput},
		"the address":      {func(_ *wire.MsgTx, in []Input, _ *[]byte, _ *[]Change) { in[1].Address[0]++ }, ErrInput},
		"the amount":       {func(_ *wire.MsgTx, in []Input, _ *[]byte, _ *[]Change) { in[1].Amount = 0 }, ErrInput},
		"an input":         {func(tx *wire.MsgTx, _ []Input, _ *[]byte, _ *[]Change) { tx.TxIn = tx.TxIn[:1] }, ErrInput},
		"no inputs":        {func(tx *wire.MsgTx, _ []Input, _ *[]byte, _ *[]Change) { tx.TxIn = nil }, ErrTransaction},
		"a witness":        {func(tx *wire.MsgTx, _ []Input, _ *[]byte, _ *[]Change) { tx.TxIn[0].Witness = wire.TxWitness{{1}} }, ErrTransaction},
		"a payload":        {func(_ *wire.MsgTx, _ []Input, p *[]byte, _ *[]Change) { *p = messageRecord() }, ErrRecord},
		"change elsewhere": {func(_ *wire.MsgTx, _ []Input, _ *[]byte, ch *[]Change) { (*ch)[0].Output = 0 }, ErrTransaction},
		"change nowhere":   {func(_ *wire.MsgTx, _ []Input, _ *[]byte, ch *[]Change) { (*ch)[0].Output = 2 }, ErrTransaction},
		"change branch":    {func(_ *wire.MsgTx, _ []Input, _ *[]byte, ch *[]Change) { (*ch)[0].Branch = 5 }, ErrTransaction},
		"change twice":     {func(_ *wire.MsgTx, _ []Input, _ *[]byte, ch *[]Change) { *ch = append(*ch, (*ch)[0]) }, ErrDuplicate},
		"a lock time":      {func(tx *wire.MsgTx, _ []Input, _ *[]byte, _ *[]Change) { tx.LockTime = 1 }, ErrTransaction},
		"a relative lock":  {func(tx *wire.MsgTx, _ []Input, _ *[]byte, _ *[]Change) { tx.TxIn[1].Sequence = 144 }, ErrTransaction},
		"a relative time":  {func(tx *wire.MsgTx, _ []Input, _ *[]byte, _ *[]Change) { tx.TxIn[0].Sequence = 1<<22 | 1 }, ErrTransaction},
		"commitment behind": {func(tx *wire.MsgTx, _ []Input, p *[]byte, _ *[]Change) {
			*p = messageRecord()
			tx.AddTxOut(testNetwork.Commit(*p))
		}, ErrTransaction},
		"many inputs": {func(tx *wire.MsgTx, _ []Input, _ *[]byte, _ *[]Change) {
			for i := range MaxInputs {
				tx.AddTxIn(wire.NewTxIn(&wire.OutPoint{Index: uint32(i)}, nil, nil))
			}
		}, ErrTooLarge},
	} {
		tx, in, change := payment(t, d, 2, nil)
		var payload []byte
		c.change(tx, in, &payload, &change)
		if _, err := New(tx, in, payload, testNetwork, d, change...); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	// A record's author is the account's first address, whatever coin is there.
	payload := messageRecord()
	tx, in, change := payment(t, d, 2, payload)
	tx.TxIn[0], tx.TxIn[1] = tx.TxIn[1], tx.TxIn[0]
	in[0], in[1] = in[1], in[0]
	if _, err := New(tx, in, payload, testNetwork, d, change...); !errors.Is(err, ErrRecord) {
		t.Errorf("another author: %v", err)
	}
	if _, err := New(tx, in, payload, types.NetworkID{2}, d, change...); !errors.Is(err, ErrRecord) {
		t.Errorf("a commitment of another network: %v", err)
	}
}

// named checks that an error names a member.
func named(t *testing.T, err error, member int, want error) {
	t.Helper()
	var e *MemberError
	if !errors.As(err, &e) || e.Member != member || !errors.Is(err, want) || !strings.Contains(err.Error(), fmt.Sprintf("member %d", member+1)) {
		t.Errorf("error %v, want member %d and %v", err, member+1, want)
	}
}

func TestFalseSignaturesAreNamed(t *testing.T) {
	d, ws := account(t, 2, 3)
	p := propose(t, d, 2, nil)
	signed := must(p.Sign(ws[2].account))(t)
	for i := range 2 {
		text := reencode(t, signed, func(r *raw) { find(t, r.inputs[i], inTapScriptSig).value[20] ^= 1 })
		_, err := Decode(text, testNetwork, d)
		named(t, err, 2, ErrSignature)
	}
	// 65 bytes would be a signature of another kind.
	text := reencode(t, signed, func(r *raw) {
		f := find(t, r.inputs[0], inTapScriptSig)
		f.value = append(f.value, 1)
	})
	_, err := Decode(text, testNetwork, d)
	wantErr(t, err, ErrSighash)
	// A good signature under another member's key.
	other := p.clone()
	other.given[0].sigs[0] = signed.given[0].sigs[2]
	_, err = Decode(other.Encode(), testNetwork, d)
	named(t, err, 0, ErrSignature)
	// What is in a packet already is not replaced.
	stays := must(Combine(signed, must(p.Sign(ws[2].account))(t)))(t)
	if *stays.given[0].sigs[2] != *signed.given[0].sigs[2] {
		t.Error("a signature was replaced")
	}
}

func TestMuSigLiesAreNamed(t *testing.T) {
	d, ws := account(t, 0, 3)
	p := propose(t, d, 2, nil)
	for _, w := range ws {
		p = must(p.AddNonces(w.account))(t)
	}
	signed := must(p.Sign(ws[1].account))(t)

	// A false partial signature.
	text := reencode(t, signed, func(r *raw) { find(t, r.inputs[1], inMuSigPartialSig).value[31] ^= 1 })
	_, err := Decode(text, testNetwork, d)
	named(t, err, 1, ErrSignature)
	text = reencode(t, signed, func(r *raw) { copy(find(t, r.inputs[1], inMuSigPartialSig).value, slices.Repeat([]byte{0xff}, 32)) })
	_, err = Decode(text, testNetwork, d)
	named(t, err, 1, ErrSignature)

	// A nonce that is no point: member 0's is the first of the field.
	text = reencode(t, p, func(r *raw) { f := find(t, r.inputs[0], inMuSigPubNonce); clear(f.value[1:33]) })
	_, err = Decode(text, testNetwork, d)
	var e *MemberError
	if !errors.As(err, &e) || !errors.Is(err, ErrSignature) {
		t.Errorf("no point: %v", err)
	}

	// Two nonces of one member for one attempt.
	twice := p.clone()
	other := *p.given[0].nonces[0] // a valid nonce, just not member 2's
	twice.given[0].nonces[2] = &other
	_, err = Combine(p, twice)
	named(t, err, 2, ErrConflict)
	_, err = CombineFrom(p, twice, 2)
	named(t, err, 2, ErrConflict)
	// Who sent it speaks for itself only: member 1's packet cannot change 2's.
	if got := must(CombineFrom(p, twice, 1))(t); *got.given[0].nonces[2] != *p.given[0].nonces[2] {
		t.Error("another's nonce was changed")
	}

	// A partial signature that was made with other nonces.
	cheat := twice.clone()
	cheat.given[0].partials[1] = signed.given[0].partials[1]
	_, err = CombineFrom(p, signed, 1)
	if err != nil {
		t.Error(err)
	}
	// Somebody told two members two nonces: nobody can be named for it.
	_, err = CombineFrom(twice, signed, 1)
	wantErr(t, err, ErrDisagree)
	var who *MemberError
	if errors.As(err, &who) {
		t.Errorf("member %d is named", who.Member+1)
	}
	_, err = Decode(cheat.Encode(), testNetwork, d)
	named(t, err, 1, ErrSignature)

	// A partial signature before all nonces are there.
	early := signed.clone()
	early.given[0].nonces[2] = nil
	_, err = Decode(early.Encode(), testNetwork, d)
	named(t, err, 1, ErrSignature)

	// A finished signature that is none.
	final := signed.clone()
	final.given[0].final = new([64]byte)
	_, err = Decode(final.Encode(), testNetwork, d)
	wantErr(t, err, ErrSignature)
}

func TestAttempts(t *testing.T) {
	d, ws := account(t, 0, 2)
	p := propose(t, d, 1, nil)
	first := must(must(p.AddNonces(ws[0].account))(t).AddNonces(ws[1].account))(t)
	if _, err := first.Sign(ws[0].account); err != nil {
		t.Fatal(err)
	}
	// The nonce is used: the attempt cannot be signed again, not even with
	// other nonces of the other member.
	_, err := first.Sign(ws[0].account)
	wantErr(t, err, keys.ErrNonceGone)
	_, err = p.AddNonces(ws[0].account)
	wantErr(t, err, keys.ErrNonceGone)

	second := must(p.Restart(2))(t)
	second = must(second.AddNonces(ws[0].account))(t)
	if *second.given[0].nonces[0] == *first.given[0].nonces[0] {
		t.Fatal("the second attempt has the first one's nonce")
	}
	_, err = Combine(second, first)
	wantErr(t, err, ErrStale)
	_, err = Combine(first, second)
	wantErr(t, err, ErrNewer)
	for _, n := range []uint32{0, 1, MaxAttempt + 1} {
		_, err := p.Restart(n)
		wantErr(t, err, ErrAttempt)
	}
	for _, value := range [][]byte{{0, 0, 0, 0}, {0xff, 0xff, 0xff, 0xff}} {
		_, err := Decode(reencode(t, p, func(r *raw) { findOwn(t, r, ownAttempt).value = value }), testNetwork, d)
		wantErr(t, err, ErrAttempt)
	}
	_, err = Decode(reencode(t, p, func(r *raw) { findOwn(t, r, ownAttempt).value = []byte{1} }), testNetwork, d)
	wantErr(t, err, ErrField)
	// A nonce of the first attempt under the number of the second is refused
	// as a second value of its member.
	mixed := first.clone()
	mixed.attempt = 2
	_, err = CombineFrom(second, pass(t, mixed), 0)
	named(t, err, 0, ErrConflict)
	// The attempt goes through with fresh nonces.
	second = must(second.AddNonces(ws[1].account))(t)
	for _, w := range ws {
		second = must(second.Sign(w.account))(t)
	}
	consensusCheck(t, p, must(second.Finalise())(t))
	// Script accounts have no attempts.
	script, _ := account(t, 1, 2)
	_, err = propose(t, script, 1, nil).Restart(2)
	wantErr(t, err, ErrAttempt)
}

// A member that is locked out, a stranger, and signing too early.
func TestSignRefuses(t *testing.T) {
	for _, required := range []int{0, 2} {
		d, ws := account(t, required, 2)
		p := propose(t, d, 1, nil)
		stranger := wallets(t, 1)[0]
		_, err := p.Sign(stranger.account)
		wantErr(t, err, ErrNotMember)
		_, err = p.AddNonces(stranger.account)
		wantErr(t, err, ErrNotMember)
		_, err = CombineFrom(p, p, 2)
		wantErr(t, err, ErrNotMember)
		_, err = p.Finalise()
		wantErr(t, err, ErrIncomplete)
		if required == 0 {
			_, err = p.Sign(ws[0].account)
			wantErr(t, err, ErrNoncesMissing)
		}
		ws[0].store.Lock()
		if _, err = p.AddNonces(ws[0].account); required == 0 {
			wantErr(t, err, keys.ErrLocked)
		} else if _, err = p.Sign(ws[0].account); true {
			wantErr(t, err, keys.ErrLocked)
		}
	}
}

// Packets of other proposals are not combined.
func TestCheckTellsProposalsApart(t *testing.T) {
	d, _ := account(t, 2, 2)
	other, _ := account(t, 2, 2)
	tx, in, change := payment(t, d, 2, nil)
	p := must(New(tx, in, nil, testNetwork, d, change...))(t)
	cheaper := tx.Copy()
	cheaper.TxOut[0].Value--
	richer := slices.Clone(in)
	richer[1].Amount++
	for name, c := range map[string]struct {
		other *Packet
		want  error
	}{
		"itself":          {must(New(tx, in, nil, testNetwork, d))(t), nil},
		"another network": {must(New(tx, in, nil, types.NetworkID{8}, d))(t), ErrNetwork},
		"another account": {propose(t, other, 2, nil), ErrAccount},
		"a byte":          {must(New(cheaper, in, nil, testNetwork, d))(t), ErrTransaction},
		"an amount":       {must(New(tx, richer, nil, testNetwork, d))(t), ErrInput},
	} {
		wantErr(t, Check(c.other, p), c.want)
		_, err := Combine(p, c.other)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Another program may finish by itself: its final witness is taken back apart.
func TestFinalWitness(t *testing.T) {
	for _, required := range []int{0, 2} {
		d, ws := account(t, required, 3)
		p := propose(t, d, 2, nil)
		full := p
		for _, w := range ws {
			full = must(full.AddNonces(w.account))(t)
		}
		for _, w := range ws {
			full = must(full.Sign(w.account))(t)
		}
		tx := must(full.Finalise())(t)
		text := reencode(t, p, func(r *raw) {
			for i, in := range tx.Msg.TxIn {
				b := types.AppendVarInt(nil, uint64(len(in.Witness)))
				for _, e := range in.Witness {
					b = types.AppendBytes(b, e)
				}
				r.inputs[i] = append(r.inputs[i], field{[]byte{inFinalScriptWitness}, b})
			}
		})
		final, err := Decode(text, testNetwork, d)
		if err != nil {
			t.Fatal(err)
		}
		again := must(must(Combine(p, final))(t).Finalise())(t)
		if string(again.Append(nil)) != string(tx.Append(nil)) {
			t.Error("another transaction")
		}
		if s := final.Status(); !s.Complete || s.Round != RoundComplete {
			t.Errorf("%+v", s)
		}
		consensusCheck(t, p, again)
		bad := reencode(t, p, func(r *raw) {
			r.inputs[0] = append(r.inputs[0], field{[]byte{inFinalScriptWitness}, append([]byte{1, 64}, make([]byte, 64)...)})
		})
		if _, err := Decode(bad, testNetwork, d); err == nil {
			t.Error("a false witness is accepted")
		}
	}
}

// TestAmountsDoNotOverflow has inputs whose sum is small only modulo 2⁶⁴.
func TestAmountsDoNotOverflow(t *testing.T) {
	d, _ := account(t, 2, 2)
	tx, in, change := payment(t, d, 19, nil)
	for i := range in {
		in[i].Amount = types.MaxAmount
	}
	if _, err := New(tx, in, nil, testNetwork, d, change...); !errors.Is(err, ErrInput) {
		t.Errorf("%v, want %v", err, ErrInput)
	}
}

// TestManySmallFields has fields that take little room in the file alone.
func TestManySmallFields(t *testing.T) {
	d, _ := account(t, 2, 2)
	r := propose(t, d, 1, nil).raw(false)
	for i := range maxFields {
		r.global = append(r.global, field{key: []byte{globalProprietary, 1, byte(i >> 16), byte(i >> 8), byte(i)}})
	}
	if _, err := Decode(string(r.encode()), testNetwork, d); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%v, want %v", err, ErrTooLarge)
	}
}

// TestTooHeavyWhenSigned has a transaction that is small enough until it is
// signed: nobody should sign what no block can hold.
func TestTooHeavyWhenSigned(t *testing.T) {
	if raceOn {
		t.Skip("nothing concurrent, and slow")
	}
	d, _ := account(t, 2, 3)
	tx, in, change := payment(t, d, 980, nil)
	if w := types.TxWeight(tx); w > types.MaxTxWeight/2 {
		t.Fatalf("unsigned it weighs %d", w)
	}
	if _, err := New(tx, in, nil, testNetwork, d, change...); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%v, want %v", err, ErrTooLarge)
	}
}

// TestPreviousOutputThatIsNot names an output whose number is negative as an
// int of 32 bits.
func TestPreviousOutputThatIsNot(t *testing.T) {
	d, _ := account(t, 2, 2)
	tx, in, _ := payment(t, d, 1, nil)
	op := wire.OutPoint{Hash: tx.TxHash(), Index: 1<<32 - 1}
	wantErr(t, checkPrevious(pair(inNonWitnessUTXO, nil, stripped(tx)), op, in[0]), ErrInput)
}
