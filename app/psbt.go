package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
)

// maxPSBT bounds a PSBT in bytes, as the node does.
const maxPSBT = 8 << 20

// psbtMagic begins a PSBT in its binary form (BIP 174).
var psbtMagic = []byte("psbt\xff")

func (p *program) psbtExport() *cobra.Command {
	var out string
	var binary bool
	c := &cobra.Command{
		Use: "export PROPOSAL", Short: "Give a proposal as PSBT, for members that no message reaches", Args: exactly("PROPOSAL"),
		Long: `Give a proposal with the signatures so far as a PSBT (BIP 174, 370, 371, 373), on
standard output or into a new file: in base64, or with --binary as other programs'
.psbt files are.`,
		Example: "  supercomputing account export 3f2a91bc --out roof.psbt --binary",
	}
	c.Flags().StringVar(&out, "out", "", "the file to write; one that exists is not replaced")
	c.Flags().BoolVar(&binary, "binary", false, "write bytes instead of base64; needs --out")
	c.RunE = func(c *cobra.Command, args []string) error {
		if binary && out == "" {
			return &usageError{errors.New("--binary needs --out"), "a terminal cannot show bytes"}
		}
		b, err := p.backend()
		if err != nil {
			return err
		}
		pr, err := findProposal(c.Context(), b, args[0])
		if err != nil {
			return err
		}
		psbt, err := b.ExportPSBT(c.Context(), pr.ID)
		if err != nil {
			return err
		}
		if out == "" {
			return p.show(psbt, func() { p.say("%s", psbt.Data) })
		}
		content := []byte(psbt.Data + "\n")
		if binary {
			if content, err = base64.StdEncoding.DecodeString(psbt.Data); err != nil {
				return view.Errorf(view.CodeInternal, "the node's PSBT is not base64")
			}
		}
		if err := p.writeNew(out, content); err != nil {
			return err
		}
		return p.show(struct {
			File string `json:"file"`
		}{out}, func() { p.say("Written to %s.", out) })
	}
	return c
}

// writeNew writes a file that must not exist yet, and not in the data directory:
// there it could pass for one of the node's own.
func (p *program) writeNew(path string, content []byte) error {
	dir, err := p.dir()
	if err != nil {
		return err
	}
	if folder, dir := realPath(filepath.Dir(path)), realPath(dir); folder == dir || strings.HasPrefix(folder, dir+string(filepath.Separator)) {
		return view.Errorf(view.CodeInvalid, "%s lies in the data directory %s, which is the node's own", path, dir).
			WithHint("name another folder")
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return view.Errorf(view.CodeConflict, "%s exists; nothing was written", path).WithHint("choose another name")
	}
	if err != nil {
		return &usageError{err, ""}
	}
	_, err = f.Write(content)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		os.Remove(path)
		return view.Errorf(view.CodeDisk, "%s was not written: %v", path, err)
	}
	return nil
}

// realPath is a path without links, as far as it exists.
func realPath(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return path
}

func (p *program) psbtImport() *cobra.Command {
	var names map[string]string
	var who people
	return &cobra.Command{
		Use: "import-psbt FILE", Short: "Take a PSBT: a new proposal, or others' signatures", Args: exactly("FILE"),
		Long: `Take a PSBT file, in base64 or bytes; “-” is standard input. It becomes a proposal of
the account that it spends from, or adds others' signatures to one. Nothing is
signed by that.`,
		Example: "  supercomputing account import-psbt roof.psbt",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (pr view.Proposal, err error) {
			psbt, err := p.readPSBT(args[0])
			if err != nil {
				return pr, err
			}
			if names, err = p.accountNames(ctx, b); err != nil {
				return pr, err
			}
			if who, err = p.people(ctx, b); err != nil {
				return pr, err
			}
			return b.ImportPSBT(ctx, psbt)
		}, func(pr view.Proposal) { p.showProposal(pr, names[pr.Account], who) }),
	}
}

// readPSBT reads a PSBT in either form.
func (p *program) readPSBT(path string) (view.PSBT, error) {
	var r io.Reader = p.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return view.PSBT{}, &usageError{err, ""}
		}
		defer f.Close()
		r = f
	}
	raw, err := io.ReadAll(io.LimitReader(r, 2*maxPSBT)) // base64, and broken into lines
	if err != nil {
		return view.PSBT{}, err
	}
	if bytes.HasPrefix(raw, psbtMagic) {
		raw = []byte(base64.StdEncoding.EncodeToString(raw))
	}
	data := strings.Join(strings.Fields(string(raw)), "")
	if base64.StdEncoding.DecodedLen(len(data)) > maxPSBT+3 {
		return view.PSBT{}, view.Errorf(view.CodeTooLarge, "the PSBT is larger than %s", bytesText(maxPSBT)).
			WithHint("propose a part of the coins first")
	}
	if data == "" {
		return view.PSBT{}, &usageError{errors.New("there is no PSBT in it"), ""}
	}
	return view.PSBT{Data: data}, nil
}
