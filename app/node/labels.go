package node

import (
	"cmp"
	"slices"
	"strings"

	"supercomputing/chain/types"
)

// labels are the names that the owner gave to addresses: in the address book,
// then in the wallet. What cannot be read is left out.
func (n *Node) labels() map[types.Address]string {
	out := make(map[types.Address]string)
	if n.wallet == nil {
		return out
	}
	for a, l := range n.wallet.AddressLabels() {
		out[a] = l
	}
	if n.messages == nil {
		return out
	}
	contacts, err := n.messages.Contacts()
	if err != nil {
		n.log.Warn("the address book cannot be read", "err", err)
	}
	for _, c := range contacts {
		if c.Name != "" {
			out[c.Address] = c.Name
		}
	}
	return out
}

// labelled is an address with its name.
type labelled struct {
	address types.Address
	label   string
}

// sortedAddresses are the addresses whose names fit, in the order of the names.
func sortedAddresses(labels map[types.Address]string, fits func(string) bool) (out []labelled) {
	for a, l := range labels {
		if fits(l) {
			out = append(out, labelled{a, l})
		}
	}
	slices.SortFunc(out, func(a, b labelled) int {
		return cmp.Or(strings.Compare(a.label, b.label), slices.Compare(a.address[:], b.address[:]))
	})
	return out
}
