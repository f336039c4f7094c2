package blender

import (
	"bufio"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
)

// deciding are the processor's features by which Cycles, Embree, OpenVDB and
// the C library's mathematics choose between code paths, whose results differ
// in the last bits.
var deciding = []string{
	"sse4_1", "sse4_2", "avx", "f16c", "fma", "fma4", "bmi1", "bmi2", "avx2",
	"avx512f", "avx512dq", "avx512cd", "avx512bw", "avx512vl",
	"asimd", "asimdhp", "sve", "sve2", // ARM
}

// features names the machine's architecture and which of the deciding features
// its processor has. Where the system does not tell, the picture of the probe
// has to.
func features() []string {
	out := []string{runtime.GOARCH}
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return append(out, runtime.GOOS)
	}
	defer f.Close()
	return append(out, parseFeatures(f)...)
}

// parseFeatures reads the first processor's flags.
func parseFeatures(r io.Reader) (out []string) {
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
