package node

// KeystorePath is where the wallet's keys lie in a data directory.
func KeystorePath(dir string) string { return keystorePath(dir) }
