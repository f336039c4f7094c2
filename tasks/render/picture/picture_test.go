package picture

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func TestForms(t *testing.T) {
	names := map[string]bool{}
	for i, f := range forms {
		alpha, float := i%2 == 1, i >= 4
		sample := []int{1, 1, 2, 2, 2, 2, 4, 4}[i]
		channels := 3
		if alpha {
			channels = 4
		}
		if !f.Valid() || f.Alpha() != alpha || f.Float() != float || f.Channels() != channels || f.Bytes() != channels*sample {
			t.Errorf("%s: %v %v %v %d %d", f, f.Valid(), f.Alpha(), f.Float(), f.Channels(), f.Bytes())
		}
		if names[f.String()] || strings.HasPrefix(f.String(), "form") {
			t.Errorf("%d is called %s", f, f)
		}
		names[f.String()] = true
	}
	for _, f := range []Form{0, RGBAFloat + 1, 255} {
		if f.Valid() || f.Alpha() || f.Float() || f.Bytes() != 0 || f.Channels() != 0 {
			t.Errorf("%s counts as a form", f)
		}
	}
}

func TestNew(t *testing.T) {
	for _, c := range []struct {
		f    Form
		w, h int
		want error
	}{
		{RGB8, 1, 1, nil}, {RGBAFloat, MaxSide, 1, nil}, {RGB8, 1, MaxSide, nil},
		{RGB8, 0, 1, ErrSize}, {RGB8, 1, -1, ErrSize}, {RGB8, MaxSide + 1, 1, ErrSize},
		{RGB8, 1 << 15, 1<<13 + 1, ErrSize}, {0, 1, 1, ErrForm}, {9, 1, 1, ErrForm},
	} {
		p, err := New(c.f, c.w, c.h)
		if !errors.Is(err, c.want) || (err == nil) != (p != nil) {
			t.Errorf("%s %d×%d: %v", c.f, c.w, c.h, err)
		}
		if p != nil && p.check() != nil {
			t.Errorf("%s %d×%d: %v", c.f, c.w, c.h, p.check())
		}
	}
}

// The hash is part of what nodes say to each other: it never changes.
func TestHash(t *testing.T) {
	p := &Picture{Form: RGB8, W: 2, H: 1, Pix: []byte{1, 2, 3, 4, 5, 6}}
	got := p.Hash()
	const want = "fb3292962f0dc6e1387915c8e48d05e4ea0a1d79dd4c985f115e458f2a08fbce"
	if hex.EncodeToString(got[:]) != want {
		t.Errorf("hash %x", got)
	}
	for name, q := range map[string]*Picture{
		"another form": {Form: RGB16, W: 1, H: 1, Pix: p.Pix},
		"upright":      {Form: RGB8, W: 1, H: 2, Pix: p.Pix},
		"another bit":  {Form: RGB8, W: 2, H: 1, Pix: []byte{1, 2, 3, 4, 5, 7}},
	} {
		if q.Hash() == got {
			t.Errorf("%s has the same hash", name)
		}
	}
}

func TestPasteAndCrop(t *testing.T) {
	for _, f := range forms {
		whole := noise(t, f, 20, 13)
		out, err := New(f, 20, 13)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range [][4]int{{0, 0, 7, 5}, {7, 0, 13, 5}, {0, 5, 19, 8}, {19, 5, 1, 8}} {
			tile, err := whole.Crop(r[0], r[1], r[2], r[3])
			if err != nil || tile.W != r[2] || tile.H != r[3] || tile.Form != f {
				t.Fatalf("%v: %v", r, err)
			}
			if err := out.Paste(tile, r[0], r[1]); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(out.Pix, whole.Pix) {
			t.Errorf("%s: the tiles make another picture", f)
		}
	}
	p, tile := noise(t, RGB8, 20, 13), noise(t, RGB8, 5, 5)
	for _, at := range [][2]int{{16, 0}, {0, 9}, {-1, 0}, {0, -1}, {1 << 62, 0}, {-1 << 63, 0}} {
		if err := p.Paste(tile, at[0], at[1]); !errors.Is(err, ErrForm) {
			t.Errorf("pasted at %v: %v", at, err)
		}
		if _, err := p.Crop(at[0], at[1], 5, 5); !errors.Is(err, ErrForm) {
			t.Errorf("cut at %v: %v", at, err)
		}
	}
	if err := p.Paste(noise(t, RGBA8, 5, 5), 0, 0); !errors.Is(err, ErrForm) {
		t.Errorf("another form: %v", err)
	}
	if _, err := p.Crop(0, 0, 0, 5); !errors.Is(err, ErrForm) {
		t.Errorf("nothing: %v", err)
	}
}
