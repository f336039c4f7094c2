package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"supercomputing/app/view"
	"supercomputing/chain/types"
	"supercomputing/wallet/keys"
)

// Names in a data directory.
const (
	keystoreFile = "keystore.json"
	lockFile     = "lock"
	chainDir     = "chain"
	walletDir    = "wallet"
	gossipDir    = "peers"
	minerDir     = "miner"
	jobsDir      = "jobs"
	workDir      = "work"
	torrentDir   = "torrents"
	renderDir    = "render"
	messageDir   = "messages"
	newsDir      = "news"
	accountDir   = "accounts"
)

// Wallets works on the wallet files of data directories while no node runs on
// them.
type Wallets struct{}

func keystorePath(dir string) string { return filepath.Join(dir, keystoreFile) }

// Exists reports whether there is a wallet in dir.
func (Wallets) Exists(dir string) bool {
	_, err := os.Lstat(keystorePath(dir))
	return !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR)
}

// NewWords makes recovery words: 12, 15, 18, 21 or 24 of them.
func (Wallets) NewWords(count int) (string, error) {
	w, err := keys.NewWords(count)
	if err != nil {
		return "", err
	}
	return w.Reveal(), nil
}

// CheckWords says what is wrong with words, nil when they can be a wallet's.
func (Wallets) CheckWords(words string) error {
	_, err := keys.ParseWords(words)
	return err
}

// Create writes the wallet of the words into dir for a network, encrypted with
// the passphrase, and gives its identity address. It never replaces a wallet.
func (Wallets) Create(dir, network, words string, passphrase []byte) (identity string, err error) {
	params, err := LoadNetwork(network)
	if err != nil {
		return "", err
	}
	w, err := keys.ParseWords(words)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", explain(err)
	}
	ks, err := keys.Create(keystorePath(dir), w, "", params.CoinType, passphrase, keys.Options{})
	if err != nil {
		return "", explain(err)
	}
	defer ks.Lock()
	id, err := ks.Identity()
	if err != nil {
		return "", err
	}
	return types.EncodeAddress(params.AddressPrefix, id.Address()), nil
}

// Matches reports whether the words make the wallet in dir.
func (Wallets) Matches(dir, words string) (bool, error) {
	ks, err := keys.Open(keystorePath(dir), keys.Options{})
	if err != nil {
		return false, explain(err)
	}
	return sameWords(ks, words)
}

// sameWords compares the account that words make with the keystore's.
func sameWords(ks *keys.Keystore, words string) (bool, error) {
	w, err := keys.ParseWords(words)
	if err != nil {
		return false, err
	}
	return ks.Matches(w, "")
}

// ChangePassphrase encrypts the wallet in dir anew.
func (Wallets) ChangePassphrase(dir string, old, new []byte) error {
	ks, err := keys.Open(keystorePath(dir), keys.Options{})
	if err != nil {
		return explain(err)
	}
	if err := ks.ChangePassphrase(old, new); err != nil {
		return explain(err)
	}
	ks.Lock()
	return nil
}

// openKeystore opens the wallet's secrets, or gives nil when there are none.
func openKeystore(dir string, passphrase []byte) (*keys.Keystore, error) {
	ks, err := keys.Open(keystorePath(dir), keys.Options{})
	if errors.Is(err, keys.ErrNoKeystore) {
		return nil, nil
	}
	if err != nil {
		return nil, explain(err)
	}
	if len(passphrase) == 0 {
		return nil, view.Errorf(view.CodeWalletLocked, "the wallet in %s needs its passphrase", dir)
	}
	if err := ks.Unlock(passphrase); err != nil {
		return nil, explain(fmt.Errorf("wallet: %w", err))
	}
	return ks, nil
}

// KnownWords lists up to max of the words that recovery words are made of, those
// that begin with a prefix.
func (Wallets) KnownWords(prefix string, max int) []string { return keys.KnownWords(prefix, max) }

// Running reports whether a node runs on a data directory, in this process or
// another.
func (Wallets) Running(dir string) bool { return running(dir) }
