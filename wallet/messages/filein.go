package messages

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"supercomputing/chain/types"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/talk"
)

// What strangers' files may take before we answer.
const (
	maxStrangerFiles = 20<<20 + 64<<10   // bytes of one, as they lie on the disk
	maxStrangersAll  = 200<<20 + 640<<10 // bytes of all
)

// The states of a file's card.
const (
	StateHere     = "here"     // the file is on this machine, sealed
	StateSaved    = "saved"    // it was written to Path
	StateFetching = "fetching" // a magnet link's is on its way to Path
	StateFailed   = "failed"   // fetching failed; Problem says why
	StatePaid     = "paid"     // of a payment request
)

// ReceiveFile implements talk.Handler. A file comes after the message that
// announces it, and is refused without. One of a blocked sender goes nowhere,
// and the sender hears nothing of that.
func (c *Center) ReceiveFile(from types.Address, id talk.ID, size int64) (talk.FileSink, error) {
	k := history.Key{Peer: from, ID: envelope.ID(id)}
	card, bounded, err := c.announced(k, size)
	if err != nil {
		return nil, err
	}
	if card == nil {
		return &nowhere{left: size}, nil
	}
	var kept map[history.Ref]int64
	if bounded {
		if kept, err = c.filesKept(); err != nil {
			return nil, err
		}
	}
	err = c.view(func(db *history.DB) error {
		if _, busy := c.sinks[k]; busy {
			return &talk.Refusal{Reason: talk.ReasonBusy}
		}
		if bounded && !c.strangersRoom(db, kept, k, size) {
			return &talk.Refusal{Reason: talk.ReasonFull}
		}
		c.sinks[k] = size
		return nil
	})
	if err != nil {
		return nil, err
	}
	s, err := c.newSink(k, card)
	if err != nil {
		c.endSink(k)
	}
	return s, err
}

// announced gives what the message says about its file, and whether strangers'
// bounds hold for it; nil when its sender is blocked.
func (c *Center) announced(k history.Key, size int64) (card *envelope.File, bounded bool, err error) {
	err = c.view(func(db *history.DB) error {
		p := db.Peer(k.Peer)
		if p.Blocked {
			if p.Stranger && !db.Has(k) {
				return &talk.Refusal{Reason: talk.ReasonUnwanted} // as before it was blocked
			}
			return nil
		}
		m, err := db.Message(k)
		if err != nil || m.Kind != envelope.KindFile || m.Apart || m.Filtered && !p.Known() {
			return &talk.Refusal{Reason: talk.ReasonUnwanted}
		}
		e, err := envelope.Decode(m.Envelope)
		if err != nil {
			return err
		}
		card, bounded = e.Body.(*envelope.File), !p.Known() && m.Card.Have == 0
		if card.Size != size {
			return &talk.Refusal{Reason: talk.ReasonInvalid}
		}
		return nil
	})
	return card, bounded, err
}

// filesKept tells what the attachments take on the disk, whole or not.
func (c *Center) filesKept() (map[history.Ref]int64, error) {
	entries, err := os.ReadDir(c.opt.Dir)
	if err != nil {
		return nil, fmt.Errorf("messages: %w", err)
	}
	kept := make(map[history.Ref]int64)
	for _, e := range entries {
		ref, ok := history.ParseRef(strings.TrimSuffix(e.Name(), partSuffix))
		if info, err := e.Info(); ok && err == nil {
			kept[ref] += info.Size()
		}
	}
	return kept, nil
}

// strangersRoom reports whether one more file of a stranger is within bounds.
// Those that never became whole count, too, and the smallest as a chunk. It is
// called with mu held.
func (c *Center) strangersRoom(db *history.DB, kept map[history.Ref]int64, k history.Key, size int64) bool {
	own, all := max(size, fileChunk), max(size, fileChunk)
	count := func(o history.Key, n int64) {
		if p := db.Peer(o.Peer); o == k || p.Known() {
			return
		}
		n = max(n, fileChunk)
		if all += n; o.Peer == k.Peer {
			own += n
		}
	}
	for ref, n := range kept {
		h, err := db.Find(ref)
		if err != nil || h.Mine {
			continue
		}
		if _, coming := c.sinks[h.Key]; !coming {
			count(h.Key, n)
		}
	}
	for o, n := range c.sinks {
		count(o, n)
	}
	return own <= maxStrangerFiles && all <= maxStrangersAll
}

// nowhere takes a file and keeps nothing of it.
type nowhere struct{ at, left int64 }

// Offset implements talk.FileSink.
func (n *nowhere) Offset() int64 { return n.at }

// Write implements talk.FileSink.
func (n *nowhere) Write(p []byte) (int, error) {
	if int64(len(p)) > n.left {
		return 0, &talk.Refusal{Reason: talk.ReasonInvalid}
	}
	n.at, n.left = n.at+int64(len(p)), n.left-int64(len(p))
	return len(p), nil
}

// Commit implements talk.FileSink.
func (*nowhere) Commit([32]byte) error { return nil }

// Close implements talk.FileSink.
func (*nowhere) Close() error { return nil }

func (c *Center) endSink(k history.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.sinks, k)
	delete(c.progress, k)
}

// sink receives one file.
type sink struct {
	c    *Center
	key  history.Key
	card *envelope.File
	file *sealedFile
	part string // path; "" when the file is here already
	buf  []byte // of the chunk that is not whole
}

// newSink goes on with what is there of the file.
func (c *Center) newSink(k history.Key, card *envelope.File) (*sink, error) {
	s := &sink{c: c, key: k, card: card}
	var err error
	if s.file, err = c.openFile(k, card.Size); err == nil {
		return s, nil
	} else if !errors.Is(err, ErrNoFile) && !errors.Is(err, errFileDamaged) {
		return nil, err
	}
	s.part = c.filePath(k) + partSuffix
	s.file, err = c.reopenFile(s.part, true)
	if err == nil && s.file.size > card.Size {
		s.file.Close()
		err = errFileDamaged
	}
	if err != nil {
		if locked(err) {
			return nil, err
		}
		s.file, err = c.newFile(s.part) // nothing there, or nothing of use
	}
	return s, err
}

// Offset implements talk.FileSink.
func (s *sink) Offset() int64 { return s.file.size + int64(len(s.buf)) }

// Write implements talk.FileSink.
func (s *sink) Write(p []byte) (n int, err error) {
	if s.part == "" || s.Offset()+int64(len(p)) > s.card.Size {
		return 0, &talk.Refusal{Reason: talk.ReasonInvalid}
	}
	for n < len(p) {
		m := min(len(p)-n, fileChunk-len(s.buf))
		s.buf, n = append(s.buf, p[n:n+m]...), n+m
		if len(s.buf) == fileChunk {
			if err := s.flush(); err != nil {
				return n, err
			}
		}
	}
	s.c.setProgress(s.key, s.Offset())
	return n, nil
}

func (s *sink) flush() error {
	if len(s.buf) == 0 {
		return nil
	}
	if err := s.file.append(s.buf); err != nil {
		return fmt.Errorf("messages: attachment: %w", err)
	}
	s.buf = s.buf[:0]
	return nil
}

// Commit implements talk.FileSink. A file whose sum is not the one announced is
// thrown away.
func (s *sink) Commit(sum [32]byte) error {
	if sum != s.card.Sum || s.Offset() != s.card.Size {
		return &talk.Refusal{Reason: talk.ReasonInvalid}
	}
	if err := s.flush(); err != nil {
		return err
	}
	got, err := s.file.sum()
	if err == nil && got != sum || errors.Is(err, errFileDamaged) {
		s.c.dropFile(s.key)
		return &talk.Refusal{Reason: talk.ReasonInvalid}
	}
	if err == nil && s.part != "" {
		err = s.c.keep(s.file, s.part, s.key)
	}
	if err != nil {
		return fmt.Errorf("messages: attachment: %w", err)
	}
	return s.c.update(func(ch *change) error {
		return ch.edit(s.key, func(m *history.Message) {
			if m.Card.Have = s.card.Size; m.Card.State == "" {
				m.Card.State = StateHere
			}
		})
	})
}

// Close implements talk.FileSink. What was received of whole chunks stays for
// the next time.
func (s *sink) Close() error {
	s.c.endSink(s.key)
	return s.file.Close()
}

// progressStep is how much of a file comes between two signs of it.
const progressStep = 256 << 10

// setProgress notes how far a transfer is, and tells now and then.
func (c *Center) setProgress(k history.Key, n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.progress[k]; n/progressStep != old/progressStep {
		c.notify(map[types.Address]bool{k.Peer: true})
	}
	c.progress[k] = n
}

func (c *Center) clearProgress(k history.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.progress, k)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
