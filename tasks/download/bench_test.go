package download

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// benchNumber reads a setting of the benchmark from the environment.
func benchNumber(name string, otherwise int64) int64 {
	if n, err := strconv.ParseInt(os.Getenv(name), 10, 64); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// BenchmarkSwarm measures the time until four nodes hold a content whose only
// source uploads at a capped rate, beside the fluid limit: the bytes divided
// by that rate, which no schedule can beat. The metric ratio is time over
// limit. SWARM_MIB and SWARM_RATE_MIB change size and rate (per second).
func BenchmarkSwarm(b *testing.B) {
	size, rate := benchNumber("SWARM_MIB", 256)<<20, benchNumber("SWARM_RATE_MIB", 32)<<20
	const nodes = 4
	s := newSwarm(b, size, time.Hour, nodes, rate)
	limit := time.Duration(float64(size) / float64(rate) * float64(time.Second))
	b.SetBytes(size * nodes)
	var total time.Duration
	for b.Loop() {
		var engines []*Engine
		var dirs []string
		for range nodes {
			e, _ := startEngine(b, b.TempDir(), nil)
			engines, dirs = append(engines, e), append(dirs, filepath.Join(b.TempDir(), "job"))
		}
		uploaded := s.stats(s.pub).Uploaded
		start := time.Now()
		var ends []func(error) error
		for i, e := range engines {
			_, end := s.join(byte(i+1), dirs[i], e)
			ends = append(ends, end)
		}
		for waiting := true; waiting; time.Sleep(10 * time.Millisecond) {
			waiting = false
			for _, e := range engines {
				st, err := e.Stats(s.p.InfoHash)
				waiting = waiting || err != nil || !st.Complete()
			}
		}
		total += time.Since(start)
		b.ReportMetric(float64(s.stats(s.pub).Uploaded-uploaded)/float64(size), "origin-copies")
		b.StopTimer()
		for i := range ends {
			ends[i](errBenchOver)
			engines[i].Remove(s.p.InfoHash, true)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(total)/float64(b.N)/float64(limit), "ratio")
}
