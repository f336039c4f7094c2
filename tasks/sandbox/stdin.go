package sandbox

import (
	"fmt"
	"io"
	"os/exec"
)

// stdin gives the program its input: begin starts the copying, once it runs.
// exec's own copying would keep a program from ending whose input does not end.
func stdin(cmd *exec.Cmd, c Command) (begin func(), err error) {
	if c.Stdin == nil {
		return func() {}, nil
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCommand, err)
	}
	return func() {
		go func() {
			io.Copy(in, c.Stdin) // fails when the program has ended
			in.Close()
		}()
	}, nil
}
