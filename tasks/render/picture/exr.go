package picture

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
)

// Numbers of the OpenEXR file layout, version 2 ("OpenEXR File Layout",
// openexr.com).
const (
	exrMagic   = 20000630
	exrVersion = 2

	exrLong = 1 << 10 // names longer than 31 bytes

	exrNone = 0 // compressions
	exrZIPS = 2 // one row at a time
	exrZIP  = 3 // sixteen

	exrUint  = 0 // sample types
	exrHalf  = 1
	exrFloat = 2
)

// Limits of what is read.
const (
	maxEXRHeader   = 1 << 20 // bytes of all attributes
	maxEXRChannels = 64
	exrMemory      = 1 << 28 // bytes beside the picture
)

// exrChannel is one channel of a file, in the file's order.
type exrChannel struct {
	name   string
	kind   uint32
	offset int // bytes from the start of a row of the file, for a row of w pixels
}

func (c exrChannel) size() int {
	if c.kind == exrHalf {
		return 2
	}
	return 4
}

// exrHeader is what the attributes say.
type exrHeader struct {
	channels    []exrChannel
	compression byte
	data        [4]int32 // window: x and y of the first and last pixel
	display     [4]int32
	seen        map[string]bool

	w, h   int
	stride int   // bytes of a row of the file, all channels
	form   Form  // of what is read
	from   []int // channels of the picture, as indices of channels
}

// ReadEXR reads an engine's own output: rows, not tiles, of one part, half or
// float, uncompressed or ZIP or ZIPS. It takes the channels R, G, B and A if
// there is one, with the prefix that comes first in the file when none stand
// alone; the data window has to be the display window. It fails with ErrSize when the
// picture has more than maxPixels, before anything is allocated for it, and
// with ErrPicture when the file is cut short, damaged, or of another kind.
func ReadEXR(r io.Reader, maxPixels int64) (*Picture, error) {
	p, err := readEXR(bufio.NewReaderSize(r, 1<<16), maxPixels)
	switch {
	case err == nil, errors.Is(err, ErrSize), errors.Is(err, ErrPicture):
		return p, err
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	}
	return nil, fmt.Errorf("%w: EXR: %w", ErrPicture, err)
}

func readEXR(r *bufio.Reader, maxPixels int64) (*Picture, error) {
	h, err := readEXRHeader(r)
	if err != nil {
		return nil, err
	}
	if err := h.plan(maxPixels); err != nil {
		return nil, err
	}
	// Where the chunks begin. They are read as they come.
	if _, err := io.CopyN(io.Discard, r, 8*int64(h.chunks())); err != nil {
		return nil, err
	}
	return h.pixels(r)
}

// readEXRHeader reads up to the end of the attributes.
func readEXRHeader(r *bufio.Reader) (*exrHeader, error) {
	var b [8]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return nil, err
	}
	version := binary.LittleEndian.Uint32(b[4:])
	switch {
	case binary.LittleEndian.Uint32(b[:]) != exrMagic:
		return nil, errors.New("not an EXR file")
	case version&0xff != exrVersion:
		return nil, fmt.Errorf("version %d", version&0xff)
	case version&^(0xff|exrLong) != 0:
		return nil, fmt.Errorf("tiles, deep pixels or several parts (flags %#x)", version>>8)
	}
	h := &exrHeader{seen: map[string]bool{}}
	left := maxEXRHeader
	for {
		name, err := exrName(r, &left)
		if err != nil {
			return nil, err
		}
		if name == "" {
			return h, h.complete()
		}
		kind, err := exrName(r, &left)
		if err != nil {
			return nil, err
		}
		if _, err := io.ReadFull(r, b[:4]); err != nil {
			return nil, err
		}
		size := binary.LittleEndian.Uint32(b[:])
		if int64(size) > int64(left) {
			return nil, fmt.Errorf("attribute of %d bytes", size)
		}
		left -= int(size)
		value := make([]byte, size)
		if _, err := io.ReadFull(r, value); err != nil {
			return nil, err
		}
		if err := h.attribute(name, kind, value); err != nil {
			return nil, err
		}
	}
}

// exrName reads a text that ends with a zero byte.
func exrName(r *bufio.Reader, left *int) (string, error) {
	var name []byte
	for len(name) < 256 {
		c, err := r.ReadByte()
		if err != nil {
			return "", err
		}
		if *left--; *left < 0 {
			return "", errors.New("header too long")
		}
		if c == 0 {
			return string(name), nil
		}
		name = append(name, c)
	}
	return "", errors.New("name too long")
}

// attribute takes those that matter for the pixels.
func (h *exrHeader) attribute(name, kind string, v []byte) error {
	want := map[string]string{"channels": "chlist", "compression": "compression", "dataWindow": "box2i", "displayWindow": "box2i"}[name]
	if want == "" {
		return nil
	}
	if kind != want || h.seen[name] {
		return fmt.Errorf("attribute %s of type %s", name, kind)
	}
	h.seen[name] = true
	switch name {
	case "channels":
		return h.channelList(v)
	case "compression":
		if len(v) != 1 || v[0] != exrNone && v[0] != exrZIPS && v[0] != exrZIP {
			return fmt.Errorf("compression %d", v)
		}
		h.compression = v[0]
	case "dataWindow":
		return exrWindow(&h.data, v)
	case "displayWindow":
		return exrWindow(&h.display, v)
	}
	return nil
}

func exrWindow(w *[4]int32, v []byte) error {
	if len(v) != 16 {
		return errors.New("broken window")
	}
	for i := range w {
		w[i] = int32(binary.LittleEndian.Uint32(v[4*i:]))
	}
	return nil
}

// channelList reads names, types and sampling of the channels.
func (h *exrHeader) channelList(v []byte) error {
	for {
		name, rest, ok := bytes.Cut(v, []byte{0})
		if !ok || len(name) > 255 {
			return errors.New("broken list of channels")
		}
		if len(name) == 0 {
			if len(rest) > 0 {
				return errors.New("broken list of channels")
			}
			return nil
		}
		if len(rest) < 16 || len(h.channels) == maxEXRChannels {
			return errors.New("broken or long list of channels")
		}
		c := exrChannel{name: string(name), kind: binary.LittleEndian.Uint32(rest)}
		if c.kind > exrFloat {
			return fmt.Errorf("channel %q of type %d", c.name, c.kind)
		}
		if binary.LittleEndian.Uint32(rest[8:]) != 1 || binary.LittleEndian.Uint32(rest[12:]) != 1 {
			return fmt.Errorf("channel %q is subsampled", c.name)
		}
		h.channels = append(h.channels, c)
		v = rest[16:]
	}
}

func (h *exrHeader) complete() error {
	for _, name := range []string{"channels", "compression", "dataWindow", "displayWindow"} {
		if !h.seen[name] {
			return fmt.Errorf("no attribute %s", name)
		}
	}
	return nil
}

// plan checks the size and finds the channels.
func (h *exrHeader) plan(maxPixels int64) error {
	if h.data != h.display {
		return fmt.Errorf("data window %v is not the display window %v", h.data, h.display)
	}
	w, n := int64(h.data[2])-int64(h.data[0])+1, int64(h.data[3])-int64(h.data[1])+1
	if w < 1 || n < 1 || w > MaxSide || n > MaxSide {
		return fmt.Errorf("%w: %d×%d", ErrSize, w, n)
	}
	h.w, h.h = int(w), int(n)
	if err := checkSize(h.w, h.h, maxPixels); err != nil {
		return err
	}
	for i := range h.channels {
		h.channels[i].offset = h.stride
		h.stride += h.w * h.channels[i].size()
	}
	if 3*h.lines()*h.stride > exrMemory {
		return fmt.Errorf("%w: %d bytes in a row of %d pixels", ErrSize, h.stride, h.w)
	}
	return h.choose()
}

// choose finds the channels of the picture among those of the file.
func (h *exrHeader) choose() error {
	index := func(name string) int {
		return slices.IndexFunc(h.channels, func(c exrChannel) bool { return c.name == name })
	}
	prefix := ""
	if index("R") < 0 {
		i := slices.IndexFunc(h.channels, func(c exrChannel) bool { return strings.HasSuffix(c.name, ".R") })
		if i < 0 {
			return errors.New("no red channel")
		}
		prefix = strings.TrimSuffix(h.channels[i].name, "R")
	}
	for _, name := range []string{"R", "G", "B", "A"} {
		i := index(prefix + name)
		if i < 0 {
			if name == "A" {
				break
			}
			return fmt.Errorf("no channel %s%s", prefix, name)
		}
		h.from = append(h.from, i)
	}
	kind := h.channels[h.from[0]].kind
	for _, i := range h.from {
		if h.channels[i].kind != kind || kind == exrUint {
			return errors.New("colours are neither all half nor all float")
		}
	}
	h.form = RGBHalf
	if kind == exrFloat {
		h.form = RGBFloat
	}
	if len(h.from) == 4 {
		h.form++
	}
	return nil
}

// lines is the number of rows of a chunk.
func (h *exrHeader) lines() int {
	if h.compression == exrZIP {
		return 16
	}
	return 1
}

func (h *exrHeader) chunks() int { return (h.h + h.lines() - 1) / h.lines() }

// rows is the first row and the number of rows of the chunk that says that it
// begins at y.
func (h *exrHeader) rows(y int32) (first, n int, err error) {
	at := int64(y) - int64(h.data[1])
	if at < 0 || at >= int64(h.h) || at%int64(h.lines()) != 0 {
		return 0, 0, fmt.Errorf("rows from %d", y)
	}
	return int(at), min(h.lines(), h.h-int(at)), nil
}

// workers is how many chunks are worked on at once: one needs its packed, its
// unpacked and its ordered bytes, and all together stay under exrMemory.
func (h *exrHeader) workers() int {
	most := exrMemory / (3 * max(1, h.lines()*h.stride))
	return max(1, min(runtime.GOMAXPROCS(0), most))
}
