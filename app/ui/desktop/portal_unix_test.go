//go:build unix && !darwin

package desktop

import (
	"testing"

	"github.com/godbus/dbus/v5"

	"supercomputing/app/ui/text"
	"supercomputing/app/view"
	"supercomputing/assets"
)

func TestPortalCall(t *testing.T) {
	words, err := text.Load(assets.Lang(), text.English)
	if err != nil {
		t.Fatal(err)
	}
	kinds := []view.FileKind{{Name: "Scenes", Extensions: []string{".blend"}}, {}}
	method, o := portalCall(Choice{Kinds: kinds}, "tok", words)
	filters, ok := o["filters"].Value().([]portalFilter)
	if method != "OpenFile" || !ok || len(filters) != 2 || filters[0].Rules[0].Pattern != "*.[bB][lL][eE][nN][dD]" || filters[1].Name != "All files" {
		t.Errorf("%s %v", method, o)
	}
	if sig := o["filters"].Signature().String(); sig != "a(sa(us))" {
		t.Errorf("filters have the signature %s", sig)
	}
	if method, o = portalCall(Choice{Save: "a.csv"}, "tok", words); method != "SaveFile" || o["current_name"].Value() != "a.csv" {
		t.Errorf("%s %v", method, o)
	}
	if method, o = portalCall(Choice{Folder: true}, "tok", words); method != "OpenFile" || o["directory"].Value() != true {
		t.Errorf("%s %v", method, o)
	}
}

func TestPortalAnswer(t *testing.T) {
	uris := func(all ...string) map[string]dbus.Variant {
		return map[string]dbus.Variant{"uris": dbus.MakeVariant(all)}
	}
	for _, c := range []struct {
		body []any
		want string
		bad  bool
	}{
		{[]any{uint32(0), uris("file:///a%20b+c.png")}, "/a b+c.png", false},
		{[]any{uint32(1), uris()}, "", false},
		{[]any{uint32(0), uris()}, "", false},
		{[]any{uint32(0), uris("smb://host/x")}, "", true},
		{[]any{"x", uris()}, "", true},
		{nil, "", true},
	} {
		got, err := portalAnswer(c.body)
		if got != c.want || (err != nil) != c.bad {
			t.Errorf("%v: %q, %v", c.body, got, err)
		}
	}
}
