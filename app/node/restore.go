package node

import "supercomputing/app/view"

// Restore unpacks a backup into a data directory without a wallet, all or
// nothing, and gives the network that it is for and its identity address.
// passphrase is the wallet's, of when it was backed up.
func (Wallets) Restore(dir, path string, passphrase []byte) (network, identity string, err error) {
	return "", "", view.Errorf(view.CodeUnavailable, "not yet")
}
