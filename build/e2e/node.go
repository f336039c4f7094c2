//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
)

// own and requester are the data directories of the person's node, and of the
// demo's requester, who is everybody else in the story.
func (p *person) own() string       { return p.dir() }
func (p *person) requester() string { return filepath.Join(p.dir(), "demo", "requester") }

// ask asks a node by the command line, to compare it with what the window
// shows.
func (p *person) ask(ctx context.Context, dir string, into any, args ...string) error {
	cmd := exec.CommandContext(ctx, p.exe, append([]string{"--json", "--datadir", dir}, args...)...)
	cmd.Env = p.env()
	out, err := cmd.Output()
	if err != nil {
		var e *exec.ExitError
		if errors.As(err, &e) {
			err = fmt.Errorf("%w: %s", err, e.Stderr)
		}
		return fmt.Errorf("supercomputing %v: %w", args, err)
	}
	if err := json.Unmarshal(out, into); err != nil {
		return fmt.Errorf("supercomputing %v: %w: %s", args, err, out)
	}
	return nil
}

// identity is a node's address.
func (p *person) identity(ctx context.Context, dir string) (string, error) {
	var st struct {
		Identity string `json:"identity"`
	}
	err := p.ask(ctx, dir, &st, "status")
	return st.Identity, err
}
