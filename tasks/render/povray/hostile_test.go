package povray

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
)

// TestComputedNamesAreBounded has texts of which each line would have this
// process look through a whole folder, or all strings.
func TestComputedNamesAreBounded(t *testing.T) {
	files := map[string]string{bundleIni: defaults().text()}
	for i := range 3000 {
		files[fmt.Sprintf("%s/a%d.png", bundleFiles, i)] = ""
	}
	for name, line := range map[string]string{
		"in a folder":   "image_map { png concat(\"a%d\", str(clock, 0, 0), \"z\") }\n",
		"among strings": "\"b%[1]d.png\" image_map { png concat(str(clock, 0, 0), \"z%[1]d\") }\n",
	} {
		var b strings.Builder
		b.WriteString(plainScene)
		for i := range 20000 {
			fmt.Fprintf(&b, line, i)
		}
		files[bundleScene] = b.String()
		dir := scene(t, files)
		begun := time.Now()
		if err := New(Options{}).CheckBundle(dir); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(begun); took > 2*time.Minute { // some milliseconds; hours without the bound
			t.Errorf("%s: a bundle's check took %v", name, took)
		}
		begun = time.Now()
		_, err := New(Options{}).Inspect(t.Context(), filepath.Join(dir, bundleScene))
		if !errors.Is(err, engine.ErrScene) || !strings.Contains(err.Error(), "more than") {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(begun); took > 2*time.Minute {
			t.Errorf("%s: looking the scene over took %v", name, took)
		}
	}
}

// TestHostileScenes has bombs of several kinds, and a name that no text has.
func TestHostileScenes(t *testing.T) {
	p := sandboxed(t)
	s := small(picture.RGB8)
	for name, c := range map[string]struct {
		text string
		want error // nil: any
	}{
		"users":             {`#include concat(chr(47), "etc", chr(47), "passwd")`, engine.ErrScene},
		"an endless macro":  {`#macro M() M() #end M()`, engine.ErrScene},
		"a huge array":      {`#declare A = array[2000000000];`, engine.ErrLimit},
		"an endless string": {`#declare S = "xxxxxxxx"; #while (1) #declare S = concat(S, S); #end`, nil},
		"endless objects":   {`#while (1) sphere { 0, 1 } #end`, engine.ErrLimit},
		"a huge volume":     {`box { 0, 1 pigment { density_file df3 "v.df3" } }`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir := scene(t, map[string]string{
				bundleScene: plainScene + c.text, bundleIni: defaults().text(), bundleFiles + "/v.df3": "\xff\xff\xff\xff\xff\xff",
			})
			if err := p.CheckBundle(dir); err != nil {
				t.Fatal(err) // what only rendering tells is not seen here
			}
			_, err := render(t, p, engine.Request{
				Bundle: dir, Settings: s, Tiles: []engine.Tile{frame(1, s)}, Foreign: true,
				Memory: 256 << 20, Disk: 32 << 20, Time: 4 * time.Second,
			})
			if c.want != nil && !errors.Is(err, c.want) || !errors.Is(err, engine.ErrScene) && !errors.Is(err, engine.ErrLimit) {
				t.Errorf("%v, wanted %v", err, c.want)
			}
		})
	}
}
