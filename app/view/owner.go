package view

import "time"

// Setting is one setting of the node, as text. Lists are separated by commas.
type Setting struct {
	Key     string `json:"key"` // dotted, such as "log.level"
	Value   string `json:"value"`
	Default string `json:"default"`
	Restart bool   `json:"restart,omitempty"` // a change counts after a restart
	Pending bool   `json:"pending,omitempty"` // it was changed and waits for one
}

// SettingChange sets one setting.
type SettingChange struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// LogQuery asks for log lines. Level "" stands for all, Limit 0 for 200.
type LogQuery struct {
	Level string `json:"level,omitempty"` // the least: debug, info, warn, error
	Limit int    `json:"limit,omitempty"`
}

// LogEntry is one line of the node's log.
type LogEntry struct {
	Time  time.Time `json:"time"`
	Level string    `json:"level"`
	Text  string    `json:"text"` // message and attributes
}

// Storage tells what takes up disk space. Sizes are bytes.
type Storage struct {
	Parts  []StoragePart `json:"parts"`
	Budget int64         `json:"budget"` // for others' work; 0: none set
	Free   int64         `json:"free"`   // on the volume
	Total  int64         `json:"total"`  // of the volume
}

// The parts of the data directory.
const (
	StorageChain  = "chain"
	StorageWallet = "wallet" // keys, history, messages, accounts
	StorageWork   = "work"   // for others
	StorageJobs   = "jobs"   // our own
	StorageLogs   = "logs"
	StorageOther  = "other"
)

// StoragePart is one part of the data directory.
type StoragePart struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
	Path  string `json:"path"`
}
