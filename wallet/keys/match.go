package keys

// Matches reports whether words, with their BIP 39 passphrase, make this
// keystore's keys. It needs no passphrase of the keystore: the public account
// key, which the file holds in the clear, is enough to compare.
func (k *Keystore) Matches(words Words, bip39Passphrase string) (bool, error) {
	if words.entropy == nil {
		return false, ErrWordCount
	}
	key, err := deriveAccount(words.Seed(bip39Passphrase), k.CoinType(), 0)
	if err != nil {
		return false, err
	}
	defer key.key.Zero()
	account, err := key.Account()
	if err != nil {
		return false, err
	}
	return account.Encode() == k.account.Encode(), nil
}
