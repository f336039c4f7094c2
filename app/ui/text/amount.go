package text

import (
	"errors"
	"strings"

	"supercomputing/chain/types"
)

// ParseAmount reads what a person typed as an amount of coins: "1,234.5",
// "0.05 SCC", "12". The text of its error is for people, in the catalog's
// language.
func (c *Catalog) ParseAmount(s string) (types.Amount, error) {
	s = strings.Map(plain, strings.TrimSpace(s))
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(s, Unit), strings.ToLower(Unit)))
	s = strings.ReplaceAll(s, " ", "")
	s = ungroup(s)
	switch whole, frac, _ := strings.Cut(s, "."); {
	case s == "":
		return 0, errors.New(c.T("kit.amount.empty"))
	case strings.HasPrefix(s, "-") || strings.HasPrefix(s, "−"):
		return 0, errors.New(c.T("kit.amount.negative"))
	case strings.Contains(s, ","):
		return 0, errors.New(c.T("kit.amount.comma"))
	case strings.Trim(whole+frac, "0123456789") != "" || whole+frac == "":
		return 0, errors.New(c.T("kit.amount.digits"))
	case len(frac) > 8:
		return 0, errors.New(c.T("kit.amount.decimals"))
	}
	a, err := types.ParseAmount(s)
	if err != nil {
		return 0, errors.New(c.T("kit.amount.large"))
	}
	return a, nil
}

// plain turns full-width digits and signs, as Chinese keyboards write them,
// into plain ones.
func plain(r rune) rune {
	switch {
	case r >= '０' && r <= '９':
		return r - '０' + '0'
	case r == '．' || r == '。':
		return '.'
	case r == '，':
		return ','
	case r == '\u00a0' || r == '\u3000':
		return ' '
	}
	return r
}

// ungroup takes out commas that group thousands. A comma anywhere else stays
// and is refused: "1,5" could mean one and a half or fifteen.
func ungroup(s string) string {
	whole, frac, point := strings.Cut(s, ".")
	groups := strings.Split(whole, ",")
	if len(groups) < 2 || len(groups[0]) == 0 || len(groups[0]) > 3 {
		return s
	}
	for _, g := range groups[1:] {
		if len(g) != 3 {
			return s
		}
	}
	s = strings.Join(groups, "")
	if point {
		s += "." + frac
	}
	return s
}

// Short is an address or a hash cut in the middle: "sc1q9x7g…t5w6y".
func Short(address string) string {
	r := []rune(address)
	if len(r) <= 18 {
		return address
	}
	return string(r[:10]) + "…" + string(r[len(r)-6:])
}
