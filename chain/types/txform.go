package types

// checkTxForm walks over the transaction at the start of b without keeping
// anything, so that no count or length in it exceeds the bytes that follow.
// btcd's decoder makes room for what a count promises before it reads: twenty
// bytes from a peer would cost a hundred megabytes.
func checkTxForm(b []byte) error {
	r := NewReader(b)
	const minIn, minOut = 36 + 1 + 4, 8 + 1
	r.take(4) // version
	ins := r.VarInt(uint64(r.Len() / minIn))
	witness := ins == 0
	if witness {
		r.take(1) // flag; BIP 144's marker was the count 0
		ins = r.VarInt(uint64(r.Len() / minIn))
	}
	for i := uint64(0); i < ins && r.err == nil; i++ {
		r.take(36)
		r.skip()
		r.take(4)
	}
	outs := r.VarInt(uint64(r.Len() / minOut))
	for i := uint64(0); i < outs && r.err == nil; i++ {
		r.take(8)
		r.skip()
	}
	for i := uint64(0); witness && i < ins && r.err == nil; i++ {
		for items := r.VarInt(uint64(r.Len())); items > 0 && r.err == nil; items-- {
			r.skip()
		}
	}
	r.take(4) // lock time
	return r.err
}

// skip passes over a length and that many bytes.
func (r *Reader) skip() { r.take(int(r.VarInt(uint64(len(r.b))))) }
