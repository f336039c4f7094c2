package download

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anacrolix/torrent"
)

// held is one torrent of the engine.
type held struct {
	e *Engine
	t *torrent.Torrent

	failing atomic.Bool // a write failure is being waited out
	moving  sync.Mutex  // held while the client is told what may be transferred

	mu     sync.Mutex
	paused bool // by Pause
	entry  entry
	c      *content      // nil until the info dictionary is known
	refuse error         // why peers' info dictionary was refused
	stripe stripe        // which pieces this node fetches from the origin
	change chan struct{} // closed and replaced when stripe changes
	last   [2]int64      // bytes up and down at the last measurement
	lastAt time.Time     // of the last measurement
	rate   [2]float64    // bytes per second, smoothed
	dead   chan struct{} // closed on removal
}

// over tells whether it was removed.
func (h *held) over() bool {
	select {
	case <-h.dead:
		return true
	default:
		return false
	}
}

func (h *held) content() *content {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.c
}

func (h *held) snapshot() entry {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.entry
}

// Stats is a torrent's state for people and for messages.
type Stats struct {
	InfoHash    InfoHash  `json:"info_hash"`
	Name        string    `json:"name"`
	Path        string    `json:"path"` // of the file or folder
	Published   bool      `json:"published"`
	Owner       string    `json:"owner,omitempty"`
	Size        int64     `json:"size"` // bytes, 0 while unknown
	Have        int64     `json:"have"` // bytes proven
	Pieces      int       `json:"pieces"`
	HavePieces  int       `json:"have_pieces"`
	Checking    int       `json:"checking"` // pieces still to be hashed
	Peers       int       `json:"peers"`    // connected
	Uploaded    int64     `json:"uploaded"` // bytes of content since the start of this process
	Downloaded  int64     `json:"downloaded"`
	UploadRate  int64     `json:"upload_rate"` // bytes per second
	DownRate    int64     `json:"download_rate"`
	Until       time.Time `json:"until,omitzero"` // when it is deleted
	Fault       string    `json:"fault,omitempty"`
	faultReason error
}

// Complete reports whether all of the content is held.
func (s Stats) Complete() bool { return s.Pieces > 0 && s.HavePieces == s.Pieces }

// Err is the reason why the torrent does not progress, nil if it can.
func (s Stats) Err() error { return s.faultReason }

// transferred counts content bytes up and down.
func (h *held) transferred() [2]int64 {
	st := h.t.Stats()
	return [2]int64{st.BytesWrittenData.Int64(), st.BytesReadUsefulData.Int64()}
}

// measure updates the rates, smoothed over some seconds.
func (h *held) measure(now time.Time) {
	n := h.transferred()
	h.mu.Lock()
	defer h.mu.Unlock()
	if dt := now.Sub(h.lastAt).Seconds(); !h.lastAt.IsZero() && dt > 0 {
		for i := range h.rate {
			h.rate[i] += 0.4 * (float64(n[i]-h.last[i])/dt - h.rate[i])
		}
	}
	h.last, h.lastAt = n, now
}

func (h *held) stats() Stats {
	n, peers := h.transferred(), len(h.t.PeerConns())
	h.mu.Lock()
	defer h.mu.Unlock()
	s := Stats{
		InfoHash: h.entry.InfoHash, Name: h.entry.Name, Published: h.entry.Published, Owner: h.entry.Owner, Until: h.entry.Until,
		Peers: peers, Uploaded: n[0], Downloaded: n[1],
		UploadRate: int64(h.rate[0]), DownRate: int64(h.rate[1]), faultReason: h.refuse,
	}
	if c := h.c; c != nil {
		have := c.have()
		s.Path = h.entry.path()
		s.Size, s.Have = c.l.Size, c.l.HeldBytes(have)
		s.Pieces, s.HavePieces, s.Checking = c.l.Pieces(), have.Count(), c.checking()
		if err := c.fault(); err != nil {
			s.faultReason = err
		}
	}
	if s.faultReason != nil {
		s.Fault = s.faultReason.Error()
	}
	return s
}

// PeerView is one connected peer as people see it.
type PeerView struct {
	Addr   netip.AddrPort `json:"addr"`
	Client string         `json:"client"`
	Pieces int            `json:"pieces"` // that it has
}

func (h *held) peers() []PeerView {
	var out []PeerView
	for _, c := range h.t.PeerConns() {
		v := PeerView{Addr: h.e.conns.dialled(c), Pieces: int(c.PeerPieces().GetCardinality())}
		v.Client = printable(c.PeerID[:8])
		out = append(out, v)
	}
	return out
}

// printable keeps the readable part of a peer id (BEP 20), which may be
// anything.
func printable(b []byte) string {
	out := make([]byte, 0, len(b))
	for _, c := range b {
		if c < 0x20 || c > 0x7e {
			break
		}
		out = append(out, c)
	}
	return string(out)
}

// addPeers hands peers to the client that are not connected already. They stay
// candidates however often they fail, for the caller repeats them.
func (h *held) addPeers(peers []netip.AddrPort) {
	peers = h.e.reach.filter(peers)
	if len(peers) == 0 {
		return
	}
	linked := make(map[netip.AddrPort]bool)
	for _, c := range h.t.PeerConns() {
		linked[h.e.conns.dialled(c)] = true
	}
	var add []torrent.PeerInfo
	for _, a := range peers {
		if linked[a] || a == h.e.addr {
			continue
		}
		add = append(add, torrent.PeerInfo{
			Addr:   a,
			Source: torrent.PeerSourceDirect,
			// On loopback all peers share one IP: banning it for one peer's
			// bad piece would end the swarm.
			Trusted: h.e.opts.LoopbackOnly,
		})
	}
	if len(add) > 0 {
		h.t.AddPeers(add)
	}
}
