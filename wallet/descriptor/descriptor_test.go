package descriptor

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/address/v2"
	"github.com/btcsuite/btcd/btcutil/v2/hdkeychain"
	"github.com/btcsuite/btcd/chaincfg/v2"
	"github.com/btcsuite/btcd/txscript/v2"

	"supercomputing/chain/types"
)

// member makes the key expression of a member: m/87'/coin'/n' of a seed.
func member(t testing.TB, seed byte, coin, n uint32) string {
	t.Helper()
	return memberAt(t, seed, fmt.Sprintf("87h/%dh/%dh", coin, n), hardened+87, hardened+coin, hardened+n)
}

func memberAt(t testing.TB, seed byte, said string, path ...uint32) string {
	t.Helper()
	key, err := hdkeychain.NewMaster(slices.Repeat([]byte{seed}, 32), &chaincfg.MainNetParams)
	if err != nil {
		t.Fatal(err)
	}
	pub, err := key.ECPubKey()
	if err != nil {
		t.Fatal(err)
	}
	fingerprint := hex.EncodeToString(address.Hash160(pub.SerializeCompressed())[:4])
	for _, index := range path {
		if key, err = key.Derive(index); err != nil {
			t.Fatal(err)
		}
	}
	if key, err = key.Neuter(); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("[%s/%s]%s", fingerprint, said, key)
}

func members(t testing.TB, n int) (all []string) {
	for i := range n {
		all = append(all, member(t, byte(i+1), 1, uint32(i)))
	}
	return all
}

func TestOneAccountOneLine(t *testing.T) {
	lines := members(t, 5)
	for _, build := range []func([]string) (*Descriptor, error){
		NewMuSig2, func(k []string) (*Descriptor, error) { return NewThreshold(3, k) },
	} {
		first, err := build(lines)
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			shuffled := slices.Clone(lines)
			rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			origin, key, _ := strings.Cut(shuffled[0], "]")
			shuffled[0] = strings.ReplaceAll(origin, "h", "'") + "]" + key
			again, err := build(shuffled)
			if err != nil {
				t.Fatal(err)
			}
			if again.String() != first.String() || again.ID() != first.ID() {
				t.Fatal("the order of members, or the marker, makes another account")
			}
			parsed, err := Parse(again.String())
			if err != nil {
				t.Fatal(err)
			}
			if parsed.String() != first.String() || parsed.Required() != first.Required() || parsed.MuSig2() != first.MuSig2() || parsed.Coin() != 1 {
				t.Fatal("an account does not survive its own line")
			}
		}
		for _, line := range lines {
			m, ok := first.Member(line)
			if !ok || first.Keys()[m].String() != line {
				t.Errorf("member %s: %d %v", line, m, ok)
			}
		}
		if _, ok := first.Member(member(t, 99, 1, 0)); ok {
			t.Error("a stranger is a member")
		}
		if _, ok := first.Member("nonsense"); ok {
			t.Error("nonsense is a member")
		}
		// The canonical line is one that anyone else's parser reads alike.
		for branch := range uint32(2) {
			for index := range uint32(3) {
				checkSpot(t, first, branch, index)
			}
		}
	}
}

// checkSpot compares an address with what the general reading of the line
// gives, and that leaf and control block prove it.
func checkSpot(t *testing.T, d *Descriptor, branch, index uint32) {
	t.Helper()
	a, err := d.Address(branch, index)
	if err != nil {
		t.Fatal(err)
	}
	want, err := Script(d.String(), int(branch), index)
	if err != nil {
		t.Fatal(err)
	}
	if string(a.PkScript()) != string(want) {
		t.Errorf("%d/%d: %x, want %x", branch, index, a.PkScript(), want)
	}
	if d.MuSig2() {
		if _, err := d.Leaf(branch, index); !errors.Is(err, ErrUnsupported) {
			t.Errorf("a leaf of MuSig2: %v", err)
		}
		return
	}
	if _, err := d.Aggregate(branch, index); !errors.Is(err, ErrUnsupported) {
		t.Errorf("an aggregate of a script account: %v", err)
	}
	l, err := d.Leaf(branch, index)
	if err != nil {
		t.Fatal(err)
	}
	block, err := txscript.ParseControlBlock(l.Control)
	if err != nil {
		t.Fatal(err)
	}
	if err := txscript.VerifyTaprootLeafCommitment(block, a[:], l.Script); err != nil {
		t.Error(err)
	}
	blank := d.BlankWitness()
	if n := len(d.Keys()); len(blank) != n+2 || len(blank[n]) != len(l.Script) || len(blank[n+1]) != len(l.Control) {
		t.Error("the blank witness has other sizes than script and control block")
	}
}

func TestMultiKeepsItsOrder(t *testing.T) {
	lines := members(t, 3)
	text := func(fn string, keys []string) string {
		return fmt.Sprintf("tr(%s,%s(2,%s/<0;1>/*))", nums, fn, strings.Join(keys, "/<0;1>/*,"))
	}
	seen := make(map[types.Address]bool)
	for _, order := range [][]int{{0, 1, 2}, {1, 0, 2}, {2, 1, 0}} {
		var keys []string
		for _, i := range order {
			keys = append(keys, lines[i])
		}
		d, err := ParseLoose(text("multi_a", keys))
		if err != nil {
			t.Fatal(err)
		}
		a, err := d.Address(0, 0)
		if err != nil {
			t.Fatal(err)
		}
		seen[a] = true
		checkSpot(t, d, 0, 0)
	}
	if len(seen) != 3 {
		t.Errorf("multi_a in three orders has %d addresses", len(seen))
	}
}

func TestParseRefuses(t *testing.T) {
	k := members(t, 3)
	musig := func(s string) string { return "tr(musig(" + s + ")/<0;1>/*)" }
	multi := func(s string) string { return "tr(" + nums + ",sortedmulti_a(" + s + "))" }
	const end = "/<0;1>/*"
	good := musig(k[0] + "," + k[1])
	if _, err := ParseLoose("  " + good + "\n"); err != nil {
		t.Fatal(err)
	}
	short, _ := strings.CutSuffix(k[0], k[0][len(k[0])-1:])
	tooMany := strings.Join(members(t, 16), ",")
	for name, c := range map[string]struct {
		text string
		kind error
	}{
		"empty":                  {"", ErrSyntax},
		"nonsense":               {"hello", ErrSyntax},
		"another function":       {"trx(" + k[0] + ")", ErrSyntax},
		"one member":             {musig(k[0]), ErrMembers},
		"sixteen members":        {musig(tooMany), ErrMembers},
		"sixteen keys":           {multi("1," + strings.ReplaceAll(tooMany, ",", end+",") + end), ErrMembers},
		"one with a zero before": {multi("01," + k[0] + end + "," + k[1] + end), ErrSyntax},
		"a branch of zeros":      {"tr(musig(" + k[0] + "," + k[1] + ")/<00;1>/*)", ErrSyntax},
		"a path of zeros":        {musig(strings.Replace(k[0], "/0h]", "/00h]", 1) + "," + k[1]), ErrSyntax},
		"zero of two":            {multi("0," + k[0] + end + "," + k[1] + end), ErrMembers},
		"three of two":           {multi("3," + k[0] + end + "," + k[1] + end), ErrMembers},
		"many of two":            {multi("99999999999999999999," + k[0] + end), ErrSyntax},
		"the same twice":         {musig(k[0] + "," + k[1] + "," + k[0]), ErrDuplicate},
		"twice by script":        {multi("1," + k[0] + end + "," + k[0] + end), ErrDuplicate},
		"two networks":           {musig(k[0] + "," + member(t, 9, 2, 0)), ErrKey},
		"no origin":              {musig(k[0] + "," + k[1][strings.Index(k[1], "]")+1:]), ErrUnsupported},
		"BIP 86 key":             {musig(k[0] + "," + memberAt(t, 9, "86h/1h/0h", hardened+86, hardened+1, hardened)), ErrUnsupported},
		"BIP 48 key":             {musig(k[0] + "," + memberAt(t, 9, "48h/1h/0h/2h", hardened+48, hardened+1, hardened, hardened+2)), ErrUnsupported},
		"unhardened origin":      {musig(k[0] + "," + memberAt(t, 9, "87h/1h/0", hardened+87, hardened+1, 0)), ErrUnsupported},
		"another depth":          {musig(k[0] + "," + memberAt(t, 9, "87h/1h/0h", hardened+87, hardened+1)), ErrKey},
		"another account":        {musig(k[0] + "," + memberAt(t, 9, "87h/1h/5h", hardened+87, hardened+1, hardened)), ErrKey},
		"other branches":         {"tr(musig(" + k[0] + "," + k[1] + ")/<1;0>/*)", ErrUnsupported},
		"one branch":             {"tr(musig(" + k[0] + "," + k[1] + ")/0/*)", ErrUnsupported},
		"no branches":            {"tr(musig(" + k[0] + "," + k[1] + "))", ErrUnsupported},
		"three branches":         {"tr(musig(" + k[0] + "," + k[1] + ")/<0;1;2>/*)", ErrUnsupported},
		"steps inside of musig":  {"tr(musig(" + k[0] + "/5," + k[1] + ")/<0;1>/*)", ErrUnsupported},
		"musig and a script":     {"tr(musig(" + k[0] + "," + k[1] + ")/<0;1>/*,pk(" + keyF + "))", ErrUnsupported},
		"rawtr":                  {"rawtr(musig(" + k[0] + "," + k[1] + ")/<0;1>/*)", ErrUnsupported},
		"another internal key":   {"tr(" + keyF + ",sortedmulti_a(1," + k[0] + end + "," + k[1] + end + "))", ErrUnsupported},
		"a member inside":        {"tr(" + k[0] + end + ",sortedmulti_a(1," + k[0] + end + "," + k[1] + end + "))", ErrUnsupported},
		"two leaves":             {"tr(" + nums + ",{pk(" + keyF + "),sortedmulti_a(1," + k[0] + end + "," + k[1] + end + ")})", ErrUnsupported},
		"pk leaf":                {"tr(" + nums + ",pk(" + k[0] + end + "))", ErrUnsupported},
		"script steps":           {multi("1," + k[0] + "," + k[1] + end), ErrUnsupported},
		"plain keys":             {multi("1," + keyF + "," + keyA), ErrUnsupported},
		"musig in the script":    {multi("1,musig(" + k[0] + "," + k[1] + ")/<0;1>/*," + k[2] + end), ErrUnsupported},
		"a mistyped xpub":        {musig(k[1] + "," + short), ErrKey},
		"tpub":                   {musig(k[0] + ",[aabbccdd/87h/1h/0h]tpubDDUYKuPFqyTBrDCKCNCXyqkYYcsRBZWSAJWx4cGXa"), ErrKey},
		"xprv":                   {musig(k[0] + ",[aabbccdd/87h/1h/0h]" + xprvA), ErrPrivate},
		"text behind":            {good + "x", ErrSyntax},
		"cut off":                {good[:len(good)-1], ErrSyntax},
		"a bracket too few":      {"tr(musig(" + k[0] + "," + k[1] + "/<0;1>/*)", ErrSyntax},
		"control character":      {"tr(\x00)", ErrSyntax},
		"not ASCII":              {strings.Replace(good, "tr(", "tｒ(", 1), ErrSyntax},
		"too long":               {strings.Repeat("a", MaxLength+1), ErrTooLong},
		"deep":                   {"tr(" + nums + "," + strings.Repeat("{", 1000), ErrSyntax},
		"off the curve":          {"tr(" + strings.Repeat("ff", 32) + ")", ErrKey},
	} {
		_, err := ParseLoose(c.text)
		if !errors.Is(err, c.kind) {
			t.Errorf("%s: %v, want %v", name, err, c.kind)
			continue
		}
		var e *Error
		if !errors.As(err, &e) || e.Pos >= len(c.text)+1 {
			t.Errorf("%s: %#v", name, err)
		}
		if len(err.Error()) > 300 {
			t.Errorf("%s: an error of %d characters", name, len(err.Error()))
		}
	}
	if _, err := Parse(good); !errors.Is(err, ErrChecksum) {
		t.Errorf("without a checksum: %v", err)
	}
	for name, n := range map[string]int{"none": 0, "one": 1, "sixteen": 16} {
		if _, err := NewMuSig2(members(t, n)); !errors.Is(err, ErrMembers) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewThreshold(2, []string{k[0], k[1] + "/0"}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("a key with steps: %v", err)
	}
	if _, err := NewThreshold(2, []string{k[0], k[1] + " "}); !errors.Is(err, ErrSyntax) {
		t.Errorf("a key with text behind: %v", err)
	}
}

// A position in an error is where the fault is.
func TestErrorsNameThePlace(t *testing.T) {
	k := members(t, 2)
	for text, at := range map[string]int{
		"tr(" + k[0] + "/<0;1>/*!)":                      len("tr("+k[0]) + len("/<0;1>/*"),
		"tr(musig(" + k[0] + "," + k[1] + ")/<0;0>/*)":   len("tr(musig(" + k[0] + "," + k[1] + ")/<"),
		"tr(" + nums + ",hash160(00))":                   len("tr(" + nums + ","),
		"tr(musig(" + k[0] + ",)/<0;1>/*)":               len("tr(musig(" + k[0] + ","),
		"tr(musig([abc/87h]" + xpubA + "," + k[0] + "))": len("tr(musig(["),
	} {
		_, err := ParseLoose(text)
		var e *Error
		if !errors.As(err, &e) || e.Pos != at {
			t.Errorf("%s: %v, want position %d", text, err, at)
		}
		if !strings.Contains(err.Error(), fmt.Sprintf("character %d", at+1)) {
			t.Errorf("%s does not name the place", err)
		}
	}
}

// Any single changed character of a line with checksum is found.
func TestChecksumFindsEveryMistake(t *testing.T) {
	d, err := NewMuSig2(members(t, 2))
	if err != nil {
		t.Fatal(err)
	}
	line := d.String()
	for i := range line {
		for _, c := range []byte("a0Q)/ ") {
			if line[i] == c {
				continue
			}
			if _, err := Parse(line[:i] + string(c) + line[i+1:]); err == nil {
				t.Fatalf("character %d changed to %q is not found", i, c)
			}
		}
	}
}

func TestPathsRefused(t *testing.T) {
	for _, build := range []func([]string) (*Descriptor, error){
		NewMuSig2, func(k []string) (*Descriptor, error) { return NewThreshold(1, k) },
	} {
		d, err := build(members(t, 2))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range [][2]uint32{{2, 0}, {0, hardened}, {1, ^uint32(0)}} {
			if _, err := d.Address(path[0], path[1]); !errors.Is(err, ErrPath) {
				t.Errorf("%v: %v", path, err)
			}
		}
	}
}

func TestExtendedIsTheXpub(t *testing.T) {
	k, err := ParseKey(member(t, 3, 7, 4))
	if err != nil {
		t.Fatal(err)
	}
	b := k.Extended()
	again, err := hdkeychain.NewKeyFromString(k.extended.String())
	if err != nil {
		t.Fatal(err)
	}
	made := hdkeychain.NewExtendedKey(b[:4], b[45:], b[13:45], b[5:9], b[4], uint32(b[9])<<24|uint32(b[10])<<16|uint32(b[11])<<8|uint32(b[12]), false)
	if made.String() != again.String() {
		t.Errorf("%s, want %s", made, again)
	}
	if k.Coin() != 7 || k.Account() != 4 || !slices.Equal(k.Path(), []uint32{hardened + 87, hardened + 7, hardened + 4}) {
		t.Errorf("%d %d %v", k.Coin(), k.Account(), k.Path())
	}
}

func FuzzParse(f *testing.F) {
	k := members(f, 3)
	f.Add("tr(musig(" + k[0] + "," + k[1] + ")/<0;1>/*)")
	f.Add("tr(" + nums + ",sortedmulti_a(2," + k[0] + "/<0;1>/*," + k[1] + "/<0;1>/*," + k[2] + "/<0;1>/*))")
	f.Add("tr(" + nums + ",{multi_a(1," + keyA + "),{pk(" + keyB + "),pk(" + xpubA + "/1/2/*)}})")
	f.Add("rawtr([deadbeef/1h/2']" + xpubA + "/<0;1;2>/*)#89f8spxm")
	f.Add("tr(musig(" + plain3 + "),pk(" + wifA + "))")
	f.Fuzz(func(t *testing.T, text string) {
		if script, err := Script(text, 0, 0); err == nil {
			if _, ok := types.ScriptAddress(script); !ok {
				t.Fatalf("script %x", script)
			}
		} else if e := new(Error); !errors.As(err, &e) || e.Pos > len(text) {
			t.Fatalf("%#v", err)
		}
		d, err := ParseLoose(text)
		if err != nil {
			return
		}
		again, err := Parse(d.String())
		if err != nil || again.String() != d.String() || again.ID() != d.ID() {
			t.Fatalf("%q does not survive a round trip: %v", text, err)
		}
		a, err := d.Address(1, 2)
		if err != nil {
			t.Fatal(err)
		}
		want, err := Script(d.String(), 1, 2)
		if err != nil || string(want) != string(a.PkScript()) {
			t.Fatalf("%q: two addresses", text)
		}
	})
}
