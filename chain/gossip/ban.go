package gossip

import (
	"math"
	"net/netip"
	"sync"
	"time"
)

// Misbehaviour is scored in points; banScore of them ban. Points halve every
// banHalfLife, so rare accidents never add up.
const (
	banScore    = 100
	banHalfLife = 10 * time.Minute
	banTime     = 24 * time.Hour
	maxScored   = 4096 // hosts with points or bans that are remembered
)

// Points by severity. A broken consensus rule cannot happen by accident: one is
// enough. Others may follow from an old version or a race.
const (
	pointsRule      = 100 // header or block against a rule
	pointsMalformed = 100 // bytes that no version writes
	pointsUnasked   = 50  // answers without a request, messages out of order
	// pointsGarbled are for bytes that may have been changed on the way: whoever
	// sits there must not be able to have honest peers banned quickly.
	pointsGarbled    = 10
	pointsHandshake  = 3  // no handshake: a scanner, or another network
	pointsTx         = 25 // transaction that can never have been valid
	pointsStall      = 20 // does not deliver what it offers
	pointsUseless    = 20 // headers that connect to nothing asked for
	pointsOverasking = 50 // more open requests than allowed
)

// bans keeps points and bans by host. An address on the loopback interface
// counts with its port, since there all of a network's nodes share one host.
type bans struct {
	mu     sync.Mutex
	scores map[string]penalty
	until  map[string]time.Time
}

type penalty struct {
	points float64
	at     time.Time
}

func newBans() *bans {
	return &bans{scores: make(map[string]penalty), until: make(map[string]time.Time)}
}

// banKey names who is punished for what comes from ap.
func banKey(ap netip.AddrPort) string {
	if ap.Addr().IsLoopback() || !ap.IsValid() {
		return ap.String()
	}
	return ap.Addr().WithZone("").String()
}

func decayed(p penalty, now time.Time) float64 {
	return p.points * math.Exp2(-float64(now.Sub(p.at))/float64(banHalfLife))
}

// add gives points to key and reports whether it is banned by that.
func (b *bans) add(key string, points int, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	score := decayed(b.scores[key], now) + float64(points)
	if score < banScore {
		if _, ok := b.scores[key]; !ok && len(b.scores) >= maxScored {
			b.forgetLowest(now)
		}
		b.scores[key] = penalty{score, now}
		return false
	}
	delete(b.scores, key)
	if len(b.until) >= maxScored {
		b.expire(now)
	}
	b.until[key] = now.Add(banTime)
	return true
}

// forgetLowest makes room in scores. The caller holds mu.
func (b *bans) forgetLowest(now time.Time) {
	low, lowest := "", math.Inf(1)
	for k, p := range b.scores {
		if s := decayed(p, now); s < lowest {
			low, lowest = k, s
		}
	}
	delete(b.scores, low)
}

// expire makes room in until: bans that are over, else the one that ends first.
// The caller holds mu.
func (b *bans) expire(now time.Time) {
	first := ""
	for k, t := range b.until {
		if !t.After(now) {
			delete(b.until, k)
		} else if first == "" || t.Before(b.until[first]) {
			first = k
		}
	}
	if len(b.until) >= maxScored {
		delete(b.until, first)
	}
}

// banned reports whether key is banned at now.
func (b *bans) banned(key string, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	t, ok := b.until[key]
	if ok && !t.After(now) {
		delete(b.until, key)
		return false
	}
	return ok
}

// score is key's points at now.
func (b *bans) score(key string, now time.Time) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return int(decayed(b.scores[key], now))
}

// list copies the bans in force, for storage.
func (b *bans) list(now time.Time) map[string]time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make(map[string]time.Time, len(b.until))
	for k, t := range b.until {
		if t.After(now) {
			out[k] = t
		}
	}
	return out
}

// restore puts stored bans in force.
func (b *bans) restore(m map[string]time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for k, t := range m {
		if len(b.until) < maxScored {
			b.until[k] = t
		}
	}
}
