package main

import (
	"strings"
	"testing"
)

const hash = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

const good = `{"one_tip":true,"tip":"` + hash + `","digest":"` + hash + `","conserved":true,"sha256_ok":true,"bid":"40","seconds":80.5,
"payouts":[{"address":"a","score":"1","coins":"0.6"},{"address":"b","score":"1","coins":"0.6"},
{"address":"c","score":"1","coins":"0.6"},{"address":"d","score":"1","coins":"0.6"}]}`

func TestCheck(t *testing.T) {
	if err := check([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, new string }{
		{"forked", `"one_tip":true`, `"one_tip":false`},
		{"coins lost", `"conserved":true`, `"conserved":false`},
		{"file damaged", `"sha256_ok":true`, `"sha256_ok":false`},
		{"key missing", `"sha256_ok":true,`, ``},
		{"no tip", `"tip":"` + hash + `"`, `"tip":""`},
		{"no bid", `"bid":"40"`, `"bid":"0"`},
		{"unpaid node", `"score":"1","coins":"0.6"}]`, `"score":"1","coins":"0"}]`},
		{"node without score", `"score":"1","coins":"0.6"}]`, `"score":"0","coins":"1"}]`},
		{"a node missing", `,` + "\n" + `{"address":"c","score":"1","coins":"0.6"}`, ``},
		{"not JSON", `}]}`, ``},
	} {
		changed := strings.Replace(good, c.old, c.new, 1)
		if changed == good {
			t.Fatalf("%s: nothing was changed", c.name)
		}
		if check([]byte(changed)) == nil {
			t.Errorf("%s: accepted", c.name)
		}
	}
}
