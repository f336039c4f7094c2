package seal

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"supercomputing/chain/secp"
	"supercomputing/chain/types"
)

// The game: a message goes to one of two addresses that the adversary knows,
// with a text and sender that it knows too. It sees the record and who signed
// it, computes whatever can be computed of that and an address without a
// secret, and says to whom the message went. A recipient cannot be told from
// the chain if no way of guessing is right more often than a coin.

// sealer is Seal, or something worse.
type sealer func(random io.Reader, to types.Address) (*types.Message, error)

func genuine(own [32]byte) sealer {
	return func(random io.Reader, to types.Address) (*types.Message, error) {
		return Seal(random, network, author, to, own, []byte("the adversary knows this"))
	}
}

// public is what the adversary computes with for one candidate.
type public map[string][]byte

// digests are the values that public data and a candidate's address make:
// every hash below of every ordered choice of the parts, the address among
// them, and what the cipher itself derives from public values in the place of
// the shared secret.
func digests(m *types.Message, candidate types.Address) public {
	parts := []struct {
		name string
		data []byte
	}{{"to", candidate[:]}, {"network", network[:]}, {"author", author[:]}, {"ephemeral", m.Ephemeral[:]}}
	out := public{"to": candidate[:]}
	var choose func(name string, data []byte, left []int, named bool)
	choose = func(name string, data []byte, left []int, named bool) {
		if named {
			out["sha256"+name] = sum(data)
			out["sha256d"+name] = sum(sum(data))
			tagged := network.TaggedHash("seal/1", data)
			out["tagged"+name] = tagged[:]
			for _, p := range parts {
				h := hmac.New(sha256.New, p.data)
				h.Write(data)
				out["hmac/"+p.name+name] = h.Sum(nil)
			}
		}
		for i, at := range left {
			rest := slices.Delete(slices.Clone(left), i, i+1)
			choose(name+"/"+parts[at].name, append(slices.Clone(data), parts[at].data...), rest, named || at == 0)
		}
	}
	choose("", nil, []int{0, 1, 2, 3}, false)
	for name, secret := range knownSecrets(m, candidate) {
		k := newAgreed(network, m.Ephemeral, candidate, &secret)
		out["agreed/"+name] = k.derive(1 + keySize)
		out["key/"+name] = k.derive(1 + keySize)[1:]
		bare, err := hkdf.Key(sha256.New, secret[:], nil, "", keySize)
		if err != nil {
			panic(err)
		}
		out["hkdf/"+name] = bare
		out["secret/"+name] = secret[:]
	}
	return out
}

// knownSecrets are shared secrets that a stranger has: those of the address
// with scalars that are public.
func knownSecrets(m *types.Message, candidate types.Address) map[string][32]byte {
	out := map[string][32]byte{"to": candidate, "ephemeral": m.Ephemeral}
	scalars := map[string][32]byte{"author": author, "network": network, "ephemeral": m.Ephemeral, "one": {31: 1}, "two": {31: 2}}
	for name, s := range scalars {
		if x, ok := shared(&s, candidate); ok {
			out[name+"*to"] = x
		}
	}
	if x, ok := secp.SharedX((*[32]byte)(&candidate), [][32]byte{m.Ephemeral}); ok[0] {
		out["to*ephemeral"] = x[0]
	}
	return out
}

func sum(b []byte) []byte { h := sha256.Sum256(b); return h[:] }

// observations are the ways to compare one digest with what the chain shows:
// each is larger the better they fit.
func observations(m *types.Message, digest []byte) map[string]int {
	seen := map[string]int{
		"tag is first byte":   same([]byte{m.ViewTag}, digest[:1]),
		"tag is second byte":  same([]byte{m.ViewTag}, digest[1:2]),
		"tag is last byte":    same([]byte{m.ViewTag}, digest[len(digest)-1:]),
		"found in the body":   0,
		"bits of the body":    0,
		"parity of ephemeral": 1 - int((m.Ephemeral[31]^digest[31])&1),
		"parity of length":    1 - (len(m.Body)/320^int(digest[0]))&1,
	}
	for at := range len(m.Body) / 16 {
		seen["found in the body"] += same(m.Body[16*at:16*at+4], digest[:4])
	}
	for i, b := range digest[:32] {
		x := m.Body[i] ^ b
		for ; x != 0; x &= x - 1 {
			seen["bits of the body"]--
		}
	}
	return seen
}

func same(a, b []byte) int {
	if bytes.Equal(a, b) {
		return 1
	}
	return 0
}

// play plays rounds of the game and gives the best way of guessing with its
// score: by how many standard deviations it beats, or falls behind, a coin.
func play(t *testing.T, seal sealer, rounds int) (best string, score float64) {
	t.Helper()
	candidates := [2]types.Address{someKeys(t, 1)[0].Address(), stranger(t, 77)}
	coin := rand.New(rand.NewPCG(31, 32))
	right, wrong := make(map[string]int), make(map[string]int)
	for i := range rounds {
		secret := coin.IntN(2)
		m, err := seal(random(uint64(i)), candidates[secret])
		if err != nil {
			t.Fatal(err)
		}
		mine, other := digests(m, candidates[secret]), digests(m, candidates[1-secret])
		for name, digest := range mine {
			theirs := observations(m, other[name])
			for how, fit := range observations(m, digest) {
				switch way := name + ": " + how; {
				case fit > theirs[how]:
					right[way]++
				case fit < theirs[how]:
					wrong[way]++
				} // undecided: the adversary would toss a coin
			}
		}
	}
	ways := 0
	for _, some := range []map[string]int{right, wrong} {
		for way := range some {
			ways++
			r, w := float64(right[way]), float64(wrong[way])
			if z := math.Abs(r-w) / math.Sqrt(r+w); z > score {
				best, score = way, z
			}
		}
	}
	if ways < 1000 {
		t.Fatalf("the adversary tried only %d ways", ways)
	}
	return best, score
}

// limit is what the best of some thousand useless ways reaches once in ten
// thousand games: 5.5 standard deviations. The games are the same in every run.
const limit = 5.5

func TestRecipientCannotBeTold(t *testing.T) {
	const rounds = 150
	for name, own := range map[string][32]byte{"with own": own, "without": {}} {
		if way, score := play(t, genuine(own), rounds); score > limit {
			t.Errorf("%s: the recipient shows by %q: %.1f deviations from a coin", name, way, score)
		}
	}
}

// Worse ciphers lose the same game, so it can be lost.
func TestGameFindsLeaks(t *testing.T) {
	good := genuine(own)
	spoil := func(spoil func(m *types.Message, to types.Address)) sealer {
		return func(random io.Reader, to types.Address) (*types.Message, error) {
			m, err := good(random, to)
			if err == nil {
				spoil(m, to)
			}
			return m, err
		}
	}
	for name, seal := range map[string]sealer{
		"tag from public data": spoil(func(m *types.Message, to types.Address) {
			m.ViewTag = sum(append(m.Ephemeral[:], to[:]...))[0]
		}),
		"tag of the address": spoil(func(m *types.Message, to types.Address) { m.ViewTag = to[31] }),
		"tag under a public secret": spoil(func(m *types.Message, to types.Address) {
			x := [32]byte(to)
			k := newAgreed(network, m.Ephemeral, to, &x)
			m.ViewTag = k.viewTag()
		}),
		"a hint in the body": spoil(func(m *types.Message, to types.Address) {
			copy(m.Body[96:], sum(append(to[:], author[:]...))[:4])
		}),
		"a biased block": spoil(func(m *types.Message, to types.Address) {
			for i := range 32 {
				m.Body[i] &= to[i] | 0x3f
			}
		}),
		"ephemeral key by recipient": func(_ io.Reader, to types.Address) (*types.Message, error) {
			return good(bytes.NewReader(bytes.Repeat(sum(to[:]), 4)), to)
		},
	} {
		if name == "ephemeral key by recipient" {
			if independent(t, seal) {
				t.Errorf("%s is not noticed", name)
			}
			continue
		}
		way, score := play(t, seal, 80)
		if score <= limit {
			t.Errorf("%s is not noticed: %.1f", name, score)
		}
		t.Logf("%s: %.1f deviations by %q", name, score, way)
	}
}

// independent reports whether, with the same randomness, all that a message
// shows besides its tag and cipher text is the same for all recipients.
func independent(t *testing.T, seal sealer) bool {
	t.Helper()
	to := []types.Address{someKeys(t, 1)[0].Address(), stranger(t, 77), author, someAddress}
	for seed := range uint64(10) {
		var first *types.Message
		for _, a := range to {
			if _, ok := shared(&[32]byte{31: 1}, a); !ok {
				continue
			}
			m, err := seal(random(seed), a)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = m
			}
			if m.Ephemeral != first.Ephemeral || len(m.Body) != len(first.Body) || m.Public {
				return false
			}
		}
	}
	return true
}

func TestEphemeralIsIndependentOfRecipient(t *testing.T) {
	if !independent(t, genuine(own)) || !independent(t, genuine([32]byte{})) {
		t.Error("the ephemeral key or the length hang on the recipient")
	}
	// Without own the block is the random source's bytes, whoever is written to.
	to := someKeys(t, 1)[0].Address()
	want := make([]byte, 32+outgoingSize)
	_, _ = io.ReadFull(random(5), want)
	if m := mustSeal(t, 5, to, [32]byte{}, []byte("x")); !bytes.Equal(m.Body[:outgoingSize], want[32:]) {
		t.Error("the block of a sender without own is not random")
	}
}

// chiSquared compares counts of bytes with equal ones: the result is about
// 255, and above 380 once in a million.
func chiSquared(counts *[256]int) (x float64) {
	n := 0
	for _, c := range counts {
		n += c
	}
	for _, c := range counts {
		d := float64(c) - float64(n)/256
		x += d * d * 256 / float64(n)
	}
	return x
}

// Tags, and the bytes of every part of a body, are uniform: for one recipient,
// so that tags do not link its messages, and with one text.
func TestUniform(t *testing.T) {
	to := someKeys(t, 1)[0].Address()
	for name, own := range map[string][32]byte{"with own": own, "without": {}} {
		var tag, block, text, mac, leaky [256]int
		for i := range 1500 {
			m := mustSeal(t, uint64(i), to, own, []byte("again and again"))
			tag[m.ViewTag]++
			block[m.Body[i%outgoingSize]]++
			text[m.Body[outgoingSize+i%200]]++
			mac[m.Body[len(m.Body)-1-i%tagSize]]++
			leaky[m.ViewTag&0xfe]++
		}
		for part, counts := range map[string]*[256]int{"tag": &tag, "block": &block, "text": &text, "mac": &mac} {
			if x := chiSquared(counts); x > 380 || x < 160 {
				t.Errorf("%s: chi-squared of the %s is %.0f", name, part, x)
			}
		}
		if x := chiSquared(&leaky); x < 380 {
			t.Errorf("chi-squared of a tag of seven bits is %.0f", x)
		}
	}
}

// Two messages to one recipient share no more than two to different ones, and
// a block with own looks as one without.
func TestNothingRepeats(t *testing.T) {
	to := someKeys(t, 1)[0].Address()
	seen := make(map[string]string)
	for i := range uint64(40) {
		for name, own := range map[string][32]byte{"own": own, "no own": {}} {
			for author := range byte(2) {
				m, err := Seal(random(i<<8|uint64(author)<<4|uint64(len(name))), network, types.Address{author}, to, own, []byte("the same"))
				if err != nil {
					t.Fatal(err)
				}
				what := fmt.Sprintf("%d, %s, %d", i, name, author)
				for at := 0; at+8 <= len(m.Body); at++ {
					part := string(m.Body[at : at+8])
					if before, ok := seen[part]; ok {
						t.Fatalf("%s and %s share %x", before, what, part)
					}
					seen[part] = what
				}
				if e := binary.BigEndian.Uint64(m.Ephemeral[:]); e == 0 {
					t.Fatal("an ephemeral key of small x")
				}
			}
		}
	}
}
