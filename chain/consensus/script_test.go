package consensus

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"sync"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/txscript/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
)

// bip341Hash is the signature hash written down from BIP 341 and BIP 342 once
// more, so that the tests do not sign with the code they test. leaf is nil on
// the key path.
func bip341Hash(m *wire.MsgTx, prevs []*wire.TxOut, i int, hashType byte, annex []byte, leaf *types.Hash) types.Hash {
	le := binary.LittleEndian
	sha := func(b []byte) []byte { h := sha256.Sum256(b); return h[:] }
	amount := func(b []byte, o *wire.TxOut) []byte { return le.AppendUint64(b, uint64(o.Value)) }
	output := func(b []byte, o *wire.TxOut) []byte { return types.AppendBytes(amount(b, o), o.PkScript) }
	point := func(b []byte, in *wire.TxIn) []byte {
		return le.AppendUint32(append(b, in.PreviousOutPoint.Hash[:]...), in.PreviousOutPoint.Index)
	}
	var points, amounts, scripts, sequences, outputs []byte
	for j, in := range m.TxIn {
		points = point(points, in)
		amounts = amount(amounts, prevs[j])
		scripts = types.AppendBytes(scripts, prevs[j].PkScript)
		sequences = le.AppendUint32(sequences, in.Sequence)
	}
	for _, o := range m.TxOut {
		outputs = output(outputs, o)
	}
	anyone, kind := hashType&0x80 != 0, hashType&3
	msg := []byte{0, hashType}
	msg = le.AppendUint32(le.AppendUint32(msg, uint32(m.Version)), m.LockTime)
	if !anyone {
		msg = append(msg, bytes.Join([][]byte{sha(points), sha(amounts), sha(scripts), sha(sequences)}, nil)...)
	}
	if kind != 2 && kind != 3 {
		msg = append(msg, sha(outputs)...)
	}
	spendType := byte(0)
	if leaf != nil {
		spendType = 2
	}
	if annex != nil {
		spendType++
	}
	msg = append(msg, spendType)
	if anyone {
		msg = le.AppendUint32(output(point(msg, m.TxIn[i]), prevs[i]), m.TxIn[i].Sequence)
	} else {
		msg = le.AppendUint32(msg, uint32(i))
	}
	if annex != nil {
		msg = append(msg, sha(types.AppendBytes(nil, annex))...)
	}
	if kind == 3 {
		msg = append(msg, sha(output(nil, m.TxOut[i]))...)
	}
	if leaf != nil {
		msg = append(append(msg, leaf[:]...), 0, 0xff, 0xff, 0xff, 0xff)
	}
	return *chainhash.TaggedHash(chainhash.TagTapSighash, msg)
}

// leafOut is an output that one script leaf spends, beside an internal key.
type leafOut struct {
	addr    types.Address
	script  []byte
	control []byte
	hash    types.Hash
}

func newLeafOut(t testing.TB, version byte, script []byte) leafOut {
	t.Helper()
	leaf := txscript.NewTapLeaf(txscript.TapscriptLeafVersion(version), script)
	tree := txscript.AssembleTaprootScriptTree(leaf)
	root := tree.RootNode.TapHash()
	internal := newTestKey("internal").priv.PubKey()
	ctrl := tree.LeafMerkleProofs[0].ToControlBlock(internal)
	b, err := ctrl.ToBytes()
	if err != nil {
		t.Fatal(err)
	}
	out := txscript.ComputeTaprootOutputKey(internal, root[:])
	return leafOut{types.Address(schnorr.SerializePubKey(out)), script, b, leaf.TapHash()}
}

// script assembles opcodes (int) and pushes ([]byte).
func script(t testing.TB, parts ...any) []byte {
	t.Helper()
	b := txscript.NewScriptBuilder()
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			b.AddOp(byte(p))
		case []byte:
			b.AddData(p)
		case types.Address:
			b.AddData(p[:])
		}
	}
	s, err := b.Script()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// spendOf is a version 2 transaction that spends one output of each address,
// with a payment, and with a commitment when payload is not nil.
func spendOf(payload []byte, from ...types.Address) *Spend {
	m := wire.NewMsgTx(2)
	s := &Spend{Tx: &types.Tx{Msg: m, Payload: payload}}
	for i, a := range from {
		m.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: types.Hash{9}, Index: uint32(i)}, nil, nil))
		m.TxIn[i].Sequence = 5
		s.Prevs = append(s.Prevs, wire.NewTxOut(int64(1000+i), a.PkScript()))
	}
	m.AddTxOut(wire.NewTxOut(500, newTestKey("payee").address().PkScript()))
	if payload != nil {
		m.AddTxOut(types.NetworkID{}.Commit(payload))
	}
	m.LockTime = 77
	return s
}

func (s *Spend) hash(i int, hashType byte, annex []byte, leaf *types.Hash) types.Hash {
	return bip341Hash(s.Tx.Msg, s.Prevs, i, hashType, annex, leaf)
}

// signature signs input i; the type's byte follows unless it is the default.
func signature(t testing.TB, s *Spend, i int, k testKey, hashType byte, annex []byte, leaf *types.Hash) []byte {
	sig := k.sign(t, s.hash(i, hashType, annex, leaf))
	if hashType == 0 {
		return sig[:]
	}
	return append(sig[:], hashType)
}

func wantKind(t *testing.T, err error, kind ErrorKind) {
	t.Helper()
	if kind == "" && err != nil || kind != "" && !errors.Is(err, kind) {
		t.Errorf("got %v, want %q", err, kind)
	}
}

var commitPayload = []byte{byte(types.KindMessage), 1, 2, 3}

func TestSpendKeyPath(t *testing.T) {
	k, other := newTestKey("owner"), newTestKey("other")
	annex := []byte{0x50, 1, 2}
	for _, c := range []struct {
		name    string
		witness func(s *Spend) wire.TxWitness
		plain   ErrorKind // without a commitment
		commit  ErrorKind // with one
	}{
		{"default", func(s *Spend) wire.TxWitness { return wire.TxWitness{signature(t, s, 0, k, 0, nil, nil)} }, "", ""},
		{"all", func(s *Spend) wire.TxWitness { return wire.TxWitness{signature(t, s, 0, k, 1, nil, nil)} }, "", ErrSigHashType},
		{"none", func(s *Spend) wire.TxWitness { return wire.TxWitness{signature(t, s, 0, k, 2, nil, nil)} }, "", ErrSigHashType},
		{"single", func(s *Spend) wire.TxWitness { return wire.TxWitness{signature(t, s, 0, k, 3, nil, nil)} }, "", ErrSigHashType},
		{"all, anyone", func(s *Spend) wire.TxWitness { return wire.TxWitness{signature(t, s, 0, k, 0x81, nil, nil)} }, "", ErrSigHashType},
		{"unknown type", func(s *Spend) wire.TxWitness { return wire.TxWitness{signature(t, s, 0, k, 4, nil, nil)} }, ErrScript, ErrSigHashType},
		{"explicit default", func(s *Spend) wire.TxWitness {
			return wire.TxWitness{append(signature(t, s, 0, k, 0, nil, nil), 0)}
		}, ErrScript, ErrSigHashType},
		{"63 bytes", func(s *Spend) wire.TxWitness { return wire.TxWitness{signature(t, s, 0, k, 0, nil, nil)[:63]} }, ErrScript, ErrScript},
		{"66 bytes", func(s *Spend) wire.TxWitness {
			return wire.TxWitness{append(signature(t, s, 0, k, 1, nil, nil), 1)}
		}, ErrScript, ErrScript},
		{"empty signature", func(*Spend) wire.TxWitness { return wire.TxWitness{{}} }, ErrScript, ErrScript},
		{"no witness", func(*Spend) wire.TxWitness { return nil }, ErrScript, ErrScript},
		{"another's signature", func(s *Spend) wire.TxWitness { return wire.TxWitness{signature(t, s, 0, other, 0, nil, nil)} }, ErrScript, ErrScript},
		{"annex", func(s *Spend) wire.TxWitness {
			return wire.TxWitness{signature(t, s, 0, k, 0, annex, nil), annex}
		}, "", ""},
		{"annex not signed", func(s *Spend) wire.TxWitness {
			return wire.TxWitness{signature(t, s, 0, k, 0, nil, nil), annex}
		}, ErrScript, ErrScript},
		{"all with annex", func(s *Spend) wire.TxWitness {
			return wire.TxWitness{signature(t, s, 0, k, 1, annex, nil), annex}
		}, "", ErrSigHashType},
		{"annex of 65 bytes", func(s *Spend) wire.TxWitness {
			a := append([]byte{0x50}, make([]byte, 64)...)
			return wire.TxWitness{signature(t, s, 0, k, 0, a, nil), a}
		}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := spendOf(nil, k.address())
			s.Tx.Msg.TxIn[0].Witness = c.witness(s)
			wantKind(t, verdict(t, s), c.plain)
			engineAgrees(t, s)
			s = spendOf(commitPayload, k.address())
			s.Tx.Msg.TxIn[0].Witness = c.witness(s)
			wantKind(t, verdict(t, s), c.commit)
		})
	}
}

// engineAgrees runs the script engine by itself, with every policy flag too:
// on the key path there is no difference.
func engineAgrees(t *testing.T, s *Spend) {
	t.Helper()
	if whole, ours := engineVerify(s), s.Verify(); (whole == nil) != (ours == nil) {
		t.Errorf("the engine says %v, Verify says %v", whole, ours)
	}
}

func engineVerify(s *Spend) error {
	c := newScriptCheck(s.Tx.Msg, s.Prevs)
	for i, p := range s.Prevs {
		vm, err := txscript.NewEngine(p.PkScript, c.msg, i, txscript.StandardVerifyFlags, nil, c.hashes, p.Value, c.fetch)
		if err == nil {
			err = vm.Execute()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func TestSpendForm(t *testing.T) {
	k := newTestKey("owner")
	signed := func() *Spend {
		s := spendOf(nil, k.address(), k.address())
		for i := range s.Prevs {
			s.Tx.Msg.TxIn[i].Witness = wire.TxWitness{signature(t, s, i, k, 0, nil, nil)}
		}
		return s
	}
	if err := signed().Verify(); err != nil {
		t.Fatalf("the valid spend: %v", err)
	}
	for name, edit := range map[string]func(s *Spend){
		"signature script":  func(s *Spend) { s.Tx.Msg.TxIn[0].SignatureScript = []byte{0x51} },
		"other input order": func(s *Spend) { m := s.Tx.Msg; m.TxIn[0], m.TxIn[1] = m.TxIn[1], m.TxIn[0] },
		"swapped witnesses": func(s *Spend) {
			in := s.Tx.Msg.TxIn
			in[0].Witness, in[1].Witness = in[1].Witness, in[0].Witness
		},
		"amount spent":       func(s *Spend) { s.Prevs[1].Value++ },
		"amount paid":        func(s *Spend) { s.Tx.Msg.TxOut[0].Value-- },
		"payee":              func(s *Spend) { s.Tx.Msg.TxOut[0].PkScript[5] ^= 1 },
		"lock time":          func(s *Spend) { s.Tx.Msg.LockTime++ },
		"sequence":           func(s *Spend) { s.Tx.Msg.TxIn[1].Sequence++ },
		"version":            func(s *Spend) { s.Tx.Msg.Version++ },
		"more outputs":       func(s *Spend) { s.Tx.Msg.AddTxOut(wire.NewTxOut(1, k.address().PkScript())) },
		"an output not ours": func(s *Spend) { s.Prevs[0].PkScript = []byte{0x51} },
		"off the curve":      func(s *Spend) { s.Prevs[0].PkScript = types.Address{31: 5}.PkScript() },
	} {
		s := signed()
		edit(s)
		if err := verdict(t, s); !errors.Is(err, ErrScript) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := signed()
	s.Prevs = s.Prevs[:1]
	if err := verdict(t, s); err == nil || IsRule(err) {
		t.Errorf("a caller's mistake counts as a broken rule: %v", err)
	}
}

func TestSpendScriptPath(t *testing.T) {
	t.Parallel()
	a, b, c := newTestKey("a"), newTestKey("b"), newTestKey("c")
	unknownKey := bytes.Repeat([]byte{2}, 33)
	sig := func(k testKey, hashType byte) func(*Spend, leafOut) []byte {
		return func(s *Spend, l leafOut) []byte { return signature(t, s, 0, k, hashType, nil, &l.hash) }
	}
	lit := func(b []byte) func(*Spend, leafOut) []byte {
		return func(*Spend, leafOut) []byte { return b }
	}
	none, long := lit(nil), lit(bytes.Repeat([]byte{7}, 65))
	const csa = txscript.OP_CHECKSIGADD
	check := script(t, a.address(), txscript.OP_CHECKSIG)
	multi := script(t, a.address(), txscript.OP_CHECKSIG, b.address(), csa, c.address(), csa, txscript.OP_2, txscript.OP_NUMEQUAL)
	for _, tc := range []struct {
		name    string
		version byte
		script  []byte
		stack   []func(*Spend, leafOut) []byte // bottom first
		plain   ErrorKind
		commit  ErrorKind
	}{
		{"one key", 0xc0, check, []func(*Spend, leafOut) []byte{sig(a, 0)}, "", ""},
		{"one key, other hash type", 0xc0, check, []func(*Spend, leafOut) []byte{sig(a, 0x83)}, "", ErrSigHashType},
		{"one key, wrong signer", 0xc0, check, []func(*Spend, leafOut) []byte{sig(b, 0)}, ErrScript, ErrScript},
		{"one key, empty signature", 0xc0, check, []func(*Spend, leafOut) []byte{none}, ErrScript, ErrScript},
		{"2 of 3", 0xc0, multi, []func(*Spend, leafOut) []byte{none, sig(b, 0), sig(a, 0)}, "", ""},
		{"1 of 3", 0xc0, multi, []func(*Spend, leafOut) []byte{none, none, sig(a, 0)}, ErrScript, ErrScript},
		{"2 of 3, one with another hash type", 0xc0, multi, []func(*Spend, leafOut) []byte{none, sig(b, 1), sig(a, 0)}, "", ErrSigHashType},
		{"anyone", 0xc0, script(t, txscript.OP_TRUE), nil, "", ErrUnauthored},
		{"signature dropped", 0xc0, script(t, a.address(), txscript.OP_CHECKSIGVERIFY, txscript.OP_TRUE), []func(*Spend, leafOut) []byte{sig(a, 0)}, "", ""},
		{"no signature wanted", 0xc0, script(t, a.address(), txscript.OP_CHECKSIG, txscript.OP_NOT), []func(*Spend, leafOut) []byte{none}, "", ErrUnauthored},
		{"none of 3", 0xc0, script(t, a.address(), txscript.OP_CHECKSIG, b.address(), csa, txscript.OP_0, txscript.OP_NUMEQUAL), []func(*Spend, leafOut) []byte{none, none}, "", ErrUnauthored},
		{"optional signature given", 0xc0, script(t, a.address(), txscript.OP_CHECKSIG, txscript.OP_DROP, txscript.OP_TRUE), []func(*Spend, leafOut) []byte{sig(a, 0)}, "", ""},
		{"optional signature left out", 0xc0, script(t, a.address(), txscript.OP_CHECKSIG, txscript.OP_DROP, txscript.OP_TRUE), []func(*Spend, leafOut) []byte{none}, "", ErrUnauthored},
		{"unknown key type", 0xc0, script(t, unknownKey, txscript.OP_CHECKSIG), []func(*Spend, leafOut) []byte{lit([]byte{1})}, "", ErrUnauthored},
		{"unknown key type and a known", 0xc0, script(t, unknownKey, txscript.OP_CHECKSIGVERIFY, a.address(), txscript.OP_CHECKSIG), []func(*Spend, leafOut) []byte{sig(a, 0), lit([]byte{1})}, "", ""},
		{"constant for an unknown key", 0xc0, script(t, bytes.Repeat([]byte{7}, 65), unknownKey, txscript.OP_CHECKSIG), nil, "", ErrUnauthored},
		{"OP_SUCCESS", 0xc0, script(t, a.address(), txscript.OP_CHECKSIG, txscript.OP_RESERVED), nil, "", ErrUnauthored},
		{"OP_CAT", 0xc0, script(t, txscript.OP_CAT), nil, "", ErrUnauthored},
		{"unknown leaf version", 0xc2, check, nil, "", ErrUnauthored},
		{"65 bytes that are no signature", 0xc0, script(t, txscript.OP_DROP, a.address(), txscript.OP_CHECKSIG), []func(*Spend, leafOut) []byte{sig(a, 0), long}, "", ErrSigHashType},
		{"65 bytes in the script", 0xc0, script(t, bytes.Repeat([]byte{7}, 65), txscript.OP_DROP, a.address(), txscript.OP_CHECKSIG), []func(*Spend, leafOut) []byte{sig(a, 0)}, "", ""},
		{"lock time met", 0xc0, script(t, []byte{77}, txscript.OP_CHECKLOCKTIMEVERIFY, txscript.OP_DROP, a.address(), txscript.OP_CHECKSIG), []func(*Spend, leafOut) []byte{sig(a, 0)}, "", ""},
		{"lock time not met", 0xc0, script(t, []byte{78}, txscript.OP_CHECKLOCKTIMEVERIFY, txscript.OP_DROP, a.address(), txscript.OP_CHECKSIG), []func(*Spend, leafOut) []byte{sig(a, 0)}, ErrScript, ErrScript},
		{"sequence met", 0xc0, script(t, txscript.OP_5, txscript.OP_CHECKSEQUENCEVERIFY, txscript.OP_DROP, a.address(), txscript.OP_CHECKSIG), []func(*Spend, leafOut) []byte{sig(a, 0)}, "", ""},
		{"sequence not met", 0xc0, script(t, txscript.OP_6, txscript.OP_CHECKSEQUENCEVERIFY, txscript.OP_DROP, a.address(), txscript.OP_CHECKSIG), []func(*Spend, leafOut) []byte{sig(a, 0)}, ErrScript, ErrScript},
		{"unclean stack", 0xc0, script(t, txscript.OP_TRUE, txscript.OP_TRUE), nil, ErrScript, ErrScript},
		{"IF of 2", 0xc0, script(t, txscript.OP_2, txscript.OP_IF, txscript.OP_TRUE, txscript.OP_ENDIF), nil, ErrScript, ErrScript},
		{"old multisig", 0xc0, script(t, txscript.OP_0, txscript.OP_0, txscript.OP_0, txscript.OP_CHECKMULTISIG), nil, ErrScript, ErrScript},
		{"upgradable NOP", 0xc0, script(t, txscript.OP_NOP10, a.address(), txscript.OP_CHECKSIG), []func(*Spend, leafOut) []byte{sig(a, 0)}, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := newLeafOut(t, tc.version, tc.script)
			for _, payload := range [][]byte{nil, commitPayload} {
				s := spendOf(payload, l.addr)
				var w wire.TxWitness
				for _, f := range tc.stack {
					w = append(w, f(s, l))
				}
				s.Tx.Msg.TxIn[0].Witness = append(w, l.script, l.control)
				want := tc.plain
				if payload != nil {
					want = tc.commit
				}
				wantKind(t, verdict(t, s), want)
			}
		})
	}
}

// Inputs behind the first need not sign, but may not sign in part either.
func TestSpendOtherInputs(t *testing.T) {
	a, b := newTestKey("a"), newTestKey("b")
	anyone := newLeafOut(t, 0xc0, script(t, txscript.OP_TRUE))
	check := newLeafOut(t, 0xc0, script(t, b.address(), txscript.OP_CHECKSIG))
	for _, tc := range []struct {
		name    string
		second  types.Address
		witness func(s *Spend) wire.TxWitness
		kind    ErrorKind
	}{
		{"signs nothing", anyone.addr, func(*Spend) wire.TxWitness { return wire.TxWitness{anyone.script, anyone.control} }, ""},
		{"signs all", b.address(), func(s *Spend) wire.TxWitness { return wire.TxWitness{signature(t, s, 1, b, 0, nil, nil)} }, ""},
		{"key path in part", b.address(), func(s *Spend) wire.TxWitness { return wire.TxWitness{signature(t, s, 1, b, 0x82, nil, nil)} }, ErrSigHashType},
		{"script path in part", check.addr, func(s *Spend) wire.TxWitness {
			return wire.TxWitness{signature(t, s, 1, b, 0x82, nil, &check.hash), check.script, check.control}
		}, ErrSigHashType},
		{"script path in full", check.addr, func(s *Spend) wire.TxWitness {
			return wire.TxWitness{signature(t, s, 1, b, 0, nil, &check.hash), check.script, check.control}
		}, ""},
	} {
		s := spendOf(commitPayload, a.address(), tc.second)
		s.Tx.Msg.TxIn[0].Witness = wire.TxWitness{signature(t, s, 0, a, 0, nil, nil)}
		s.Tx.Msg.TxIn[1].Witness = tc.witness(s)
		if err := verdict(t, s); tc.kind == "" && err != nil || tc.kind != "" && !errors.Is(err, tc.kind) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

// What the rule is for: with partial hash types a stranger makes somebody
// else's coin pay for a record of its own.
func TestSpendHijack(t *testing.T) {
	victim, thief := newTestKey("victim"), newTestKey("thief")
	s := spendOf(nil, victim.address())
	// The victim lets anyone add inputs, and signs no outputs.
	sig := signature(t, s, 0, victim, 0x82, nil, nil)
	s.Tx.Msg.TxIn[0].Witness = wire.TxWitness{sig}
	if err := s.Verify(); err != nil {
		t.Fatal(err)
	}
	stolen := spendOf(commitPayload, thief.address(), victim.address())
	stolen.Tx.Msg.TxIn[1].PreviousOutPoint = s.Tx.Msg.TxIn[0].PreviousOutPoint
	stolen.Tx.Msg.TxIn[0].PreviousOutPoint.Index = 8
	stolen.Prevs[1] = s.Prevs[0]
	stolen.Tx.Msg.TxIn[0].Witness = wire.TxWitness{signature(t, stolen, 0, thief, 0, nil, nil)}
	stolen.Tx.Msg.TxIn[1].Witness = wire.TxWitness{sig}
	if err := engineVerify(stolen); err != nil {
		t.Fatalf("to Bitcoin's rules the theft is a valid spend, but: %v", err)
	}
	wantKind(t, verdict(t, stolen), ErrSigHashType)
}

func TestSpendLeavesTxAlone(t *testing.T) {
	l := newLeafOut(t, 0xc0, script(t, txscript.OP_TRUE))
	s := spendOf(commitPayload, l.addr)
	s.Tx.Msg.TxIn[0].Witness = wire.TxWitness{l.script, l.control}
	before, id := s.Tx.Append(nil), s.TxID()
	wantKind(t, verdict(t, s), ErrUnauthored)
	if !bytes.Equal(before, s.Tx.Append(nil)) || id != s.Tx.ID() {
		t.Error("Verify changed its transaction")
	}
}

func TestSpendsInParallel(t *testing.T) {
	k := newTestKey("owner")
	l := newLeafOut(t, 0xc0, script(t, k.address(), txscript.OP_CHECKSIG))
	var wg sync.WaitGroup
	for range 8 {
		key, leaf := spendOf(commitPayload, k.address()), spendOf(commitPayload, l.addr)
		key.Tx.Msg.TxIn[0].Witness = wire.TxWitness{signature(t, key, 0, k, 0, nil, nil)}
		leaf.Tx.Msg.TxIn[0].Witness = wire.TxWitness{signature(t, leaf, 0, k, 0, nil, &l.hash), l.script, l.control}
		for _, s := range []*Spend{key, leaf} {
			wg.Go(func() {
				if err := s.Verify(); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
}

func BenchmarkSpendVerify(b *testing.B) {
	k := newTestKey("owner")
	l := newLeafOut(b, 0xc0, script(b, k.address(), txscript.OP_CHECKSIG))
	key, leaf := spendOf(nil, k.address(), k.address()), spendOf(commitPayload, l.addr)
	for i := range 2 {
		key.Tx.Msg.TxIn[i].Witness = wire.TxWitness{signature(b, key, i, k, 0, nil, nil)}
	}
	leaf.Tx.Msg.TxIn[0].Witness = wire.TxWitness{signature(b, leaf, 0, k, 0, nil, &l.hash), l.script, l.control}
	for _, bench := range []struct {
		name   string
		verify func() error
	}{
		{"keypath-2in/ours", key.Verify},
		{"keypath-2in/engine", func() error { return engineVerify(key) }},
		{"scriptpath-commitment/ours", leaf.Verify},
		{"scriptpath-commitment/engine", func() error { return engineVerify(leaf) }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			for b.Loop() {
				if err := bench.verify(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
