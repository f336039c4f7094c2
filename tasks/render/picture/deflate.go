package picture

import (
	"bytes"
	"compress/flate"
)

// deflater packs bytes as DEFLATE (RFC 1951), in buffers that are used again.
type deflater struct {
	buf           bytes.Buffer
	runs, symbols *flate.Writer
}

// pack packs b, of which usual is the byte that is most likely to come in
// runs. Noise has no repetitions worth looking for: Huffman codes alone are faster,
// and smaller. Only where a third is one byte are there runs. Without last, the stream
// goes on with what is packed next, by whomever. The result is good until the
// next call.
func (d *deflater) pack(b []byte, usual byte, last bool) []byte {
	w, level := &d.symbols, flate.HuffmanOnly
	if 3*bytes.Count(b, []byte{usual}) > len(b) {
		w, level = &d.runs, flate.BestSpeed
	}
	d.buf.Reset()
	if *w == nil {
		*w, _ = flate.NewWriter(&d.buf, level) // the level is a valid one
	} else {
		(*w).Reset(&d.buf)
	}
	(*w).Write(b) // to memory
	if last {
		(*w).Close()
	} else {
		(*w).Flush()
	}
	return d.buf.Bytes()
}
