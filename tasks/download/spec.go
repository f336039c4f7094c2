package download

// MaxHints bounds the peer addresses one party names.
const MaxHints = 8
