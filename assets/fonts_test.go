package assets

import (
	"encoding/binary"
	"fmt"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// face is what the tests read of a TrueType file.
type face struct {
	tables          map[string][]byte
	glyphs          int
	ascent, descent int16
}

func parse(b []byte) (*face, error) {
	if len(b) < 12 || binary.BigEndian.Uint32(b) != 0x00010000 {
		return nil, fmt.Errorf("it does not begin as TrueType")
	}
	f := &face{tables: map[string][]byte{}}
	for i := range int(binary.BigEndian.Uint16(b[4:])) {
		e := b[12+16*i:]
		from, size := uint64(binary.BigEndian.Uint32(e[8:])), uint64(binary.BigEndian.Uint32(e[12:]))
		if from+size > uint64(len(b)) {
			return nil, fmt.Errorf("table %s is cut off", e[:4])
		}
		f.tables[string(e[:4])] = b[from : from+size]
	}
	for _, name := range []string{"cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name", "OS/2", "post"} {
		if len(f.tables[name]) == 0 {
			return nil, fmt.Errorf("table %s is missing", name)
		}
	}
	f.glyphs = int(binary.BigEndian.Uint16(f.tables["maxp"][4:]))
	hhea := f.tables["hhea"]
	f.ascent, f.descent = int16(binary.BigEndian.Uint16(hhea[4:])), int16(binary.BigEndian.Uint16(hhea[6:]))
	return f, nil
}

// runes maps characters to glyphs by the font's subtable for Windows: format 12
// or, for fonts within the first plane, 4.
func (f *face) runes() (map[rune]int, error) {
	cmap, u16 := f.tables["cmap"], binary.BigEndian.Uint16
	found := map[rune]int{}
	for i := range int(u16(cmap[2:])) {
		record := cmap[4+8*i:]
		if u16(record) != 3 {
			continue
		}
		sub := cmap[binary.BigEndian.Uint32(record[4:]):]
		switch u16(sub) {
		case 12:
			for g := range binary.BigEndian.Uint32(sub[12:]) {
				group := sub[16+12*g:]
				first, last, glyph := binary.BigEndian.Uint32(group), binary.BigEndian.Uint32(group[4:]), binary.BigEndian.Uint32(group[8:])
				for r := first; r <= last; r++ {
					found[rune(r)] = int(glyph + r - first)
				}
			}
		case 4:
			n := int(u16(sub[6:])) // twice the segments
			ends, starts, deltas, offsets := sub[14:], sub[16+n:], sub[16+2*n:], sub[16+3*n:]
			for s := 0; s < n; s += 2 {
				for r := int(u16(starts[s:])); r <= int(u16(ends[s:])) && r != 0xFFFF; r++ {
					glyph := uint16(r)
					if o := int(u16(offsets[s:])); o != 0 {
						glyph = u16(offsets[s+o+2*(r-int(u16(starts[s:]))):])
					}
					if glyph != 0 || u16(offsets[s:]) == 0 {
						found[rune(r)] = int(glyph + u16(deltas[s:]))
					}
				}
			}
		default:
			return nil, fmt.Errorf("a cmap of format %d", u16(sub))
		}
	}
	return found, nil
}

// drawn tells whether a glyph has an outline.
func (f *face) drawn(glyph int) bool {
	loca := f.tables["loca"]
	if binary.BigEndian.Uint16(f.tables["head"][50:]) == 0 {
		return binary.BigEndian.Uint16(loca[2*glyph:]) < binary.BigEndian.Uint16(loca[2*glyph+2:])
	}
	return binary.BigEndian.Uint32(loca[4*glyph:]) < binary.BigEndian.Uint32(loca[4*glyph+4:])
}

const (
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~" +
		"ÄÖÜäöüßéèêçñøåÆœĄłşžАБВабвЖжΑαΩπ"
	marks = "…·→←↑↓≈×÷±–—“”‘’„«»‹›•°§©®™€£¥≤≥≠∞µ−▲▼▶◀●■◆√∑″′№½¼¾"
	ticks = "✓✗○★☆⌘⏎"
	han   = "，。！？；：、（）《》【】「」『』〈〉〔〕～￥％ー々〇ひカ喆堃囧"
)

// gb2312 is every character of the standard: its rows 1–9 of signs and 16–87
// of Chinese characters, of which the first forty are the common ones.
func gb2312(t *testing.T) []rune {
	t.Helper()
	decode := simplifiedchinese.GBK.NewDecoder()
	var all []rune
	for row := 16; row <= 87; row++ {
		for cell := 1; cell <= 94; cell++ {
			if row == 55 && cell > 89 {
				break // five cells that the standard leaves free
			}
			b, err := decode.Bytes([]byte{byte(0xA0 + row), byte(0xA0 + cell)})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, []rune(string(b))...)
		}
	}
	return all
}

func TestFonts(t *testing.T) {
	standard := string(gb2312(t))
	if n := len([]rune(standard)); n != 6763 {
		t.Fatalf("GB 2312 has 6763 Chinese characters, not %d", n)
	}
	total := 0
	for _, c := range []struct {
		name, has string
		data      []byte
	}{
		{"regular", letters + marks + ticks, Regular()},
		{"semibold", letters + marks + ticks, SemiBold()},
		{"chinese regular", letters + marks + ticks + han + standard, ChineseRegular()},
		{"chinese semibold", letters + marks + ticks + han + standard, ChineseSemiBold()},
		{"mono", letters + marks, Mono()},
	} {
		total += len(c.data)
		f, err := parse(c.data)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		runes, err := f.runes()
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var missing []rune
		for _, r := range c.has {
			if g := runes[r]; g <= 0 || g >= f.glyphs || !f.drawn(g) {
				missing = append(missing, r)
			}
		}
		if len(missing) > 0 {
			t.Errorf("%s lacks %q", c.name, string(missing))
		}
		// Runs of two fonts in one line are aligned at their tops.
		if f.ascent != 1984 || f.descent != -494 {
			t.Errorf("%s: a line from %d to %d", c.name, f.ascent, f.descent)
		}
	}
	if total > 6_500_000 {
		t.Errorf("the fonts have %d bytes", total)
	}
}
