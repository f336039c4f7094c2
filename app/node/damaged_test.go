package node

import (
	"testing"

	"supercomputing/chain/consensus"
	"supercomputing/wallet/messages"
	"supercomputing/wallet/messages/envelope"
)

// A damaged message is told as such.
func TestDamagedMessageIsTold(t *testing.T) {
	n := &Node{params: &consensus.Params{AddressPrefix: "tsc"}}
	v := n.message(messages.Message{Damaged: true, Body: &envelope.Text{}, Warnings: []string{"damaged"}})
	if !v.Damaged || v.Text != "" || len(v.Warnings) != 1 {
		t.Errorf("%+v", v)
	}
}
