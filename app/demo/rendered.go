package demo

import (
	"fmt"
	"io"
	"math"
	"runtime"
)

// Rendered is what a render job came to. Seconds that tell of rendering are as
// the requester saw them.
type Rendered struct {
	Engine        string  `json:"engine"`
	Version       string  `json:"version"`
	FrameSize     string  `json:"frame_size"` // "480x270"
	Samples       int     `json:"samples"`
	Frames        int     `json:"frames"`
	FramesExact   int     `json:"frames_exact"`   // equal to a local render by the plain program in every pixel
	RepeatedShare float64 `json:"repeated_share"` // of all work, what repeated other work
	Repeated      int     `json:"repeated"`       // tiles that another node rendered again
	Own           int     `json:"own"`            // tiles that the requester rendered again
	Caught        int     `json:"caught"`         // nodes that were told to have delivered wrong pictures
	FirstSeconds  float64 `json:"first_seconds"`  // from the post to the first tile
	RenderSeconds float64 `json:"render_seconds"` // from the post to the last frame
	LocalSeconds  float64 `json:"local_seconds"`  // the same frames by the plain program alone, on all cores; POV-Ray on one
	Output        string  `json:"output"`         // folder of the frames
	Video         string  `json:"video,omitempty"`

	wanted    int            // frames that were asked for
	video     bool           // one was asked for
	failed    []string       // frames that were not rendered, and why
	different []string       // frames that are not exact, and how
	tiles     map[string]int // accepted, by address
}

func (r *Rendered) check() error {
	switch {
	case r.Frames != r.wanted || r.Frames == 0:
		return fmt.Errorf("%w: %d of %d frames were rendered: %s", ErrFailed, r.Frames, r.wanted, some(r.failed))
	case r.FramesExact != r.Frames:
		return fmt.Errorf("%w: %d of %d frames differ from the local render: %s", ErrFailed, r.Frames-r.FramesExact, r.Frames, some(r.different))
	case r.Caught > 0:
		return fmt.Errorf("%w: %s taken for cheats", ErrFailed, count(r.Caught, "honest node"))
	case math.IsNaN(r.RepeatedShare) || r.RepeatedShare <= 0 || r.RepeatedShare >= 1:
		return fmt.Errorf("%w: %v of the work was done twice, and unknown nodes must be checked", ErrFailed, r.RepeatedShare)
	case r.video && r.Video == "":
		return fmt.Errorf("%w: no video was made", ErrFailed)
	}
	return nil
}

// some joins the first few of a list.
func some(list []string) string {
	const most = 3
	text := ""
	for i, s := range list {
		if i == most {
			return text + fmt.Sprintf(", and %d more", len(list)-most)
		}
		if i > 0 {
			text += ", "
		}
		text += s
	}
	return text
}

// earned implements Play.
func (*Render) earned(res *Result, address string) string {
	return fmt.Sprintf("%s in the film", count(res.tiles[address], "tile"))
}

// outcome implements Play.
func (*Render) outcome(w io.Writer, res *Result) {
	r := res.Rendered
	exact := "equal in every pixel to"
	if r.FramesExact != r.Frames {
		exact = fmt.Sprintf("%d DIFFERENT from", r.Frames-r.FramesExact)
	}
	fmt.Fprintf(w, "%-24s%s, %s a local render by %s %s\n", "Rendered:", count(r.Frames, "frame"), exact, programs[r.Engine].title, r.Version)
	fmt.Fprintf(w, "%-24s%.1f %% of all work: %s repeated by another node, %d by the requester\n", "Checked:", 100*r.RepeatedShare,
		count(r.Repeated, "tile"), r.Own)
	fmt.Fprintf(w, "%-24sfirst tile after %.1f s, last frame after %.1f s; the plain program alone took %.1f s on %s\n", "Time:",
		r.FirstSeconds, r.RenderSeconds, r.LocalSeconds, programs[r.Engine].cores)
	fmt.Fprintf(w, "%-24sall %d nodes and the requester shared the %s of this machine, and %.0f %% of what they rendered was checking\n", "",
		workers, count(runtime.NumCPU(), "core"), 100*r.RepeatedShare)
	fmt.Fprintf(w, "%-24s%s\n", "Frames:", r.Output)
	if r.Video != "" {
		fmt.Fprintf(w, "%-24s%s\n", "Video:", r.Video)
	}
}

// count writes a number of things.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
