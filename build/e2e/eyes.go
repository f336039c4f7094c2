//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"supercomputing/app/ui/text"
	"supercomputing/assets"
)

// seen is what the program says that its window shows (SUPERCOMPUTING_INSPECT
// in app/ui/desktop).
type seen struct {
	Scale  float64 `json:"scale"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
	Boxes  []box   `json:"boxes"`
}

// box is one text, field or button of it.
type box struct {
	Kind    string  `json:"kind"`
	Text    string  `json:"text"`
	Label   string  `json:"label"`
	Hint    string  `json:"hint"`
	X       float64 `json:"x"`
	Y       float64 `json:"y"`
	W       float64 `json:"w"`
	H       float64 `json:"h"`
	Focused bool    `json:"focused"`
	Off     bool    `json:"off"`
	Layer   int     `json:"layer"`
}

// words are the program's texts in a language.
func words(language string) (*text.Catalog, error) { return text.Load(assets.Lang(), language) }

// look asks the program what is on its window now.
func (p *person) look() (seen, error) {
	var s seen
	c, err := net.DialTimeout("unix", p.socket(), time.Second)
	if err != nil {
		return s, err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return s, json.NewDecoder(c).Decode(&s)
}

// top is what can be used: what lies in the uppermost layer.
func (s seen) top() []box {
	layer := 0
	for _, b := range s.Boxes {
		layer = max(layer, b.Layer)
	}
	return slices.DeleteFunc(slices.Clone(s.Boxes), func(b box) bool { return b.Layer != layer })
}

// texts are those of the uppermost layer.
func (s seen) texts() (out []string) {
	for _, b := range s.top() {
		if b.Kind == "text" {
			out = append(out, b.Text)
		}
	}
	return out
}

// has tells whether a text is there, alone or in another.
func (s seen) has(part string) bool {
	return slices.ContainsFunc(s.Boxes, func(b box) bool {
		return strings.Contains(plain(b.Text), plain(part))
	})
}

// plain makes spaces alike: those of numbers do not break.
func plain(s string) string { return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(s) }

// button finds what can be tapped by its label or the text on it. The last one
// drawn counts.
func (s seen) button(label string) (box, bool) {
	all := s.top()
	for i := len(all) - 1; i >= 0; i-- {
		if b := all[i]; b.Kind == "tap" && plain(b.Label) == plain(label) {
			return b, true
		}
	}
	for i := len(all) - 1; i >= 0; i-- {
		if b := all[i]; b.Kind == "text" && plain(b.Text) == plain(label) {
			return b, true
		}
	}
	return box{}, false
}

// field finds a field by its label, or else by what stands in it while empty.
func (s seen) field(name string) (box, bool) {
	all := s.top()
	for _, by := range []func(box) string{func(b box) string { return b.Label }, func(b box) string { return b.Hint }} {
		for _, b := range all {
			if b.Kind == "field" && plain(by(b)) == plain(name) {
				return b, true
			}
		}
	}
	return box{}, false
}

// until looks until something is there.
func (p *person) until(ctx context.Context, patience time.Duration, what string, there func(seen) bool) (seen, error) {
	var last seen
	var lost error
	err := wait(ctx, patience, what, func() bool {
		if p.ended() {
			return true
		}
		s, err := p.look()
		if lost = err; err != nil {
			return false
		}
		last = s
		return there(s)
	})
	switch {
	case p.ended():
		return last, fmt.Errorf("the program has ended while waiting for %s: %s", what, p.tail())
	case err != nil && lost != nil:
		return last, fmt.Errorf("%w: %w", err, lost)
	case err != nil:
		return last, fmt.Errorf("%w; there is %q", err, last.texts())
	}
	return last, nil
}
