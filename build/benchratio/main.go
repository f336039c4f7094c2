// Benchratio compares two Go benchmarks: it passes the output of go test
// -bench through, and ends with the median time of each and the line
//
//	ratio N
//
// N is the second's median time over the first's, so above 1 the first is the
// faster. Usage:
//
//	go test -run '^$' -bench 'ValidateBlock2000|BareEngine2000' -count 5 ./chain |
//		go run ./build/benchratio BenchmarkValidateBlock2000 BenchmarkBareEngine2000
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: benchratio OURS REFERENCE < output of go test -bench")
		os.Exit(2)
	}
	if err := compare(os.Stdin, os.Stdout, os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "benchratio:", err)
		os.Exit(1)
	}
}

// compare copies in to out and appends the comparison.
func compare(in io.Reader, out io.Writer, ours, reference string) error {
	times := make(map[string][]float64)
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		fmt.Fprintln(out, lines.Text())
		if name, ns, ok := parse(lines.Text()); ok {
			times[name] = append(times[name], ns)
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	for _, name := range []string{ours, reference} {
		if len(times[name]) == 0 {
			return fmt.Errorf("no result of %s", name)
		}
		fmt.Fprintf(out, "median %s %.1f ms of %d runs\n", name, median(times[name])/1e6, len(times[name]))
	}
	_, err := fmt.Fprintf(out, "ratio %.2f\n", median(times[reference])/median(times[ours]))
	return err
}

// parse reads a result line: name-procs, iterations, time, "ns/op".
func parse(line string) (name string, ns float64, ok bool) {
	f := strings.Fields(line)
	if len(f) < 4 || f[3] != "ns/op" || !strings.HasPrefix(f[0], "Benchmark") {
		return "", 0, false
	}
	ns, err := strconv.ParseFloat(f[2], 64)
	name = f[0]
	if i := strings.LastIndexByte(name, '-'); i > 0 {
		name = name[:i]
	}
	return name, ns, err == nil && ns > 0
}

func median(list []float64) float64 {
	s := slices.Sorted(slices.Values(list))
	n := len(s)
	return (s[(n-1)/2] + s[n/2]) / 2
}
