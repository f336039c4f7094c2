package picture

import (
	"errors"
	"math/rand/v2"
	"testing"
)

var forms = []Form{RGB8, RGBA8, RGB16, RGBA16, RGBHalf, RGBAHalf, RGBFloat, RGBAFloat}

// noise is a picture of random bits: every pattern, NaNs too.
func noise(t testing.TB, f Form, w, h int) *Picture {
	t.Helper()
	p, err := New(f, w, h)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.NewChaCha8([32]byte{byte(f)})
	r.Read(p.Pix)
	return p
}

func TestEncodingKeepsEveryBit(t *testing.T) {
	for _, f := range forms {
		for _, size := range [][2]int{{1, 1}, {1, 7}, {5, 1}, {96, 54}, {700, 700}, {MaxSide, 2}} {
			p := noise(t, f, size[0], size[1])
			b := p.Encode()
			if int64(len(b)) > MaxEncoded(f, p.W, p.H) {
				t.Errorf("%s %v: %d bytes, more than %d", f, size, len(b), MaxEncoded(f, p.W, p.H))
			}
			q, err := Decode(b, f, p.W, p.H)
			if err != nil || q.Hash() != p.Hash() {
				t.Errorf("%s %v: %v", f, size, err)
			}
		}
	}
}

func TestDecodeRefusesOtherSizes(t *testing.T) {
	b := noise(t, RGBA8, 20, 10).Encode()
	for _, c := range []struct {
		f    Form
		w, h int
		want error
	}{
		{RGBA8, 10, 20, nil}, // as many bytes: another picture, but a picture
		{RGBA8, 20, 11, ErrPicture},
		{RGBA8, 20, 9, ErrPicture},
		{RGB8, 20, 10, ErrPicture},
		{RGBA16, 20, 10, ErrPicture},
		{0, 20, 10, ErrForm},
		{RGBAFloat + 1, 20, 10, ErrForm},
		{RGBA8, 0, 10, ErrSize},
		{RGBA8, MaxSide, MaxSide, ErrSize},
	} {
		if _, err := Decode(b, c.f, c.w, c.h); !errors.Is(err, c.want) {
			t.Errorf("%s %d×%d: %v, not %v", c.f, c.w, c.h, err, c.want)
		}
	}
}
