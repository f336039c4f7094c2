package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"supercomputing/app/api"
	"supercomputing/app/view"
)

const linkLong = `Print the address at which programs elsewhere reach the API of the running node,
the app on another machine for one: https://host:port and behind “#” the
fingerprint of the node's certificate. They need its token besides, which gives
away the wallet; --token prints it on the second line.

The node takes such programs only when the setting “listen.remote” is given:

  supercomputing config set listen.remote 0.0.0.0:7405

Behind a router, put the address by which the node is known outside in place of
the host; the fingerprint stays.`

// link is what a program elsewhere needs.
type link struct {
	URL   string `json:"url"`
	Token string `json:"token,omitempty"`
}

func (p *program) nodeLink() *cobra.Command {
	var reveal bool
	c := &cobra.Command{
		Use: "link", Short: "Print how programs elsewhere reach the node", Long: linkLong, Args: exactly(),
		Example: "  supercomputing node link\n  supercomputing node link --token > link.txt",
	}
	c.Flags().BoolVar(&reveal, "token", false, "print the token, too: whoever has both has the wallet")
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, _ []string) (link, error) {
		s, err := b.Status(ctx)
		if err != nil {
			return link{}, err
		}
		if s.Listen.Remote == "" {
			return link{}, view.Errorf(view.CodeUnavailable, "the running node takes no programs from elsewhere").
				WithHint("“supercomputing config set listen.remote 0.0.0.0:7405” lets it, after a restart")
		}
		v := link{URL: s.Listen.Remote}
		if reveal {
			v.Token, err = p.apiToken()
		}
		return v, err
	}, func(v link) {
		p.say("%s", v.URL)
		if v.Token != "" {
			p.say("%s", v.Token)
		}
	})
	return c
}

// apiToken is the token of the API that is asked: from the file that the
// environment names, else the one in the data directory.
func (p *program) apiToken() (string, error) {
	if file := p.getenv(envToken); file != "" {
		raw, err := readSecretFile(file, "token")
		return strings.TrimSpace(string(raw)), err
	}
	dir, err := p.dir()
	if err != nil {
		return "", err
	}
	return api.LoadToken(filepath.Join(dir, api.TokenFile))
}

// attach makes a client for --api with a whole URL.
func (p *program) attach() (view.Backend, error) {
	if strings.HasPrefix(p.api, "https:") && p.getenv(envToken) == "" {
		return nil, &usageError{errors.New("no token for the node elsewhere"),
			"name a file with its token in $" + envToken + "; “supercomputing node link --token” prints it there"}
	}
	token, err := p.apiToken()
	if err != nil {
		return nil, err
	}
	return p.env.attach(p.api, token)
}

func (p *program) walletBackup() *cobra.Command {
	return &cobra.Command{
		Use: "backup FILE", Short: "Write the wallet of the running node into one file", Args: exactly("FILE"), Long: backupLong,
		Example: "  supercomputing wallet backup /media/stick/wallet-2026-11-21.tar",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (view.BackupInfo, error) {
			path, err := filepath.Abs(args[0])
			if err != nil {
				return view.BackupInfo{}, err
			}
			return b.Backup(ctx, view.BackupRequest{Path: path})
		}, func(v view.BackupInfo) {
			p.say("%s holds %s (%s).", clean(v.Path), strings.Join(v.Contains, ", "), bytesText(v.Size))
		}),
	}
}

const backupLong = `Write the wallet of the running node into one file of the node's machine: the
keys as they are encrypted by the passphrase, history and labels, messages and
contacts, shared accounts, news channels and settings. Nothing is replaced.

“wallet restore-backup” brings all of it back; the recovery words alone bring back
the keys, and with them the coins. Jobs that are under way are not part of it.`

const restoreBackupLong = `Unpack a file of “wallet backup” into a data directory without a wallet, all or
nothing. It asks for the passphrase that the wallet had then. Paths of programs and
what opened the other machine to the world are not taken over.

Run a wallet on one machine only: two producers with the same keys lose their
seats.`

// restored is the answer of restore-backup.
type restored struct {
	Network  string `json:"network"`
	Identity string `json:"identity"`
}

func (p *program) walletRestoreBackup() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "restore-backup FILE", Short: "Bring back a wallet from a backup", Args: exactly("FILE"), Long: restoreBackupLong,
		Example: "  supercomputing wallet restore-backup /media/stick/wallet-2026-11-21.tar",
	}
	c.Flags().StringVar(&file, "passphrase-file", "", "file whose first line is the wallet's passphrase")
	c.RunE = func(_ *cobra.Command, args []string) error {
		dir, err := p.dir()
		if err != nil {
			return err
		}
		if p.wallets.Exists(dir) {
			return view.Errorf(view.CodeConflict, "there is a wallet in %s already; nothing was changed", dir).
				WithHint("name another data directory with --datadir")
		}
		if _, err := os.Stat(args[0]); err != nil {
			return view.Errorf(view.CodeNotFound, "there is no file %s", args[0])
		}
		pass, err := p.passphrase(file)
		if err != nil {
			return err
		}
		defer clear(pass)
		v := restored{}
		if v.Network, v.Identity, err = p.wallets.Restore(dir, args[0], pass); err != nil {
			return err
		}
		return p.show(v, func() {
			fmt.Fprintf(p.out, "The wallet is in %s. Its identity on the network “%s” is\n%s\n", dir, v.Network, v.Identity)
		})
	}
	return c
}
