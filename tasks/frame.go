package tasks

// MaxMessage is the ceiling of one dapp message, in bytes.
const MaxMessage = 1 << 20
