package descriptor

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/btcec/v2/schnorr/musig2"
	"github.com/btcsuite/btcd/btcutil/v2/hdkeychain"
	"github.com/btcsuite/btcd/chaincfg/v2"
)

// keyExpr is a key expression (BIP 380, 389, 390).
type keyExpr struct {
	pos      int
	origin   *origin
	literal  *btcec.PublicKey        // a plain key, or
	extended *hdkeychain.ExtendedKey // an xpub, or
	musig    []*keyExpr              // an aggregate of keys
	steps    [][]uint32              // derivation; more than one value: BIP 389's tuple
	wild     bool                    // ends in /*
}

// origin tells how a key was derived from a master key.
type origin struct {
	fingerprint [4]byte
	path        []uint32
}

const base58Set = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// key reads a key expression; musig() only where it may stand.
func (p *parser) key(musig bool) (*keyExpr, error) {
	k := &keyExpr{pos: p.pos}
	var err error
	switch {
	case p.take("musig("):
		if !musig {
			return nil, p.failf(k.pos, ErrSyntax, "musig() inside of musig()")
		}
		if err := p.aggregate(k); err != nil {
			return nil, err
		}
	case p.take("["):
		if k.origin, err = p.origin(); err != nil {
			return nil, err
		}
		fallthrough
	default:
		if err := p.literal(k); err != nil {
			return nil, err
		}
	}
	at := p.pos
	if err := p.steps(k); err != nil {
		return nil, err
	}
	if len(k.steps) == 0 && !k.wild {
		return k, nil
	}
	if k.literal != nil {
		return nil, p.failf(at, ErrSyntax, "a plain key has no children")
	}
	for _, m := range k.musig {
		if m.extended == nil || m.wild {
			return nil, p.failf(m.pos, ErrSyntax, "an aggregate is derived from only if its keys are xpubs without /*")
		}
	}
	return k, nil
}

func (p *parser) aggregate(k *keyExpr) error {
	for {
		member, err := p.key(false)
		if err != nil {
			return err
		}
		k.musig = append(k.musig, member)
		if !p.take(",") {
			return p.expect(")")
		}
	}
}

// origin reads [fingerprint/path] behind its bracket.
func (p *parser) origin() (*origin, error) {
	o, at := new(origin), p.pos
	digits := p.run("0123456789abcdefABCDEF")
	if len(digits) != 8 {
		return nil, p.failf(at, ErrSyntax, "a fingerprint has 8 hexadecimal digits")
	}
	copy(o.fingerprint[:], mustHex(digits))
	for p.take("/") {
		index, err := p.index()
		if err != nil {
			return nil, err
		}
		o.path = append(o.path, index)
	}
	return o, p.expect("]")
}

// index reads one number with an optional hardened marker, h or '.
func (p *parser) index() (uint32, error) {
	v, err := p.number(hardened)
	if err == nil && (p.take("h") || p.take("'")) {
		v += hardened
	}
	return v, err
}

// literal reads the key itself.
func (p *parser) literal(k *keyExpr) error {
	at := p.pos
	text := p.run(base58Set + "0OIl")
	if strings.HasPrefix(text, "xprv") || strings.HasPrefix(text, "tprv") {
		return p.failf(at, ErrPrivate, "")
	}
	if strings.HasPrefix(text, "xpub") {
		key, err := hdkeychain.NewKeyFromString(text)
		if err != nil {
			return p.failf(at, ErrKey, "the xpub is mistyped or cut off")
		}
		if key.IsPrivate() || !key.IsForNet(&chaincfg.MainNetParams) {
			return p.failf(at, ErrKey, "not a public key with the version of xpub")
		}
		k.extended = key
		return nil
	}
	if len(text) > 4 && text[1:4] == "pub" {
		return p.failf(at, ErrKey, "keys begin with xpub, not %s", text[:4])
	}
	return p.plain(k, at, text)
}

// plain reads a key in hexadecimal digits: 64 for an x-only key (BIP 386), 66
// for a compressed one.
func (p *parser) plain(k *keyExpr, at int, text string) error {
	b, err := hex.DecodeString(text)
	switch {
	case err == nil && len(b) == 32:
		k.literal, err = schnorr.ParsePubKey(b)
	case err == nil && len(b) == 33:
		k.literal, err = btcec.ParsePubKey(b)
	case err == nil && len(b) == 65:
		return p.failf(at, ErrSyntax, "an uncompressed key cannot be part of a Taproot output")
	case len(text) >= 51 && len(text) <= 52 && strings.Trim(text, base58Set) == "" && strings.IndexByte("5KL9c", text[0]) >= 0:
		return p.failf(at, ErrPrivate, "")
	default:
		return p.failf(at, ErrSyntax, "a key belongs here")
	}
	if err != nil {
		return p.failf(at, ErrKey, "not a point of the curve")
	}
	return nil
}

// steps reads the derivation behind a key.
func (p *parser) steps(k *keyExpr) error {
	tuple := false
	for p.take("/") {
		at := p.pos
		switch {
		case p.take("*"):
			k.wild = true
			if p.take("h") || p.take("'") {
				return p.noHard(k, at)
			}
			return nil
		case p.take("<"):
			if tuple {
				return p.failf(at, ErrSyntax, "a second <…> in one key")
			}
			tuple = true
			values, err := p.tuple()
			if err != nil {
				return err
			}
			k.steps = append(k.steps, values)
		default:
			v, err := p.index()
			if err != nil {
				return err
			}
			k.steps = append(k.steps, []uint32{v})
		}
		for _, v := range k.steps[len(k.steps)-1] {
			if v >= hardened {
				return p.noHard(k, at)
			}
		}
	}
	return nil
}

// noHard refuses a hardened step: from public keys there is none.
func (p *parser) noHard(k *keyExpr, at int) error {
	if k.musig != nil {
		return p.failf(at, ErrSyntax, "an aggregate has no hardened children")
	}
	return p.failf(at, ErrUnsupported, "hardened steps after the key need its private half")
}

// tuple reads BIP 389's <a;b;…> behind its bracket.
func (p *parser) tuple() ([]uint32, error) {
	at := p.pos
	var values []uint32
	for {
		v, err := p.index()
		if err != nil {
			return nil, err
		}
		if slices.Contains(values, v) {
			return nil, p.failf(at, ErrSyntax, "one number twice in <…>")
		}
		values = append(values, v)
		if !p.take(";") {
			break
		}
	}
	if err := p.expect(">"); err != nil {
		return nil, err
	}
	if len(values) < 2 {
		return nil, p.failf(at, ErrSyntax, "<…> with less than two numbers")
	}
	if p.paths != 0 && p.paths != len(values) {
		return nil, p.failf(at, ErrSyntax, "<…> of different lengths")
	}
	p.paths = len(values)
	return values, nil
}

// derive gives the public key that the expression stands for, of the path-th
// descriptor of a multipath and at an index where there is a wildcard.
func (k *keyExpr) derive(path int, index uint32) (*btcec.PublicKey, error) {
	if k.literal != nil {
		return k.literal, nil
	}
	from, err := k.node(path, index)
	if err != nil {
		return nil, err
	}
	var steps []uint32
	for _, s := range k.steps {
		steps = append(steps, s[min(path, len(s)-1)])
	}
	if k.wild {
		steps = append(steps, index)
	}
	to, _, err := from.descend(steps...)
	return to.pub, err
}

func (k *keyExpr) node(path int, index uint32) (node, error) {
	if k.extended != nil {
		return nodeOf(k.extended)
	}
	var pubs []*btcec.PublicKey
	for _, m := range k.musig {
		pub, err := m.derive(path, index)
		if err != nil {
			return node{}, err
		}
		pubs = append(pubs, pub)
	}
	// KeySort, then KeyAgg (BIP 390).
	aggregate, _, _, err := musig2.AggregateKeys(pubs, true)
	if err != nil {
		return node{}, fail(k.pos, ErrKey, "%v", err)
	}
	return node{aggregate.FinalKey, syntheticChain}, nil
}

func nodeOf(x *hdkeychain.ExtendedKey) (node, error) {
	pub, err := x.ECPubKey()
	if err != nil {
		return node{}, fail(-1, ErrKey, "%v", err)
	}
	return node{pub, [32]byte(x.ChainCode())}, nil
}
