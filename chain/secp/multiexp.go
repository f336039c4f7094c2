package secp

// scalar is a factor of a point: an integer below 2^256, least significant
// word first.
type scalar [4]uint64

// shortBits and longBits are the lengths of the two kinds of factor.
const (
	shortBits = 128
	longBits  = 256
)

// multiexp adds up factors times points: Pippenger's bucket method. Factors
// are cut into signed digits of w bits. For each place, from the top, points
// go into the bucket of their digit's size, the negative of the point if the
// digit is; a bucket's sum then counts as often as its number says. The first
// long factors may have 256 bits, the others have 128 and no digits in the
// upper places.
func multiexp(points []affine, factors []scalar, long int) jacobian {
	return multiexpWidth(points, factors, long, width(len(points), long))
}

func multiexpWidth(points []affine, factors []scalar, long, w int) jacobian {
	places := longBits/w + 1
	digits := make([]int16, places*len(points)) // by place, then point
	for i := range factors {
		factors[i].digits(digits[i:], w, places, len(points))
	}
	buckets := make([]jacobian, 1<<(w-1))
	var sum jacobian
	for place := places - 1; place >= 0; place-- {
		for range w {
			sum.double()
		}
		n := long
		if place <= shortBits/w {
			n = len(points)
		}
		clear(buckets)
		fill(buckets, points[:n], digits[place*len(points):])
		total := collect(buckets)
		sum.add(&total)
	}
	return sum
}

// fill adds each point to the bucket of its digit. Bucket i is that of digits
// i+1 and -(i+1); a digit of 0 adds nothing.
func fill(buckets []jacobian, points []affine, digits []int16) {
	for i := range points {
		switch d := digits[i]; {
		case d > 0:
			buckets[d-1].addAffine(&points[i])
		case d < 0:
			q := points[i]
			q.y.neg(&q.y)
			buckets[-d-1].addAffine(&q)
		}
	}
}

// collect gives the sum of (i+1) times bucket i, as the sum of all the sums
// from the top down to each bucket.
func collect(buckets []jacobian) jacobian {
	var run, total jacobian
	for i := len(buckets) - 1; i >= 0; i-- {
		run.add(&buckets[i])
		total.add(&run)
	}
	return total
}

// digits writes the places digits of k to every stride-th element of out. They
// lie in [-2^(w-1), 2^(w-1)], which is one bit more than w bits hold of k's;
// what is too large borrows from the next place. The top place has at least
// one bit to spare, so nothing is carried out of it.
func (k *scalar) digits(out []int16, w, places, stride int) {
	carry := 0
	for place := range places {
		d := k.bits(place*w, w) + carry
		carry = 0
		if d > 1<<(w-1) {
			d -= 1 << w
			carry = 1
		}
		out[place*stride] = int16(d)
	}
}

// bits gives n bits of k from bit i up; above the top they are 0.
func (k *scalar) bits(i, n int) int {
	if i >= longBits {
		return 0
	}
	word, shift := i/64, i%64
	v := k[word] >> shift
	if shift+n > 64 && word+1 < len(k) {
		v |= k[word+1] << (64 - shift)
	}
	return int(v & (1<<n - 1))
}

// maxWidth keeps the buckets of one place in a processor's second cache.
const maxWidth = 12

// width chooses the digit length that costs the fewest additions, where a
// bucket costs about three of a point.
func width(points, long int) int {
	best, least := 0, 0
	for w := 2; w <= maxWidth; w++ {
		cost := (shortBits/w+1)*points + (longBits-shortBits)/w*long + (longBits/w+1)*(3<<(w-1))
		if best == 0 || cost < least {
			best, least = w, cost
		}
	}
	return best
}
