package descriptor

import (
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr/musig2"
	"github.com/btcsuite/btcd/btcutil/v2"
	"github.com/btcsuite/btcd/btcutil/v2/hdkeychain"
	"github.com/btcsuite/btcd/chaincfg/v2"
)

// Keys that the BIPs' vectors share.
const (
	xpubA  = "xpub6ERApfZwUNrhLCkDtcHTcxd75RbzS1ed54G1LkBUHQVHQKqhMkhgbmJbZRkrgZw4koxb5JaHWkY4ALHY2grBGRjaDMzQLcgJvLJuZZvRcEL"
	xpubB  = "xpub68NZiKmJWnxxS6aaHmn81bvJeTESw724CRDs6HbuccFQN9Ku14VQrADWgqbhhTHBaohPX4CjNLf9fq9MYo6oDaPPLPxSb7gwQN3ih19Zm4Y"
	xpubC  = "xpub661MyMwAqRbcFW31YEwpkMuc5THy2PSt5bDMsktWQcFF8syAmRUapSCGu8ED9W6oDMSgv6Zz8idoc4a6mr8BDzTJY47LJhkJ8UB7WEGuduB"
	xpubD  = "xpub661MyMwAqRbcGDZQUKLqmWodYLcoBQnQH33yYkkF3jjxeLvY8qr2wWGEWkiKFaaQfJCoi3HeEq3Dc5DptfbCyjD38fNhSqtKc1UHaP4ba3t"
	xprvA  = "xprvA1RpRA33e1JQ7ifknakTFpgNXPmW2YvmhqLQYMmrj4xJXXWYpDPS3xz7iAxn8L39njGVyuoseXzU6rcxFLJ8HFsTjSyQbLYnMpCqE2VbFWc"
	xprvB  = "xprv9uPDJpEQgRQfDcW7BkF7eTya6RPxXeJCqCJGHuCJ4GiRVLzkTXBAJMu2qaMWPrS7AANYqdq6vcBcBUdJCVVFceUvJFjaPdGZ2y9WACViL4L"
	xprvC  = "xprv9s21ZrQH143K31xYSDQpPDxsXRTUcvj2iNHm5NUtrGiGG5e2DtALGdso3pGz6ssrdK4PFmM8NSpSBHNqPqm55Qn3LqFtT2emdEXVYsCzC2U"
	keyA   = "a34b99f22c790c4e36b2b3c2c35a36db06226e41c692fc82b8b56ac1c540c5bd"
	keyB   = "669b8afcec803a0d323e9a17f3ea8e68e8abe5a278020a929adbec52421adbd0"
	keyF   = "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9"
	wifA   = "L4rK1yDtCWekvXuE6oXD9jCYfFNV2cWRpVuPLBcCU2z8TrisoyY1"
	longA  = "04a34b99f22c790c4e36b2b3c2c35a36db06226e41c692fc82b8b56ac1c540c5bd5b8dec5235a0fa8722476c7709c02559e3aa73aa03918ba2d492eea75abea235"
	nums   = numsHex
	plain3 = "02f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9,03dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659,023590a94e768f8e1815c2f24b4d80a8e3149316c3518ce7b7ad338368d038ca66"
)

var (
	wifToken  = regexp.MustCompile(`\b[5KL][1-9A-HJ-NP-Za-km-z]{50,51}\b`)
	xprvToken = regexp.MustCompile(`(xprv[1-9A-HJ-NP-Za-km-z]+)((?:/[0-9]+['h]?)*)(/\*['h]?)?`)
)

// public puts public keys for the private ones of a vector, which this package
// refuses; hardened steps are done here.
func public(t *testing.T, text string, index uint32) string {
	t.Helper()
	text = wifToken.ReplaceAllStringFunc(text, func(s string) string {
		w, err := btcutil.DecodeWIF(s)
		if err != nil {
			t.Fatal(err)
		}
		return hex.EncodeToString(w.PrivKey.PubKey().SerializeCompressed())
	})
	return xprvToken.ReplaceAllStringFunc(text, func(s string) string {
		m := xprvToken.FindStringSubmatch(s)
		key, err := hdkeychain.NewKeyFromString(m[1])
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range strings.Split(strings.TrimPrefix(m[2], "/"), "/") {
			if step != "" {
				key = step32(t, key, step)
			}
		}
		if strings.HasSuffix(m[3], "'") || strings.HasSuffix(m[3], "h") {
			key = step32(t, key, fmt.Sprint(index)+"h")
			m[3] = ""
			pub, err := key.ECPubKey()
			if err != nil {
				t.Fatal(err)
			}
			return hex.EncodeToString(pub.SerializeCompressed())
		}
		neuter, err := key.Neuter()
		if err != nil {
			t.Fatal(err)
		}
		return neuter.String() + m[3]
	})
}

func step32(t *testing.T, key *hdkeychain.ExtendedKey, step string) *hdkeychain.ExtendedKey {
	t.Helper()
	digits := strings.TrimRight(step, "h'")
	v, err := strconv.ParseUint(digits, 10, 31)
	if err != nil {
		t.Fatal(err)
	}
	if digits != step {
		v += hardened
	}
	child, err := key.Derive(uint32(v))
	if err != nil {
		t.Fatal(err)
	}
	return child
}

// The vectors of BIP 386, 387 and 390: descriptors and the output scripts of
// their first indexes.
func TestPublishedScripts(t *testing.T) {
	for _, v := range []struct {
		source, text string
		scripts      []string
	}{
		{"386", "tr(" + keyA + ")", []string{"77aab6e066f8a7419c5ab714c12c67d25007ed55a43cadcacb4d7a970a093f11"}},
		{"386", "tr(" + wifA + ")", []string{"77aab6e066f8a7419c5ab714c12c67d25007ed55a43cadcacb4d7a970a093f11"}},
		{"386", "tr(" + xprvA + "/0/*,pk(" + xprvA + "/1/*))", []string{
			"78bc707124daa551b65af74de2ec128b7525e10f374dc67b64e00ce0ab8b3e12",
			"01f0a02a17808c20134b78faab80ef93ffba82261ccef0a2314f5d62b6438f11",
			"21024954fcec88237a9386fce80ef2ced5f1e91b422b26c59ccfc174c8d1ad25"}},
		{"386", "tr(" + keyA + ",pk(" + keyB + "))", []string{"17cf18db381d836d8923b1bdb246cfcd818da1a9f0e6e7907f187f0b2f937754"}},
		{"386", "tr(" + keyA + ",{pk(xprvA2JDeKCSNNZky6uBCviVfJSKyQ1mDYahRjijr5idH2WwLsEd4Hsb2Tyh8RfQMuPh7f7RtyzTtdrbdqqsunu5Mm3wDvUAKRHSC34sJ7in334/0)," +
			"{{pk(" + xpubA + "),pk(02df12b7035bdac8e3bab862a3a83d06ea6b17b6753d52edecba9be46f5d09e076)},pk(" + wifA + ")}})",
			[]string{"71fff39599a7b78bc02623cbe814efebf1a404f5d8ad34ea80f213bd8943f574"}},
		{"387", "tr(" + wifA + ",multi_a(1,KzoAz5CanayRKex3fSLQ2BwJpN7U52gZvxMyk78nDMHuqrUxuSJy))", []string{"eb5bd3894327d75093891cc3a62506df7d58ec137fcd104cdd285d67816074f3"}},
		{"387", "tr(" + keyA + ",multi_a(1," + keyB + "))", []string{"eb5bd3894327d75093891cc3a62506df7d58ec137fcd104cdd285d67816074f3"}},
		{"387", "tr(" + nums + ",multi_a(2,[00000000/111'/222]" + xprvA + "," + xprvB + "/0))", []string{"2eea93581594a43c0c8423b70dc112e5651df63984d108d4fc8ccd3b63b4eafa"}},
		{"387", "tr(" + nums + ",sortedmulti_a(2,[00000000/111'/222]" + xprvA + "," + xprvB + "/0))", []string{"16fa6a6ba7e98c54b5bf43b3144912b78a61b60b02f6a74172b8dcb35b12bc30"}},
		{"387", "tr(" + nums + ",sortedmulti_a(2," + xpubA + "/*," + xpubB + "/0/0/*))", []string{
			"abd47468515223f58a1a18edfde709a7a2aab2b696d59ecf8c34f0ba274ef772",
			"fe62e7ed20705bd1d3678e072bc999acb014f07795fa02cb8f25a7aa787e8cbd",
			"1311093750f459039adaa2a5ed23b0f7a8ae2c2ffb07c5390ea37e2fb1050b41"}},
		{"387", "tr(" + nums + ",multi_a(2," + xprvC + "/2147483647'/0,xprv9vHkqa6EV4sPZHYqZznhT2NPtPCjKuDKGY38FBWLvgaDx45zo9WQRUT3dKYnjwih2yJD9mkrocEZXo1ex8G81dwSM1fwqWpWkeS3v86pgKt/1/2/*," +
			"xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi/10/20/30/40/*'))", []string{
			"e4c8f2b0a7d3a688ac131cb03248c0d4b0a59bbd4f37211c848cfbd22a981192",
			"827faedaa21e52fca2ac83b53afd1ab7d4d1e6ce67ff42b19f2723d48b5a19ab",
			"647495ed09de61a3a324704f9203c130d655bf3141f9b748df8f7be7e9af55a4"}},
		{"390", "rawtr(musig(KwDiBf89QgGbjEhKnhXJuH7LrciVrZi3qYjgd9M7rFU74sHUHy8S,03dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659,023590a94e768f8e1815c2f24b4d80a8e3149316c3518ce7b7ad338368d038ca66))",
			[]string{"789d937bade6673538f3e28d8368dda4d0512f94da44cf477a505716d26a1575"}},
		{"390", "tr(musig(" + plain3 + "))", []string{"79e6c3e628c9bfbce91de6b7fb28e2aec7713d377cf260ab599dcbc40e542312"}},
		{"390", "rawtr(musig(" + xpubA + "," + xpubB + ")/0/*)", []string{
			"9508c08832f3bb9d5e8baf8cb5cfa3669902e2f2da19acea63ff47b93faa9bfc",
			"5ca1102663025a83dd9b5dbc214762c5a6309af00d48167d2d6483808525a298",
			"7dbed1b89c338df6a1ae137f133a19cae6e03d481196ee6f1a5c7d1aeb56b166"}},
		{"390", "tr(musig(" + xpubA + "," + xpubB + ")/0/*,pk(" + keyF + "))", []string{
			"1d377b637b5c73f670f5c8a96a2c0bb0d1a682a1fca6aba91fe673501a189782",
			"8950c83b117a6c208d5205ffefcf75b187b32512eb7f0d8577db8d9102833036",
			"a49a477c61df73691b77fcd563a80a15ea67bb9c75470310ce5c0f25918db60d"}},
		{"390", "tr(" + keyF + ",pk(musig(" + xpubA + "," + xpubB + ")/0/*))", []string{
			"68983d461174afc90c26f3b2821d8a9ced9534586a756763b68371a404635cc8",
			"368e2d864115181bdc8bb5dc8684be8d0760d5c33315570d71a21afce4afd43e",
			"97a1e6270b33ad85744677418bae5f59ea9136027223bc6e282c47c167b471d5"}},
	} {
		for index, want := range v.scripts {
			text := public(t, v.text, uint32(index))
			got, err := Script(text, 0, uint32(index))
			if err != nil {
				t.Errorf("BIP %s: %s: %v", v.source, text, err)
				continue
			}
			if hex.EncodeToString(got) != "5120"+want {
				t.Errorf("BIP %s, index %d: %x, want 5120%s\n%s", v.source, index, got, want, text)
			}
			// No account of ours, whichever way it comes.
			if _, err := ParseLoose(text); !errors.Is(err, ErrUnsupported) {
				t.Errorf("BIP %s as an account: %v", v.source, err)
			}
			// Private keys are refused as such.
			if text != v.text {
				if _, err := Script(v.text, 0, 0); !errors.Is(err, ErrPrivate) {
					t.Errorf("BIP %s with private keys: %v", v.source, err)
				}
			}
		}
	}
}

// The descriptors that BIP 386, 387, 389 and 390 call invalid. Those of other
// output types are refused before their inside is looked at.
func TestPublishedInvalid(t *testing.T) {
	const m = "musig(" + plain3 + ")"
	const pair = "musig(" + xpubA + "," + xpubB + ")"
	for _, v := range []struct {
		source, text string
		kind         error
	}{
		{"386", "tr(5KYZdUEo39z3FPrtuX2QbbwGnNP5zTd7yyr2SC1j299sBCnWjss)", ErrPrivate},
		{"386", "tr(" + longA + ")", ErrSyntax},
		{"386", "wsh(tr(" + keyA + "))", ErrUnsupported},
		{"386", "sh(tr(" + keyA + "))", ErrUnsupported},
		{"386", "tr(" + keyA + ", pkh(" + wifA + "))", ErrSyntax},
		{"387", "multi_a(1,03" + keyB + ")", ErrSyntax},
		{"387", "sh(multi_a(1,03" + keyB + "))", ErrUnsupported},
		{"387", "wsh(multi_a(1,03" + keyB + "))", ErrUnsupported},
		{"387", "tr(" + nums + ",multi_a(a,03" + keyA + "))", ErrSyntax},
		{"387", "tr(" + nums + ",multi_a(0,03" + keyA + "))", ErrMembers},
		{"387", "tr(" + nums + ",multi_a(1," + longA + "))", ErrSyntax},
		{"387", "tr(" + nums + ",multi_a(3,03" + keyA + ",03" + keyB + "))", ErrMembers}, // with public keys for its private ones
		{"389", "pkh(" + xprvC + "/<0;1>/<2;3>)", ErrUnsupported},
		{"389", "pkh([deadbeef/<0;1>]" + xpubC + "/0)", ErrUnsupported},
		{"389", "tr(xpub661MyMwAqRbcF3yVrV2KyYetLMYA5mCbv4BhrKwUrFE9LZM6JRR1AEt8Jq4V4C8LwtTke6YEEdCZqgXp85YRk2j74EfJKhe3QybQ9kcUjs4/<6;7;8;9>/*,{pk(" + xpubA + "/<1;2;3>/0/*),pk(" + xpubD + "/0/0/<3;4;5>/*)})", ErrSyntax},
		// BIP 389's others are of other outputs; the same faults inside of tr().
		{"389", "tr(" + xpubC + "/<0;1>/<2;3>)", ErrSyntax},
		{"389", "tr([deadbeef/<0;1>]" + xpubC + "/0)", ErrSyntax},
		{"389", "tr(" + xpubC + "/<>/*)", ErrSyntax},
		{"389", "tr(" + xpubC + "/0>/*)", ErrSyntax},
		{"389", "tr(" + xpubC + "/<0/*)", ErrSyntax},
		{"389", "tr(" + xpubC + "/<0;>/*)", ErrSyntax},
		{"389", "tr(" + xpubC + "/<0>/*)", ErrSyntax},
		{"389", "tr(" + xpubC + "/<0;0>/*)", ErrSyntax},
		{"390", "pk(" + m + ")", ErrUnsupported},
		{"390", "pkh(" + m + ")", ErrUnsupported},
		{"390", "wpkh(" + m + ")", ErrUnsupported},
		{"390", "combo(" + m + ")", ErrUnsupported},
		{"390", "sh(wpkh(" + m + "))", ErrUnsupported},
		{"390", "sh(wsh(pk(" + m + ")))", ErrUnsupported},
		{"390", "wsh(" + m + ")", ErrUnsupported},
		{"390", "sh(" + m + ")", ErrUnsupported},
		{"390", "tr(" + m + "/0/0)", ErrSyntax},
		{"390", "tr(musig(" + xpubA + "/*," + xpubB + ")/0/*)", ErrSyntax},
		{"390", "tr(" + pair + "/0h/*)", ErrSyntax},
		{"390", "tr(" + pair + "/0/*h)", ErrSyntax},
		{"390", "tr(musig(" + pair + "," + xpubC + "))", ErrSyntax}, // nested
	} {
		for _, read := range []func(string) error{
			func(s string) error { _, err := Script(s, 0, 0); return err },
			func(s string) error { _, err := ParseLoose(s); return err },
		} {
			if err := read(v.text); !errors.Is(err, v.kind) {
				t.Errorf("BIP %s: %s: %v, want %v", v.source, v.text, err, v.kind)
			}
		}
	}
}

// BIP 380's checksum vectors.
func TestChecksumVectors(t *testing.T) {
	if sum, err := checksum("raw(deadbeef)"); err != nil || sum != "89f8spxm" {
		t.Errorf("%q, %v", sum, err)
	}
	for text, want := range map[string]error{
		"raw(deadbeef)#89f8spxm": nil, "raw(deadbeef)": nil, "raw(deadbeef)#": ErrChecksum,
		"raw(deadbeef)#89f8spxmx": ErrChecksum, "raw(deadbeef)#89f8spx": ErrChecksum,
		"raw(deedbeef)#89f8spxm": ErrChecksum, "raw(deedbeef)##9f8spxm": ErrChecksum, "raw(Ü)#00000000": ErrSyntax,
	} {
		if _, err := stripChecksum(text, false); !errors.Is(err, want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := stripChecksum("raw(deadbeef)", true); !errors.Is(err, ErrChecksum) {
		t.Errorf("without a checksum: %v", err)
	}
}

// BIP 380's key expressions. Private keys and hardened steps are valid there
// and refused here; an uncompressed key is not one for Taproot.
func TestKeyExpressionVectors(t *testing.T) {
	const plain, long = "0260b2003c386519fc9eadf2b5cf124dd8eea4c4e68d5e154050a9346ea98ce600", longA
	for text, want := range map[string]error{
		plain:                             nil,
		long:                              ErrSyntax,
		"[deadbeef/0h/0h/0h]" + plain:     nil,
		"[deadbeef/0'/0'/0']" + plain:     nil,
		"[deadbeef/0'/0h/0']" + plain:     nil,
		wifA:                              ErrPrivate,
		xpubA:                             nil,
		"[deadbeef/0h/1h/2h]" + xpubA:     nil,
		xpubA + "/3/4/5":                  nil,
		xpubA + "/3/4/5/*":                nil,
		xpubA + "/3h/4h/5h/*":             ErrUnsupported,
		xpubA + "/3/4/5/*h":               ErrUnsupported,
		xprvA:                             ErrPrivate,
		"[deadbeef/0h/1h/2h]" + xprvA:     ErrPrivate,
		xprvA + "/3h/4h/5h/*h":            ErrPrivate,
		"[deadbeef/0h/0h/0h/*]" + plain:   ErrSyntax,
		"[deadbeef/0h/0h/0h/]" + plain:    ErrSyntax,
		"[deadbef/0h/0h/0h]" + plain:      ErrSyntax,
		"[deadbeeef/0h/0h/0h]" + plain:    ErrSyntax,
		"[deadbeef/0f/0f/0f]" + plain:     ErrSyntax,
		"[deadbeef/0H/0H/0H]" + plain:     ErrSyntax,
		"[deadbeef/-0/-0/-0]" + plain:     ErrSyntax,
		wifA + "/0":                       ErrPrivate,
		plain + "/0":                      ErrSyntax,
		plain + "/*":                      ErrSyntax,
		xpubC + "/2147483648":             ErrSyntax,
		xpubC + "/1aa":                    ErrSyntax,
		"[aaaaaaaa][aaaaaaaa]" + xpubC:    ErrSyntax,
		"aaaaaaaa]" + xpubC + "/21474836": ErrSyntax,
		"[gaaaaaaa]" + xpubC:              ErrSyntax,
		"[deadbeef]":                      ErrSyntax,
	} {
		p := &parser{text: text}
		_, err := p.key(true)
		if err == nil && p.pos != len(text) {
			err = ErrSyntax
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", text, err, want)
		}
	}
}

// BIP 328's synthetic extended keys.
func TestSyntheticVectors(t *testing.T) {
	for _, v := range []struct {
		aggregate, xpub string
		keys            []string
	}{
		{"0354240c76b8f2999143301a99c7f721ee57eee0bce401df3afeaa9ae218c70f23",
			"xpub661MyMwAqRbcFt6tk3uaczE1y6EvM1TqXvawXcYmFEWijEM4PDBnuCXwwXEKGEouzXE6QLLRxjatMcLLzJ5LV5Nib1BN7vJg6yp45yHHRbm",
			[]string{"03935F972DA013F80AE011890FA89B67A27B7BE6CCB24D3274D18B2D4067F261A9", "02F9308A019258C31049344F85F89D5229B531C845836F99B08601F113BCE036F9"}},
		{"0290539eede565f5d054f32cc0c220126889ed1e5d193baf15aef344fe59d4610c",
			"xpub661MyMwAqRbcFt6tk3uaczE1y6EvM1TqXvawXcYmFEWijEM4PDBnuCXwwVk5TFJk8Tw5WAdV3DhrGfbFA216sE9BsQQiSFTdudkETnKdg8k",
			[]string{"02F9308A019258C31049344F85F89D5229B531C845836F99B08601F113BCE036F9", "03DFF1D77F2A671C5F36183726DB2341BE58FEAE1DA2DECED843240F7B502BA659", "023590A94E768F8E1815C2F24B4D80A8E3149316C3518CE7B7AD338368D038CA66"}},
		{"022479f134cdb266141dab1a023cbba30a870f8995b95a91fc8464e56a7d41f8ea",
			"xpub661MyMwAqRbcFt6tk3uaczE1y6EvM1TqXvawXcYmFEWijEM4PDBnuCXwwUvaZYpysLX4wN59tjwU5pBuDjNrPEJbfxjLwn7ruzbXTcUTHkZ",
			[]string{"02DFF1D77F2A671C5F36183726DB2341BE58FEAE1DA2DECED843240F7B502BA659", "023590A94E768F8E1815C2F24B4D80A8E3149316C3518CE7B7AD338368D038CA66", "02F9308A019258C31049344F85F89D5229B531C845836F99B08601F113BCE036F9", "03935F972DA013F80AE011890FA89B67A27B7BE6CCB24D3274D18B2D4067F261A9"}},
	} {
		// These vectors aggregate in the order given, without sorting.
		var pubs []*btcec.PublicKey
		for _, k := range v.keys {
			pub, err := btcec.ParsePubKey(mustHex(k))
			if err != nil {
				t.Fatal(err)
			}
			pubs = append(pubs, pub)
		}
		a, _, _, err := musig2.AggregateKeys(pubs, false)
		if err != nil {
			t.Fatal(err)
		}
		got := a.FinalKey.SerializeCompressed()
		if hex.EncodeToString(got) != v.aggregate {
			t.Errorf("aggregate %x, want %s", got, v.aggregate)
		}
		synthetic := hdkeychain.NewExtendedKey(chaincfg.MainNetParams.HDPublicKeyID[:], got, syntheticChain[:], make([]byte, 4), 0, 0, false)
		if synthetic.String() != v.xpub {
			t.Errorf("synthetic %s, want %s", synthetic, v.xpub)
		}
		// Our derivation and btcd's agree below it.
		n := node{a.FinalKey, syntheticChain}
		want := synthetic
		for _, index := range []uint32{0, 1, 5, hardened - 1} {
			if n, _, err = n.descend(index); err != nil {
				t.Fatal(err)
			}
			if want, err = want.Derive(index); err != nil {
				t.Fatal(err)
			}
			pub, err := want.ECPubKey()
			if err != nil {
				t.Fatal(err)
			}
			if !pub.IsEqual(n.pub) || [32]byte(want.ChainCode()) != n.chain {
				t.Errorf("child %d differs", index)
			}
		}
	}
}

// BIP 389's expansions: a path of the tuple gives what the single descriptor
// that it stands for gives. Its vectors are of other outputs, so their keys
// stand inside of tr() here.
func TestMultipathVectors(t *testing.T) {
	for _, v := range []struct {
		multi  string
		single []string
	}{
		{xpubB + "/<0;1>", []string{xpubB + "/0", xpubB + "/1"}},
		{"[ffffffff/13h]xpub69H7F5d8KSRgmmdJg2KhpAK8SR3DjMwAdkxj3ZuxV27CprR9LgpeyGmXUbC6wb7ERfvrnKZjXoUmmDznezpbZb7ap6r1D3tgFxHmwMkQTPH/<1;3>/2/*", []string{
			"[ffffffff/13h]xpub69H7F5d8KSRgmmdJg2KhpAK8SR3DjMwAdkxj3ZuxV27CprR9LgpeyGmXUbC6wb7ERfvrnKZjXoUmmDznezpbZb7ap6r1D3tgFxHmwMkQTPH/1/2/*",
			"[ffffffff/13h]xpub69H7F5d8KSRgmmdJg2KhpAK8SR3DjMwAdkxj3ZuxV27CprR9LgpeyGmXUbC6wb7ERfvrnKZjXoUmmDznezpbZb7ap6r1D3tgFxHmwMkQTPH/3/2/*"}},
		{nums + ",multi_a(2," + xpubA + "/<1;2>/*," + xpubB + "/<3;4>/0/*)", []string{
			nums + ",multi_a(2," + xpubA + "/1/*," + xpubB + "/3/0/*)", nums + ",multi_a(2," + xpubA + "/2/*," + xpubB + "/4/0/*)"}},
		{xpubC + "/<0;1;2>", []string{xpubC + "/0", xpubC + "/1", xpubC + "/2"}},
		{nums + ",multi_a(2," + xpubA + "/<1;2;3>/0/*," + xpubB + "/0/*," + xpubD + "/0/0/<3;4;5>/*)", []string{
			nums + ",multi_a(2," + xpubA + "/1/0/*," + xpubB + "/0/*," + xpubD + "/0/0/3/*)",
			nums + ",multi_a(2," + xpubA + "/2/0/*," + xpubB + "/0/*," + xpubD + "/0/0/4/*)",
			nums + ",multi_a(2," + xpubA + "/3/0/*," + xpubB + "/0/*," + xpubD + "/0/0/5/*)"}},
	} {
		for path, single := range v.single {
			got, err := Script("tr("+v.multi+")", path, 9)
			if err != nil {
				t.Fatal(err)
			}
			want, err := Script("tr("+single+")", 0, 9)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != string(want) {
				t.Errorf("path %d of %s", path, v.multi)
			}
		}
		if _, err := Script("tr("+v.multi+")", len(v.single), 0); !errors.Is(err, ErrPath) {
			t.Errorf("a path too many: %v", err)
		}
	}
}
