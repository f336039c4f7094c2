package povray

import (
	"strings"
	"testing"
)

func TestIni(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want func(*options)
	}{
		"empty":  {"", func(*options) {}},
		"size":   {"Width=320\nheight = 200 ; of the picture", func(o *options) { o.width, o.height = 320, 200 }},
		"frames": {"Initial_Frame=5\nFinal_Frame=9\nInitial_Clock=1\nFinal_Clock=2.5\nCyclic_Animation=on", func(o *options) { o.first, o.last, o.from, o.to, o.cyclic, o.animated = 5, 9, 1, 2.5, true, true }},
		"switches": {"+W320 +H200 +A0.1 +R4 +AM2 +KFI2 +KFF9 +KI1 +KF3 +KC +UA +Q8 +WT4 -D +HR", func(o *options) {
			o.width, o.height, o.antialias, o.threshold, o.depth, o.method = 320, 200, true, 0.1, 4, 2
			o.first, o.last, o.animated, o.from, o.to, o.cyclic, o.alpha, o.quality = 2, 9, true, 1, 3, true, true, 8
		}},
		"library":  {`Library_Path="maps;more"`, func(o *options) { o.library = []string{"maps;more"} }},
		"declare":  {"Declare=Big=2.5", func(o *options) { o.declares = []declare{{"Big", 2.5}} }},
		"section":  {"[Low]\nQuality=3", func(o *options) { o.quality = 3 }},
		"commands": {"Pre_Scene_Command=rm -rf /\nOutput_File_Name=/etc/passwd", func(o *options) { o.ignored = []string{"Pre_Scene_Command"} }},
		"clock":    {"+K0.5", func(o *options) { o.clock = 0.5 }},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseIni(c.text)
			if err != nil {
				t.Fatal(err)
			}
			want := defaults()
			c.want(&want)
			if got.text() != want.text() || strings.Join(got.library, "|") != strings.Join(want.library, "|") || strings.Join(got.ignored, "|") != strings.Join(want.ignored, "|") {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			again, err := parseBundleIni(got.text())
			if err != nil || again.text() != got.text() {
				t.Errorf("its own text: %v", err)
			}
		})
	}
}

func TestIniRefused(t *testing.T) {
	for _, text := range []string{
		"Width=0", "Width=100000", "Width=-5", "Height=x", "Final_Frame=99999999999", "Initial_Frame=-1", "Initial_Frame=9\nFinal_Frame=2",
		"Clock=NaN", "Clock=Inf", "Clock=1e300", "Output_Alpha=perhaps", "Antialias_Depth=10", "Sampling_Method=3", "Quality=12",
		"Declare=a b=1", "Declare=a", "Declare=a=\"text\"", "Declare=1a=1", "+KFFx", "+AMx",
	} {
		if o, err := parseIni(text); err == nil {
			t.Errorf("%q: %+v", text, o)
		}
	}
	ok := defaults()
	for _, text := range []string{ok.text() + "\n", ok.text() + "Pre_Frame_Command=x\n", "; hello\n" + ok.text(), strings.ToLower(ok.text()), ok.text() + "Library_Path=/\n"} {
		if _, err := parseBundleIni(text); err == nil {
			t.Errorf("bundle's: %q", text)
		}
	}
}

func FuzzIni(f *testing.F) {
	f.Add("Width=320\n+KFF9 -A\nDeclare=a=1 ; x\n[b]\nLibrary_Path=\"x\"")
	f.Add(defaults().text())
	f.Fuzz(func(t *testing.T, text string) {
		o, err := parseIni(text)
		if err != nil {
			return
		}
		if _, err := parseBundleIni(o.text()); err != nil {
			t.Errorf("%q: %q: %v", text, o.text(), err)
		}
	})
}
