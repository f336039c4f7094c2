package kit

// heights are those of a list's rows: all the same, or guessed until a row is
// measured. Sums are kept in a tree (Fenwick's), so that a hundred thousand
// rows cost no more than a hundred.
type heights struct {
	n       int
	uniform float32 // of all rows, when measured is nil
	guess   float32
	sizes   []float32
	known   []bool
	tree    []float64
}

// reset begins anew for n rows. A negative uniform height means that each row
// has its own.
func (h *heights) reset(n int, uniform, guess float32) {
	*h = heights{n: n, uniform: uniform, guess: guess}
	if uniform >= 0 {
		return
	}
	h.sizes, h.known, h.tree = make([]float32, n), make([]bool, n), make([]float64, n+1)
	for i := range n {
		h.sizes[i] = guess
		h.tree[i+1] += float64(guess)
		if up := (i + 1) + (i+1)&-(i+1); up <= n {
			h.tree[up] += h.tree[i+1]
		}
	}
}

// set notes a measured height and gives by how much it differs from before.
func (h *heights) set(i int, size float32) (delta float32) {
	h.known[i] = true
	delta = size - h.sizes[i]
	h.sizes[i] = size
	for k := i + 1; k <= h.n; k += k & -k {
		h.tree[k] += float64(delta)
	}
	return delta
}

func (h *heights) of(i int) float32 {
	if h.sizes == nil {
		return h.uniform
	}
	return h.sizes[i]
}

// measured tells whether the i-th height is not a guess.
func (h *heights) measured(i int) bool { return h.sizes == nil || h.known[i] }

// top is where the i-th row begins.
func (h *heights) top(i int) float32 {
	if h.sizes == nil {
		return float32(i) * h.uniform
	}
	sum := 0.0
	for k := i; k > 0; k -= k & -k {
		sum += h.tree[k]
	}
	return float32(sum)
}

func (h *heights) total() float32 { return h.top(h.n) }

// at is the row at y, at least 0 and at most the last.
func (h *heights) at(y float32) int {
	if h.n == 0 {
		return 0
	}
	if h.sizes == nil {
		if h.uniform <= 0 {
			return 0
		}
		return max(0, min(h.n-1, int(y/h.uniform)))
	}
	low, high := 0, h.n-1
	for low < high {
		mid := (low + high + 1) / 2
		if h.top(mid) <= y {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return low
}
