package node

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"strings"

	"supercomputing/app/view"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// Seats implements view.Explorer.
func (n *Node) Seats(ctx context.Context) (view.Seats, error) {
	out := view.Seats{Total: consensus.SeatCount, Holders: []view.SeatHolder{}}
	tip := n.chain.Tip()
	out.Epoch = n.params.Epoch(tip.Slot + 1)
	var weights map[types.Address]types.Amount
	var list *consensus.SeatList
	height, err := n.drawnAt(out.Epoch)
	if err != nil {
		return out, explain(err)
	}
	err = n.chain.View(func(st consensus.State, rows consensus.Rows) error {
		hs, err := consensus.HeaderStateFromRows(n.params, st, rows)
		if err != nil {
			return err
		}
		if list, _, err = hs.Lottery(n.params, st.Slot+1); err != nil {
			return err
		}
		out.Epoch = n.params.Epoch(st.Slot + 1)
		weights, err = drawnWeights(ctx, n.params, rows, out.Epoch, height)
		return err
	})
	if err != nil {
		return out, explain(err)
	}
	for _, w := range weights {
		out.Weight += w
	}
	if list != nil {
		out.Holders = n.seatHolders(list, weights)
	}
	return out, nil
}

// drawnAt is the height of the block on which an epoch's seats were drawn: the
// last one before the second half of the epoch before.
func (n *Node) drawnAt(epoch uint64) (uint32, error) {
	if epoch == 0 {
		return 0, nil
	}
	h, err := n.heightAt((epoch-1)*n.params.EpochSlots + n.params.EpochSlots/2)
	return max(h, 1) - 1, err
}

// drawnWeights are the weights by which an epoch's seats were drawn (PROTOCOL
// §4), as far as the state still has them: the scores of the 32 epochs before
// the draw, halved for every eight epochs of age, and what the network file
// gives to bootstrap producers.
func drawnWeights(ctx context.Context, p *consensus.Params, rows consensus.Rows, epoch uint64, height uint32) (map[types.Address]types.Amount, error) {
	out := make(map[types.Address]types.Amount)
	if epoch > 0 {
		draw := epoch - 1
		first := draw - min(draw, scoreEpochs)
		err := rows.Scan(consensus.TableWork, consensus.EpochKey(first), func(key, _ []byte) (bool, error) {
			e, a := binary.BigEndian.Uint64(key), types.Address(key[8:])
			if e >= draw {
				return false, nil
			}
			score, err := consensus.ReadWork(rows, e, a)
			if err != nil {
				return false, err
			}
			out[a] += score >> ((draw - 1 - e) / 8)
			return true, ctx.Err()
		})
		if err != nil {
			return nil, err
		}
	}
	var others types.Amount
	var shares uint64
	for _, w := range out {
		others += w
	}
	for _, b := range p.Bootstrap {
		others -= out[b.Address]
		shares += b.Share
	}
	weight := consensus.BootstrapWeight(p, others, height)
	for _, b := range p.Bootstrap {
		out[b.Address] += weight.Part(b.Share, shares)
	}
	return out, nil
}

func (n *Node) seatHolders(list *consensus.SeatList, weights map[types.Address]types.Amount) []view.SeatHolder {
	labels := n.labels()
	boot := make(map[types.Address]bool)
	for _, b := range n.params.Bootstrap {
		boot[b.Address] = true
	}
	out := []view.SeatHolder{}
	for _, s := range list.Seats {
		out = append(out, view.SeatHolder{Address: n.addressText(s.Address), Label: labels[s.Address], Bootstrap: boot[s.Address],
			Own: n.wallet != nil && s.Address == n.wallet.Identity(), Seats: int(s.Count), Weight: weights[s.Address]})
	}
	slices.SortFunc(out, func(a, b view.SeatHolder) int {
		return cmp.Or(cmp.Compare(b.Seats, a.Seats), cmp.Compare(b.Weight, a.Weight), strings.Compare(a.Address, b.Address))
	})
	return out
}
