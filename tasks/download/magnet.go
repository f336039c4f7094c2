package download

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/anacrolix/torrent/metainfo"
)

// MaxMagnet bounds a magnet link's length in bytes.
const MaxMagnet = 8192

// Magnet names a content so that any BitTorrent client can fetch it (BEP 9).
type Magnet struct {
	InfoHash InfoHash
	Name     string
	Peers    []netip.AddrPort // BEP 9's x.pe, which not every client reads
}

// String writes the link.
func (m Magnet) String() string {
	var b strings.Builder
	b.WriteString("magnet:?xt=urn:btih:" + hex.EncodeToString(m.InfoHash[:]))
	if m.Name != "" {
		b.WriteString("&dn=" + url.QueryEscape(m.Name))
	}
	for _, p := range m.Peers {
		b.WriteString("&x.pe=" + p.String())
	}
	return b.String()
}

// maxMagnetPeers bounds the peers taken from a link.
const maxMagnetPeers = 32

// ParseMagnet reads a link. Peers that are not plain addresses are passed over,
// as a link may come from anywhere; names are never looked up.
func ParseMagnet(s string) (Magnet, error) {
	if len(s) > MaxMagnet {
		return Magnet{}, fmt.Errorf("%w: %d bytes", ErrMagnet, len(s))
	}
	p, err := metainfo.ParseMagnetUri(s)
	if err != nil {
		return Magnet{}, fmt.Errorf("%w: %v", ErrMagnet, err)
	}
	m := Magnet{InfoHash: InfoHash(p.InfoHash)}
	if checkElement(p.DisplayName) == nil {
		m.Name = p.DisplayName
	}
	for _, x := range p.Params["x.pe"] {
		if a, err := netip.ParseAddrPort(x); err == nil && a.Port() != 0 && len(m.Peers) < maxMagnetPeers {
			m.Peers = append(m.Peers, a)
		}
	}
	return m, nil
}
