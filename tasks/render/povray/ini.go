package povray

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"supercomputing/tasks/render/picture"
)

// maxFrames bounds an animation.
const maxFrames = 10_000_000

// options are what a scene's .ini says, as far as it matters: POV-Ray's own
// names and defaults (reference, 3.2). All others are left out.
type options struct {
	input         string   // Input_File_Name
	library       []string // Library_Path
	width, height int
	first, last   int     // Initial_Frame, Final_Frame
	from, to      float64 // Initial_Clock, Final_Clock
	clock         float64 // Clock, of a scene that is not animated
	cyclic        bool
	animated      bool // Final_Frame was there
	alpha         bool
	antialias     bool
	depth         int     // Antialias_Depth
	threshold     float64 // Antialias_Threshold
	method        int     // Sampling_Method
	gamma         float64 // Antialias_Gamma
	jitter        bool    // Jitter: only for a note, it is never rendered
	quality       int
	file          string // Output_File_Type, in lower case
	bits          int    // Bits_Per_Color
	declares      []declare
	ignored       []string // keys that are not ours
}

// declare is Declare=Name=number.
type declare struct {
	name  string
	value float64
}

// defaults are POV-Ray's own, but a picture's size, which it leaves to the .ini
// of its installation.
func defaults() options {
	return options{
		width: 800, height: 600, first: 1, last: 1, from: 0, to: 1,
		depth: 3, threshold: 0.3, method: 1, gamma: 2.5, jitter: true, quality: 9,
	}
}

// samples is how many samples the scene itself asks of a pixel at most.
func (o options) samples() int {
	if !o.antialias {
		return 1
	}
	return o.depth * o.depth
}

// format is what of our formats the scene's own files have, "" for none. What is
// not said is PNG with 8 bits.
func (o options) format() string {
	switch {
	case o.file == "e" || o.file == "h":
		return "exr"
	case (o.file == "" || o.file == "n") && o.bits > 8:
		return "png16"
	case o.file == "" || o.file == "n":
		return "png"
	}
	return ""
}

// parseIni reads an .ini's text. Unknown keys are kept by name; a value that
// is wrong is an error.
func parseIni(text string) (options, error) {
	o := defaults()
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(uncomment(line))
		var err error
		switch {
		case line == "" || line[0] == '[':
			// Sections choose among settings; all of them are taken in turn.
		case line[0] == '+' || line[0] == '-':
			for _, s := range strings.Fields(line) {
				if err = o.flag(s); err != nil {
					break
				}
			}
		default:
			key, value, ok := strings.Cut(line, "=")
			if !ok {
				o.ignored = append(o.ignored, line)
				continue
			}
			err = o.set(strings.TrimSpace(key), unquote(strings.TrimSpace(value)))
		}
		if err != nil {
			return options{}, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	if o.first < 0 || o.last < o.first || o.last > maxFrames {
		return options{}, fmt.Errorf("frames %d to %d", o.first, o.last)
	}
	return o, nil
}

// uncomment cuts a line at a semicolon that is in no quotes.
func uncomment(line string) string {
	quoted := false
	for i := range len(line) {
		switch {
		case line[i] == '"':
			quoted = !quoted
		case line[i] == ';' && !quoted:
			return line[:i]
		}
	}
	return line
}

func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}

// set takes one key; keys are not told apart by case.
func (o *options) set(key, value string) (err error) {
	switch strings.ToLower(key) {
	case "input_file_name":
		o.input = value
	case "library_path":
		if len(o.library) < 25 { // POV-Ray's own limit
			o.library = append(o.library, filepath.FromSlash(strings.ReplaceAll(value, `\`, "/")))
		}
	case "width":
		o.width, err = whole(value, 1, picture.MaxSide)
	case "height":
		o.height, err = whole(value, 1, picture.MaxSide)
	case "initial_frame":
		o.first, err = whole(value, 0, maxFrames)
		o.last = max(o.last, o.first)
	case "final_frame":
		o.last, err = whole(value, 0, maxFrames)
		o.animated = true
	case "initial_clock":
		o.from, err = real(value)
	case "final_clock":
		o.to, err = real(value)
	case "clock":
		o.clock, err = real(value)
	case "cyclic_animation":
		o.cyclic, err = yes(value)
	case "output_alpha":
		o.alpha, err = yes(value)
	case "antialias":
		o.antialias, err = yes(value)
	case "antialias_depth":
		o.depth, err = whole(value, 1, 9)
	case "antialias_threshold":
		o.threshold, err = real(value)
	case "antialias_gamma":
		o.gamma, err = real(value)
	case "jitter":
		o.jitter, err = yes(value)
	case "jitter_amount":
		var v float64
		v, err = real(value)
		o.jitter = v > 0
	case "output_file_type":
		o.file = strings.ToLower(value)
	case "bits_per_color", "bits_per_colour":
		o.bits, err = whole(value, 1, 16)
	case "sampling_method":
		o.method, err = whole(value, 1, 2)
	case "quality":
		o.quality, err = whole(value, 0, 11)
	case "declare":
		err = o.declare(value)
	default:
		if !harmless(key) {
			o.ignored = append(o.ignored, key)
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}

// harmless reports whether a key says nothing of the pixels, or what this
// package decides itself; leaving it out is not worth a note.
func harmless(key string) bool {
	switch strings.ToLower(key) {
	case "display", "verbose", "pause_when_done", "output_to_file", "output_file_name", "compression",
		"work_threads", "preview_start_size", "preview_end_size", "draw_vistas", "display_gamma",
		"create_ini", "continue_trace", "test_abort", "test_abort_count", "debug_console", "warning_console", "render_console",
		"statistic_console", "fatal_console", "all_console", "bounding", "bounding_threshold", "light_buffer", "vista_buffer",
		"remove_bounds", "split_unions", "high_reproducibility", "palette", "video_mode", "histogram_type", "render_block_size",
		"max_image_buffer_memory", "warning_level", "all_file", "debug_file", "warning_file", "render_file", "statistic_file", "fatal_file":
		return true
	}
	return false
}

func (o *options) declare(value string) error {
	name, number, ok := strings.Cut(value, "=")
	name = strings.TrimSpace(name)
	if !ok || !identifier(name) || len(o.declares) >= 256 {
		return fmt.Errorf("%q is not Name=number", value)
	}
	v, err := real(strings.TrimSpace(number))
	if err != nil {
		return err
	}
	o.declares = append(o.declares, declare{name, v})
	return nil
}

// flag takes one of the switches that stand for keys.
func (o *options) flag(s string) error {
	on := "off"
	if s[0] == '+' {
		on = "on"
	}
	name := s[1:]
	for _, f := range []struct{ prefix, key string }{
		{"KFI", "initial_frame"}, {"KFF", "final_frame"}, {"KI", "initial_clock"}, {"KF", "final_clock"}, {"KC", ""}, {"K", "clock"},
		{"UA", ""}, {"AM", "sampling_method"}, {"AG", "antialias_gamma"}, {"A", ""}, {"J", ""}, {"F", ""}, {"R", "antialias_depth"},
		{"W", "width"}, {"H", "height"}, {"L", "library_path"}, {"I", "input_file_name"}, {"Q", "quality"},
	} {
		if len(name) < len(f.prefix) || !strings.EqualFold(name[:len(f.prefix)], f.prefix) {
			continue
		}
		value := name[len(f.prefix):]
		switch f.prefix {
		case "KC":
			return o.set("cyclic_animation", on)
		case "UA":
			return o.set("output_alpha", on)
		case "A":
			if value != "" {
				if err := o.set("antialias_threshold", value); err != nil {
					return err
				}
			}
			return o.set("antialias", on)
		case "F":
			if n := strings.TrimLeft(value, "EeNnTtHhPpCcSsBbJj"); n != "" {
				if err := o.set("bits_per_color", n); err != nil {
					return err
				}
				value = strings.TrimSuffix(value, n)
			}
			return o.set("output_file_type", value)
		case "J":
			if value != "" && s[0] == '+' {
				return o.set("jitter_amount", value)
			}
			return o.set("jitter", on)
		case "W", "H": // "WT2", "HR" and the like are others
			if value == "" || !digit(value[0]) {
				continue
			}
		}
		return o.set(f.key, unquote(value))
	}
	return nil
}

// text is the .ini that goes into a bundle: the same keys in the same order
// whatever the scene's own looked like.
func (o options) text() string {
	var b strings.Builder
	f := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	onOff := func(v bool) string {
		if v {
			return "On"
		}
		return "Off"
	}
	fmt.Fprintf(&b, "Width=%d\nHeight=%d\nInitial_Frame=%d\n", o.width, o.height, o.first)
	if o.animated {
		fmt.Fprintf(&b, "Final_Frame=%d\n", o.last)
	}
	fmt.Fprintf(&b, "Initial_Clock=%s\nFinal_Clock=%s\nClock=%s\nCyclic_Animation=%s\n", f(o.from), f(o.to), f(o.clock), onOff(o.cyclic))
	fmt.Fprintf(&b, "Output_Alpha=%s\nAntialias=%s\nAntialias_Depth=%d\nAntialias_Threshold=%s\nSampling_Method=%d\nAntialias_Gamma=%s\nQuality=%d\n",
		onOff(o.alpha), onOff(o.antialias), o.depth, f(o.threshold), o.method, f(o.gamma), o.quality)
	for _, d := range o.declares {
		fmt.Fprintf(&b, "Declare=%s=%s\n", d.name, f(d.value))
	}
	return b.String()
}

// parseBundleIni reads a bundle's .ini, which is exactly what text writes.
func parseBundleIni(text string) (options, error) {
	o, err := parseIni(text)
	if err != nil {
		return options{}, err
	}
	if o.text() != text {
		return options{}, fmt.Errorf("not as it is written by packing")
	}
	return o, nil
}

func whole(s string, least, most int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%q is no whole number from %d to %d", s, least, most)
	}
	return n, nil
}

func real(s string) (float64, error) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.Abs(v) > 1e12 {
		return 0, fmt.Errorf("%q is no number", s)
	}
	return v, nil
}

func yes(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "on", "yes", "true", "1":
		return true, nil
	case "off", "no", "false", "0":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither on nor off", s)
}

func identifier(s string) bool {
	return s != "" && len(s) <= 40 && !digit(s[0]) && !slices.ContainsFunc([]byte(s), func(c byte) bool { return !letter(c) && !digit(c) })
}
