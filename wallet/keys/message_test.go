package keys

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
)

// The secret is the one that whoever knows the point's factor computes from
// the address alone, for keys whose point has either sign.
func TestSharedSecrets(t *testing.T) {
	k := newKeystore(t, light)
	for index := range uint32(8) {
		key, err := k.Key(Receive, index)
		if err != nil {
			t.Fatal(err)
		}
		var points, want [][32]byte
		for i := range 20 {
			e, point := btcec.PrivKeyFromBytes([]byte{1, byte(index), byte(i)})
			points = append(points, [32]byte(schnorr.SerializePubKey(point)))
			address := key.Address()
			pub, err := schnorr.ParsePubKey(address[:])
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, [32]byte(btcec.GenerateSharedSecret(e, pub)))
		}
		points = append(points, [32]byte{31: 5}) // on no point
		got, ok := key.SharedSecrets(points)
		for i := range want {
			if !ok[i] || got[i] != want[i] {
				t.Fatalf("key %d, point %d: %x, %v, want %x", index, i, got[i], ok[i], want[i])
			}
		}
		if n := len(want); ok[n] || got[n] != [32]byte{} {
			t.Error("a point that is none has a secret")
		}
		key.Zero()
		if got, ok := key.SharedSecrets(points[:1]); ok[0] || got[0] != [32]byte{} {
			t.Error("a wiped key shares a secret")
		}
	}
}

const (
	messagesPin = "b7d80f2b5971e3f966db175f34c6c4b65fc221beba0ddf1ac07e04529ea55a37"
	outgoingPin = "7b9d22231d47479dd43e72e334874a5071ec7bdad21dfab2f471a796838389ee"
)

func TestPurpose(t *testing.T) {
	create := func(words string, coin uint32) *Keystore {
		k, err := Create(filepath.Join(t.TempDir(), "k"), mustWords(t, words), "", coin, []byte("pass"), light)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	const other = "legal winner thank year wave sausage worth useful legal winner thank yellow"
	purpose := func(k *Keystore, label string) [32]byte {
		s, err := k.Purpose(label)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	k := create(abandon, 1)
	seen := map[[32]byte]string{{}: "nothing"}
	id, err := k.Identity()
	if err != nil {
		t.Fatal(err)
	}
	vrf, err := id.VRFSecret()
	if err != nil {
		t.Fatal(err)
	}
	seen[vrf] = "the VRF's secret"
	for name, s := range map[string][32]byte{
		"messages": purpose(k, "messages"), "outgoing": purpose(k, "outgoing"), "vrf": purpose(k, "vrf"), "vrf/1/1": purpose(k, "vrf/1/1"),
		"1/messages": purpose(k, "1/messages"), "coin 2": purpose(create(abandon, 2), "messages"),
		"coin 11": purpose(create(abandon, 11), "messages"), "words": purpose(create(other, 1), "messages"),
	} {
		if before, ok := seen[s]; ok {
			t.Errorf("%s and %s are one", name, before)
		}
		seen[s] = name
	}
	if purpose(create(abandon, 1), "messages") != purpose(k, "messages") {
		t.Error("a restored wallet derives another")
	}
	// Pinned: a changed derivation would make stored histories unreadable.
	for label, pin := range map[string]string{"messages": messagesPin, "outgoing": outgoingPin} {
		s := purpose(k, label)
		if got := hex.EncodeToString(s[:]); got != pin {
			t.Errorf("%s of the test words is now %s", label, got)
		}
	}
	for _, label := range []string{"", strings.Repeat("x", maxLabel+1)} {
		if _, err := k.Purpose(label); !errors.Is(err, ErrLabel) {
			t.Errorf("label of %d bytes: %v", len(label), err)
		}
	}
	secret := purpose(k, "messages")
	k.Lock()
	if s, err := k.Purpose("messages"); !errors.Is(err, ErrLocked) || s != [32]byte{} {
		t.Errorf("locked: %x, %v", s, err)
	}
	if err := k.Unlock([]byte("pass")); err != nil || purpose(k, "messages") != secret {
		t.Errorf("after unlocking: %v", err)
	}
}

// Nothing that a purpose or a shared secret was derived from keeps it: holders
// print neither.
func TestPurposePrintsNowhere(t *testing.T) {
	k := newKeystore(t, light)
	key, err := k.Key(Receive, 0)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := k.Purpose("messages")
	if err != nil {
		t.Fatal(err)
	}
	shared, _ := key.SharedSecrets([][32]byte{key.Address()})
	var out strings.Builder
	for _, v := range []any{k, key, *key} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		js, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(js)
	}
	for _, s := range [][32]byte{secret, shared[0]} {
		for _, text := range []string{fmt.Sprintf("%x", s[:8]), fmt.Sprintf("%X", s[:8]), strings.Trim(fmt.Sprint(s[:8]), "[]")} {
			if strings.Contains(out.String(), text) {
				t.Errorf("printed %s", text)
			}
		}
	}
}
