package text

import (
	"math"
	"strconv"
	"strings"

	"supercomputing/chain/types"
)

// Unit is what amounts are counted in.
const Unit = "SCC"

// noBreak keeps a number and its unit on one line.
const noBreak = "\u00a0"

// Amount is an amount for reading: at most four decimals (more for amounts
// below a hundredth), grouped, with the unit. Where money is decided, use Exact.
func (c *Catalog) Amount(a types.Amount) string { return c.Coins(a) + noBreak + Unit }

// Coins is Amount without the unit.
func (c *Catalog) Coins(a types.Amount) string {
	whole, frac, _ := strings.Cut(a.String(), ".")
	keep := 4
	if abs := max(a, -a); abs < types.Coin/100 {
		keep = 8
	}
	if len(frac) > keep {
		frac = strings.TrimRight(frac[:keep], "0") // cut, never rounded up: nobody is promised more than there is
	}
	return join(whole, frac)
}

// Exact is the amount with all its digits, grouped, and the unit.
func (c *Catalog) Exact(a types.Amount) string {
	whole, frac, _ := strings.Cut(a.String(), ".")
	return join(whole, frac) + noBreak + Unit
}

// Signed is Amount with a plus for what came in and a minus for what went out.
func (c *Catalog) Signed(a types.Amount, in bool) string {
	if a < 0 {
		a, in = -a, !in
	}
	if in {
		return "+" + c.Amount(a)
	}
	return "−" + c.Amount(a)
}

func join(whole, frac string) string {
	whole = group(whole)
	if frac == "" {
		return whole
	}
	return whole + "." + frac
}

// group puts commas between thousands and gives a real minus sign.
func group(digits string) string {
	sign := ""
	if d, ok := strings.CutPrefix(digits, "-"); ok {
		sign, digits = "−", d
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, r := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Number is a whole number, grouped.
func (c *Catalog) Number(n int64) string { return group(strconv.FormatInt(n, 10)) }

// Decimal is a number with so many decimals, grouped.
func (c *Catalog) Decimal(f float64, digits int) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return "–"
	}
	whole, frac, _ := strings.Cut(strconv.FormatFloat(f, 'f', digits, 64), ".")
	return join(whole, frac)
}

// Percent shows a part of 1: "46 %". Small parts keep a decimal.
func (c *Catalog) Percent(part float64) string {
	digits := 0
	if p := math.Abs(part); p > 0 && p < 0.1 {
		digits = 1
	}
	return c.Decimal(part*100, digits) + noBreak + "%"
}

// Bytes is a size: "1.5 GB", in powers of 1000 as disks are sold.
func (c *Catalog) Bytes(n int64) string {
	units := [...]string{"B", "KB", "MB", "GB", "TB", "PB", "EB"}
	f, u := float64(n), 0
	for math.Abs(f) >= 999.5 && u < len(units)-1 {
		f, u = f/1000, u+1
	}
	digits := 0
	if u > 0 && math.Abs(f) < 99.95 {
		digits = 1
	}
	s := c.Decimal(f, digits)
	return strings.TrimSuffix(s, ".0") + noBreak + units[u]
}

// Rate is bytes per second.
func (c *Catalog) Rate(n int64) string { return c.Bytes(n) + "/s" }
