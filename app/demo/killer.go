package demo

import (
	"context"
	"os"
	"time"
)

// killer kills nodes with SIGKILL, in turn, and starts them again: the demo
// must come to the same end.
type killer struct {
	cancel context.CancelFunc
	done   chan struct{}
	kills  int // read after done
}

// killEvery is the time between two kills.
const killEvery = 6 * time.Second

func (d *demo) startKiller(ctx context.Context) *killer {
	ctx, cancel := context.WithCancel(ctx)
	k := &killer{cancel: cancel, done: make(chan struct{})}
	victims := []*process{d.producer, d.workers[0], d.requester, d.workers[1], d.workers[2], d.workers[3]}
	go func() {
		defer close(k.done)
		for i := 0; pause(ctx, killEvery) == nil; i++ {
			p := victims[i%len(victims)]
			d.ui.line("kill -9 %s", p.name)
			p.stop(os.Kill)
			// A node must come back even when the demo is stopped just now.
			back, done := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
			if err := p.restart(back); err != nil {
				d.ui.line("%v", err)
			}
			done()
			k.kills++
		}
	}()
	return k
}

// stop ends the killing, with all nodes running, and counts the kills.
func (k *killer) stop() int {
	if k == nil {
		return 0
	}
	k.cancel()
	<-k.done
	return k.kills
}
