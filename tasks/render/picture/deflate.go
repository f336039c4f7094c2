package picture

import (
	"bytes"
	"compress/flate"
)

// deflater packs bytes as DEFLATE (RFC 1951), in buffers that are used again.
type deflater struct {
	symbols, runs flateTo
}

// flateTo is a writer and what it wrote.
type flateTo struct {
	buf bytes.Buffer
	w   *flate.Writer
}

// pack packs b, of which usual is the byte that is most likely to come in
// runs. Noise has no repetitions worth looking for: Huffman codes alone are
// faster, and smaller. Where most is the usual byte there are runs; between the
// two both are tried. Without last, the stream goes on with what is packed next, by
// whomever. The result is good until the next call.
func (d *deflater) pack(b []byte, usual byte, last bool) []byte {
	n := bytes.Count(b, []byte{usual})
	if 4*n < len(b) {
		return d.symbols.pack(b, flate.HuffmanOnly, last)
	}
	runs := d.runs.pack(b, flate.BestSpeed, last)
	if 4*n > 3*len(b) {
		return runs
	}
	if symbols := d.symbols.pack(b, flate.HuffmanOnly, last); len(symbols) < len(runs) {
		return symbols
	}
	return runs
}

func (f *flateTo) pack(b []byte, level int, last bool) []byte {
	f.buf.Reset()
	if f.w == nil {
		f.w, _ = flate.NewWriter(&f.buf, level) // the level is a valid one
	} else {
		f.w.Reset(&f.buf)
	}
	f.w.Write(b) // to memory
	if last {
		f.w.Close()
	} else {
		f.w.Flush()
	}
	return f.buf.Bytes()
}
