package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"supercomputing/app/view"
)

// maxSecretFile bounds a passphrase or words file, in bytes.
const maxSecretFile = 4096

// line asks a person for one line.
func (p *program) line(prompt string) (string, error) {
	fmt.Fprint(p.err, prompt)
	// One byte at a time: what follows the line belongs to the next question.
	var b []byte
	one := make([]byte, 1)
	for len(b) < maxSecretFile {
		n, err := p.in.Read(one)
		if n == 1 {
			if one[0] == '\n' {
				break
			}
			b = append(b, one[0])
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				return "", err
			}
			if len(b) > 0 {
				break
			}
			return "", errors.New("the input ended before an answer")
		}
	}
	return strings.TrimSpace(string(b)), nil
}

// confirm asks for a yes. Without a person it refuses: money is not spent by
// an answer that nobody gave.
func (p *program) confirm(question string, yes bool) error {
	if yes {
		return nil
	}
	if !p.interactive {
		return &usageError{errors.New("this needs an answer, and nobody is there to ask"), "add --yes to agree beforehand"}
	}
	answer, err := p.line(question + " [y/N] ")
	if err != nil {
		return err
	}
	if a := strings.ToLower(answer); a != "y" && a != "yes" {
		return errors.New("not done, as you wished")
	}
	return nil
}

// readSecretFile reads the first line of a file that holds a secret.
func readSecretFile(path, what string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &usageError{fmt.Errorf("%s file: %w", what, err), ""}
	}
	defer f.Close()
	r := bufio.NewReaderSize(io.LimitReader(f, maxSecretFile+1), maxSecretFile+1)
	raw, err := r.ReadBytes('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s file: %w", what, err)
	}
	switch raw = bytes.TrimRight(raw, "\r\n"); {
	case len(raw) == 0:
		return nil, &usageError{fmt.Errorf("%s file: %s is empty", what, path), ""}
	case len(raw) > maxSecretFile:
		return nil, &usageError{fmt.Errorf("%s file: the first line of %s is longer than %d bytes", what, path, maxSecretFile), ""}
	}
	return raw, nil
}

// passphrase gets the wallet's passphrase: from a file named by the flag or
// the environment, else from the terminal.
func (p *program) passphrase(file string) ([]byte, error) {
	if file == "" {
		file = p.getenv(envPassphrase)
	}
	if file != "" {
		return readSecretFile(file, "passphrase")
	}
	if !p.interactive {
		return nil, noTerminal("the wallet is locked, and there is no terminal to ask for its passphrase")
	}
	return p.secret("Wallet passphrase: ")
}

// newPassphrase is passphrase for a wallet that is made: typed twice.
func (p *program) newPassphrase(file string) ([]byte, error) {
	switch {
	case file != "" || p.getenv(envPassphrase) != "":
		return p.passphrase(file)
	case !p.interactive:
		return nil, noTerminal("a new wallet needs a passphrase, and there is no terminal to ask for it")
	}
	return p.typePassphrase()
}

// typePassphrase asks for a new passphrase, twice.
func (p *program) typePassphrase() ([]byte, error) {
	for {
		first, err := p.secret("New wallet passphrase: ")
		if err != nil {
			return nil, err
		}
		if len(first) == 0 {
			fmt.Fprintln(p.err, "An empty passphrase protects nothing. Choose one.")
			continue
		}
		again, err := p.secret("Once more: ")
		if err != nil {
			return nil, err
		}
		if bytes.Equal(first, again) {
			return first, nil
		}
		fmt.Fprintln(p.err, "The two differ. Again, please.")
	}
}

func noTerminal(problem string) error {
	return view.Errorf(view.CodeWalletLocked, "%s", problem).
		WithHint("put the passphrase into a file and name it with --passphrase-file or $%s", envPassphrase)
}
