package picture

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"compress/zlib"
	"golang.org/x/sync/errgroup"
)

// exrChunk is some rows as they stand in the file.
type exrChunk struct {
	first, n int // rows
	body     []byte
}

// pixels reads all chunks. Unpacking takes longer than reading, so it goes on
// beside it.
func (h *exrHeader) pixels(r *bufio.Reader) (*Picture, error) {
	p, err := New(h.form, h.w, h.h)
	if err != nil {
		return nil, err
	}
	workers := h.workers()
	chunks, spare := make(chan exrChunk), make(chan []byte, workers)
	for range workers {
		spare <- nil
	}
	var g errgroup.Group
	for range workers {
		g.Go(func() error {
			u := &exrUnpacker{h: h, p: p}
			var err error
			for c := range chunks {
				if err == nil {
					err = u.unpack(c)
				}
				spare <- c.body
			}
			return err
		})
	}
	err = h.chunksFrom(r, chunks, spare)
	close(chunks)
	if werr := g.Wait(); err == nil {
		err = werr
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// chunksFrom reads the chunks one after another; each has to come once.
func (h *exrHeader) chunksFrom(r *bufio.Reader, out chan<- exrChunk, spare <-chan []byte) error {
	seen := make([]bool, h.chunks())
	for range seen {
		var b [8]byte
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return err
		}
		first, n, err := h.rows(int32(binary.LittleEndian.Uint32(b[:])))
		if err != nil {
			return err
		}
		if seen[first/h.lines()] {
			return fmt.Errorf("row %d comes twice", first)
		}
		seen[first/h.lines()] = true
		size := binary.LittleEndian.Uint32(b[4:])
		if int64(size) > int64(n*h.stride) {
			return fmt.Errorf("%d bytes for %d rows", size, n)
		}
		body := <-spare
		if cap(body) < int(size) {
			body = make([]byte, size)
		}
		body = body[:size]
		if _, err := io.ReadFull(r, body); err != nil {
			return err
		}
		out <- exrChunk{first: first, n: n, body: body}
	}
	return nil
}

// exrUnpacker is one worker's buffers.
type exrUnpacker struct {
	h     *exrHeader
	p     *Picture
	z     io.ReadCloser
	body  bytes.Reader
	plain []byte // predicted and shuffled
	lines []byte // as the channels are
}

// unpack puts a chunk's rows into the picture.
func (u *exrUnpacker) unpack(c exrChunk) error {
	lines, size := c.body, c.n*u.h.stride
	if len(lines) < size { // otherwise it would have grown, and was stored
		if u.h.compression == exrNone {
			return fmt.Errorf("%d bytes for %d rows", len(lines), c.n)
		}
		var err error
		if lines, err = u.inflate(c.body, size); err != nil {
			return fmt.Errorf("row %d: %w", c.first, err)
		}
	}
	for y := range c.n {
		u.h.gather(u.p.row(c.first+y), lines[y*u.h.stride:])
	}
	return nil
}

// inflate undoes ZIP: zlib, then differences of bytes, then the bytes at even
// places standing before those at odd ones (OpenEXR, ImfZip.cpp).
func (u *exrUnpacker) inflate(body []byte, size int) ([]byte, error) {
	u.body.Reset(body)
	var err error
	if u.z == nil {
		u.z, err = zlib.NewReader(&u.body)
	} else {
		err = u.z.(zlib.Resetter).Reset(&u.body, nil)
	}
	if err != nil {
		return nil, err
	}
	if cap(u.plain) < size {
		u.plain, u.lines = make([]byte, size), make([]byte, size)
	}
	plain, lines := u.plain[:size], u.lines[:size]
	if _, err := io.ReadFull(u.z, plain); err != nil {
		return nil, err
	}
	var one [1]byte
	switch _, err := io.ReadFull(u.z, one[:]); {
	case err == nil:
		return nil, errors.New("more bytes than rows")
	case err != io.EOF:
		return nil, err
	}
	unshuffle(lines, plain)
	return lines, nil
}

// unshuffle sums up differences and puts the two halves together again.
func unshuffle(dst, src []byte) {
	half := (len(src) + 1) / 2
	v := byte(128) // the first byte is as it is
	even, odd := src[:half], src[half:]
	for i, d := range even {
		v += d - 128
		dst[2*i] = v
	}
	for i, d := range odd {
		v += d - 128
		dst[2*i+1] = v
	}
}

// shuffle is the opposite of unshuffle.
func shuffle(dst, src []byte) {
	half := (len(src) + 1) / 2
	last := byte(128)
	even, odd := dst[:half], dst[half:]
	for i := range even {
		v := src[2*i]
		even[i], last = v-last+128, v
	}
	for i := range odd {
		v := src[2*i+1]
		odd[i], last = v-last+128, v
	}
}

// gather interleaves the channels of one row of the file.
func (h *exrHeader) gather(dst, line []byte) {
	ch := len(h.from)
	for i, from := range h.from {
		src := line[h.channels[from].offset:]
		if h.channels[from].kind == exrHalf {
			for x := range h.w {
				at := 2 * (x*ch + i)
				dst[at], dst[at+1] = src[2*x], src[2*x+1]
			}
			continue
		}
		for x := range h.w {
			copy(dst[4*(x*ch+i):][:4], src[4*x:])
		}
	}
}
