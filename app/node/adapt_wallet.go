package node

import (
	"errors"
	"fmt"

	"supercomputing/chain"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
)

// walletChain is the chain as the wallet sees it.
type walletChain struct{ *chain.Manager }

var _ wallet.Chain = walletChain{}

// UpdatesSince implements wallet.Chain.
func (c walletChain) UpdatesSince(pos types.Hash, max int) (revert, apply []wallet.Block, err error) {
	r, a, err := c.Manager.UpdatesSince(pos, max)
	if errors.Is(err, chain.ErrUnknownBlock) {
		return nil, nil, fmt.Errorf("%w: %w", wallet.ErrUnknownPosition, err)
	}
	return walletBlocks(r), walletBlocks(a), err
}

func walletBlocks(in []chain.BlockUpdate) []wallet.Block {
	out := make([]wallet.Block, len(in))
	for i, u := range in {
		out[i] = wallet.Block{Block: u.Block, Hash: u.Hash, Update: u.Update}
	}
	return out
}

// PoolSince implements wallet.Chain.
func (c walletChain) PoolSince(seq uint64) (added []wallet.PoolTx, removed []types.Hash, next uint64) {
	in, removed, next := c.Manager.PoolSince(seq)
	for _, e := range in {
		added = append(added, wallet.PoolTx{Tx: e.Tx, Fee: e.Fee})
	}
	return added, removed, next
}

// AddTx implements wallet.Chain. That the pool has it already is what the
// wallet wants.
func (c walletChain) AddTx(tx *types.Tx) error {
	err := c.Manager.AddTx(tx)
	switch {
	case errors.Is(err, chain.ErrKnown):
		return nil
	case errors.Is(err, chain.ErrMissingInputs):
		return err
	case errors.Is(err, chain.ErrRejected), consensus.IsRule(err):
		return fmt.Errorf("%w: %w", wallet.ErrUnfit, err)
	}
	return err
}
