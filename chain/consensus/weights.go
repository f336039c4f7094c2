package consensus

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"

	"supercomputing/chain/types"
)

const (
	// workEpochs is for how many epochs a score gives weight.
	workEpochs = 32
	// Bootstrap weight is half of all for the first blocks, then fades.
	fadeEnd    = 840_000
	fadeBlocks = 210_000
)

// drawWeights gives the weights for epoch+1 as they are drawn in epoch, from
// the scores of epochs epoch-32 … epoch-1 with the VRF keys in force at the
// end of epoch-1, in address order (PROTOCOL §4), and the shares A and R that
// go with them.
func (b *Builder) drawWeights(epoch uint64) ([]Weight, Shares, error) {
	work, shares, err := b.workWeights(epoch)
	if err != nil {
		return nil, Shares{}, err
	}
	b.addBootstrap(work)
	var out []Weight
	for a, w := range work {
		if w == 0 {
			continue
		}
		weight, err := b.eligible(epoch, a, w)
		if err != nil {
			return nil, Shares{}, err
		}
		if weight != nil {
			out = append(out, *weight)
		}
	}
	slices.SortFunc(out, func(x, y Weight) int { return bytes.Compare(x.Address[:], y.Address[:]) })
	return out, shares, nil
}

// workWeights sums the age-shifted registered scores by address; banned
// addresses are left out.
func (b *Builder) workWeights(epoch uint64) (map[types.Address]uint64, Shares, error) {
	work, shares := make(map[types.Address]uint64), Shares{}
	first := epoch - min(epoch, workEpochs)
	for e := first; e < epoch; e++ {
		shift := (epoch - 1 - e) / 8
		total, err := ReadEpochTotal(b.view, e)
		if err != nil {
			return nil, shares, err
		}
		shares.All += total.All >> shift
	}
	err := b.view.Scan(TableWork, EpochKey(first), func(key, value []byte) (bool, error) {
		e := binary.BigEndian.Uint64(key)
		if e >= epoch {
			return false, nil
		}
		score, err := decodeAmount(value)
		if err != nil {
			return false, err
		}
		work[types.Address(key[8:])] += uint64(score) >> ((epoch - 1 - e) / 8)
		return true, nil
	})
	if err != nil {
		return nil, shares, err
	}
	for a, w := range work {
		banned, err := b.banned(epoch+1, a)
		if err != nil {
			return nil, shares, err
		}
		if banned {
			delete(work, a)
			continue
		}
		shares.Weighted += types.Amount(w)
	}
	return work, shares, nil
}

// addBootstrap adds F + ⌊max(0, W-F)·k/210,000⌋, split by the network file's
// proportions, where W is the weight of all others.
func (b *Builder) addBootstrap(work map[types.Address]uint64) {
	var others, proportions uint64
	for _, w := range work {
		others += w
	}
	for _, boot := range b.p.Bootstrap {
		others -= work[boot.Address]
		proportions += boot.Share
	}
	weight := BootstrapWeight(b.p, types.Amount(others), b.parent.Height)
	for _, boot := range b.p.Bootstrap {
		work[boot.Address] += uint64(weight.Part(boot.Share, proportions))
	}
}

// BootstrapWeight is the foundation's keys' weight at a parent height, with
// others the weight of everybody else.
func BootstrapWeight(p *Params, others types.Amount, parentHeight uint32) types.Amount {
	k := uint64(fadeEnd) - min(fadeEnd, uint64(parentHeight))
	k = min(k, fadeBlocks)
	return p.BootstrapWeight + max(0, others-p.BootstrapWeight).Part(k, fadeBlocks)
}

func (b *Builder) banned(epoch uint64, a types.Address) (bool, error) {
	v, err := b.view.Get(TableBan, a[:])
	if v == nil || err != nil {
		return false, err
	}
	ban, err := decodeBan(v)
	return ban.First <= epoch && epoch <= ban.Last, err
}

// eligible gives an address' entry in the draw, nil when it has no key in
// force or is banned.
func (b *Builder) eligible(epoch uint64, a types.Address, w uint64) (*Weight, error) {
	banned, err := b.banned(epoch+1, a)
	if err != nil || banned {
		return nil, err
	}
	prod, err := ReadProducer(b.view, a)
	if err != nil || prod == nil {
		return nil, err
	}
	key, ok := prod.keyAt(epoch)
	if !ok {
		return nil, nil
	}
	return &Weight{Address: a, VRFKey: key, Weight: w}, nil
}

// markActive notes who has weight in the next epoch, and drops registrations
// that have had none for 32 epochs.
func (b *Builder) markActive(epoch uint64, weights []Weight) error {
	active := make(map[types.Address]bool, len(weights))
	for _, w := range weights {
		active[w.Address] = true
	}
	rows, err := collect(b.view, TableProducer, nil, int(^uint(0)>>1))
	if err != nil {
		return err
	}
	for _, row := range rows {
		p, err := DecodeProducer(row.New)
		if err != nil {
			return err
		}
		switch {
		case active[types.Address(row.Key)]:
			p.Active = epoch + 1
			err = b.view.Put(TableProducer, row.Key, p.encode())
		case epoch+1 > p.Active+workEpochs:
			err = b.view.Delete(TableProducer, row.Key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// totalWeight sums weights; ok is false when it is zero, and nobody can be
// drawn, or does not fit.
func totalWeight(weights []Weight) (total uint64, ok bool) {
	for _, w := range weights {
		sum, carry := bits.Add64(total, w.Weight, 0)
		if carry != 0 {
			return 0, false
		}
		total = sum
	}
	return total, total > 0
}
