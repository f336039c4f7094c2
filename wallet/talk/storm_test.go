package talk

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
)

// Two wallets write to each other over connections that break, are retired and
// are dialled from both sides at random moments. Each tries again whenever it is
// in doubt, each drops what it has already: everything arrives once, in order.
func TestStorm(t *testing.T) {
	for seed := range uint64(30) {
		bubble(t, func(t *testing.T, w *world) {
			random := rand.New(rand.NewPCG(seed, 7))
			pause := func(most time.Duration) time.Duration { return time.Duration(random.Int64N(int64(most))) }
			var lock sync.Mutex // of random
			fast := func(o *Options) { o.PeerRate, o.PeerBurst = 1e6, 1e6 }
			a, b := w.person("a:1", fast), w.person("b:1", fast)
			a.once, b.once = true, true
			stop := make(chan struct{})
			var wg, storm sync.WaitGroup
			const n = 80
			send := func(from, to *person) {
				for i := range n {
					for {
						err := from.sendTo(to, fmt.Sprint(i))
						if err == nil {
							break
						}
						if !errors.Is(err, ErrOffline) {
							t.Errorf("seed %d: %v", seed, err)
							return
						}
						time.Sleep(100 * time.Millisecond)
					}
					lock.Lock()
					d := pause(20 * time.Millisecond)
					lock.Unlock()
					time.Sleep(d)
				}
			}
			wg.Go(func() { send(a, b) })
			wg.Go(func() { send(b, a) })
			storm.Go(func() {
				for {
					lock.Lock()
					d, what := pause(200*time.Millisecond), random.IntN(5)
					lock.Unlock()
					select {
					case <-stop:
						return
					case <-time.After(d):
					}
					switch what {
					case 0:
						a.breakAll()
					case 1:
						b.breakAll()
					case 2:
						for _, s := range a.sessionsWith(b) {
							s.retire()
						}
					case 3: // a forgets its connections without a word
						for _, s := range a.sessionsWith(b) {
							s.finish(errTest)
						}
					case 4:
						for _, s := range b.sessionsWith(a) {
							s.leave(byeLeaving, errTest)
						}
					}
				}
			})
			wg.Wait()
			close(stop)
			storm.Wait()
			if want := numbered(n, ""); !slices.Equal(a.received(), want) || !slices.Equal(b.received(), want) {
				t.Fatalf("seed %d:\n%q\n%q", seed, a.received(), b.received())
			}
		})
	}
}
