package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

const (
	// shortest is the least of an id that stands for the whole: shorter ones
	// are more often a slip than a wish.
	shortest = 4
	// wholeID is the length of a transaction's or job's id in hex.
	wholeID = 64
	// addressLength is about the least length of an address; what is longer is
	// taken for a mistyped one instead of a name.
	addressLength = 40
	// maxText bounds text that is read from a file, in bytes. The node knows
	// the real limits; this only keeps a wrong file from being read whole.
	maxText = 1 << 20
)

// isAddress reports whether s is an address of any network.
func isAddress(s string) bool {
	i := strings.LastIndexByte(s, '1')
	if i < 0 {
		return false
	}
	_, err := types.DecodeAddress(strings.ToLower(s[:i]), s)
	return err == nil
}

// address turns what a person typed into an address: an address itself, or the
// name of one entry of the address book.
func address(ctx context.Context, b view.Backend, who string) (string, error) {
	if isAddress(who) {
		return who, nil
	}
	list, err := b.Contacts(ctx)
	if err != nil {
		return "", err
	}
	var found []view.Contact
	for _, c := range list {
		if c.Address == who {
			return who, nil
		}
		if strings.EqualFold(c.Name, who) {
			found = append(found, c)
		}
	}
	switch {
	case len(found) == 1:
		return found[0].Address, nil
	case len(found) > 1:
		var which []string
		for _, c := range found {
			which = append(which, c.Address)
		}
		return "", view.Errorf(view.CodeConflict, "%d contacts are named %s", len(found), clean(who)).
			WithHint("give the address: %s", strings.Join(which, " or "))
	case len(who) >= addressLength:
		return who, nil // the node says what is wrong with it
	}
	return "", view.Errorf(view.CodeNotFound, "%s is neither an address nor the name of a contact", clean(who)).
		WithHint("“supercomputing contact list” shows the address book; “supercomputing contact add ADDRESS NAME” adds to it")
}

// pick finds the entry of a list with this id, or the only one whose id begins
// so. What names the kind for people.
func pick[T any](given, what string, list []T, id func(T) string) (T, error) {
	var none T
	var found []T
	for _, v := range list {
		if id(v) == given {
			return v, nil
		}
		if beginsWith(id(v), given) {
			found = append(found, v)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		if len(given) < shortest {
			return none, view.Errorf(view.CodeInvalid, "“%s” is too short for the id of a %s: at least %d characters", clean(given), what, shortest)
		}
		return none, view.Errorf(view.CodeNotFound, "there is no %s %s", what, clean(given))
	}
	return none, view.Errorf(view.CodeConflict, "the ids of %d %ss begin with %s", len(found), what, clean(given)).
		WithHint("give more of it, such as %s", id(found[0])[:min(len(given)+4, len(id(found[0])))])
}

// pickNamed is pick for what also has a name: after a whole id, and before the
// beginning of one, comes a name that only one entry has. The function gives an
// entry's id and its name.
func pickNamed[T any](given, what string, list []T, of func(T) (id, name string)) (T, error) {
	var named []T
	for _, v := range list {
		id, name := of(v)
		if id == given {
			return v, nil
		}
		if strings.EqualFold(name, given) {
			named = append(named, v)
		}
	}
	if len(named) == 1 {
		return named[0], nil
	}
	id := func(v T) string { id, _ := of(v); return id }
	v, err := pick(given, what, list, id)
	if len(given) < shortest && errors.Is(err, view.ErrInvalid) { // more likely meant as a name
		err = view.Errorf(view.CodeNotFound, "there is no %s %s", what, clean(given))
	}
	if len(named) > 1 && errors.Is(err, view.ErrNotFound) {
		return v, view.Errorf(view.CodeConflict, "%d %ss are named %s", len(named), what, clean(given)).
			WithHint("give the id: %s or %s", id(named[0]), id(named[1]))
	}
	return v, err
}

// beginsWith reports whether given can stand for the id: its beginning, or what
// tables show of it (see short).
func beginsWith(id, given string) bool {
	head, tail, _ := strings.Cut(strings.ToLower(given), "…")
	return len(head) >= shortest && len(head)+len(tail) <= len(id) && strings.HasPrefix(id, head) && strings.HasSuffix(id, tail)
}

// jobID completes the beginning of one of our own jobs' ids. Of a whole one only
// the node knows.
func jobID(ctx context.Context, b view.Backend, given string) (string, error) {
	id, err := ownJobID(ctx, b, given)
	if err == nil && id == "" {
		return "", view.Errorf(view.CodeNotFound, "none of your jobs begins with %s", clean(given)).WithHint("“supercomputing job list” shows them")
	}
	return id, err
}

// ownJobID is jobID with "" where nothing is found.
func ownJobID(ctx context.Context, b view.Backend, given string) (string, error) {
	if len(given) >= wholeID {
		return given, nil
	}
	jobs, err := b.Jobs(ctx)
	if err != nil {
		return "", err
	}
	j, err := pick(given, "job", jobs, func(j view.Job) string { return j.ID })
	if errors.Is(err, view.ErrNotFound) {
		return "", nil
	}
	return j.ID, err
}

// anyJobID is jobID for a job of anybody: ours, or an open one of the network.
func anyJobID(ctx context.Context, b view.Backend, given string) (string, error) {
	id, err := ownJobID(ctx, b, given)
	if err != nil || id != "" {
		return id, err
	}
	board, err := b.Board(ctx)
	if err != nil {
		return "", err
	}
	e, err := pick(given, "job", board, func(e view.BoardEntry) string { return e.ID })
	if errors.Is(err, view.ErrNotFound) {
		return given, nil
	}
	return e.ID, err
}

// oneOf refuses flags that exclude each other.
func oneOf(f *pflag.FlagSet, names ...string) error {
	var given []string
	for _, n := range names {
		if f.Changed(n) {
			given = append(given, "--"+n)
		}
	}
	if len(given) > 1 {
		return &usageError{fmt.Errorf("%s exclude each other", strings.Join(given, " and ")), "give one of them"}
	}
	return nil
}

// text reads a text that an argument or a file gives; “-” is standard input.
func (p *program) text(arg, file string) (string, error) {
	if file == "" && arg != "-" {
		return arg, nil
	}
	if file != "" && arg != "" {
		return "", &usageError{errors.New("the text is given twice, as argument and as file"), ""}
	}
	var r io.Reader = p.in
	if file != "" && file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return "", &usageError{err, ""}
		}
		defer f.Close()
		r = f
	}
	raw, err := io.ReadAll(io.LimitReader(r, maxText+1))
	if err != nil {
		return "", err
	}
	if len(raw) > maxText {
		return "", view.Errorf(view.CodeTooLarge, "the text is larger than %s", bytesText(maxText))
	}
	return strings.TrimRight(string(raw), "\r\n"), nil
}

// amount reads coins.
func amount(s string) (types.Amount, error) {
	a, err := types.ParseAmount(s)
	if err != nil {
		return 0, &usageError{err, "amounts are coins, such as 12 or 0.05"}
	}
	return a, nil
}

// absolute makes a path the node can use: it runs in another folder.
func absolute(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	return filepath.Abs(path)
}

// yesFlag adds the flag that answers a question beforehand.
func yesFlag(c *cobra.Command, yes *bool) {
	c.Flags().BoolVarP(yes, "yes", "y", false, "do not ask")
}

// feeRateFlag adds the flag for a transaction's fee rate.
func feeRateFlag(c *cobra.Command, rate *int64) {
	c.Flags().Int64Var(rate, "fee-rate", 0, "units of 10^-8 SCC per virtual byte (default: estimated)")
}

// pageFlags add the flags that cut a list.
func pageFlags(c *cobra.Command, page *view.Page, limit int) {
	c.Flags().IntVar(&page.Limit, "limit", limit, "how many")
	c.Flags().IntVar(&page.Skip, "skip", 0, "leave out that many of the first")
}
