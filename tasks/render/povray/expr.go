package povray

import (
	"slices"
	"strings"
)

// What a computed name may cost. A name over these is taken as unknown.
const (
	maxNames = 64   // values that one string may have
	maxName  = 1024 // bytes of a name
	maxDepth = 32   // of nested concat()
)

// any1 stands in a name for text that only rendering tells, such as the digits
// of str(frame_number, 4, 0). It cannot be in a file name.
const any1 = "\x00"

// strs are the values that a string of a scene may have.
type strs []string

// vars are the strings that a scene declares, by name: each value that it may
// have, since what a loop or a condition does is not followed.
type vars map[string]strs

func (v vars) add(name string, values strs) {
	for _, s := range values {
		if len(v[name]) < maxNames && !slices.Contains(v[name], s) {
			v[name] = append(v[name], s)
		}
	}
}

// cross joins each of a with each of b.
func cross(a, b strs) strs {
	if len(a)*len(b) > maxNames {
		return strs{any1}
	}
	var out strs
	for _, x := range a {
		for _, y := range b {
			s := strings.ReplaceAll(x+y, any1+any1, any1)
			if len(s) > maxName {
				return strs{any1}
			}
			out = append(out, s)
		}
	}
	return out
}

// str reads a string expression and tells its values; ok is false, and nothing
// taken, if none begins here. Names that are not known are strings only where
// loose is set.
func (v vars) str(l *lexer, depth int, loose bool) (values strs, ok bool) {
	t := l.peek()
	switch {
	case depth > maxDepth:
		return nil, false
	case t.kind == text:
		l.take()
		return strs{unescape(t.value)}, true
	case t.kind != word:
		return nil, false
	}
	switch t.value {
	case "concat":
		l.take()
		return v.concat(l, depth), true
	case "str", "vstr", "chr", "substr", "strupr", "strlwr", "datetime":
		l.take()
		balance(l, "(", ")")
		return strs{any1}, true
	}
	known := v[t.value]
	if len(known) == 0 && (!loose || keyword(t.value)) {
		return nil, false
	}
	l.take()
	if l.peek().is("[") {
		balance(l, "[", "]")
	}
	if len(known) == 0 {
		return strs{any1}, true
	}
	return known, true
}

// concat reads the arguments of concat().
func (v vars) concat(l *lexer, depth int) strs {
	out := strs{""}
	if !l.peek().is("(") {
		return strs{any1}
	}
	l.take()
	for {
		values, ok := v.str(l, depth+1, true)
		if !ok {
			values = strs{any1}
			if l.peek().kind == end {
				return out
			}
		}
		out = cross(out, values)
		for open := 0; ; { // to the comma or the end, over what was not understood
			t := l.take()
			if t.kind == end || open == 0 && t.is(")") {
				return out
			}
			if open == 0 && t.is(",") {
				break
			}
			if t.is("(") {
				open++
			} else if t.is(")") {
				open--
			}
		}
	}
}

// declare reads what follows "#declare Name" or "#local Name" and keeps the
// strings in it, those of arrays too.
func (v vars) declare(l *lexer) {
	name := l.take()
	if name.kind != word {
		return
	}
	for l.peek().is("[") {
		balance(l, "[", "]")
	}
	if !l.peek().is("=") {
		return
	}
	l.take()
	if t := l.peek(); t.kind != word || t.value != "array" {
		if values, ok := v.str(l, 0, false); ok {
			v.add(name.value, values)
		}
		return
	}
	l.take()
	for l.peek().is("[") {
		balance(l, "[", "]")
	}
	if !l.peek().is("{") {
		return
	}
	for depth := 0; ; {
		values, ok := v.str(l, 0, false)
		if ok {
			v.add(name.value, values)
			continue
		}
		t := l.take()
		if t.is("{") {
			depth++
		} else if t.is("}") {
			depth--
		}
		if depth == 0 || t.kind == end {
			return
		}
	}
}

// balance passes over brackets and what is in them.
func balance(l *lexer, open, shut string) {
	if !l.peek().is(open) {
		return
	}
	for depth := 0; ; {
		t := l.take()
		if t.is(open) {
			depth++
		} else if t.is(shut) {
			depth--
		}
		if depth == 0 || t.kind == end {
			return
		}
	}
}

// unescape makes a file name of a string as written: a quote is what a
// backslash may hide, and backslashes, which are Windows' separators, become
// slashes, doubled or not.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return strings.ReplaceAll(s, any1, "")
	}
	s = strings.ReplaceAll(s, `\"`, `"`)
	s = strings.ReplaceAll(s, `\\`, `/`)
	return strings.ReplaceAll(strings.ReplaceAll(s, `\`, `/`), any1, "")
}

// keyword reports whether a word that stands where a file name may is not one:
// what may follow the word for a kind of picture.
func keyword(s string) bool {
	switch s {
	case "gamma", "premultiplied", "once", "interpolate", "map_type", "filter", "transmit", "use_index", "use_color", "use_colour", "function", "internal", "srgb", "pigment":
		return true
	}
	return false
}
