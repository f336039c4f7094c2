package config

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestDefaultIsValid(t *testing.T) {
	c := Default()
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	// Promise of the product: nothing listens beyond loopback unless it was
	// switched on or a job needs it.
	if c.Listen.Gossip != "" || c.Contribute.Enabled || c.Contribute.Unsandboxed != "" {
		t.Errorf("switched on by default: %+v", c)
	}
}

func TestLoadSave(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	c, err := Load(dir)
	if err != nil || !reflect.DeepEqual(c, Default()) {
		t.Fatalf("without a file: %+v, %v", c, err)
	}
	for _, kv := range []Setting{
		{"network", "local"}, {"seeds", "a.example:1, [::1]:2"}, {"contribute.disk", "1.5 GB"},
		{"contribute.upload", "8MiB/s"}, {"contribute.enabled", "on"}, {"contribute.cores", "3"}, {"contribute.memory", "6 GiB"},
		{"contribute.unsandboxed", Unsandboxed}, {"engines.blender", filepath.Join(dir, "blender")}, {"outbound", "3"}, {"log.format", "json"},
	} {
		if err := c.Set(kv.Key, kv.Value); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Save(dir); err != nil {
		t.Fatal(err)
	}
	back, err := Load(dir)
	if err != nil || !reflect.DeepEqual(back, c) {
		t.Fatalf("read back:\n%+v\nwant\n%+v, %v", back, c, err)
	}
	if len(back.Seeds) != 2 || back.Contribute.Disk != 1_500_000_000 || back.Contribute.Upload != 8<<20 ||
		back.Contribute.Memory != 6<<30 || back.Contribute.Unsandboxed != Unsandboxed {
		t.Errorf("values: %+v", back)
	}
	files, _ := os.ReadDir(dir)
	if len(files) != 1 {
		t.Errorf("Save left files behind: %v", files)
	}
}

// A failed Save keeps the file that was there.
func TestSaveKeepsOldFile(t *testing.T) {
	dir := t.TempDir()
	c := Default()
	if err := c.Save(dir); err != nil {
		t.Fatal(err)
	}
	c.Outbound = 1000
	if err := c.Save(dir); !errors.Is(err, ErrConfig) {
		t.Errorf("saved an invalid setting: %v", err)
	}
	if back, err := Load(dir); err != nil || back.Outbound != 8 {
		t.Errorf("old file: %+v, %v", back, err)
	}
}

func TestParseRefuses(t *testing.T) {
	cases := []struct{ name, file, key, says string }{
		{"unknown key", `{"version":1,"netwrok":"test"}`, "netwrok", "no such"},
		{"unknown inner key", `{"version":1,"contribute":{"dsik":"1 GB"}}`, "contribute.dsik", "no such"},
		{"other case", `{"version":1,"Network":"test"}`, "Network", "no such"},
		{"given twice", `{"version":1,"network":"test","network":"local"}`, "network", "twice"},
		{"inner given twice", `{"version":1,"log":{"level":"info","level":"warn"}}`, "log.level", "twice"},
		{"null", `{"version":1,"network":null}`, "network", "null"},
		{"number for text", `{"version":1,"network":3}`, "network", "a text"},
		{"text for number", `{"version":1,"outbound":"8"}`, "outbound", "whole number"},
		{"fraction", `{"version":1,"outbound":1.5}`, "outbound", "whole number"},
		{"number for size", `{"version":1,"contribute":{"disk":5}}`, "contribute.disk", "10 GiB"},
		{"number for rate", `{"version":1,"contribute":{"upload":5}}`, "contribute.upload", "8 MiB/s"},
		{"no size", `{"version":1,"contribute":{"disk":"much"}}`, "contribute.disk", "not a size"},
		{"text for flag", `{"version":1,"produce":"yes"}`, "produce", "true or false"},
		{"text for inner flag", `{"version":1,"messages":{"listen":"yes"}}`, "messages.listen", "true or false"},
		{"unknown key of messages", `{"version":1,"messages":{"read":true}}`, "messages.read", "no such"},
		{"text for list", `{"version":1,"seeds":"a:1"}`, "seeds", "list"},
		{"text for group", `{"version":1,"log":"info"}`, "log", "not an object"},
		{"no version", `{}`, "version", "missing"},
		{"version 0", `{"version":0}`, "version", "not a version"},
		{"newer", `{"version":99}`, "version", "newer program"},
		{"empty network", `{"version":1,"network":""}`, "network", ""},
		{"no port", `{"version":1,"listen":{"gossip":"0.0.0.0"}}`, "listen.gossip", "host:port"},
		{"port name", `{"version":1,"listen":{"gossip":"0.0.0.0:http"}}`, "listen.gossip", "port"},
		{"listen on a name", `{"version":1,"listen":{"contact":"example.com:1"}}`, "listen.contact", "IP address"},
		{"open API", `{"version":1,"listen":{"api":"0.0.0.0:1"}}`, "listen.api", "loopback"},
		{"API on all", `{"version":1,"listen":{"api":":1"}}`, "listen.api", "loopback"},
		{"no API", `{"version":1,"listen":{"api":""}}`, "listen.api", "host:port"},
		{"contact without host", `{"version":1,"contact":":7403"}`, "contact", "outside"},
		{"contact port 0", `{"version":1,"contact":"a.example:0"}`, "contact", "outside"},
		{"bad seed", `{"version":1,"seeds":["a.example"]}`, "seeds", "host:port"},
		{"relative dir", `{"version":1,"contribute":{"dir":"work"}}`, "contribute.dir", "absolute"},
		{"no jobs", `{"version":1,"contribute":{"max_jobs":0}}`, "contribute.max_jobs", "1 to 1000"},
		{"number for memory", `{"version":1,"contribute":{"memory":5}}`, "contribute.memory", "8 GiB"},
		{"no memory", `{"version":1,"contribute":{"memory":"unlimited"}}`, "contribute.memory", "half"},
		{"tiny memory", `{"version":1,"contribute":{"memory":"1 MiB"}}`, "contribute.memory", "256 MiB"},
		{"negative cores", `{"version":1,"contribute":{"cores":-1}}`, "contribute.cores", "0 for all"},
		{"cores as text", `{"version":1,"contribute":{"cores":"all"}}`, "contribute.cores", "whole number"},
		{"half a permission", `{"version":1,"contribute":{"unsandboxed":"yes"}}`, "contribute.unsandboxed", Unsandboxed},
		{"too much time", `{"version":1,"contribute":{"cpu":101}}`, "contribute.cpu", "1 to 100"},
		{"number for time", `{"version":1,"contribute":{"idle_after":180}}`, "contribute.idle_after", "3 min"},
		{"a day without input", `{"version":1,"contribute":{"idle_after":"25 h"}}`, "contribute.idle_after", "24 h"},
		{"number for hours", `{"version":1,"contribute":{"hours":24}}`, "contribute.hours", "mon-fri"},
		{"no hours", `{"version":1,"contribute":{"hours":"never"}}`, "contribute.hours", "not hours"},
		{"number for cores", `{"version":1,"contribute":{"in_use":{"cores":4}}}`, "contribute.in_use.cores", "half"},
		{"in use of nothing", `{"version":1,"contribute":{"in_use":{"disk":"1 GB"}}}`, "contribute.in_use.disk", "no such"},
		{"tiny memory in use", `{"version":1,"contribute":{"in_use":{"memory":"1 MiB"}}}`, "contribute.in_use.memory", "256 MiB"},
		{"negative charge", `{"version":1,"contribute":{"pause":{"charge":-1}}}`, "contribute.pause.charge", "1 to 100"},
		{"freezing", `{"version":1,"contribute":{"pause":{"celsius":5}}}`, "contribute.pause.celsius", "30 to 120"},
		{"nameless program", `{"version":1,"contribute":{"pause":{"programs":[""]}}}`, "contribute.pause.programs", "not a name"},
		{"program twice", `{"version":1,"contribute":{"pause":{"programs":["a","a"]}}}`, "contribute.pause.programs", "twice"},
		{"two dapps in one", `{"version":1,"contribute":{"off":["a,b"]}}`, "contribute.off", "not a name"},
		{"relative Blender", `{"version":1,"engines":{"blender":"blender"}}`, "engines.blender", "absolute"},
		{"relative POV-Ray", `{"version":1,"engines":{"povray":"bin/povray"}}`, "engines.povray", "absolute"},
		{"relative ffmpeg", `{"version":1,"engines":{"ffmpeg":"./ffmpeg"}}`, "engines.ffmpeg", "absolute"},
		{"another engine", `{"version":1,"engines":{"maya":"/usr/bin/maya"}}`, "engines.maya", "no such"},
		{"log level", `{"version":1,"log":{"level":"loud"}}`, "log.level", "debug"},
		{"log format", `{"version":1,"log":{"format":"xml"}}`, "log.format", "text or json"},
		{"log size", `{"version":1,"log":{"size":"1 KiB"}}`, "log.size", "64 KiB"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte(c.file))
			var ke *KeyError
			if !errors.As(err, &ke) || ke.Key != c.key || !strings.Contains(ke.Reason, c.says) {
				t.Errorf("got %v, want key %q with %q", err, c.key, c.says)
			}
		})
	}
	for _, file := range []string{"", "{", "[]", "null", `{"version":1}}`, `{"version":1} x`, `{"version":1,}`, `{version:1}`, strings.Repeat(" ", maxFile+1)} {
		if _, err := Parse([]byte(file)); !errors.Is(err, ErrConfig) {
			t.Errorf("Parse(%.20q): %v", file, err)
		}
	}
}

// The migration mechanism brings an old document forward, one step a version,
// and the steps there are reach the present version.
func TestMigrate(t *testing.T) {
	if len(migrations) != Version-1 {
		t.Fatalf("%d migrations for version %d", len(migrations), Version)
	}
	// Two steps as a later program might hold them: a key moves into a group,
	// then its unit changes.
	steps := []func(document) error{
		func(d document) error {
			group, err := json.Marshal(map[string]json.RawMessage{"upload": d["upload"]})
			delete(d, "upload")
			d["contribute"] = group
			return err
		},
		func(d document) error {
			var group struct{ Upload int }
			if err := json.Unmarshal(d["contribute"], &group); err != nil {
				return err
			}
			raw, err := json.Marshal(map[string]Rate{"upload": Rate(group.Upload) << 10})
			d["contribute"] = raw
			return err
		},
	}
	for _, from := range []string{`{"version":1,"upload":64}`, `{"version":2,"contribute":{"upload":64}}`, `{"version":3,"contribute":{"upload":"64 KiB/s"}}`} {
		doc, err := parseObject([]byte(from))
		if err != nil {
			t.Fatal(err)
		}
		if err := migrate(doc, steps, 3); err != nil {
			t.Fatalf("%s: %v", from, err)
		}
		if string(doc["contribute"]) == "" || string(doc["version"]) != "3" || doc["upload"] != nil {
			t.Errorf("%s became %s", from, doc)
		}
		doc["version"] = json.RawMessage("1")
		c := Default()
		if err := fill(doc, &c); err != nil || c.Contribute.Upload != 64<<10 {
			t.Errorf("%s: %v, %v", from, c.Contribute.Upload, err)
		}
	}
	doc, _ := parseObject([]byte(`{"version":1,"upload":"x"}`))
	if err := migrate(doc, steps, 3); err == nil {
		t.Error("a step's failure was ignored")
	}
}

func TestSetAndGet(t *testing.T) {
	c := Default()
	for _, s := range c.Settings() {
		got, err := c.Get(s.Key)
		if err != nil || got != s.Value {
			t.Errorf("Get(%s) = %q, %v; listed as %q", s.Key, got, err, s.Value)
		}
		if s.Key == "version" {
			continue
		}
		if err := c.Set(s.Key, s.Value); err != nil {
			t.Errorf("a listed value is not accepted back: %v", err)
		}
	}
	if !reflect.DeepEqual(c, Default()) {
		t.Errorf("setting every value to itself changed something: %+v", c)
	}
	for _, s := range []Setting{
		{"version", "1"}, {"nothing", "1"}, {"contribute", "1"}, {"contribute.disk.x", "1"}, {"", "1"},
		{"produce", "maybe"}, {"outbound", "many"}, {"outbound", "99"}, {"contribute.disk", "-1 GB"}, {"seeds", "x"},
	} {
		if err := c.Set(s.Key, s.Value); !errors.Is(err, ErrConfig) {
			t.Errorf("Set(%q, %q): %v", s.Key, s.Value, err)
		}
	}
	if !reflect.DeepEqual(c, Default()) {
		t.Errorf("a refused value changed something: %+v", c)
	}
}

func TestSizes(t *testing.T) {
	cases := []struct {
		text string
		want Size
		back string
	}{
		{"unlimited", 0, "unlimited"}, {"0", 0, "unlimited"}, {"4096", 4096, "4 KiB"}, {"10 GiB", 10 << 30, "10 GiB"},
		{"10gib", 10 << 30, "10 GiB"}, {"1.5 GB", 1_500_000_000, "1500000000 B"}, {"1500 B", 1500, "1500 B"}, {" 2TiB ", 2 << 40, "2 TiB"},
	}
	for _, c := range cases {
		got, err := ParseSize(c.text)
		if err != nil || got != c.want || got.String() != c.back {
			t.Errorf("%q: %d %q, %v", c.text, got, got, err)
		}
		again, err := ParseSize(got.String())
		if err != nil || again != got {
			t.Errorf("%q does not read back: %d, %v", got, again, err)
		}
	}
	for _, text := range []string{"", "GiB", "-1", "+1", "1e9", "0x10", "NaN", "Inf", "ten", "1 XB", "99999999 TiB", "1..2"} {
		if v, err := ParseSize(text); err == nil {
			t.Errorf("%q was read as %d", text, v)
		}
	}
	if r, err := ParseRate("8 MiB/s"); err != nil || r != 8<<20 || r.String() != "8 MiB/s" {
		t.Errorf("rate: %v, %v", r, err)
	}
}

func TestMemory(t *testing.T) {
	for text, want := range map[string]Memory{"half": 0, " Half ": 0, "8 GiB": 8 << 30, "512MiB": 512 << 20, "1000": 1000} {
		got, err := ParseMemory(text)
		if err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
		if again, err := ParseMemory(got.String()); err != nil || again != got {
			t.Errorf("%q does not read back: %d, %v", got, again, err)
		}
	}
	for _, text := range []string{"", "0", "unlimited", "-1", "quarter", "half a GiB"} {
		if v, err := ParseMemory(text); err == nil {
			t.Errorf("%q was read as %d", text, v)
		}
	}
}

func FuzzParse(f *testing.F) {
	c := Default()
	raw, _ := json.Marshal(&c)
	f.Add(raw)
	f.Add([]byte(`{"version":1,"log":{"level":"debug"},"seeds":["a:1"]}`))
	f.Add([]byte(`{"version":1,"contribute":{"memory":"8 GiB","cores":2,"hours":"fri 22-6","in_use":{"cores":"half"},"pause":{"programs":["x"]}},"engines":{"blender":"/opt/blender/blender"}}`))
	f.Add([]byte(`{"version":1,"contribute":{"disk":"1 GB","disk":"2 GB"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := Parse(raw)
		if err != nil {
			if !errors.Is(err, ErrConfig) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		out, err := json.Marshal(&c)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Parse(out)
		if err != nil || !reflect.DeepEqual(back, c) {
			t.Fatalf("accepted, but not read back: %+v, %v", back, err)
		}
	})
}
