package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"supercomputing/app/config"
	"supercomputing/app/view"
)

// newWallet is the answer of create and restore.
type newWallet struct {
	Identity string `json:"identity"`
	Words    string `json:"words,omitempty"` // only create, and only without a terminal
}

const createLong = `Make a new wallet. Its recovery words are shown once: write them down on paper.
Whoever has them has the coins; without them a lost machine is lost money.

On a terminal the words are then taken away and a few of them asked for.
Elsewhere they are printed on standard output.`

func (p *program) walletCreate() *cobra.Command {
	var number int
	var file string
	c := &cobra.Command{
		Use: "create", Short: "Make a new wallet and show its recovery words", Long: createLong, Args: exactly(),
		Example: "  supercomputing wallet create\n  supercomputing wallet create --words 24 --passphrase-file pw.txt",
	}
	c.Flags().IntVar(&number, "words", 12, "12, 15, 18, 21 or 24 words")
	c.Flags().StringVar(&file, "passphrase-file", "", "file whose first line is the passphrase")
	c.RunE = func(*cobra.Command, []string) error {
		dir, cfg, err := p.vacant()
		if err != nil {
			return err
		}
		words, err := p.wallets.NewWords(number)
		if err != nil {
			return &usageError{err, ""}
		}
		if p.interactive {
			if err := p.teach(words); err != nil {
				return err
			}
		}
		return p.makeWallet(dir, cfg, words, file, !p.interactive)
	}
	return c
}

// vacant finds the data directory and its settings, and makes sure that there
// is no wallet yet, before anybody types words for nothing.
func (p *program) vacant() (dir string, cfg config.Config, err error) {
	if dir, err = p.dir(); err != nil {
		return dir, cfg, err
	}
	if p.wallets.Exists(dir) {
		return dir, cfg, view.Errorf(view.CodeConflict, "there is a wallet in %s already; nothing was changed", dir).
			WithHint("name another data directory with --datadir")
	}
	cfg, err = config.Load(dir)
	return dir, cfg, err
}

func (p *program) makeWallet(dir string, cfg config.Config, words, file string, reveal bool) error {
	pass, err := p.newPassphrase(file)
	if err != nil {
		return err
	}
	defer clear(pass)
	identity, err := p.wallets.Create(dir, cfg.Network, words, pass)
	if err != nil {
		return err
	}
	made := newWallet{Identity: identity}
	if reveal {
		made.Words = words
	}
	return p.show(made, func() {
		if reveal {
			p.say("words: %s", words)
		}
		p.say("The wallet is in %s. Its identity on the network “%s” is", dir, cfg.Network)
		p.say("%s", identity)
	})
}

// teach shows the words, takes them away and asks for three of them, so that
// nobody goes on with words that were not written down.
func (p *program) teach(words string) error {
	list := strings.Fields(words)
	for {
		fmt.Fprintln(p.err, "These words are your wallet. Write them down, in order:")
		for i, w := range list {
			sep := "\n"
			if (i+1)%4 != 0 && i+1 < len(list) {
				sep = ""
			}
			fmt.Fprintf(p.err, "%4d. %-10s%s", i+1, w, sep)
		}
		if _, err := p.line("\nPress Enter when they are on paper. "); err != nil {
			return err
		}
		fmt.Fprint(p.err, "\x1b[H\x1b[2J\x1b[3J") // off the screen and out of its memory
		right, err := p.quiz(list)
		if right || err != nil {
			return err
		}
		fmt.Fprintln(p.err, "That is not the word. Once more from the start.")
	}
}

// quiz asks for three words at random places.
func (p *program) quiz(list []string) (bool, error) {
	var asked []int
	for len(asked) < min(3, len(list)) {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(list))))
		if err != nil {
			return false, err
		}
		if i := int(n.Int64()); !slices.Contains(asked, i) {
			asked = append(asked, i)
		}
	}
	slices.Sort(asked)
	for _, i := range asked {
		answer, err := p.line(fmt.Sprintf("Word %d: ", i+1))
		if err != nil {
			return false, err
		}
		if !strings.EqualFold(answer, list[i]) {
			return false, nil
		}
	}
	return true, nil
}

// readWords gets recovery words: from a file, the terminal, or the input.
func (p *program) readWords(file string) (string, error) {
	var text string
	switch {
	case file != "":
		raw, err := readSecretFile(file, "words")
		if err != nil {
			return "", err
		}
		text = string(raw)
	case p.interactive:
		raw, err := p.secret("Recovery words, in order (not shown): ")
		if err != nil {
			return "", err
		}
		text = string(raw)
	default:
		raw, err := io.ReadAll(io.LimitReader(p.in, maxSecretFile))
		if err != nil {
			return "", err
		}
		text = string(raw)
	}
	words := strings.Join(strings.Fields(strings.ToLower(text)), " ")
	if words == "" {
		return "", &usageError{errors.New("no recovery words were given"), "type them, pipe them in, or name a file with --words-file"}
	}
	return words, nil
}

func (p *program) walletRestore() *cobra.Command {
	var wordsFile, file string
	c := &cobra.Command{
		Use: "restore", Short: "Make the wallet again from its recovery words", Args: exactly(),
		Example: "  supercomputing wallet restore\n  supercomputing wallet restore --words-file words.txt --passphrase-file pw.txt",
	}
	c.Flags().StringVar(&wordsFile, "words-file", "", "file whose first line holds the words (default: ask, or standard input)")
	c.Flags().StringVar(&file, "passphrase-file", "", "file whose first line is the new passphrase")
	c.RunE = func(*cobra.Command, []string) error {
		dir, cfg, err := p.vacant()
		if err != nil {
			return err
		}
		words, err := p.readWords(wordsFile)
		if err != nil {
			return err
		}
		if err := p.wallets.CheckWords(words); err != nil {
			return &usageError{err, "nothing was written; look at the words again"}
		}
		return p.makeWallet(dir, cfg, words, file, false)
	}
	return c
}

func (p *program) walletCheck() *cobra.Command {
	var wordsFile string
	c := &cobra.Command{
		Use: "check", Short: "Check recovery words against the wallet", Args: exactly(),
		Long: "Check whether the words you wrote down are well formed, and this wallet's. Exit code 4: they are another wallet's.",
	}
	c.Flags().StringVar(&wordsFile, "words-file", "", "file whose first line holds the words (default: ask, or standard input)")
	c.RunE = func(*cobra.Command, []string) error {
		dir, err := p.dir()
		if err != nil {
			return err
		}
		words, err := p.readWords(wordsFile)
		if err != nil {
			return err
		}
		check := view.WordsCheck{}
		if err := p.wallets.CheckWords(words); err != nil {
			return &usageError{err, "look at the words again"}
		}
		check.Valid = true
		if !p.wallets.Exists(dir) {
			check.Problem = "there is no wallet here to compare them with"
		} else if check.ThisWallet, err = p.wallets.Matches(dir, words); err != nil {
			return err
		} else if !check.ThisWallet {
			return view.Errorf(view.CodeNotFound, "the words are well formed, but they are another wallet's")
		}
		return p.show(check, func() {
			if check.ThisWallet {
				p.say("These are the words of this wallet.")
			} else {
				p.say("The words are well formed; %s.", check.Problem)
			}
		})
	}
	return c
}

func (p *program) walletPassphrase() *cobra.Command {
	var file, newFile string
	c := &cobra.Command{Use: "passphrase", Short: "Change the wallet's passphrase", Args: exactly()}
	c.Flags().StringVar(&file, "passphrase-file", "", "file whose first line is the present passphrase")
	c.Flags().StringVar(&newFile, "new-passphrase-file", "", "file whose first line is the new passphrase")
	c.RunE = func(*cobra.Command, []string) error {
		dir, err := p.dir()
		if err != nil {
			return err
		}
		if !p.interactive && newFile == "" {
			return &usageError{errors.New("no new passphrase"), "name a file with --new-passphrase-file"}
		}
		old, err := p.passphrase(file)
		if err != nil {
			return err
		}
		var fresh []byte
		if newFile != "" {
			fresh, err = readSecretFile(newFile, "new passphrase")
		} else {
			fresh, err = p.typePassphrase()
		}
		if err != nil {
			return err
		}
		if err := p.wallets.ChangePassphrase(dir, old, fresh); err != nil {
			return err
		}
		return p.show(struct{}{}, func() { p.say("The passphrase was changed.") })
	}
	return c
}
