package descriptor

import "strings"

// The characters of descriptors and of their checksums (BIP 380).
const (
	charset = "0123456789()[],'/*abcdefgh@:$%{}" +
		"IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~" +
		"ijklmnopqrstuvwxyzABCDEFGH`#\"\\ "
	checksumCharset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	checksumSize    = 8
)

// polymod takes one symbol into BIP 380's checksum.
func polymod(c uint64, symbol int) uint64 {
	top := c >> 35
	c = (c&0x7ffffffff)<<5 ^ uint64(symbol)
	for i, g := range [...]uint64{0xf5dee51989, 0xa9fdca3312, 0x1bab10e32d, 0x3706b1677a, 0x644d626ffd} {
		if top>>i&1 != 0 {
			c ^= g
		}
	}
	return c
}

// checksum computes the eight characters behind '#'. The error names the first
// character that descriptors cannot have.
func checksum(text string) (string, error) {
	c, groups, count := uint64(1), 0, 0
	for i := range len(text) {
		v := strings.IndexByte(charset, text[i])
		if v < 0 {
			return "", fail(i, ErrSyntax, "a character that descriptors do not have")
		}
		c = polymod(c, v&31)
		groups = groups*3 + v>>5
		if count++; count == 3 {
			c = polymod(c, groups)
			groups, count = 0, 0
		}
	}
	if count > 0 {
		c = polymod(c, groups)
	}
	for range checksumSize {
		c = polymod(c, 0)
	}
	c ^= 1
	var sum [checksumSize]byte
	for i := range sum {
		sum[i] = checksumCharset[c>>(5*(checksumSize-1-i))&31]
	}
	return string(sum[:]), nil
}

// stripChecksum verifies the checksum and takes it off. Without must, a text
// that has none is accepted.
func stripChecksum(text string, must bool) (string, error) {
	if len(text) > MaxLength {
		return "", fail(-1, ErrTooLong, "%d characters, at most %d", len(text), MaxLength)
	}
	body, sum, found := strings.Cut(text, "#")
	if !found {
		if must {
			return "", fail(-1, ErrChecksum, "there is none")
		}
		_, err := checksum(body)
		return body, err
	}
	want, err := checksum(body)
	if err != nil {
		return "", err
	}
	if len(sum) != checksumSize {
		return "", fail(len(body)+1, ErrChecksum, "it has %d characters instead of %d", len(sum), checksumSize)
	}
	if sum != want {
		return "", fail(len(body)+1, ErrChecksum, "something is mistyped; copy the line again")
	}
	return body, nil
}
