package povray

import "strings"

// kind is what a token is. Only what tells file names apart is told apart.
type kind byte

const (
	end       kind = iota
	word           // identifier or keyword
	directive      // "#include", without the "#"
	text           // "…", value without the quotes
	mark           // one other character
)

// token is a piece of a scene's text.
type token struct {
	kind     kind
	value    string // of text: as written, escapes left alone
	from, to int    // bytes in the file
	line     int
}

// is reports whether the token is this mark.
func (t token) is(c string) bool { return t.kind == mark && t.value == c }

// lexer cuts a scene's text into tokens (POV-Ray 3.7 reference, 3.3.1.4 on
// comments, 3.3.1.6 on strings). It never fails: what POV-Ray would refuse
// gives some tokens too.
type lexer struct {
	src  string
	at   int
	line int
	next *token // looked at already
}

func newLexer(src string) *lexer { return &lexer{src: src, line: 1} }

// peek tells the next token and leaves it.
func (l *lexer) peek() token {
	if l.next == nil {
		t := l.scan()
		l.next = &t
	}
	return *l.next
}

// take takes the next token.
func (l *lexer) take() token {
	t := l.peek()
	l.next = nil
	return t
}

func (l *lexer) scan() token {
	l.space()
	if l.at >= len(l.src) {
		return token{kind: end, from: l.at, to: l.at, line: l.line}
	}
	t := token{from: l.at, line: l.line}
	c := l.src[l.at]
	switch {
	case c == '"':
		t.kind, t.value = text, l.quoted()
	case letter(c):
		t.kind, t.value = word, l.name()
	case c == '#':
		l.at++
		l.space()
		t.kind, t.value = directive, l.name()
	case digit(c):
		t.kind = mark
		for l.at < len(l.src) && (digit(l.src[l.at]) || l.src[l.at] == '.') {
			l.at++
		}
		t.value = l.src[t.from:l.at]
	default:
		l.at++
		t.kind, t.value = mark, l.src[t.from:l.at]
	}
	t.to = l.at
	return t
}

// space passes over spaces and comments; block comments nest.
func (l *lexer) space() {
	for l.at < len(l.src) {
		rest := l.src[l.at:]
		switch {
		case rest[0] == '\n':
			l.line++
			l.at++
		case rest[0] <= ' ':
			l.at++
		case strings.HasPrefix(rest, "//"):
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			l.at += n
		case strings.HasPrefix(rest, "/*"):
			l.comment()
		default:
			return
		}
	}
}

func (l *lexer) comment() {
	for depth := 0; l.at < len(l.src); {
		rest := l.src[l.at:]
		switch {
		case strings.HasPrefix(rest, "/*"):
			depth++
			l.at += 2
		case strings.HasPrefix(rest, "*/"):
			l.at += 2
			if depth--; depth == 0 {
				return
			}
		default:
			if rest[0] == '\n' {
				l.line++
			}
			l.at++
		}
	}
}

// quoted reads a string to its quote that no backslash stands before.
func (l *lexer) quoted() string {
	l.at++
	from := l.at
	for l.at < len(l.src) && l.src[l.at] != '"' {
		switch l.src[l.at] {
		case '\\':
			l.at++
		case '\n':
			l.line++
		}
		l.at++
	}
	l.at = min(l.at, len(l.src))
	s := l.src[from:l.at]
	l.at = min(l.at+1, len(l.src))
	return s
}

func (l *lexer) name() string {
	from := l.at
	for l.at < len(l.src) && (letter(l.src[l.at]) || digit(l.src[l.at])) {
		l.at++
	}
	return l.src[from:l.at]
}

func letter(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }
func digit(c byte) bool  { return c >= '0' && c <= '9' }
