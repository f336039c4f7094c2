package cosign

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
)

// MaxSize bounds a PSBT in bytes. A thousand inputs with the nonces and
// signatures of fifteen members take about six million.
const MaxSize = 8 << 20

// maxFields bounds its fields, which take many times their size in memory when
// they are short. A thousand inputs of fifteen members have about 50,000.
const maxFields = 1 << 17

var magic = []byte("psbt\xff")

// The key types of PSBT version 0 that are used here. Names as in the BIPs.
const (
	globalUnsignedTx  = 0x00 // BIP 174
	globalXpub        = 0x01
	globalVersion     = 0xfb
	globalProprietary = 0xfc

	inNonWitnessUTXO     = 0x00
	inWitnessUTXO        = 0x01
	inSighashType        = 0x03
	inFinalScriptWitness = 0x08
	inTapKeySig          = 0x13 // BIP 371
	inTapScriptSig       = 0x14
	inTapLeafScript      = 0x15
	inTapDerivation      = 0x16
	inTapInternalKey     = 0x17
	inTapMerkleRoot      = 0x18
	inMuSigParticipants  = 0x1a // BIP 373
	inMuSigPubNonce      = 0x1b
	inMuSigPartialSig    = 0x1c

	outTapInternalKey    = 0x05 // BIP 371
	outTapTree           = 0x06
	outTapDerivation     = 0x07
	outMuSigParticipants = 0x08 // BIP 373
)

// identifier marks our proprietary fields (BIP 174), all of them global.
const identifier = "SCC"

// The subtypes of our proprietary fields.
const (
	ownNetwork = 0 // the network's id, 32 bytes
	ownPayload = 1 // the record's payload, when the transaction carries one
	ownAccount = 2 // Descriptor.ID, 32 bytes
	ownAttempt = 3 // MuSig2: big-endian 32-bit number, from 1; all nonces are of it
)

// field is one key-value pair; the key begins with its type.
type field struct{ key, value []byte }

func pair(kind byte, data, value []byte) field {
	return field{append([]byte{kind}, data...), value}
}

func own(subtype byte, value []byte) field {
	key := types.AppendBytes([]byte{globalProprietary}, []byte(identifier))
	return field{append(key, subtype), value}
}

// raw is a PSBT as its maps of fields.
type raw struct {
	tx      *wire.MsgTx
	global  []field // without the transaction
	inputs  [][]field
	outputs [][]field
}

// unarmor takes base64, or the bytes themselves as files have them.
func unarmor(text string) ([]byte, error) {
	if len(text) > MaxSize*4/3+4 {
		return nil, fmt.Errorf("%w: %d characters", ErrTooLarge, len(text))
	}
	if strings.HasPrefix(text, string(magic)) {
		return []byte(text), nil
	}
	b, err := base64.StdEncoding.Strict().DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil, fmt.Errorf("%w: neither base64 nor the bytes of one", ErrFormat)
	}
	return b, nil
}

// parseRaw reads version 0's form: every map whole, no field twice, nothing
// behind the end.
func parseRaw(b []byte) (*raw, error) {
	if len(b) > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(b), MaxSize)
	}
	if !bytes.HasPrefix(b, magic) {
		return nil, fmt.Errorf("%w: it does not begin as one", ErrFormat)
	}
	r := types.NewReader(b[len(magic):])
	p := new(raw)
	left := maxFields
	global, err := readMap(r, &left)
	if err != nil {
		return nil, fmt.Errorf("global fields: %w", err)
	}
	at := slices.IndexFunc(global, func(f field) bool { return len(f.key) == 1 && f.key[0] == globalUnsignedTx })
	if at < 0 {
		return nil, fmt.Errorf("%w: it has no transaction", ErrFormat)
	}
	if p.tx, err = unsignedTx(global[at].value); err != nil {
		return nil, err
	}
	p.global = slices.Delete(global, at, at+1)
	if p.inputs, err = readMaps(r, "input", len(p.tx.TxIn), &left); err != nil {
		return nil, err
	}
	if p.outputs, err = readMaps(r, "output", len(p.tx.TxOut), &left); err != nil {
		return nil, err
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	return p, nil
}

func readMaps(r *types.Reader, what string, count int, left *int) (all [][]field, err error) {
	for i := range count {
		fields, err := readMap(r, left)
		if err != nil {
			return nil, fmt.Errorf("%s %d: %w", what, i, err)
		}
		all = append(all, fields)
	}
	return all, nil
}

// readMap reads one map and takes its fields off those that are left.
func readMap(r *types.Reader, left *int) (fields []field, err error) {
	seen := make(map[string]bool)
	for {
		key := r.Bytes(MaxSize)
		if err := r.Err(); err != nil {
			return nil, fmt.Errorf("%w: %v", ErrFormat, err)
		}
		if len(key) == 0 {
			return fields, nil
		}
		if *left--; *left < 0 {
			return nil, fmt.Errorf("%w: more than %d fields", ErrTooLarge, maxFields)
		}
		value := r.Bytes(MaxSize)
		if err := r.Err(); err != nil {
			return nil, fmt.Errorf("%w: %v", ErrFormat, err)
		}
		if seen[string(key)] {
			return nil, fmt.Errorf("%w: type %#x", ErrDuplicate, key[0])
		}
		seen[string(key)] = true
		fields = append(fields, field{key, value})
	}
}

// unsignedTx reads the transaction: in the form without witness, and without
// any signature.
func unsignedTx(b []byte) (*wire.MsgTx, error) {
	t, err := types.DecodeTx(append(slices.Clone(b), 0)) // 0: no payload behind it
	if err != nil {
		return nil, fmt.Errorf("%w: transaction: %v", ErrFormat, err)
	}
	for _, in := range t.Msg.TxIn {
		if len(in.SignatureScript) > 0 || len(in.Witness) > 0 {
			return nil, fmt.Errorf("%w: its transaction is signed", ErrFormat)
		}
	}
	return t.Msg, nil
}

func stripped(m *wire.MsgTx) []byte {
	var b bytes.Buffer
	if err := m.SerializeNoWitness(&b); err != nil {
		panic(err) // a bytes.Buffer does not fail
	}
	return b.Bytes()
}

// encode writes the PSBT, the fields of every map in the order of their keys.
func (p *raw) encode() []byte {
	b := slices.Clone(magic)
	b = appendMap(b, append([]field{pair(globalUnsignedTx, nil, stripped(p.tx))}, p.global...))
	for _, maps := range [][][]field{p.inputs, p.outputs} {
		for _, fields := range maps {
			b = appendMap(b, fields)
		}
	}
	return b
}

func appendMap(b []byte, fields []field) []byte {
	fields = slices.Clone(fields)
	slices.SortFunc(fields, func(x, y field) int { return bytes.Compare(x.key, y.key) })
	for _, f := range fields {
		b = types.AppendBytes(types.AppendBytes(b, f.key), f.value)
	}
	return append(b, 0)
}

// proprietary reads the key of a proprietary field; mine is false when it is
// another program's, which is passed over.
func proprietary(key []byte) (subtype uint64, mine bool, err error) {
	r := types.NewReader(key[1:])
	id := r.Bytes(len(key))
	subtype = r.VarInt(1 << 32)
	if r.Err() != nil {
		return 0, false, fmt.Errorf("%w: a proprietary field", ErrFormat)
	}
	if string(id) != identifier {
		return 0, false, nil
	}
	if r.Len() > 0 {
		return 0, true, fmt.Errorf("%w: a proprietary field with key data", ErrField)
	}
	return subtype, true, nil
}

// globals is what the proprietary fields say.
type globals struct {
	network    types.NetworkID
	account    [32]byte
	payload    []byte
	hasPayload bool
	attempt    uint32
}

// readGlobals reads the global fields but the members' xpubs, which it hands
// back.
func (p *raw) readGlobals() (g globals, xpubs []field, err error) {
	var network, account bool
	for _, f := range p.global {
		switch f.key[0] {
		case globalXpub:
			xpubs = append(xpubs, f)
			continue
		case globalVersion:
			if len(f.key) != 1 || !bytes.Equal(f.value, make([]byte, 4)) {
				return g, nil, fmt.Errorf("%w: only version 0 is read", ErrFormat)
			}
			continue
		case globalProprietary:
		default:
			return g, nil, fmt.Errorf("%w: global type %#x", ErrField, f.key[0])
		}
		subtype, mine, err := proprietary(f.key)
		if err != nil {
			return g, nil, err
		}
		if !mine {
			continue
		}
		switch {
		case subtype == ownNetwork && len(f.value) == len(g.network):
			copy(g.network[:], f.value)
			network = true
		case subtype == ownAccount && len(f.value) == len(g.account):
			copy(g.account[:], f.value)
			account = true
		case subtype == ownPayload && len(f.value) > 0 && len(f.value) <= types.MaxPayload:
			g.payload, g.hasPayload = f.value, true
		case subtype == ownAttempt && len(f.value) == 4:
			g.attempt = types.NewReader(f.value).Uint32()
			if g.attempt < 1 || g.attempt > MaxAttempt {
				return g, nil, fmt.Errorf("%w: %d", ErrAttempt, g.attempt)
			}
		default:
			return g, nil, fmt.Errorf("%w: proprietary, subtype %d with %d bytes", ErrField, subtype, len(f.value))
		}
	}
	if !network {
		return g, nil, fmt.Errorf("%w: it does not say which", ErrNetwork)
	}
	if !account {
		return g, nil, fmt.Errorf("%w: it does not say which", ErrAccount)
	}
	return g, xpubs, nil
}

// form checks a field's lengths by its type, so that whoever reads it need not.
func form(output bool, f field) error {
	kind, data, n := f.key[0], len(f.key)-1, len(f.value)
	ok := true
	if output {
		switch kind {
		case outTapInternalKey:
			ok = data == 0 && n == 32
		case outTapTree:
			ok = data == 0 && n > 0
		case outTapDerivation:
			ok = data == 32
		case outMuSigParticipants:
			ok = data == 33 && n > 0 && n%33 == 0
		}
	} else {
		switch kind {
		case inNonWitnessUTXO, inWitnessUTXO, inFinalScriptWitness:
			ok = data == 0
		case inSighashType:
			ok = data == 0 && n == 4
		case inTapKeySig:
			ok = data == 0 && (n == 64 || n == 65)
		case inTapScriptSig:
			ok = data == 64 && (n == 64 || n == 65)
		case inTapLeafScript:
			ok = data >= 33 && (data-33)%32 == 0 && n > 0
		case inTapDerivation:
			ok = data == 32
		case inTapInternalKey, inTapMerkleRoot:
			ok = data == 0 && n == 32
		case inMuSigParticipants:
			ok = data == 33 && n > 0 && n%33 == 0
		case inMuSigPubNonce:
			ok = (data == 66 || data == 98) && n == 66
		case inMuSigPartialSig:
			ok = (data == 66 || data == 98) && n == 32
		}
	}
	if !ok {
		return fmt.Errorf("%w: a field of type %#x has a wrong length", ErrFormat, kind)
	}
	return nil
}
