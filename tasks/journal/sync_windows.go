package journal

// SyncDir does nothing: Windows orders directory changes by itself and cannot
// sync a directory handle.
func SyncDir(string) error { return nil }
