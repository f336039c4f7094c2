package avatar

import (
	"fmt"
	"strings"
)

// SVG draws the picture of an address as an SVG document of less than 8 KB. It
// holds nothing of the address' text.
func SVG(address string) string {
	p := of(address)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d"><rect width="%d" height="%d" rx="%d" fill="#%06x"/>`,
		side, side, side, side, corner, p.paper)
	for _, k := range []kind{deepSquare, brightSquare, deepDisc} {
		var path strings.Builder
		for row := range cells {
			for col := range cells {
				if p.grid[row][col] != k {
					continue
				}
				x, y := col+margin, row+margin
				if k == deepDisc {
					fmt.Fprintf(&path, "M%d %d.5a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0z", x, y)
				} else {
					fmt.Fprintf(&path, "M%d %dh1v1h-1z", x, y)
				}
			}
		}
		if path.Len() > 0 {
			fmt.Fprintf(&b, `<path fill="#%06x" d="%s"/>`, p.colour(k), path.String())
		}
	}
	b.WriteString("</svg>")
	return b.String()
}
