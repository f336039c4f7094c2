// Package descriptor owns the one line that a shared account is: an output
// script descriptor (BIP 380) of its members' public keys, either
//
//	tr(musig(KEY,…)/<0;1>/*)                    all members sign, by MuSig2 (BIP 390, 328)
//	tr(NUMS,sortedmulti_a(k,KEY/<0;1>/*,…))     k of them sign, by script (BIP 386, 387)
//
// with KEY = [fingerprint/87h/coinh/nh]xpub… (BIP 87) and NUMS BIP 341's point
// without a private key. It checks, derives addresses and scripts, and holds
// no secret.
package descriptor

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/btcsuite/btcd/btcutil/v2/hdkeychain"
	"github.com/btcsuite/btcd/chainhash/v2"

	"supercomputing/chain/types"
)

const (
	// MaxLength bounds a descriptor's text in bytes. Fifteen keys take about
	// 2,200.
	MaxLength = 4096
	// MinMembers and MaxMembers bound an account's members.
	MinMembers = 2
	MaxMembers = 15

	purpose = 87 // BIP 87
	depth   = 3  // of an account's key: purpose, coin, account
)

// numsHex is BIP 341's point H, whose private key nobody knows: the key path of
// a script account spends nothing.
const numsHex = "50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0"

// Key is one member's public account key with its origin.
type Key struct {
	fingerprint [4]byte
	coin        uint32
	account     uint32
	extended    *hdkeychain.ExtendedKey
	node        node
}

// ParseKey reads one member's key expression, [fingerprint/87h/coinh/nh]xpub….
func ParseKey(text string) (Key, error) {
	if len(text) > MaxLength {
		return Key{}, fail(-1, ErrTooLong, "%d characters", len(text))
	}
	p := &parser{text: text}
	k, err := p.key(false)
	if err != nil {
		return Key{}, err
	}
	if p.pos != len(text) {
		return Key{}, fail(p.pos, ErrSyntax, "text after the key")
	}
	if len(k.steps) > 0 || k.wild {
		return Key{}, fail(k.pos, ErrUnsupported, "a member's key comes without steps behind it")
	}
	return memberKey(k)
}

// memberKey checks that an expression is a BIP 87 account's key.
func memberKey(k *keyExpr) (Key, error) {
	if k.extended == nil {
		return Key{}, fail(k.pos, ErrUnsupported, "members' keys are xpubs")
	}
	if k.origin == nil {
		return Key{}, fail(k.pos, ErrUnsupported, "a key without its origin in brackets")
	}
	path := k.origin.path
	if len(path) != depth || path[0] != hardened+purpose || path[1] < hardened || path[2] < hardened {
		return Key{}, fail(k.pos, ErrUnsupported, "a key whose origin is not 87h/coinh/accounth (BIP 87)")
	}
	if k.extended.Depth() != depth || k.extended.ChildIndex() != path[2] {
		return Key{}, fail(k.pos, ErrKey, "the xpub is not the key that its origin says")
	}
	n, err := nodeOf(k.extended)
	if err != nil {
		return Key{}, err
	}
	return Key{k.origin.fingerprint, path[1] - hardened, path[2] - hardened, k.extended, n}, nil
}

// String gives the key expression in its canonical form.
func (k Key) String() string {
	return fmt.Sprintf("[%s/%dh/%dh/%dh]%s", hex.EncodeToString(k.fingerprint[:]), purpose, k.coin, k.account, k.extended)
}

// Fingerprint is the master key's (BIP 32). It tells members apart for people;
// it is only said, not proven.
func (k Key) Fingerprint() [4]byte { return k.fingerprint }

// Coin is the BIP 44 coin type, which tells the network.
func (k Key) Coin() uint32 { return k.coin }

// Account is the number of the BIP 87 account.
func (k Key) Account() uint32 { return k.account }

// Path is the key's derivation from the master key, hardened indexes from 2³¹.
func (k Key) Path() []uint32 {
	return []uint32{hardened + purpose, hardened + k.coin, hardened + k.account}
}

// Public is the key itself, compressed: a participant of MuSig2.
func (k Key) Public() [33]byte { return [33]byte(k.node.pub.SerializeCompressed()) }

// Extended gives the xpub's 78 bytes (BIP 32), as PSBTs carry it.
func (k Key) Extended() (b [78]byte) {
	out := append(b[:0], k.extended.Version()...)
	out = append(out, k.extended.Depth())
	out = binary.BigEndian.AppendUint32(out, k.extended.ParentFingerprint())
	out = binary.BigEndian.AppendUint32(out, k.extended.ChildIndex())
	out = append(out, k.node.chain[:]...)
	public := k.Public()
	copy(b[:], append(out, public[:]...))
	return b
}

// Descriptor is a shared account: who its members are and how many of them
// sign. It never changes and is safe for concurrent use.
type Descriptor struct {
	keys     []Key // sorted, unless the script is multi_a, whose order counts
	required int
	kind     kind
	text     string
	branches [2][]node // by branch: of each key, or of the aggregate alone
	plain    [33]byte  // of MuSig2: the aggregate key, before derivation
	tweaks   [2][32]byte
}

type kind uint8

const (
	muSig kind = iota
	sortedMulti
	plainMulti
)

// Parse reads an account's descriptor with its checksum. Descriptors of
// anything else are refused with ErrUnsupported; what is no descriptor, with
// the position and the reason.
func Parse(text string) (*Descriptor, error) { return parse(text, true) }

// ParseLoose is Parse for people's typing: the checksum may be left out, but
// is verified when it is there.
func ParseLoose(text string) (*Descriptor, error) { return parse(strings.TrimSpace(text), false) }

func parse(text string, must bool) (*Descriptor, error) {
	body, err := stripChecksum(text, must)
	if err != nil {
		return nil, err
	}
	o, err := parseOutput(body)
	if err != nil {
		return nil, err
	}
	if o.raw {
		return nil, fail(0, ErrUnsupported, "rawtr()")
	}
	if o.key.musig != nil {
		return fromMuSig(o)
	}
	return fromTree(o)
}

// accountSteps reports whether a key ends in /<0;1>/*, as accounts do.
func accountSteps(k *keyExpr) bool {
	return k.wild && len(k.steps) == 1 && slices.Equal(k.steps[0], []uint32{0, 1})
}

func fromMuSig(o *output) (*Descriptor, error) {
	if o.tree != nil {
		return nil, fail(o.tree.pos, ErrUnsupported, "musig() with a script besides")
	}
	if !accountSteps(o.key) {
		return nil, fail(o.key.pos, ErrUnsupported, "musig() that does not end in /<0;1>/*")
	}
	var keys []Key
	for _, m := range o.key.musig {
		if len(m.steps) > 0 {
			return nil, fail(m.pos, ErrUnsupported, "steps behind a key inside of musig()")
		}
		k, err := memberKey(m)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return build(muSig, len(keys), keys)
}

func fromTree(o *output) (*Descriptor, error) {
	if o.key.literal == nil || hex.EncodeToString(o.key.literal.SerializeCompressed()[1:]) != numsHex || o.key.origin != nil {
		return nil, fail(o.key.pos, ErrUnsupported, "an account's own key must be musig() or BIP 341's point without a private key")
	}
	if o.tree == nil || !o.tree.multi {
		return nil, fail(o.key.pos, ErrUnsupported, "a script other than sortedmulti_a() or multi_a() alone")
	}
	var keys []Key
	for _, m := range o.tree.keys {
		if m.musig != nil || !accountSteps(m) {
			return nil, fail(m.pos, ErrUnsupported, "a key that does not end in /<0;1>/*")
		}
		k, err := memberKey(m)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	if o.tree.sorted {
		return build(sortedMulti, o.tree.required, keys)
	}
	return build(plainMulti, o.tree.required, keys)
}

// NewMuSig2 makes the account of which all members sign together, from their
// key expressions in any order.
func NewMuSig2(keys []string) (*Descriptor, error) { return fromKeys(muSig, len(keys), keys) }

// NewThreshold makes the account of which any k members sign.
func NewThreshold(k int, keys []string) (*Descriptor, error) { return fromKeys(sortedMulti, k, keys) }

func fromKeys(kind kind, required int, texts []string) (*Descriptor, error) {
	if len(texts) > MaxMembers {
		return nil, fail(-1, ErrMembers, "%d, at most %d", len(texts), MaxMembers)
	}
	var keys []Key
	for i, text := range texts {
		k, err := ParseKey(text)
		if err != nil {
			return nil, fmt.Errorf("member %d: %w", i+1, err)
		}
		keys = append(keys, k)
	}
	return build(kind, required, keys)
}

// build checks the members together and derives what all addresses share.
func build(kind kind, required int, keys []Key) (*Descriptor, error) {
	if len(keys) < MinMembers || len(keys) > MaxMembers {
		return nil, fail(-1, ErrMembers, "%d members; an account has %d to %d", len(keys), MinMembers, MaxMembers)
	}
	if required < 1 || required > len(keys) {
		return nil, fail(-1, ErrMembers, "%d of %d cannot sign", required, len(keys))
	}
	byKey := func(a, b Key) int {
		x, y := a.Public(), b.Public()
		return bytes.Compare(x[:], y[:])
	}
	// One order for one account, so that all members have the same line;
	// KeySort (BIP 327) is this order too.
	if kind != plainMulti {
		slices.SortFunc(keys, byKey)
	}
	for i, k := range keys {
		if k.coin != keys[0].coin {
			return nil, fail(-1, ErrKey, "keys of different networks (coin types %d and %d)", keys[0].coin, k.coin)
		}
		for _, other := range keys[:i] {
			if a, b := k.Public(), other.Public(); bytes.Equal(a[1:], b[1:]) {
				return nil, fail(-1, ErrDuplicate, "%x", k.fingerprint)
			}
		}
	}
	d := &Descriptor{keys: keys, required: required, kind: kind}
	if err := d.prepare(); err != nil {
		return nil, err
	}
	d.text = d.format()
	sum, err := checksum(d.text)
	if err != nil {
		return nil, err
	}
	d.text += "#" + sum
	return d, nil
}

func (d *Descriptor) format() string {
	var parts []string
	for _, k := range d.keys {
		text := k.String()
		if d.kind != muSig {
			text += "/<0;1>/*"
		}
		parts = append(parts, text)
	}
	all := strings.Join(parts, ",")
	switch d.kind {
	case muSig:
		return "tr(musig(" + all + ")/<0;1>/*)"
	case sortedMulti:
		return fmt.Sprintf("tr(%s,sortedmulti_a(%d,%s))", numsHex, d.required, all)
	default:
		return fmt.Sprintf("tr(%s,multi_a(%d,%s))", numsHex, d.required, all)
	}
}

// String is the canonical text with its checksum, the same for all members
// whatever order the keys came in.
func (d *Descriptor) String() string { return d.text }

// ID names the account: a hash of String.
func (d *Descriptor) ID() [32]byte {
	return *chainhash.TaggedHash([]byte("SCC/account"), []byte(d.text))
}

// Keys are the members' keys; the position of a key is the member's number.
func (d *Descriptor) Keys() []Key { return slices.Clone(d.keys) }

// Required is how many members must sign.
func (d *Descriptor) Required() int { return d.required }

// MuSig2 reports whether all members sign together, in one signature.
func (d *Descriptor) MuSig2() bool { return d.kind == muSig }

// Coin is the BIP 44 coin type of all keys: it must be the network's.
func (d *Descriptor) Coin() uint32 { return d.keys[0].coin }

// Member finds the member with a key expression, as a keystore's shared
// account gives it. Fingerprints do not count: they are only said.
func (d *Descriptor) Member(expression string) (int, bool) {
	k, err := ParseKey(expression)
	if err != nil {
		return 0, false
	}
	i := slices.IndexFunc(d.keys, func(o Key) bool { return o.Extended() == k.Extended() })
	return i, i >= 0
}

// Address derives the account's address: branch 0 for receiving, 1 for change.
func (d *Descriptor) Address(branch, index uint32) (types.Address, error) {
	if d.kind == muSig {
		a, err := d.Aggregate(branch, index)
		if err != nil {
			return types.Address{}, err
		}
		return types.Address(a.Output[1:]), nil
	}
	l, err := d.Leaf(branch, index)
	if err != nil {
		return types.Address{}, err
	}
	return l.Output, nil
}
