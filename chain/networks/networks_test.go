package networks

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// The canonical bytes and the id of a built-in network never change: a change
// would be another network.
func TestBuiltinPinned(t *testing.T) {
	for _, c := range []struct {
		p  *consensus.Params
		id string
	}{
		{Local(), "9000715cf526f800c4e9e547569b9161285871ac1afef02a5f4f5c0cc9cf7a58"},
		{Test(), "400a233c2fadcc55ae689d5a063549ed32028d4bb3c80ff7fe3f8fe292a1ac22"},
	} {
		t.Run(c.p.Name, func(t *testing.T) {
			name := filepath.Join("testdata", c.p.Name+".canonical.hex")
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if got := hex.EncodeToString(c.p.AppendCanonical(nil)) + "\n"; got != string(want) {
				t.Errorf("canonical encoding differs from %s:\n%s", name, got)
			}
			if got := fmt.Sprintf("%x", c.p.ID); got != c.id {
				t.Errorf("id %s, want %s", got, c.id)
			}
		})
	}
}

func TestBuiltinSupply(t *testing.T) {
	for _, name := range []string{"local", "test"} {
		p, err := Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		if p.Name != name || p.GenesisSupply() != 100_000_000*types.Coin || p.FundTotal != p.GenesisSupply().Part(30, 100) {
			t.Errorf("%s: supply %v with a fund of %v", p.Name, p.GenesisSupply(), p.FundTotal)
		}
		// The fund is released in 120 steps to its end (PROTOCOL §5).
		if p.FundRelease*120 != p.FundTotal {
			t.Errorf("%s: 120 releases of %v", name, p.FundRelease)
		}
	}
	if _, err := Builtin("main"); err == nil {
		t.Error("there is a built-in network main")
	}
}

// Callers may change what they get.
func TestBuiltinFresh(t *testing.T) {
	for _, f := range []func() *consensus.Params{Local, Test} {
		a, b := f(), f()
		a.Allocations[0].Amount++
		a.Bootstrap[0].Share++
		a.Dapps[0].Name = "other"
		if b.ComputeID() != f().ComputeID() || a.ComputeID() == b.ComputeID() {
			t.Errorf("%s: two calls share memory", b.Name)
		}
	}
}

func TestNetworksDiffer(t *testing.T) {
	local, test := Local(), Test()
	later := WithGenesisTime(local, time.Unix(local.GenesisTime+1, 999))
	if local.ID == test.ID || later.ID == local.ID {
		t.Error("two networks with one id")
	}
	if later.GenesisTime != local.GenesisTime+1 || local.ID != Local().ID {
		t.Error("WithGenesisTime changed its argument or cut the time wrongly")
	}
	if local.AddressPrefix == test.AddressPrefix {
		t.Error("one address prefix for two networks")
	}
}

func TestLocalKeysFit(t *testing.T) {
	p, k := Local(), LocalKeys()
	if k.Producer.VRF().Public() != p.Bootstrap[0].VRFKey || k.Producer.Address() != p.Bootstrap[0].Address {
		t.Error("the producer's keys are not the network's")
	}
	if k.Foundation.Address() != p.Foundation || k.ComputeFund.Address() != p.FundKey || k.DappFund.Address() != p.DappFund {
		t.Error("the accounts' keys are not the network's")
	}
	for i, key := range []Key{k.Promotion, k.Sale, k.Founders} {
		if p.Allocations[i].Address != key.Address() {
			t.Errorf("allocation %d is not the key's", i)
		}
	}
	for _, s := range []string{fmt.Sprint(k.Sale), fmt.Sprintf("%#v", k.Sale), fmt.Sprintf("%+v", k.Sale)} {
		if strings.Contains(s, hex.EncodeToString(k.Sale.Secret[:])) || strings.Contains(s, "[32]") {
			t.Errorf("a key prints its secret: %s", s)
		}
	}
}

func TestFileRoundTrip(t *testing.T) {
	full := Local()
	full.Checkpoints = []consensus.Checkpoint{{Height: 5, Hash: types.Hash{1, 2}}, {Height: 6, Hash: types.Hash{3}}}
	full.SeedPeers = []string{"seed.example:9333"}
	full.CoinType = 0
	if err := full.Prepare(); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*consensus.Params{Local(), Test(), full} {
		b := Encode(p)
		got, err := Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(Encode(got), b) || got.ID != p.ID {
			t.Errorf("%s: parsing what was encoded gives another network", p.Name)
		}
		if !reflect.DeepEqual(got.Checkpoints, p.Checkpoints) || !reflect.DeepEqual(got.SeedPeers, p.SeedPeers) {
			t.Errorf("checkpoints %v, seed peers %v", got.Checkpoints, got.SeedPeers)
		}
	}
	if full.ID == Local().ID {
		t.Error("the coin type is not part of the id")
	}
	if !bytes.Equal(Encode(Test()), testFile) {
		t.Error("test.json is not in the form that Encode writes")
	}
}

// Every case changes the local network's file in one place.
func TestFileRefused(t *testing.T) {
	good := string(Encode(Local()))
	addr := types.EncodeAddress("lsc", LocalKeys().Foundation.Address())
	for _, c := range []struct{ name, old, new string }{
		{"unknown key", `"name":`, `"nane": "x", "name":`},
		{"unknown inner key", `"label": "sale",`, `"label": "sale", "note": "x",`},
		{"repeated key", `"coin_type": 1,`, `"coin_type": 1, "coin_type": 2,`},
		{"key in capitals", `"coin_type": 1,`, `"Coin_type": 1,`},
		{"key that folds", `"slot_seconds": 1,`, `"ſlot_seconds": 1,`},
		{"missing coin type", `"coin_type": 1,`, ``},
		{"missing fund total", `"total": "30000000",`, ``},
		{"missing checkpoints", `"checkpoints": [],`, ``},
		{"null", `"coin_type": 1`, `"coin_type": null`},
		{"null list", `"checkpoints": []`, `"checkpoints": null`},
		{"another network's address", addr, types.EncodeAddress("tsc", LocalKeys().Foundation.Address())},
		{"mistyped address", addr, addr[:len(addr)-1] + "b"},
		{"negative amount", `"15000000"`, `"-15000000"`},
		{"amount as a number", `"15000000"`, `15000000`},
		{"amount in units", `"15000000"`, `"1500000000000000000"`},
		{"chance without bar", `"1/3"`, `"1"`},
		{"chance of one", `"1/3"`, `"3/3"`},
		{"chance of nothing", `"1/3"`, `"0/3"`},
		{"chance over zero", `"1/3"`, `"1/0"`},
		{"padded chance", `"1/3"`, `"01/3"`},
		{"odd epoch", `"epoch_slots": 60`, `"epoch_slots": 61`},
		{"fraction of a slot", `"slot_seconds": 1`, `"slot_seconds": 0.5`},
		{"fraction of a second", `00:00:00Z`, `00:00:00.5Z`},
		{"time without zone", `00:00:00Z`, `00:00:00`},
		{"wrong dapp id", `"id": "`, `"id": "00`},
		{"VRF key of small order", hex.EncodeToString(keyBytes()), strings.Repeat("00", 32)},
		{"short VRF key", hex.EncodeToString(keyBytes()), "00"},
		{"no producers", `"share": 1`, `"share": 0`},
		{"bad prefix", `"lsc"`, `"LSC"`},
		{"bad name", `"local"`, `"../x"`},
		{"bad checkpoint", `"checkpoints": []`, `"checkpoints": [{"height": 1, "hash": "00"}]`},
		{"empty seed peer", `"seed_peers": []`, `"seed_peers": [""]`},
		{"something behind", "\n}\n", "\n}\n{}"},
		{"not ended", "\n}\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := strings.Replace(good, c.old, c.new, 1)
			if bad == good {
				t.Fatal("the case changes nothing")
			}
			if _, err := Parse([]byte(bad)); !errors.Is(err, ErrFile) {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := Parse(bytes.Repeat([]byte(" "), MaxFileSize+1)); !errors.Is(err, ErrFile) {
		t.Errorf("an oversized file: %v", err)
	}
}

func keyBytes() []byte {
	k := Local().Bootstrap[0].VRFKey
	return k[:]
}

func FuzzParse(f *testing.F) {
	f.Add(Encode(Local()))
	f.Add(testFile)
	f.Add([]byte(`{"name":"x","name":"y"}`))
	f.Add([]byte(`[[{}]]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Parse(b)
		if err != nil {
			return
		}
		again, err := Parse(Encode(p))
		if err != nil || again.ID != p.ID {
			t.Fatalf("a parsed file does not survive encoding: %v", err)
		}
	})
}
