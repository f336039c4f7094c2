package chain

import (
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// base is the builder that candidates are tried on: the next block, empty.
type base struct {
	tip     types.Hash
	builder *consensus.Builder // only forked
}

// line is a run of entries of which each builds on the one before it and on
// nothing else. Its builder goes along, so that in trying all of them each is
// added once, and not again for every one that comes after it: a pool full of
// long lines is looked through at every block. The zero value is an empty line.
type line struct {
	builder *consensus.Builder // holds end and all that it builds on; nil: of no use
	end     *poolTx
}

// take gives the line's builder when the next to try builds on its end alone.
// The line is empty then.
func (l *line) take(parents []*poolTx) (b *consensus.Builder) {
	if len(parents) == 1 && parents[0] == l.end {
		b = l.builder
	}
	*l = line{}
	return b
}

// try adds tx to the next block behind the entries it builds on: parents, and
// with their own, behind. When it is valid l holds its builder, and the caller
// sets l's end.
func (m *Manager) try(l *line, parents []*poolTx, behind map[*poolTx]struct{}, tx *types.Tx) (spend consensus.Spend, fee types.Amount, err error) {
	b := l.take(parents)
	if b == nil {
		if b, err = m.nextBlock(); err != nil {
			return spend, 0, err
		}
		for _, t := range sorted(behind) {
			if _, _, err := b.Add(t.Tx); err != nil {
				return spend, 0, err
			}
		}
	}
	if fee, spend, err = b.Add(tx); err == nil {
		l.builder = b
	}
	return spend, fee, err
}

// nextBlock gives an empty builder on the tip.
func (m *Manager) nextBlock() (*consensus.Builder, error) {
	if m.base == nil || m.base.tip != m.state.Hash {
		b, err := consensus.NewBuilder(m.p, m.state, stateRows{m.store}, m.state.Slot+1)
		if err != nil {
			return nil, err
		}
		m.base = &base{m.state.Hash, b}
	}
	return m.base.builder.Fork(), nil
}

// lines lists the pool so that parents come before children, and the entries
// of a line one after the other.
func (p *pool) lines() []*poolTx {
	all := p.all()
	out := make([]*poolTx, 0, len(all))
	done := make(map[*poolTx]struct{}, len(all))
	for _, t := range all {
		for t != nil {
			if _, ok := done[t]; ok {
				break
			}
			done[t] = struct{}{}
			out = append(out, t)
			t = t.onlyChild()
		}
	}
	return out
}

// onlyChild gives the first entry that builds on t and on nothing else, nil
// when there is none.
func (t *poolTx) onlyChild() (child *poolTx) {
	for k := range t.kids {
		if len(k.parents) == 1 && (child == nil || k.seq < child.seq) {
			child = k
		}
	}
	return child
}
