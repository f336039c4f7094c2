package config

import (
	"errors"
	"reflect"
	"testing"
)

func TestSetAll(t *testing.T) {
	for name, c := range map[string]struct {
		changes []Setting
		wrong   string // the key that the error names, "" for none
	}{
		"several":        {[]Setting{{"log.level", "debug"}, {"contribute.disk", "3 GiB"}, {"seeds", "a:1, b:2"}}, ""},
		"remote":         {[]Setting{{"listen.remote", "0.0.0.0:7405"}}, ""},
		"nothing":        {nil, ""},
		"the second bad": {[]Setting{{"log.level", "debug"}, {"outbound", "1000"}}, "outbound"},
		"unknown":        {[]Setting{{"log.level", "debug"}, {"log.colour", "red"}}, "log.colour"},
		"a group":        {[]Setting{{"log", "debug"}}, "log"},
		"twice":          {[]Setting{{"log.level", "debug"}, {"log.level", "info"}}, "log.level"},
		"version":        {[]Setting{{"version", "1"}}, "version"},
		"remote by name": {[]Setting{{"listen.remote", "example.org:7405"}}, "listen.remote"},
	} {
		t.Run(name, func(t *testing.T) {
			conf := Default()
			err := conf.SetAll(c.changes)
			if c.wrong != "" {
				var ke *KeyError
				if !errors.As(err, &ke) || ke.Key != c.wrong {
					t.Errorf("error %v, want one of %s", err, c.wrong)
				}
				if !reflect.DeepEqual(conf, Default()) {
					t.Errorf("something changed: %+v", conf)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range c.changes {
				if got, _ := conf.Get(s.Key); got != s.Value && s.Key != "seeds" {
					t.Errorf("%s is %q", s.Key, got)
				}
			}
		})
	}
}

// Lists that nobody filled are saved so that they can be read.
func TestSaveNilLists(t *testing.T) {
	dir := t.TempDir()
	c := Default()
	c.Seeds, c.Contribute.Off, c.Contribute.Pause.Programs = nil, nil, nil
	if err := c.Save(dir); err != nil {
		t.Fatal(err)
	}
	if c.Seeds != nil {
		t.Error("saving changed what was saved")
	}
	if got, err := Load(dir); err != nil || len(got.Seeds) != 0 || got.Seeds == nil {
		t.Errorf("%+v, %v", got, err)
	}
}
