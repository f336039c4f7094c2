package povray

// What a reference is for.
const (
	kindInclude = "include"
	kindTexture = "texture"
	kindVolume  = "volume"
	kindFont    = "font"
	kindData    = "data"
	kindWritten = "written" // by the scene itself
)

// ref is a place in a text that names a file.
type ref struct {
	kind     string
	names    strs // what it may name; any1 in them is unknown
	line     int
	optional bool // only asked about, by file_exists
}

// remark is what else a text says that matters for rendering elsewhere.
type remark struct {
	what string // "now", "radiosity", "write", "camera", "clock"
	line int
}

// reader reads one text of a scene.
type reader struct {
	vars   vars
	ref    func(ref)
	remark func(remark)
}

// fileWord tells of the words that a file's name may follow what the file is
// for (POV-Ray 3.7 reference, 3.4.6.12.2, 3.4.5.1.6, 3.4.5.1.13, 3.4.8.4).
func fileWord(s string) (kind string, ok bool) {
	switch s {
	case "gif", "tga", "iff", "ppm", "pgm", "png", "jpeg", "tiff", "sys", "hdr", "exr", "pot":
		return kindTexture, true
	case "df3":
		return kindVolume, true
	case "ttf":
		return kindFont, true
	}
	return "", false
}

// read goes through a text.
func (r *reader) read(src string) {
	l := newLexer(src)
	for {
		t := l.take()
		switch t.kind {
		case end:
			return
		case directive:
			r.directive(l, t)
		case word:
			r.word(l, t)
		}
	}
}

func (r *reader) directive(l *lexer, t token) {
	switch t.value {
	case "include":
		r.name(l, t, kindInclude, true)
	case "declare", "local":
		r.vars.declare(l)
	case "fopen":
		l.take() // the handle's name
		names, ok := r.vars.str(l, 0, true)
		if !ok {
			return
		}
		switch mode := l.peek(); mode.value {
		case "write", "append":
			r.remark(remark{"write", t.line})
			r.ref(ref{kind: kindWritten, names: names, line: t.line, optional: true})
		default:
			r.ref(ref{kind: kindData, names: names, line: t.line})
		}
	}
}

func (r *reader) word(l *lexer, t token) {
	if kind, ok := fileWord(t.value); ok {
		r.name(l, t, kind, true)
		return
	}
	switch t.value {
	case "image_map", "bump_map", "material_map", "image_pattern", "height_field":
		// Since 3.7 the kind of a picture may be left out.
		if l.peek().is("{") {
			l.take()
			r.name(l, t, kindTexture, false)
		}
	case "file_exists":
		if l.peek().is("(") {
			l.take()
			if names, ok := r.vars.str(l, 0, true); ok {
				r.ref(ref{kind: kindData, names: names, line: t.line, optional: true})
			}
		}
	case "radiosity", "photons":
		if l.peek().is("{") {
			r.remark(remark{t.value, t.line})
		}
	case "camera":
		r.remark(remark{"camera", t.line})
	case "now":
		r.remark(remark{"now", t.line})
	case "clock", "frame_number":
		r.remark(remark{"clock", t.line})
	}
}

// name reads the name that should follow t.
func (r *reader) name(l *lexer, t token, kind string, loose bool) {
	if names, ok := r.vars.str(l, 0, loose); ok {
		r.ref(ref{kind: kind, names: names, line: t.line})
	}
}

// rewrite gives a text with each string that is a key of names replaced.
func rewrite(src string, names map[string]string) string {
	var out []byte
	done := 0
	l := newLexer(src)
	for {
		t := l.take()
		if t.kind == end {
			break
		}
		if t.kind != text {
			continue
		}
		if to, ok := names[unescape(t.value)]; ok {
			out = append(out, src[done:t.from]...)
			out = append(out, '"')
			out = append(out, to...)
			out = append(out, '"')
			done = t.to
		}
	}
	if done == 0 {
		return src
	}
	return string(append(out, src[done:]...))
}
