package consensus

import (
	"supercomputing/chain/types"
)

// Clock is an epoch's randomness (PROTOCOL §4), kept alike in the state's rows
// and with headers. The seed of epoch 0 is H("seed"). Within an epoch Run
// starts as the epoch's seed, and each block in the first half sets it to
// H("run" ‖ Run ‖ VRF output); the next epoch's seed is H("seed" ‖ Run) as Run
// stands in the middle. H is the network's tagged hash. The genesis block has
// no VRF output.
type Clock struct {
	Seed     types.Hash // of the epoch
	Run      types.Hash // running hash over the epoch's first half
	NextSeed types.Hash // of the next epoch; zero in the first half
}

func genesisClock(p *Params) Clock {
	seed := p.ID.TaggedHash("seed")
	return Clock{Seed: seed, Run: seed}
}

// Record takes in the VRF output of a block in the epoch's first half.
func (c *Clock) Record(p *Params, out VRFOutput) { c.Run = p.ID.TaggedHash("run", c.Run[:], out[:]) }

// Middle fixes the next epoch's seed: weights and keys for it are fixed before
// its first input is known, and nobody can add to it any more.
func (c *Clock) Middle(p *Params) { c.NextSeed = p.ID.TaggedHash("seed", c.Run[:]) }

// Roll begins the next epoch, after Middle.
func (c *Clock) Roll() { *c = Clock{Seed: c.NextSeed, Run: c.NextSeed} }

// Append appends the three hashes.
func (c *Clock) Append(b []byte) []byte {
	return append(append(append(b, c.Seed[:]...), c.Run[:]...), c.NextSeed[:]...)
}

// DecodeClock reads exactly one clock.
func DecodeClock(b []byte) (Clock, error) {
	r := types.NewReader(b)
	c := Clock{Seed: r.Hash(), Run: r.Hash(), NextSeed: r.Hash()}
	return c, r.Done()
}
