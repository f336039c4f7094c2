package main

import (
	"strings"
	"testing"
)

const hash = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

const coins = `"one_tip":true,"tip":"` + hash + `","digest":"` + hash + `","conserved":true,"bid":"40","seconds":80.5,
"payouts":[{"address":"a","score":"1","coins":"0.6"},{"address":"b","score":"1","coins":"0.6"},
{"address":"c","score":"1","coins":"0.6"},{"address":"d","score":"1","coins":"0.6"}]}`

// good is what each play ends with when all is well.
var good = map[string]string{
	"download": `{"sha256_ok":true,` + coins,
	"render":   `{"engine":"blender","frames":24,"frames_exact":24,"repeated_share":0.31,"caught":0,` + coins,
}

func TestCheck(t *testing.T) {
	for play, raw := range good {
		if err := check(play, []byte(raw)); err != nil {
			t.Errorf("%s: %v", play, err)
		}
	}
	if check("download", []byte(good["render"])) == nil || check("render", []byte(good["download"])) == nil || check("web", []byte(good["render"])) == nil {
		t.Error("one play stands for another")
	}
	for _, c := range []struct{ play, name, old, new string }{
		{"", "forked", `"one_tip":true`, `"one_tip":false`},
		{"", "coins lost", `"conserved":true`, `"conserved":false`},
		{"", "no tip", `"tip":"` + hash + `"`, `"tip":""`},
		{"", "no bid", `"bid":"40"`, `"bid":"0"`},
		{"", "no time", `"seconds":80.5`, `"seconds":0`},
		{"", "unpaid node", `"score":"1","coins":"0.6"}]`, `"score":"1","coins":"0"}]`},
		{"", "node without score", `"score":"1","coins":"0.6"}]`, `"score":"0","coins":"1"}]`},
		{"", "a node missing", `,` + "\n" + `{"address":"c","score":"1","coins":"0.6"}`, ``},
		{"", "not JSON", `}]}`, ``},
		{"download", "file damaged", `"sha256_ok":true`, `"sha256_ok":false`},
		{"download", "key missing", `"sha256_ok":true,`, ``},
		{"render", "no engine", `"engine":"blender",`, ``},
		{"render", "no frame", `"frames":24,"frames_exact":24`, `"frames":0,"frames_exact":0`},
		{"render", "a frame differs", `"frames_exact":24`, `"frames_exact":23`},
		{"render", "no comparison", `"frames_exact":24,`, ``},
		{"render", "nothing checked", `"repeated_share":0.31`, `"repeated_share":0`},
		{"render", "checks only", `"repeated_share":0.31`, `"repeated_share":1`},
		{"render", "share missing", `"repeated_share":0.31,`, ``},
		{"render", "node accused", `"caught":0`, `"caught":1`},
		{"render", "nobody counted", `"caught":0,`, ``},
	} {
		for play, raw := range good {
			if c.play != "" && c.play != play {
				continue
			}
			changed := strings.Replace(raw, c.old, c.new, 1)
			if changed == raw {
				t.Fatalf("%s: nothing was changed", c.name)
			}
			if check(play, []byte(changed)) == nil {
				t.Errorf("%s: %s: accepted", play, c.name)
			}
		}
	}
}
