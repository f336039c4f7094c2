package node

import (
	"context"
	"errors"
	"time"

	"supercomputing/app/view"
	"supercomputing/wallet/keys"
)

const (
	// guessPause is how long a wrong passphrase holds up the next try, besides
	// the work that the keystore's Argon2 asks for.
	guessPause = time.Second
	// maxPassphrase bounds a passphrase in bytes.
	maxPassphrase = 1024
)

// CheckPassphrase implements view.Wallet.
func (n *Node) CheckPassphrase(ctx context.Context, req view.PassphraseRequest) error {
	return n.withPassphrase(ctx, req.Passphrase, func(pass []byte) error { return n.keys.Unlock(pass) })
}

// ChangePassphrase implements view.Wallet.
func (n *Node) ChangePassphrase(ctx context.Context, req view.PassphraseChange) error {
	if len(req.New) > maxPassphrase {
		return view.Errorf(view.CodeTooLarge, "the new passphrase is longer than %d bytes", maxPassphrase)
	}
	next := []byte(req.New)
	defer clear(next)
	return n.withPassphrase(ctx, req.Old, func(old []byte) error { return n.keys.ChangePassphrase(old, next) })
}

// withPassphrase lets one caller at a time try a passphrase, and wipes it.
// Whoever guesses waits after each wrong guess, and so do all others.
func (n *Node) withPassphrase(ctx context.Context, text string, try func([]byte) error) error {
	if err := n.needWallet(); err != nil {
		return err
	}
	if len(text) > maxPassphrase {
		return view.Errorf(view.CodeWrongPassphrase, "the passphrase is longer than any: %d bytes", maxPassphrase)
	}
	done, err := n.guessing.wait(ctx)
	if err != nil {
		return err
	}
	n.keys.Refresh() // the command that changes it works on the file
	pass := []byte(text)
	err = try(pass)
	clear(pass)
	if errors.Is(err, keys.ErrPassphrase) {
		time.AfterFunc(guessPause, done)
	} else {
		done()
	}
	return explain(err)
}
