package gossip

import (
	"cmp"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/btcsuite/btcd/addrmgr"
	"github.com/btcsuite/btcd/wire/v2"
)

const (
	maxPrivate  = 1024 // addresses kept that are not routable
	maxBackoffs = 8192
	firstRetry  = time.Second
	lastRetry   = 10 * time.Minute
	pickTries   = 64 // draws from addrmgr for one candidate
	// shareAtLeast is the count below which addrmgr's 23 % of all addresses
	// would leave a small network strangers to each other.
	shareAtLeast = 64
	futureSlack  = 10 * time.Minute // a "last seen" later than this is a lie
)

// book knows the addresses of nodes. Routable ones live in btcd's address
// manager, whose buckets keep one network group from crowding out the rest.
// It refuses addresses of private networks and loopback; on networks that
// allow them they live in a plain table beside it.
type book struct {
	manager      *addrmgr.AddrManager
	allowPrivate bool

	mu      sync.Mutex
	private map[netip.AddrPort]*privateAddr
	retry   map[netip.AddrPort]backoff
	self    map[netip.AddrPort]bool // addresses that turned out to be ours
}

// privateAddr is what is known of an address that is not routable.
type privateAddr struct {
	Seen  time.Time
	Good  time.Time // last handshake, zero if none
	Fails int       // since then
}

type backoff struct {
	fails int
	next  time.Time
}

func newBook(m *addrmgr.AddrManager, allowPrivate bool) *book {
	return &book{
		manager: m, allowPrivate: allowPrivate,
		private: make(map[netip.AddrPort]*privateAddr),
		retry:   make(map[netip.AddrPort]backoff),
		self:    make(map[netip.AddrPort]bool),
	}
}

// onionCat is the IPv6 range that wire takes for Tor version 2 names.
var onionCat = netip.MustParsePrefix("fd87:d87e:eb43::/48")

// netAddress converts to addrmgr's form.
func netAddress(ap netip.AddrPort, seen time.Time, s Services) *wire.NetAddressV2 {
	return wire.NetAddressV2FromBytes(seen, wire.ServiceFlag(s), ap.Addr().AsSlice(), ap.Port())
}

// routable reports whether addrmgr takes ap.
func routable(ap netip.AddrPort) bool {
	return usable(ap) && !onionCat.Contains(ap.Addr()) && addrmgr.IsRoutable(netAddress(ap, time.Time{}, 0))
}

// usable reports whether ap can be dialled at all.
func usable(ap netip.AddrPort) bool {
	ip := ap.Addr()
	return ip.IsValid() && ip.Zone() == "" && ap.Port() != 0 && !ip.IsUnspecified() && !ip.IsMulticast() &&
		ip != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// group names the network neighbourhood of ap: outbound peers are spread over
// groups, so that one operator's addresses cannot be all that we see.
func group(ap netip.AddrPort) string {
	if !routable(ap) {
		return ap.String()
	}
	return addrmgr.GroupKey(netAddress(ap, time.Time{}, 0))
}

// add records addresses that src told about, and returns how many were taken.
func (b *book) add(addrs []peerAddr, src netip.AddrPort, now time.Time) int {
	var pass []*wire.NetAddressV2
	taken := 0
	for _, a := range addrs {
		if a.Seen.After(now.Add(futureSlack)) || a.Seen.Before(now.Add(-30*24*time.Hour)) {
			a.Seen = now.Add(-5 * 24 * time.Hour) // as Bitcoin: doubtful, so old
		}
		switch {
		case !usable(a.Addr) || b.isSelf(a.Addr):
		case routable(a.Addr):
			pass = append(pass, netAddress(a.Addr, a.Seen, a.Services))
			taken++
		case b.allowPrivate && b.addPrivate(a.Addr, a.Seen):
			taken++
		}
	}
	if len(pass) > 0 {
		if !usable(src) {
			src = netip.MustParseAddrPort("127.0.0.1:1") // the operator's own list
		}
		b.manager.AddAddresses(pass, netAddress(src, now, 0))
	}
	return taken
}

func (b *book) addPrivate(ap netip.AddrPort, seen time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p, ok := b.private[ap]; ok {
		if seen.After(p.Seen) {
			p.Seen = seen
		}
		return true
	}
	if len(b.private) >= maxPrivate && !b.dropWorst() {
		return false
	}
	b.private[ap] = &privateAddr{Seen: seen}
	return true
}

// dropWorst removes the private address that failed most and never worked, if
// there is one. The caller holds mu.
func (b *book) dropWorst() bool {
	var worst netip.AddrPort
	most := 0
	for ap, p := range b.private {
		if p.Good.IsZero() && p.Fails > most {
			worst, most = ap, p.Fails
		}
	}
	delete(b.private, worst)
	return most > 0
}

func (b *book) isSelf(ap netip.AddrPort) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.self[ap]
}

// markSelf remembers an address as our own; it is never dialled again.
func (b *book) markSelf(ap netip.AddrPort) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.self) < maxPrivate {
		b.self[ap] = true
	}
	delete(b.private, ap)
}

// ended notes that a dial to ap failed, or led to a peer for the time lived,
// and when to try again: after ever longer pauses, unless the connection was a
// lasting one. A node that takes us in and drops us at once is no better than
// one that does not answer.
func (b *book) ended(ap netip.AddrPort, lived time.Duration, now time.Time) {
	if routable(ap) && lived == 0 {
		b.manager.Attempt(netAddress(ap, now, 0))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if p, ok := b.private[ap]; ok && lived == 0 {
		p.Fails++
	}
	if lived >= provenAfter {
		delete(b.retry, ap)
	}
	if len(b.retry) >= maxBackoffs {
		for k, r := range b.retry {
			if r.next.Before(now) {
				delete(b.retry, k)
			}
		}
	}
	r := b.retry[ap]
	if r.fails == 0 && len(b.retry) >= maxBackoffs {
		return
	}
	b.retry[ap] = backoff{r.fails + 1, now.Add(retryDelay(r.fails))}
}

// retryDelay is the pause after the given count of earlier failures: doubling,
// with a quarter of chance so that nodes started together drift apart.
func retryDelay(fails int) time.Duration {
	d := lastRetry
	if fails < 10 {
		d = min(firstRetry<<fails, lastRetry)
	}
	return d - time.Duration(rand.Int64N(int64(d)/4))
}

// good notes a completed handshake with ap, which may be new: a seed.
func (b *book) good(ap netip.AddrPort, s Services, now time.Time) {
	if b.allowPrivate && usable(ap) && !routable(ap) {
		b.addPrivate(ap, now)
	}
	b.mu.Lock()
	if p, ok := b.private[ap]; ok {
		p.Good, p.Seen, p.Fails = now, now, 0
	}
	b.mu.Unlock()
	if routable(ap) {
		na := netAddress(ap, now, s)
		b.manager.AddAddress(na, na)
		b.manager.Good(na)
	}
}

// ready reports whether ap's pause after failures is over.
func (b *book) ready(ap netip.AddrPort, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.self[ap] && !b.retry[ap].next.After(now)
}

// pick draws an address that is ready and that accept takes. ok is false when
// none is found.
func (b *book) pick(now time.Time, accept func(netip.AddrPort) bool) (ap netip.AddrPort, ok bool) {
	return b.pickFrom(b.privateReady(now), now, accept)
}

// pickAny is pick without preference for addresses that worked before: what
// feelers are for is to learn of the others.
func (b *book) pickAny(now time.Time, accept func(netip.AddrPort) bool) (ap netip.AddrPort, ok bool) {
	list := b.privateReady(now)
	shuffle(list)
	return b.pickFrom(list, now, accept)
}

func (b *book) pickFrom(private []netip.AddrPort, now time.Time, accept func(netip.AddrPort) bool) (ap netip.AddrPort, ok bool) {
	for _, c := range private {
		if accept(c) {
			return c, true
		}
	}
	for range pickTries {
		ka := b.manager.GetAddress()
		if ka == nil {
			break
		}
		if c, ok := fromManager(ka.NetAddress()); ok && b.ready(c, now) && accept(c) {
			return c, true
		}
	}
	return netip.AddrPort{}, false
}

// privateReady lists the private addresses to try: those that worked before
// those that never did, by chance within each.
func (b *book) privateReady(now time.Time) []netip.AddrPort {
	b.mu.Lock()
	defer b.mu.Unlock()
	var fresh, proven []netip.AddrPort
	for ap, p := range b.private {
		switch {
		case b.retry[ap].next.After(now):
		case p.Good.IsZero():
			fresh = append(fresh, ap)
		default:
			proven = append(proven, ap)
		}
	}
	shuffle(fresh)
	shuffle(proven)
	return append(proven, fresh...)
}

func shuffle[T any](s []T) { rand.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] }) }

func fromManager(na *wire.NetAddressV2) (netip.AddrPort, bool) {
	ap, err := netip.ParseAddrPort(net.JoinHostPort(na.Addr.String(), portText(na.Port)))
	if err != nil {
		return ap, false // a Tor name
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()), true
}

// sample returns up to n addresses to pass on.
func (b *book) sample(n int, now time.Time) []peerAddr {
	seen := make(map[netip.AddrPort]peerAddr)
	for _, na := range b.manager.AddressCache() {
		addManaged(seen, na)
	}
	for i := 0; i < 2*shareAtLeast && len(seen) < shareAtLeast; i++ {
		ka := b.manager.GetAddress()
		if ka == nil {
			break
		}
		addManaged(seen, ka.NetAddress())
	}
	b.mu.Lock()
	for ap, p := range b.private {
		if !p.Good.IsZero() || p.Fails < 3 {
			seen[ap] = peerAddr{Addr: ap, Seen: p.Seen}
		}
	}
	b.mu.Unlock()
	out := make([]peerAddr, 0, len(seen))
	for _, a := range seen {
		out = append(out, a)
	}
	shuffle(out)
	return out[:min(n, len(out))]
}

func addManaged(to map[netip.AddrPort]peerAddr, na *wire.NetAddressV2) {
	if ap, ok := fromManager(na); ok {
		to[ap] = peerAddr{Addr: ap, Seen: na.Timestamp, Services: Services(na.Services)}
	}
}

// size is the count of known addresses.
func (b *book) size() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.manager.NumAddresses() + len(b.private)
}

// privateList copies the private addresses, for storage.
func (b *book) privateList() []storedAddr {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]storedAddr, 0, len(b.private))
	for ap, p := range b.private {
		out = append(out, storedAddr{Addr: ap, Seen: p.Seen, Good: p.Good})
	}
	slices.SortFunc(out, func(x, y storedAddr) int { return cmp.Compare(x.Addr.String(), y.Addr.String()) })
	return out
}

// restore adds stored private addresses.
func (b *book) restore(list []storedAddr) {
	for _, a := range list {
		if b.allowPrivate && usable(a.Addr) && !routable(a.Addr) && b.addPrivate(a.Addr, a.Seen) {
			b.mu.Lock()
			b.private[a.Addr].Good = a.Good
			b.mu.Unlock()
		}
	}
}
