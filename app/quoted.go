package main

import (
	"strings"
	"unicode/utf8"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// What strangers wrote is shown indented: a line of theirs can then not look
// like one of ours.

// lines prints text with its line breaks, each line cleaned and indented.
func (p *program) lines(indent, text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	text = strings.NewReplacer("\r\n", "\n", "\t", "    ").Replace(text)
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		p.say("%s", strings.TrimRight(indent+clean(line), " "))
	}
}

// links prints where the links of a text lead.
func (p *program) links(indent string, links []view.Link) {
	for _, l := range links {
		where := clean(l.Text)
		if l.Host != "" {
			where += " leads to " + clean(l.Host)
		}
		if l.Warning != "" {
			where += " (" + clean(l.Warning) + ")"
		}
		p.say("%slink: %s", indent, where)
	}
}

// warnings prints what is suspicious.
func (p *program) warnings(indent string, list []string) {
	for _, w := range list {
		p.say("%s! %s", indent, clean(w))
	}
}

// notes tells what to know before an answer; it goes to standard error, where
// questions are.
func (p *program) notes(list []string) { p.aside("Note: ", list) }

func (p *program) aside(lead string, list []string) {
	e := *p
	e.out = p.err
	for _, n := range list {
		e.say("%s%s", lead, clean(n))
	}
}

// quote prints names and values before a question, on standard error.
func (p *program) quote(pairs ...any) {
	e := *p
	e.out = p.err // standard output is for the result
	e.facts(pairs...)
}

// firstLine is the first line of a text, cut for a table.
func firstLine(text string, most int) string {
	line, _, more := strings.Cut(strings.TrimSpace(text), "\n")
	line = clean(strings.TrimSpace(line))
	if utf8.RuneCountInString(line) > most {
		r := []rune(line)
		return strings.TrimSpace(string(r[:most-1])) + "…"
	}
	if more {
		line += " …"
	}
	return line
}

// named writes an address with its name before it, when there is one.
func named(name, address string) string {
	if name == "" {
		return address
	}
	return clean(name) + " (" + address + ")"
}

// nameOr is a name, or a shortened address without one.
func nameOr(name, address string) string {
	if name == "" {
		return short(address)
	}
	return name
}

// yesNo writes a switch.
func yesNo(on bool) string {
	if on {
		return "yes"
	}
	return "no"
}

// asked writes a price of which 0 means that it is to be asked for.
func asked(a types.Amount) string {
	if a == 0 {
		return "ask"
	}
	return coins(a)
}
