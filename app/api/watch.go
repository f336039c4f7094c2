package api

import (
	"bufio"
	"context"
	"encoding/json"
	"strings"
	"time"

	"supercomputing/app/view"
)

// maxEvent bounds one line of an event stream, in bytes.
const maxEvent = 64 << 10

// Watch implements view.Network. It ends with an error when the node stops or
// falls silent; the caller decides whether to watch again.
func (c *Client) Watch(ctx context.Context, fn func(view.Event) error) error {
	quiet, cancel := context.WithCancel(ctx)
	defer cancel()
	// The server sends a sign of life every few seconds, so silence means a
	// machine that slept or a node that hangs.
	alarm := time.AfterFunc(c.quiet, cancel)
	defer alarm.Stop()
	resp, err := c.request(quiet, "GET", "/v1/events", nil)
	if err != nil {
		return c.silent(ctx, err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, maxEvent)
	for lines.Scan() {
		alarm.Reset(c.quiet)
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue // a comment or the end of an event
		}
		var e view.Event
		if err := json.Unmarshal([]byte(data), &e); err != nil {
			return view.Errorf(view.CodeInternal, "an event of the node does not decode: %v", err)
		}
		if err := fn(e); err != nil {
			return err
		}
	}
	return c.silent(ctx, lines.Err())
}

// silent explains the end of a stream: the caller's wish, or the node's.
func (c *Client) silent(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if e := view.AsError(err); e != nil && e.Code != view.CodeInternal {
		return e
	}
	return view.Errorf(view.CodeUnavailable, "the node's event stream ended")
}
