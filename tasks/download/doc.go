// Package download is the dapp that speeds up downloads: a requester publishes
// a file or a folder as a torrent, nodes fetch it, seed it for the time paid
// and prove by audits that they hold it (PRODUCT "The life of a job").
//
// Engine owns the BitTorrent side: one client per process, its files, limits
// and restarts. It knows nothing of jobs. Dapp, service and worker are the
// market's side: spec, messages, audits and the score formula. The info-hash is
// BEP 3's (version 1), so any client can join the swarm by magnet link.
package download

import "errors"

// Errors of publishing and holding content.
var (
	// ErrEmpty says that there are no bytes to publish.
	ErrEmpty = errors.New("nothing to publish: no bytes")
	// ErrChanged says that published files are not what they were when hashed.
	ErrChanged = errors.New("the files changed since they were published")
	// ErrDiskFull says that the disk took no more bytes. What is there stays.
	ErrDiskFull = errors.New("the disk is full")
	// ErrNoSpace says that content does not fit the disk or its limit.
	ErrNoSpace = errors.New("not enough room on disk")
	// ErrHeld says that this machine already holds the same content, either
	// for another job or as its publisher.
	ErrHeld = errors.New("this machine already holds this content")
	// ErrUnknown says that the engine has no content of that info-hash.
	ErrUnknown = errors.New("unknown content")
	// ErrNotHeld says that a block lies in a piece that is not held.
	ErrNotHeld = errors.New("piece not held")
	// ErrNotRunning says that the engine has not started or has stopped.
	ErrNotRunning = errors.New("the download engine is not running")
	// ErrPortInUse says that the BitTorrent port is taken by another program.
	ErrPortInUse = errors.New("the BitTorrent port is in use")
)

// Errors of content descriptions and messages.
var (
	// ErrMetainfo says that a torrent's info dictionary is refused.
	ErrMetainfo = errors.New("unacceptable torrent")
	// ErrSpec says that a job's spec is refused.
	ErrSpec = errors.New("unacceptable download job")
	// ErrMessage says that a message of this dapp is malformed.
	ErrMessage = errors.New("malformed download message")
	// ErrMagnet says that text is not a magnet link with a version 1 info-hash.
	ErrMagnet = errors.New("not a usable magnet link")
	// ErrAddress says that text is no address a peer may be dialled at.
	ErrAddress = errors.New("not a usable peer address")
)

// Errors of a job.
var (
	// ErrNoSeat says that the job has as many nodes as it wants.
	ErrNoSeat = errors.New("the job has enough nodes")
	// ErrFailed says that a node failed an audit: it does not hold what it
	// claims. It gets no second chance in the same job.
	ErrFailed = errors.New("the node failed an audit")
	// ErrLate says that an answer came after the audit's deadline.
	ErrLate = errors.New("the answer came too late to prove possession")
)
