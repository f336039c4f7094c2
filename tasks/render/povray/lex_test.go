package povray

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// read lists what a text refers to, and its remarks.
func read(src string) (out []string) {
	v := make(vars)
	r := reader{
		vars: v,
		ref: func(f ref) {
			s := fmt.Sprintf("%d %s %s", f.line, f.kind, strings.ReplaceAll(strings.Join(f.names, "|"), any1, "*"))
			if f.optional {
				s += "?"
			}
			out = append(out, s)
		},
		remark: func(m remark) { out = append(out, fmt.Sprintf("%d %s!", m.line, m.what)) },
	}
	r.read(src)
	return out
}

func TestReferences(t *testing.T) {
	for name, c := range map[string]struct {
		src  string
		want []string
	}{
		"include":         {`#include "colors.inc"`, []string{"1 include colors.inc"}},
		"spaces":          {"\n # include\n \"a.inc\"", []string{"2 include a.inc"}},
		"comment":         {`// #include "a"` + "\n/* #include \"b\" /* #include \"c\" */ png \"d\" */ png \"e\"", []string{"2 texture e"}},
		"string":          {`#debug "png \"x\" #include" // "`, nil},
		"image":           {`pigment { image_map { png "t.png" } }`, []string{"1 texture t.png"}},
		"image, no type":  {`pigment { image_map { "t.png" gamma 1 } }`, []string{"1 texture t.png"}},
		"image, gamma":    {`bump_map { jpeg "t" bump_size 1 }`, []string{"1 texture t"}},
		"height field":    {`height_field { tga "h.tga" smooth }`, []string{"1 texture h.tga"}},
		"pattern":         {`function { pigment { image_pattern { png "f.png" } } }`, []string{"1 texture f.png"}},
		"volume":          {`density { density_file df3 "smoke.df3" }`, []string{"1 volume smoke.df3"}},
		"font":            {`text { ttf "timrom.ttf" "png" 1, 0 }`, []string{"1 font timrom.ttf"}},
		"internal font":   {`text { internal 1 "hi" 1, 0 }`, nil},
		"data":            {`#fopen F "d.txt" read`, []string{"1 data d.txt"}},
		"written":         {`#fopen F "d.txt" write`, []string{"1 write!", "1 written d.txt?"}},
		"appended":        {`#fopen F concat("d", ".txt") append`, []string{"1 write!", "1 written d.txt?"}},
		"exists":          {`#if (file_exists("d.txt")) #end`, []string{"1 data d.txt?"}},
		"windows":         {`png "C:\\maps\\a.png" jpeg "maps\b.jpg"`, []string{"1 texture C:/maps/a.png", "1 texture maps/b.jpg"}},
		"declared":        {`#declare T = "a.png"; png T`, []string{"1 texture a.png"}},
		"declared twice":  {`#local T = "a.png"; #local T = "b.png"; png T`, []string{"1 texture a.png|b.png"}},
		"array":           {`#declare T = array[2] {"a.png", "b.png"} png T[1]`, []string{"1 texture a.png|b.png"}},
		"array of arrays": {`#declare T = array[2][1] {{"a.png"}, {"b.png"}}; png T[1][0]`, []string{"1 texture a.png|b.png"}},
		"element":         {`#declare T[0] = "a.png"; png T[0]`, []string{"1 texture a.png"}},
		"concat":          {`png concat("a", "b", ".png")`, []string{"1 texture ab.png"}},
		"computed":        {`png concat("a", str(frame_number, -4, 0), ".png")`, []string{"1 texture a*.png"}},
		"nested":          {`png concat("a", concat("b", chr(65 + (2*3))), ".png")`, []string{"1 texture ab*.png"}},
		"not understood":  {`png concat("a", if(3, 2), ".png") png "b"`, []string{"1 texture a*.png", "1 texture b"}},
		"unknown":         {`#macro M(F) pigment { image_map { png F } } #end`, []string{"1 texture *"}},
		"keyword":         {`png gamma 1`, nil},
		"radiosity":       {`global_settings { radiosity { count 1 } photons { count 1 } }`, []string{"1 radiosity!", "1 photons!"}},
		"radiosity off":   {`finish { radiosity off }`, nil},
		"time":            {`#declare R = seed(now);`, []string{"1 now!"}},
		"camera":          {`camera { location clock*x }`, []string{"1 camera!", "1 clock!"}},
		"open string":     {`png "abc`, []string{"1 texture abc"}},
		"open comment":    {`/* png "abc"`, nil},
		"open concat":     {`png concat("a", `, []string{"1 texture a"}},
		"open array":      {`#declare A = array[1] { "x", `, nil},
		"open bracket":    {`#declare A[`, nil},
		"backslash":       {`png "abc\`, []string{"1 texture abc/"}},
		"zero byte":       {"png \"a\x00b\"", []string{"1 texture ab"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := read(c.src); !slices.Equal(got, c.want) {
				t.Errorf("%s\ngot  %q\nwant %q", c.src, got, c.want)
			}
		})
	}
}

// Names that grow with each declaration stay bounded.
func TestNamesBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString(`#declare S = "x"; #declare S = "y";`)
	for range 100 {
		b.WriteString(`#declare S = concat(S, S, S, S);`)
	}
	b.WriteString("png S png " + strings.Repeat("concat(", 10_000) + `"a"`)
	for _, line := range read(b.String()) {
		if len(line) > 2*maxNames*maxName {
			t.Errorf("%d bytes", len(line))
		}
	}
}

func TestRewrite(t *testing.T) {
	names := map[string]string{"/a/b.png": "outside/1-b.png", "../c.inc": "outside/2-c.inc"}
	src := "#include \"../c.inc\" // \"/a/b.png\"\npng \"/a/b.png\" #debug \"../c\" png \"\\\\a\\\\b.png\""
	want := "#include \"outside/2-c.inc\" // \"/a/b.png\"\npng \"outside/1-b.png\" #debug \"../c\" png \"outside/1-b.png\""
	if got := rewrite(src, names); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := rewrite(src, nil); got != src {
		t.Errorf("nothing to do, but %s", got)
	}
}

func FuzzReferences(f *testing.F) {
	for _, s := range []string{
		`#include "a" png concat("a", str(1,2,3)) /* /* */ */ "`, `#declare A = array[2] {"a", {"b"}}; png A[1]`,
		`#fopen F "x" write`, `png concat(concat(concat(`, "#", `"\`, "/*", `image_map { "a" }`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		read(src)
		if got := rewrite(src, map[string]string{"\x00": "never"}); got != src {
			t.Errorf("changed %q to %q", src, got)
		}
	})
}
