package download

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
)

// Swarm is the detail of a job's progress.
type Swarm struct {
	InfoHash    InfoHash     `json:"info_hash"`
	Magnet      string       `json:"magnet"`
	Name        string       `json:"name"`
	Size        int64        `json:"size"`
	PieceLength int64        `json:"piece_length"`
	Pieces      int          `json:"pieces"`
	Replicas    int          `json:"replicas"`
	Started     time.Time    `json:"started,omitzero"` // of the keeping time
	Until       time.Time    `json:"until,omitzero"`
	Paid        types.Amount `json:"paid"`
	Nodes       []SwarmNode  `json:"nodes"`
}

// SwarmNode is one node of a job. Have is its claim, a bit per piece from the
// high bit of the first byte on.
type SwarmNode struct {
	Address   string       `json:"address"` // key in hex
	Claimed   int64        `json:"claimed"` // bytes
	Proven    int64        `json:"proven"`  // bytes, at the last passed audit
	Pieces    int          `json:"pieces"`  // claimed
	Have      []byte       `json:"have,omitempty"`
	Delivered types.Amount `json:"delivered"`
	Kept      types.Amount `json:"kept"`
	Passed    int          `json:"passed"` // audits
	Audited   time.Time    `json:"audited,omitzero"`
	Seated    bool         `json:"seated"`
	Failed    string       `json:"failed,omitempty"`
}

// Progress implements tasks.Service.
func (s *service) Progress() tasks.Progress {
	magnet, err := s.d.engine.Magnet(s.layout.InfoHash)
	if err != nil {
		magnet = Magnet{InfoHash: s.layout.InfoHash, Name: s.layout.Name}.String()
	}
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	w := Swarm{
		InfoHash: s.layout.InfoHash, Magnet: magnet, Name: s.layout.Name, Size: s.layout.Size,
		PieceLength: s.layout.PieceLength, Pieces: s.layout.Pieces(), Replicas: s.spec.Replicas,
		Started: s.book.Started, Until: s.book.end(), Paid: s.book.paid(),
	}
	p := tasks.Progress{Total: s.spec.Size * int64(s.spec.Replicas), Unit: "bytes"}
	for addr, a := range s.book.Accounts {
		v := SwarmNode{
			Address: types.Address(addr).String(), Proven: a.Held, Delivered: a.Delivered, Kept: a.Kept,
			Passed: a.Passed, Audited: a.Audited, Seated: a.Seated, Failed: a.Failed,
		}
		if n := s.nodes[types.Address(addr)]; n != nil {
			v.Have, v.Pieces, v.Claimed = n.have.Clone(), n.have.Count(), s.layout.HeldBytes(n.have)
		}
		if a.Seated {
			p.Done += max(v.Claimed, v.Proven)
		}
		w.Nodes = append(w.Nodes, v)
	}
	slices.SortFunc(w.Nodes, func(a, b SwarmNode) int { return strings.Compare(a.Address, b.Address) })
	p.Note, p.Detail = s.noteLocked(now), w
	return p
}

func (s *service) noteLocked(now time.Time) string {
	end, seated := s.book.end(), s.book.seated()
	switch {
	case s.problem != "":
		return s.problem
	case s.finished:
		return "the keeping time is over"
	case seated == 0:
		return "waiting for nodes"
	case end.IsZero():
		return fmt.Sprintf("%d of %d nodes are fetching %s", seated, s.spec.Replicas, s.layout.Name)
	default:
		return fmt.Sprintf("%d of %d nodes hold %s, for another %v", seated, s.spec.Replicas, s.layout.Name, end.Sub(now).Round(time.Second))
	}
}
