package chaintest

import (
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// coinIn is the coin that one row of the state holds: its term in the
// conservation sum (PROTOCOL §5). It reads rows by itself rather than through
// consensus.Audit, so that one checks the other.
func (g *Generator) coinIn(t consensus.Table, key, value []byte) types.Amount {
	g.tb.Helper()
	if value == nil {
		return 0
	}
	r := types.NewReader(value)
	switch t {
	case consensus.TableUTXO:
		r.Address()
		return r.Amount()
	case consensus.TableJob:
		j, err := consensus.DecodeJob(value)
		if err != nil {
			g.tb.Fatalf("chaintest: %v", err)
		}
		return j.Held
	case consensus.TableCredit:
		return r.Amount()
	case consensus.TableSettling: // pool, total, rest
		r.Amount()
		r.Amount()
		return r.Amount()
	case consensus.TableScalar:
		if string(key) == "pools" { // reserve, base pool, compute fund
			return r.Amount() + r.Amount() + r.Amount()
		}
	}
	return 0
}

// Audit checks conservation, and the running digest against one made anew,
// from all rows.
func (g *Generator) Audit() *consensus.Supply {
	g.tb.Helper()
	s, err := consensus.Audit(g.Params, g.State, g.Rows)
	if err != nil {
		g.tb.Fatalf("chaintest: audit at height %d: %v", g.State.Height, err)
	}
	if !s.OK() {
		g.tb.Fatalf("chaintest: coins made or lost by height %d: %v", g.State.Height, s)
	}
	return s
}
