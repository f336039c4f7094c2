package main

import (
	"context"
	"strings"
	"testing"

	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
)

// restarting is a node that does not answer for some looks at a job.
type restarting struct {
	viewtest.Fake
	looks, from, to int
	err             error
}

func (r *restarting) Job(ctx context.Context, id string) (view.JobDetail, error) {
	if r.looks++; r.looks > r.from && r.looks <= r.to {
		return view.JobDetail{}, r.err
	}
	j := view.JobDetail{Job: view.Job{ID: id, Name: "f", State: view.JobOpen}, Render: &view.RenderDetail{Output: "/out"}}
	if r.looks > r.to {
		j.State = view.JobComplete
	}
	return j, nil
}

// A job that is followed is followed on when its node was started anew, for a
// while; other failures end it.
func TestFollowOverRestart(t *testing.T) {
	cases := []struct {
		name string
		node *restarting
		code int
		told bool
	}{
		{"restart", &restarting{from: 1, to: 20, err: view.ErrNotRunning}, exitOK, true},
		{"stops", &restarting{from: 1, to: 5, err: view.ErrUnavailable}, exitOK, true},
		{"gone for good", &restarting{from: 1, to: 1 << 20, err: view.ErrNotRunning}, exitNotRunning, true},
		{"never there", &restarting{from: 0, to: 1 << 20, err: view.ErrNotRunning}, exitNotRunning, false},
		{"another failure", &restarting{from: 1, to: 2, err: view.ErrNotFound}, exitNotFound, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.env.connect = func(string, string) (view.Backend, error) { return c.node, nil }
			code := execute(t.Context(), w.env, []string{"job", "follow", strings.Repeat("ab", 32)})
			if told := strings.Count(w.err.String(), "does not answer"); code != c.code || told > 1 || told == 1 != c.told {
				t.Errorf("exit %d, %s", code, w.err.String())
			}
			if c.node.looks > followPatience+2 {
				t.Errorf("%d looks", c.node.looks)
			}
		})
	}
}
