package miner

import (
	"context"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// How many slots pass before registering is tried again: after one that was
// sent, time to be mined; after one that failed, mostly for want of coins,
// time to earn some.
const (
	registerSent   = 360
	registerFailed = 30
)

// readRegistration fills in whether this producer's key is on the chain. A
// registration that lapsed, or names another key, counts as none.
func (m *Miner) readRegistration(v *view, rows consensus.Rows) error {
	p, err := consensus.ReadProducer(rows, m.keys.Address())
	if err != nil {
		return err
	}
	v.registered = p != nil && p.VRFKey == m.keys.VRFKey().Public()
	return nil
}

// register asks the wallet to register this producer. Bootstrap producers are
// in the network file, but register too: they may work and be scored like
// anybody. Failing is normal for a new node, which has no coin to pay with.
func (m *Miner) register(ctx context.Context, slot uint64) {
	if m.registrar == nil || slot < m.nextApply {
		return
	}
	if err := m.registrar.RegisterProducer(ctx, Registration(m.params.ID, m.keys)); err != nil {
		m.nextApply = slot + registerFailed
		m.log.Debug("could not register as producer", "err", err)
		return
	}
	m.nextApply = slot + registerSent
	m.log.Info("sent producer registration", "slot", slot)
}

// Registration is the record that registers keys on network n: the VRF key
// with its proof of possession over network and author.
func Registration(n types.NetworkID, keys Keys) *types.ProducerRegistration {
	k := keys.VRFKey()
	rec := &types.ProducerRegistration{VRFKey: k.Public()}
	rec.Proof, _ = k.Prove(n.ProducerAlpha(keys.Address()))
	return rec
}
