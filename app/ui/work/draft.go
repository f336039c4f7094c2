package work

import (
	"strconv"
	"strings"

	"supercomputing/app/ui/text"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// valid puts choices that there are not back to the first, as a draft of
// another version may have them.
func (d *downloadDraft) valid() {
	if d.Keep < 0 || d.Keep > keepOther {
		d.Keep = 0
	}
	d.Bid = max(0, min(d.Bid, types.MaxAmount))
}

func (d *renderDraft) valid() {
	for at, n := range map[*int]int{&d.Engine: len(engineChoices), &d.Format: len(formatChoices), &d.Denoise: denoiseNo + 1, &d.Checks: len(checkChoices)} {
		if *at < 0 || *at >= n {
			*at = 0
		}
	}
	d.Bid = max(0, min(d.Bid, types.MaxAmount))
}

// The fields that can be filled in wrongly.
const (
	fieldPath     = "path"
	fieldReplicas = "replicas"
	fieldKeep     = "keep"
	fieldFrames   = "frames"
	fieldSize     = "size"
	fieldSamples  = "samples"
	fieldRate     = "rate"
)

// keepChoices are times to keep a file, in seconds; 0 is what the network does
// when it is not told.
var keepChoices = [...]int64{0, 3600, 24 * 3600, 7 * 24 * 3600, 30 * 24 * 3600, 90 * 24 * 3600, 365 * 24 * 3600}

// keepOther is the choice after keepChoices: a number of days is typed.
const keepOther = len(keepChoices)

// downloadDraft is what a person has filled in for a download.
type downloadDraft struct {
	Path     string       `json:"path"`
	Replicas string       `json:"replicas"`
	Keep     int          `json:"keep"` // index into keepChoices, or keepOther
	Days     string       `json:"days"` // for keepOther
	Label    string       `json:"label"`
	Bid      types.Amount `json:"bid"` // 0: not chosen yet
}

// request makes a request of the draft; wrong tells what is wrong, by field.
func (d *downloadDraft) request(t *text.Catalog) (req view.DownloadRequest, wrong map[string]string) {
	wrong = make(map[string]string)
	req = view.DownloadRequest{Path: strings.TrimSpace(d.Path), Bid: d.Bid, Label: strings.TrimSpace(d.Label)}
	if req.Path == "" {
		wrong[fieldPath] = t.T("work.file.none")
	}
	if s := strings.TrimSpace(d.Replicas); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			wrong[fieldReplicas] = t.T("work.options.replicas.bad")
		}
		req.Replicas = n
	}
	if d.Keep != keepOther {
		req.Seconds = keepChoices[d.Keep]
		return req, wrong
	}
	days, err := strconv.ParseFloat(strings.TrimSpace(d.Days), 64)
	if err != nil || !(days > 0 && days < 100_000) {
		wrong[fieldKeep] = t.T("work.options.keep.bad")
		return req, wrong
	}
	req.Seconds = max(1, int64(days*24*3600))
	return req, wrong
}

// empty tells whether nothing would be lost.
func (d *downloadDraft) empty() bool { return *d == downloadDraft{} }

// The choices of a render job, in the order in which they are shown.
var (
	engineChoices = [...]string{"", "blender", "povray"}
	formatChoices = [...]string{"", view.RenderPNG, view.RenderPNG16, view.RenderEXR, view.RenderEXR32}
	checkChoices  = [...]string{view.ChecksUsual, view.ChecksAll, view.ChecksOff}
)

// The choices of denoising: as the scene says, yes, no.
const (
	denoiseScene = iota
	denoiseYes
	denoiseNo
)

// renderDraft is what a person has filled in for a rendering. What is empty is
// the scene's own.
type renderDraft struct {
	Path    string       `json:"path"`
	Engine  int          `json:"engine"` // index into engineChoices
	Frames  string       `json:"frames"`
	Width   string       `json:"width"`
	Height  string       `json:"height"`
	Samples string       `json:"samples"`
	Format  int          `json:"format"` // index into formatChoices
	Denoise int          `json:"denoise"`
	Video   bool         `json:"video"`
	Rate    string       `json:"rate"`
	Output  string       `json:"output"`
	Checks  int          `json:"checks"` // index into checkChoices
	Label   string       `json:"label"`
	Bid     types.Amount `json:"bid"` // 0: as the quote suggests
}

// empty tells whether nothing would be lost.
func (d *renderDraft) empty() bool { return *d == renderDraft{} }

// request makes a request of the draft; wrong tells what is wrong, by field.
func (d *renderDraft) request(t *text.Catalog) (req view.RenderRequest, wrong map[string]string) {
	wrong = make(map[string]string)
	req = view.RenderRequest{Path: strings.TrimSpace(d.Path), Engine: engineChoices[d.Engine], Frames: strings.TrimSpace(d.Frames),
		Format: formatChoices[d.Format], Video: d.Video, Output: strings.TrimSpace(d.Output), Checks: checkChoices[d.Checks],
		Bid: d.Bid, Label: strings.TrimSpace(d.Label)}
	if req.Path == "" {
		wrong[fieldPath] = t.T("work.scene.none")
	}
	if _, err := view.ParseFrames(req.Frames); err != nil {
		p := view.AsError(err)
		wrong[fieldFrames] = strings.TrimSpace(t.T("work.options.frames.bad") + " " + p.Message)
	}
	if d.Denoise != denoiseScene {
		on := d.Denoise == denoiseYes
		req.Denoise = &on
	}
	d.numbers(t, &req, wrong)
	return req, wrong
}

// numbers reads size, samples and rate.
func (d *renderDraft) numbers(t *text.Catalog, req *view.RenderRequest, wrong map[string]string) {
	var errW, errH, err error
	req.Width, errW = number(d.Width)
	req.Height, errH = number(d.Height)
	switch w, h := req.Width, req.Height; {
	case errW != nil || errH != nil || (w == 0) != (h == 0):
		wrong[fieldSize] = t.T("work.options.size.bad")
	case w > view.MaxRenderSide || h > view.MaxRenderSide || int64(w)*int64(h) > view.MaxRenderPixels:
		wrong[fieldSize] = t.T("work.options.size.large", "side", t.Number(view.MaxRenderSide), "all", t.Number(view.MaxRenderPixels))
	}
	if req.Samples, err = number(d.Samples); err != nil || req.Samples > view.MaxRenderSamples {
		wrong[fieldSamples] = t.T("work.options.samples.bad", "most", t.Number(view.MaxRenderSamples))
	}
	if s := strings.TrimSpace(d.Rate); s != "" && d.Video {
		rate, err := strconv.ParseFloat(s, 64)
		if err != nil || !(rate >= 0.1 && rate <= 1000) {
			wrong[fieldRate] = t.T("work.options.rate.bad")
		}
		req.Rate = rate
	}
}

// number reads a number from 1 on; empty text is 0, the scene's own.
func number(s string) (int, error) {
	if s = strings.TrimSpace(s); s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err == nil && n < 1 {
		err = strconv.ErrRange
	}
	return n, err
}

// unrenderable lists a scene's missing files; ok says that nothing keeps it
// from being rendered elsewhere.
func unrenderable(s *view.RenderScene) (missing []view.RenderFile, ok bool) {
	for _, f := range s.Files {
		if f.State == fileMissing {
			missing = append(missing, f)
		}
	}
	return missing, len(missing) == 0 && len(s.Problems) == 0
}
