package assets

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

// plain fails unless an SVG is one path without a colour, a stroke or a style
// of its own: a toolkit recolours nothing else.
func plain(t *testing.T, name string, svg []byte) {
	t.Helper()
	var elements []string
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		elements = append(elements, start.Name.Local)
		for _, a := range start.Attr {
			if start.Name.Local == "path" && (a.Name.Local != "d" || len(a.Value) < 10) {
				t.Errorf("%s: its path has %s=%q", name, a.Name.Local, a.Value)
			}
		}
	}
	if !slices.Equal(elements, []string{"svg", "path"}) {
		t.Errorf("%s consists of %v", name, elements)
	}
}

func TestIcons(t *testing.T) {
	names := Icons()
	for _, n := range names {
		svg, ok := Icon(n)
		if !ok {
			t.Errorf("%s is listed and not there", n)
			continue
		}
		plain(t, n, svg)
	}
	list, err := os.ReadFile("icons/names.txt")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for line := range strings.Lines(string(list)) {
		want = append(want, strings.Fields(line)[0])
	}
	slices.Sort(want)
	slices.Sort(names)
	if !slices.Equal(names, want) {
		t.Error("the icons are not those of names.txt: run make.sh")
	}
	for _, bad := range []string{"", "nothing", "../logo", "home.svg"} {
		if _, ok := Icon(bad); ok {
			t.Errorf("there is an icon %q", bad)
		}
	}
}

func TestTray(t *testing.T) {
	seen := map[string]TrayState{}
	for _, s := range []TrayState{Working, Paused, Offline} {
		plain(t, s.String(), Tray(s))
		if other, ok := seen[string(Tray(s))]; ok {
			t.Errorf("%v looks like %v", s, other)
		}
		seen[string(Tray(s))] = s
		if _, err := png.Decode(bytes.NewReader(TrayPNG(s))); err != nil {
			t.Errorf("%v: %v", s, err)
		}
	}
}

func TestLogo(t *testing.T) {
	if err := xml.Unmarshal(Logo(), new(struct{})); err != nil {
		t.Error(err)
	}
	for _, c := range []struct{ ask, get int }{
		{0, 16}, {16, 16}, {17, 22}, {22, 22}, {24, 24}, {32, 32}, {40, 48}, {48, 48}, {64, 64}, {128, 128}, {256, 256}, {512, 512}, {1024, 512},
	} {
		img, err := png.DecodeConfig(bytes.NewReader(LogoPNG(c.ask)))
		if err != nil {
			t.Fatalf("%d: %v", c.ask, err)
		}
		if img.Width != c.get || img.Height != c.get {
			t.Errorf("%d pixels: got %d × %d", c.ask, img.Width, img.Height)
		}
	}
}
