package node

import (
	"slices"

	"supercomputing/chain"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet/safetext"
)

// Where others published that they are reached.

// maxOwnJobs bounds how many jobs of an address are looked at for its contact.
const maxOwnJobs = 16

// published gives where an address published that it is reached: its newest
// advertisement, else its newest job that is open or was lately. It is what a
// stranger wrote; "" when there is nothing.
func (n *Node) published(a types.Address) string {
	if at := n.ads.SellerContact(a); at != "" {
		return at
	}
	at, err := n.jobContact(a)
	if err != nil {
		n.log.Warn("the jobs of a correspondent cannot be read", "err", err)
	}
	return at
}

// jobContact gives the contact of an address' newest job post, of those whose
// contact is its own: a job's signer is dialled there, not its author.
func (n *Node) jobContact(a types.Address) (string, error) {
	tip := n.chain.Tip().Height
	// A raise starts a job's time anew; twice is far back enough.
	from := tip - min(tip, 2*consensus.MaxDuration)
	var newest []chain.JobRef
	for {
		page, err := n.chain.JobsOf(a, from)
		if err != nil {
			return "", err
		}
		newest = append(newest, page...)
		newest = newest[max(0, len(newest)-maxOwnJobs):]
		if len(page) < chain.MaxListed {
			break
		}
		from = page[len(page)-1].Height + 1
	}
	for _, ref := range slices.Backward(newest) {
		s, err := n.market.ledger.Job(ref.Job)
		if err != nil {
			continue // over since long
		}
		if at := safetext.Plain(s.Post.Contact); at != "" && s.Post.Signer(s.Author) == a {
			return at, nil
		}
	}
	return "", nil
}
