package povray

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// maxWhy bounds the part of POV-Ray's messages that errors repeat, in bytes: a
// stranger's scene writes them.
const maxWhy = 300

var (
	// A message begins a line and its wrapped lines begin with a space.
	complaints = regexp.MustCompile(`(?m)^((?:File '[^'\n]*' line \d+: )?(?:Possible )?(?:Parse|Fatal) [Ee]rror[^\n]*|[^\n]*(?:[Oo]ut of memory|bad_alloc|Cannot open)[^\n]*)((?:\n [^\n]*)*)`)
	memoryOut  = regexp.MustCompile(`(?i)out of memory|bad_alloc|cannot allocate`)
	stages     = regexp.MustCompile(`(?m)^\s+(?:Radiosity|Trace) Time:[^\n(]*\(([0-9.]+) seconds\)\n\s+using [0-9]+ thread\(s\) with ([0-9.]+) CPU-seconds total`)
)

// complaint finds in what POV-Ray printed why it failed, as one line, and
// whether it had too little memory.
func complaint(said string) (why string, memory bool) {
	said = strings.ReplaceAll(said, "\r", "\n")
	m := complaints.FindStringSubmatch(said)
	if m == nil {
		return "", memoryOut.MatchString(said)
	}
	why = strings.Join(strings.FieldsFunc(m[1]+m[2], func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	why = strings.ReplaceAll(strings.ReplaceAll(why, "'b/files/", "'"), "'b/", "'")
	if len(why) > maxWhy {
		why = strings.ToValidUTF8(why[:maxWhy], "") + "…"
	}
	return why, memoryOut.MatchString(said)
}

// traced is the time that went into pixels and the processor's part of it, as
// POV-Ray tells at its end.
func traced(said string) (wall, work time.Duration) {
	all := stages.FindAllStringSubmatch(said, -1)
	for _, m := range all[max(0, len(all)-2):] {
		wall += seconds(m[1])
		work += seconds(m[2])
	}
	return wall, work
}

func seconds(s string) time.Duration {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || v < 0 || v > 1e9 {
		return 0
	}
	return time.Duration(v * float64(time.Second))
}
