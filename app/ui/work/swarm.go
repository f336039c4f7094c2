package work

import "supercomputing/app/view"

// has tells whether bit i of a bit field (BEP 3) is set.
func has(bits []byte, i int) bool {
	return i>>3 < len(bits) && bits[i>>3]&(0x80>>(i&7)) != 0
}

// held gives, for each of at most so many columns of a strip, the part of its
// pieces that a node holds.
func held(bits []byte, pieces, most int) []float64 {
	return spread(pieces, most, func(i int) float64 {
		if has(bits, i) {
			return 1
		}
		return 0
	})
}

// available gives for each column how many nodes hold its pieces, on average.
func available(nodes []view.SwarmNode, pieces, most int) []float64 {
	count := make([]float64, max(pieces, 0))
	for _, n := range nodes {
		for i := range count {
			if has(n.Have, i) {
				count[i]++
			}
		}
	}
	return spread(pieces, most, func(i int) float64 { return count[i] })
}

// spread averages a value of each piece over at most so many columns, whose
// sizes differ by a piece at most.
func spread(pieces, most int, value func(int) float64) []float64 {
	cols := min(pieces, most)
	if cols < 1 {
		return nil
	}
	out := make([]float64, cols)
	for c := range out {
		from, to := c*pieces/cols, (c+1)*pieces/cols
		for i := from; i < to; i++ {
			out[c] += value(i)
		}
		out[c] /= float64(to - from)
	}
	return out
}
