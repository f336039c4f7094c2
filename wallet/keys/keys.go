// Package keys owns the wallet's secrets: BIP 39 words, the BIP 32 and BIP 86
// keys derived from them, the node's fixed identity, and the encrypted file
// they rest in. It signs hashes and derives addresses; it knows no chain, and
// secrets leave it only through methods named for that.
//
// Nothing here prints a secret: every type that holds one hides it from fmt,
// log/slog and encoding/json. Wiping is best effort, since Go may have moved
// copies.
package keys
