package avatar

import (
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"strings"
	"testing"
)

const address = "sc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"

// golden is the picture of address. It must never change: people know it.
const golden = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" rx="2" fill="#def4ed"/><path fill="#008e70" d="M2 4h1v1h-1zM5 4h1v1h-1zM1 6h1v1h-1zM6 6h1v1h-1z"/><path fill="#9ba1fb" d="M3 2h1v1h-1zM4 2h1v1h-1zM1 4h1v1h-1zM6 4h1v1h-1zM1 5h1v1h-1zM2 5h1v1h-1zM5 5h1v1h-1zM6 5h1v1h-1zM3 6h1v1h-1zM4 6h1v1h-1z"/><path fill="#008e70" d="M1 1.5a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0zM2 1.5a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0zM3 1.5a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0zM4 1.5a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0zM5 1.5a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0zM6 1.5a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0zM1 2.5a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0zM2 2.5a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0zM5 2.5a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0zM6 2.5a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0zM1 3.5a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0zM2 3.5a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0zM5 3.5a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0zM6 3.5a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0zM3 5.5a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0zM4 5.5a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0z"/></svg>`

func TestGolden(t *testing.T) {
	if got := SVG(address); got != golden {
		t.Errorf("the picture changed:\n%s", got)
	}
	if SVG(strings.ToUpper(address)) != golden {
		t.Error("capital letters make a difference")
	}
}

// TestAvalanche changes each letter: the picture must be clearly another.
func TestAvalanche(t *testing.T) {
	base := of(address)
	seen := map[string]bool{golden: true}
	for i := range address {
		other := []byte(address)
		other[i] = "qpzry"[i%5]
		if string(other) == address {
			other[i] = 'x'
		}
		p := of(string(other))
		differ := 0
		for row := range cells {
			for col := range half {
				if p.grid[row][col] != base.grid[row][col] {
					differ++
				}
			}
		}
		if s := SVG(string(other)); differ < 5 || seen[s] {
			t.Errorf("letter %d: %d of 18 cells differ", i, differ)
		} else {
			seen[s] = true
		}
	}
}

// TestAlike draws the SVG's shapes and compares their middle, and the tile, with
// the image.
func TestAlike(t *testing.T) {
	for i := range 50 {
		a := fmt.Sprint(address, i)
		var doc struct {
			Rect struct {
				Fill string `xml:"fill,attr"`
			} `xml:"rect"`
			Paths []struct {
				Fill string `xml:"fill,attr"`
				D    string `xml:"d,attr"`
			} `xml:"path"`
		}
		if err := xml.Unmarshal([]byte(SVG(a)), &doc); err != nil {
			t.Fatal(err)
		}
		var grid [side][side]string
		for y := range side {
			for x := range side {
				grid[y][x] = doc.Rect.Fill
			}
		}
		for _, p := range doc.Paths {
			for shape := range strings.SplitSeq(p.D[1:], "M") {
				var x, y int
				if _, err := fmt.Sscanf(strings.Replace(shape, ".5a", " ", 1), "%d %d", &x, &y); err != nil {
					t.Fatal(shape, err)
				}
				grid[y][x] = p.Fill
			}
		}
		const scale = 16
		img := Image(a, side*scale)
		for y := range side {
			for x := range side {
				c := img.At(x*scale+scale/2, y*scale+scale/2).(color.NRGBA)
				if got := fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B); c.A != 0 && got != grid[y][x] {
					t.Fatalf("%s: cell %d, %d is %s, the SVG has %s", a, x, y, got, grid[y][x])
				}
			}
		}
	}
}

func TestShape(t *testing.T) {
	for _, s := range []int{-5, 0, 1, 8, 33, 100, 5000} {
		img := Image(address, s).(*image.NRGBA)
		n := img.Bounds().Dx()
		if n != img.Bounds().Dy() || n != min(max(s, MinSize), MaxSize) {
			t.Fatalf("size %d: %v", s, img.Bounds())
		}
		if n < 32 {
			continue
		}
		if img.NRGBAAt(0, 0).A != 0 || img.NRGBAAt(n/2, n/2).A != 255 {
			t.Error("no round corners")
		}
		for y := range n {
			for x := range n / 2 {
				if img.NRGBAAt(x, y) != img.NRGBAAt(n-1-x, y) {
					t.Fatalf("size %d: not symmetrical at %d, %d", s, x, y)
				}
			}
		}
	}
}

func TestBounded(t *testing.T) {
	for _, a := range []string{"", "\x00\"><script>", strings.Repeat("x", 1<<20)} {
		if s := SVG(a); len(s) > 8000 || strings.Contains(s, "script") {
			t.Errorf("%d bytes", len(s))
		}
	}
	for i := range 1000 {
		if s := SVG(fmt.Sprint(i)); len(s) > 8000 {
			t.Errorf("%d bytes", len(s))
		}
	}
}
