package engine

import (
	"bufio"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
)

// deciding are the processor's features by which the C library's mathematics
// and renderers choose between code paths, whose results differ in the last
// bits.
var deciding = []string{
	"sse4_1", "sse4_2", "avx", "f16c", "fma", "fma4", "bmi1", "bmi2", "avx2",
	"avx512f", "avx512dq", "avx512cd", "avx512bw", "avx512vl",
	"asimd", "asimdhp", "sve", "sve2", // ARM
}

// Processor names the machine's architecture and which of the features its
// processor has that decide what programs compute. Where the system does not
// tell, it names the system; a probe has to show the rest.
func Processor() []string {
	out := []string{runtime.GOARCH}
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return append(out, runtime.GOOS)
	}
	defer f.Close()
	return append(out, features(f)...)
}

// features reads the first processor's flags.
func features(r io.Reader) (out []string) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<16)
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), ":")
		if key = strings.TrimSpace(key); key != "flags" && key != "Features" {
			continue
		}
		for _, f := range strings.Fields(value) {
			if slices.Contains(deciding, f) {
				out = append(out, f)
			}
		}
		slices.Sort(out)
		return out
	}
	return nil
}
