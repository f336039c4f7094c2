package calm

import "testing"

func TestSettle(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"LANG": "C.UTF-8"}, "en"},
		{map[string]string{"LANG": "de_DE.UTF-8", "LC_ALL": "C.utf8"}, "en"},
		{map[string]string{"LANG": "C.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, ""},
		{map[string]string{"LANG": "C.UTF-8", "LANGUAGE": "zh"}, ""},
		{map[string]string{"LANG": "C"}, ""},
		{map[string]string{}, ""},
	} {
		got := ""
		told := settle(func(k string) string { return c.env[k] }, func(k, v string) error { got = v; return nil })
		if got != c.want || told != c.want {
			t.Errorf("%v: set to %q, told %q", c.env, got, told)
		}
	}
}
