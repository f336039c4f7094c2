package work

import (
	"path/filepath"
	"strings"
	"time"

	"supercomputing/app/ui/look"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// The dapps that this page knows.
const (
	dappDownload = "download"
	dappRender   = "render"
)

// The states of nodes, as view.JobWorker has them.
const (
	nodeWorking = "working"
	nodeLost    = "lost"
	nodeDropped = "dropped"
	nodeDone    = "done"
)

// The states of a scene's files, as view.RenderFile has them.
const (
	filePacked  = "packed"
	fileFound   = "found"
	fileMissing = "missing"
)

// said is a text with the tone that it is said in.
type said struct {
	tone look.Tone
	text string
}

// jobState is a job's state in a word.
func jobState(t *text.Catalog, j *view.Job) said {
	switch {
	case j.Failure != "":
		return said{look.Danger, t.T("work.state.failed")}
	case j.State == view.JobOpen && j.Paused:
		return said{look.Warn, t.T("work.state.paused")}
	case j.State == view.JobWaiting:
		return said{look.Info, t.T("work.state.waiting")}
	case j.State == view.JobClosing:
		return said{look.Info, t.T("work.state.closing")}
	case j.State == view.JobComplete:
		return said{look.Success, t.T("work.state.complete")}
	case j.State == view.JobExpired:
		return said{look.Muted, t.T("work.state.expired")}
	case j.State == view.JobOpen && j.Workers > 0:
		return said{look.Primary, t.T("work.state.working")}
	case j.State == view.JobOpen:
		return said{look.Warn, t.T("work.state.nobody")}
	}
	return said{look.Muted, j.State}
}

// over tells whether a job needs nothing any more.
func over(j *view.Job) bool { return j.State == view.JobComplete || j.State == view.JobExpired }

// failure is why a job did not do what it was paid for, "" when it did or may.
func failure(j *view.JobDetail) string {
	if j.Failure == "" && j.Render != nil {
		return j.Render.Failure
	}
	return j.Failure
}

// jobName is what a person knows a job by: the label they gave, or its name.
func jobName(t *text.Catalog, j *view.Job) string {
	switch {
	case j.Label != "":
		return j.Label
	case j.Name != "":
		return j.Name
	}
	return t.T("work.unnamed", "id", text.Short(j.ID))
}

// dappName is a dapp's name for people.
func dappName(t *text.Catalog, dapp string) string {
	switch dapp {
	case dappDownload:
		return t.T("work.dapp.download")
	case dappRender:
		return t.T("work.dapp.render")
	}
	return dapp
}

// dappIcon is a dapp's picture.
func dappIcon(dapp string) string {
	switch dapp {
	case dappDownload:
		return "download"
	case dappRender:
		return "movie"
	}
	return "deployed_code"
}

// nodeState is a node's state in a word.
func nodeState(t *text.Catalog, state string) said {
	switch state {
	case nodeWorking:
		return said{look.Primary, t.T("work.node.working")}
	case nodeLost:
		return said{look.Warn, t.T("work.node.lost")}
	case nodeDropped:
		return said{look.Danger, t.T("work.node.dropped")}
	case nodeDone:
		return said{look.Success, t.T("work.node.done")}
	}
	return said{look.Muted, state}
}

// tileState is the state of a tile or a frame in a word.
func tileState(t *text.Catalog, state string) string {
	switch state {
	case view.TileDone:
		return t.T("work.tile.done")
	case view.TileChecking:
		return t.T("work.tile.checking")
	case view.TileLeased:
		return t.T("work.tile.leased")
	case view.TileFailed:
		return t.T("work.tile.failed")
	case framePart:
		return t.T("work.tile.part")
	}
	return t.T("work.tile.waiting")
}

// progress is how far something is: "12 of 48 frames", "1.2 GB of 4 GB".
func progress(t *text.Catalog, p view.Progress) string {
	if p.Total <= 0 {
		return ""
	}
	switch p.Unit {
	case "bytes":
		return t.T("work.progress.bytes", "done", t.Bytes(p.Done), "total", t.Bytes(p.Total))
	case "frames":
		return t.T("work.progress.frames", "done", t.Number(p.Done), "total", t.Number(p.Total))
	case "tiles":
		return t.T("work.progress.tiles", "done", t.Number(p.Done), "total", t.Number(p.Total))
	}
	return t.T("work.progress.any", "done", t.Number(p.Done), "total", t.Number(p.Total))
}

// share is a progress from 0 to 1.
func share(p view.Progress) float64 {
	if p.Total <= 0 {
		return 0
	}
	return max(0, min(1, float64(p.Done)/float64(p.Total)))
}

// startText says when a rank is likely to be worked on.
func startText(t *text.Catalog, s start) said {
	switch s.kind {
	case startNow:
		return said{look.Success, t.T("work.start.now", "time", t.Duration(seconds(s.seconds)))}
	case startLater:
		return said{look.Info, t.T("work.start.later", "time", t.Duration(seconds(s.seconds)))}
	case startAfter:
		return said{look.Warn, t.N("work.start.after", s.ahead)}
	}
	return said{look.Warn, t.T("work.start.unknown")}
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

// about is a duration that was measured, rounded to what a person needs.
func about(sec float64) time.Duration {
	d := time.Duration(min(max(sec, 1), 1e9) * float64(time.Second))
	switch {
	case d < time.Minute:
		return d.Round(time.Second)
	case d < time.Hour:
		return d.Round(time.Minute)
	}
	return d.Round(10 * time.Minute)
}

// engineName is a rendering program's name.
func engineName(name, version string) string {
	switch name {
	case "blender":
		name = "Blender"
	case "povray":
		name = "POV-Ray"
	}
	return strings.TrimSpace(name + " " + version)
}

// base is the last part of a path of the node's machine, which may be of
// another system than this one.
func base(path string) string {
	if i := strings.LastIndexAny(path, `/\`); i >= 0 && i < len(path)-1 {
		return path[i+1:]
	}
	return filepath.Base(path)
}
