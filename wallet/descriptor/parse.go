package descriptor

import (
	"slices"
	"strconv"
	"strings"
)

// output is what a whole descriptor says: tr(KEY), tr(KEY,TREE) or rawtr(KEY).
type output struct {
	raw   bool // rawtr(): the key is the output key itself
	key   *keyExpr
	tree  *tree
	paths int // how many descriptors a multipath (BIP 389) stands for; 1: none
}

// tree is a script tree (BIP 386): a leaf or a pair.
type tree struct {
	left, right *tree // of a pair
	pos         int
	sorted      bool // sortedmulti_a
	multi       bool // multi_a or sortedmulti_a; otherwise pk
	required    int
	keys        []*keyExpr
}

// maxDepth bounds nesting; BIP 341 allows 128 levels, and MaxLength fewer.
const maxDepth = 128

// elsewhere are the functions of descriptors that make no Taproot output,
// which is the only kind of output that the chain has.
var elsewhere = []string{"pk", "pkh", "wpkh", "sh", "wsh", "multi", "sortedmulti", "combo", "addr", "raw"}

type parser struct {
	text  string
	pos   int
	paths int // tuple length of multipath steps, 0: none yet
}

// parseOutput reads a descriptor without its checksum.
func parseOutput(text string) (*output, error) {
	p := &parser{text: text}
	o := &output{paths: 1}
	name := p.name()
	switch {
	case !p.take("("):
		return nil, p.failf(0, ErrSyntax, "it does not begin with a function such as tr(")
	case slices.Contains(elsewhere, name):
		return nil, p.failf(0, ErrUnsupported, "%s() makes no Taproot output", name)
	case name == "rawtr":
		o.raw = true
	case name != "tr":
		return nil, p.failf(0, ErrSyntax, "%s() does not stand alone", cut(name))
	}
	var err error
	if o.key, err = p.key(true); err != nil {
		return nil, err
	}
	if !o.raw && p.take(",") {
		if o.tree, err = p.tree(0); err != nil {
			return nil, err
		}
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	if p.pos != len(text) {
		return nil, p.failf(p.pos, ErrSyntax, "text after its end")
	}
	if p.paths > 0 {
		o.paths = p.paths
	}
	return o, nil
}

func (p *parser) failf(pos int, kind error, format string, args ...any) error {
	return fail(pos, kind, format, args...)
}

// cut keeps strangers' text in errors short.
func cut(s string) string {
	if len(s) > 20 {
		return s[:20] + "…"
	}
	return s
}

func (p *parser) take(s string) bool {
	if strings.HasPrefix(p.text[p.pos:], s) {
		p.pos += len(s)
		return true
	}
	return false
}

func (p *parser) expect(s string) error {
	if p.take(s) {
		return nil
	}
	if p.pos == len(p.text) {
		return p.failf(p.pos, ErrSyntax, "it ends where %q belongs", s)
	}
	return p.failf(p.pos, ErrSyntax, "%q instead of %q", p.text[p.pos:p.pos+1], s)
}

// run takes the longest prefix whose characters are in set.
func (p *parser) run(set string) string {
	rest := p.text[p.pos:]
	n := len(rest) - len(strings.TrimLeft(rest, set))
	p.pos += n
	return rest[:n]
}

func (p *parser) name() string { return p.run("abcdefghijklmnopqrstuvwxyz_0123456789") }

// number reads a decimal number below limit, in its one form.
func (p *parser) number(limit uint64) (uint32, error) {
	at := p.pos
	digits := p.run("0123456789")
	if digits == "" {
		return 0, p.failf(at, ErrSyntax, "a number belongs here")
	}
	if len(digits) > 1 && digits[0] == '0' {
		return 0, p.failf(at, ErrSyntax, "the number %s begins with 0", cut(digits))
	}
	v, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || v >= limit {
		return 0, p.failf(at, ErrSyntax, "the number %s is too large", cut(digits))
	}
	return uint32(v), nil
}

func (p *parser) tree(depth int) (*tree, error) {
	if depth > maxDepth {
		return nil, p.failf(p.pos, ErrSyntax, "nested too deeply")
	}
	t := &tree{pos: p.pos}
	if p.take("{") {
		var err error
		if t.left, err = p.tree(depth + 1); err != nil {
			return nil, err
		}
		if err := p.expect(","); err != nil {
			return nil, err
		}
		if t.right, err = p.tree(depth + 1); err != nil {
			return nil, err
		}
		return t, p.expect("}")
	}
	name := p.name()
	switch name {
	case "pk":
	case "multi_a", "sortedmulti_a":
		t.multi, t.sorted = true, name == "sortedmulti_a"
	default:
		return nil, p.failf(t.pos, ErrSyntax, "%q is no script of a Taproot tree", cut(name))
	}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	if t.multi {
		return t, p.multi(t)
	}
	key, err := p.key(true)
	if err != nil {
		return nil, err
	}
	t.keys = []*keyExpr{key}
	return t, p.expect(")")
}

// multi reads the arguments of multi_a (BIP 387), the closing bracket too.
func (p *parser) multi(t *tree) error {
	at := p.pos
	required, err := p.number(1000)
	if err != nil {
		return err
	}
	for p.take(",") {
		key, err := p.key(true)
		if err != nil {
			return err
		}
		t.keys = append(t.keys, key)
	}
	if err := p.expect(")"); err != nil {
		return err
	}
	t.required = int(required)
	if t.required < 1 || t.required > len(t.keys) {
		return p.failf(at, ErrMembers, "%d of %d", t.required, len(t.keys))
	}
	return nil
}
