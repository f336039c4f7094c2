package main

import (
	"fmt"

	"supercomputing/app/view"
)

// showRenderQuote shows what rendering takes, costs and brings.
func (p *program) showRenderQuote(q view.RenderQuote) {
	e, t := q.Estimate, q.Tiles
	tiles := ""
	if t > 1 {
		tiles = fmt.Sprintf("%d of each frame", t)
	}
	format := formatText(q.Format)
	if q.Video {
		format += ", and a video"
	}
	network := ""
	if e.Nodes > 0 {
		network = fmt.Sprintf("about %s with %s, checks included", aboutText(e.NodeSeconds), count(e.Nodes, "node"))
	}
	work := fmt.Sprintf("about %s of one core: %s a frame, %s of it preparing", aboutText(e.CoreSeconds), aboutText(e.FrameSeconds), aboutText(e.SetupSeconds))
	if e.Memory > 0 {
		work += "; " + bytesText(e.Memory) + " of memory"
	}
	p.facts(append([]any{
		"to render", count(q.Frames, "frame") + " of " + pictureText(q.Width, q.Height, q.Samples),
		"tiles", tiles,
		"format", format,
		"frames go to", q.Output,
		"to send", bytesText(q.Size),
		"tried", fmt.Sprintf("%s in %s", count(e.Tried, "tile"), workText(e.TrialSeconds)),
		"the work", work,
		"this machine alone", "about " + aboutText(e.HereSeconds),
		"the network", network,
	}, renderPrice(q)...)...)
	for _, n := range q.Notes {
		p.say("Note: %s", clean(n))
	}
}

// renderPrice is the part of a quote that changes with the bid.
func renderPrice(q view.RenderQuote) []any {
	bid := fmt.Sprintf("%v SCC", q.Bid)
	if q.Bid == q.Suggested {
		bid += ", as suggested"
	}
	suggested := ""
	if q.Bid != q.Suggested {
		suggested = coins(q.Suggested)
	}
	funds := ""
	if !q.Affordable {
		funds = fmt.Sprintf("%v SCC can be spent now, which is not enough", q.Spendable)
	}
	return []any{
		"bid", bid,
		"of which get", fmt.Sprintf("nodes %v, producers %v, foundation %v, dapp's developer %v",
			q.Split.Nodes, q.Split.Producers, q.Split.Foundation, q.Split.Developer),
		"suggested", suggested,
		"others bid", goingBids(q.GoingBids),
		"place in the queue", rankText(q),
		"fee", coins(q.Fee),
		"total", coins(q.Total),
		"in the wallet", funds,
		"job open for", fmt.Sprintf("about %s (%s)", spanText(seconds(q.Seconds)), count(q.Blocks, "block")),
	}
}

// rankText tells the place on the board, and what the first one costs.
func rankText(q view.RenderQuote) string {
	s := fmt.Sprintf("%d, with %s open", q.Rank, count(q.OpenJobs, "job"))
	if q.Rank > 1 && q.First > 0 {
		s += fmt.Sprintf("; %v SCC would be first", q.First)
	}
	return s
}

// pictureText writes what a picture is made of.
func pictureText(w, h, samples int) string {
	s := fmt.Sprintf("%d × %d", w, h)
	if samples > 0 {
		s += ", " + count(samples, "sample")
	}
	return s
}

// formatText writes a format for people.
func formatText(format string) string {
	if known := map[string]string{view.RenderPNG: "PNG", view.RenderPNG16: "PNG, 16 bits",
		view.RenderEXR: "OpenEXR, half floats", view.RenderEXR32: "OpenEXR, floats"}[format]; known != "" {
		return known
	}
	return format
}
