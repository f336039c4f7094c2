package node

import (
	"context"

	"supercomputing/chain"
	"supercomputing/chain/consensus"
	"supercomputing/chain/gossip"
	"supercomputing/chain/types"
	"supercomputing/miner"
	"supercomputing/wallet"
	"supercomputing/wallet/keys"
)

// minerChain is the chain and the network as the slot loop sees them.
type minerChain struct {
	*chain.Manager
	peers *gossip.Node
}

var _ miner.Chain = minerChain{}

// Template implements miner.Chain.
func (c minerChain) Template(slot uint64) (*consensus.Builder, error) {
	b, _, err := c.Manager.Template(slot)
	return b, err
}

// Sync implements miner.Chain.
func (c minerChain) Sync() miner.Sync {
	return miner.Sync{Height: c.BestHeader().Height, Peers: len(c.peers.Peers())}
}

// minerKeys is the wallet's identity as a producer.
type minerKeys struct {
	*keys.Identity
	vrf *consensus.VRFKey
}

var _ miner.Keys = minerKeys{}

func newMinerKeys(id *keys.Identity) (minerKeys, error) {
	secret, err := id.VRFSecret()
	if err != nil {
		return minerKeys{}, err
	}
	defer clear(secret[:])
	return minerKeys{Identity: id, vrf: consensus.NewVRFKey(secret)}, nil
}

// VRFKey implements miner.Keys.
func (k minerKeys) VRFKey() *consensus.VRFKey { return k.vrf }

// registrar pays for producer registrations from the wallet.
type registrar struct{ w *wallet.Wallet }

var _ miner.Registrar = registrar{}

// RegisterProducer implements miner.Registrar. While an earlier registration
// waits for a block, perhaps since before a restart, it sends no second one:
// each would cost its fee.
func (r registrar) RegisterProducer(ctx context.Context, rec *types.ProducerRegistration) error {
	for _, e := range r.w.History(wallet.Query{Kind: wallet.Kind(rec.Kind().String())}) {
		if e.Status == wallet.StatusPending {
			return nil
		}
	}
	_, err := r.w.SendRecord(ctx, rec, wallet.RecordOptions{Label: "producer registration"})
	return err
}

// signer is the wallet's identity as the market's signer.
type signer struct{ *keys.Identity }

// Sign makes a BIP 340 signature.
func (s signer) Sign(hash [32]byte) ([64]byte, error) { return s.Identity.Sign(hash) }
