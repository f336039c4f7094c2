package picture

import (
	"runtime"
	"sync"
)

// inRounds works on items 0 to n−1, as many at once as there are processors,
// and hands the results on in order: what is written does not depend on how
// many processors there are. work gets the number of its worker, from 0 up to
// processors(), and has that worker's buffers to itself until emit has returned.
func inRounds(n int, work func(worker, i int) []byte, emit func(worker, i int, b []byte) error) error {
	workers := processors()
	done := make([][]byte, workers)
	for base := 0; base < n; base += workers {
		most := min(workers, n-base)
		var wg sync.WaitGroup
		for k := range most {
			wg.Go(func() { done[k] = work(k, base+k) })
		}
		wg.Wait()
		for k := range most {
			if err := emit(k, base+k, done[k]); err != nil {
				return err
			}
		}
	}
	return nil
}

// processors is how many chunks are packed at once.
func processors() int { return min(runtime.GOMAXPROCS(0), 16) }
