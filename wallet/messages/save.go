package messages

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
)

// maxFetches bounds the files that wait to be fetched, maxFetching those that
// are fetched at once.
const (
	maxFetches  = 64
	maxFetching = 4
	// stalled is how long a fetch may bring nothing: what nobody offers must
	// not keep others waiting.
	stalled = 30 * time.Minute
)

// SaveFile writes a message's file to a folder, under the sender's name made
// safe, or to a path that names nothing yet (ErrExists). A file behind a magnet
// link is fetched first: the call returns at once, and the card tells.
func (c *Center) SaveFile(ref history.Ref, path string) (Message, error) {
	if !filepath.IsAbs(path) {
		return Message{}, fmt.Errorf("%w: not an absolute path", ErrInvalid)
	}
	m, e, err := c.whole(ref)
	if err != nil {
		return Message{}, err
	}
	switch body := e.Body.(type) {
	case *envelope.File:
		if path, err = target(path, body.Name); err != nil {
			return Message{}, err
		}
		if err := c.writeFile(m.Key, body, path); err != nil {
			return Message{}, err
		}
		err = c.setCard(m.Key, func(card *history.Card) { card.State, card.Path = StateSaved, path })
	case *envelope.Magnet:
		if path, err = target(path, body.Name); err != nil {
			return Message{}, err
		}
		err = c.fetchTo(m.Key, path)
	default:
		return Message{}, ErrNoFile
	}
	if err != nil {
		return Message{}, err
	}
	return c.Message(ref)
}

// whole reads a message and what it says.
func (c *Center) whole(ref history.Ref) (m *history.Message, e *envelope.Envelope, err error) {
	err = c.view(func(db *history.DB) error {
		h, err := db.Find(ref)
		if err != nil {
			return err
		}
		if h.Hidden {
			return ErrUnknown
		}
		m, err = db.Message(h.Key)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	e, err = envelope.Decode(m.Envelope)
	return m, e, err
}

func (c *Center) setCard(k history.Key, fn func(*history.Card)) error {
	return c.update(func(ch *change) error { return ch.edit(k, func(m *history.Message) { fn(&m.Card) }) })
}

// target gives the path of the new file: in a folder the first free one of its
// name, else the path itself.
func target(path, name string) (string, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if dir, err := os.Stat(filepath.Dir(path)); err != nil || !dir.IsDir() {
			return "", fmt.Errorf("messages: there is no folder %s: %w", filepath.Dir(path), fs.ErrNotExist)
		}
		return path, nil
	}
	if err != nil {
		return "", fmt.Errorf("messages: %w", err)
	}
	if !info.IsDir() {
		return "", fmt.Errorf("%w: %s", ErrExists, path)
	}
	name = SafeName(name)
	ext := filepath.Ext(name)
	for i := 1; i < 1000; i++ {
		try := name
		if i > 1 {
			try = name[:len(name)-len(ext)] + " (" + strconv.Itoa(i) + ")" + ext
		}
		if try = filepath.Join(path, try); !exists(try) {
			return try, nil
		}
	}
	return "", fmt.Errorf("%w: %s", ErrExists, filepath.Join(path, name))
}

// writeFile opens a sealed file into a new one. It appears whole or not at all.
func (c *Center) writeFile(k history.Key, card *envelope.File, path string) error {
	in, err := c.openFile(k, card.Size)
	if err != nil {
		return err
	}
	defer in.Close()
	temp := filepath.Join(filepath.Dir(path), "."+rand.Text()+partSuffix)
	// A saved file is the person's, as one that any program saves: the umask says
	// who may read it.
	out, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("messages: %w", err)
	}
	_, err = io.Copy(out, io.NewSectionReader(in, 0, in.size))
	if err = errors.Join(err, out.Sync(), out.Close()); err == nil {
		err = moveNew(temp, path)
	}
	if err != nil {
		os.Remove(temp)
		return fmt.Errorf("messages: save the file: %w", err)
	}
	return nil
}

// moveNew gives a file a name that nothing else has. A hard link fails when
// there is something, in one step; file systems without links get a look before.
func moveNew(from, to string) error {
	err := os.Link(from, to)
	switch {
	case err == nil:
		return os.Remove(from)
	case errors.Is(err, fs.ErrExist) || exists(to):
		return fmt.Errorf("%w: %s", ErrExists, to)
	}
	return os.Rename(from, to)
}

// fetchTo stores that a magnet link's file is wanted, and starts to fetch it.
func (c *Center) fetchTo(k history.Key, path string) error {
	if c.opt.Files == nil {
		return ErrNoFiles
	}
	c.mu.Lock()
	busy := c.fetching[k] || len(c.fetching) >= maxFetches
	if !busy {
		c.fetching[k] = true
	}
	c.mu.Unlock()
	if busy {
		return ErrBusy
	}
	err := c.update(func(ch *change) error {
		return ch.edit(k, func(m *history.Message) {
			m.Card.State, m.Card.Path, m.Card.Have, m.Problem = StateFetching, path, 0, ""
		})
	})
	if err != nil {
		c.endFetch(k)
		return err
	}
	c.fetches <- k // it has room for all of c.fetching
	return nil
}

func (c *Center) endFetch(k history.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.fetching, k)
	delete(c.progress, k)
}

// fetchLoop fetches files, those first that were under way before.
func (c *Center) fetchLoop(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	slots := make(chan struct{}, maxFetching)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			if err := errors.Join(c.sweepFiles(), c.resumeFetches()); err != nil {
				c.warn("attachments cannot be looked after; it will be tried again", err)
				timer.Reset(lockedWait)
			}
		case k := <-c.fetches:
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
			wg.Go(func() {
				c.fetch(ctx, k)
				c.endFetch(k)
				<-slots
			})
		}
	}
}

// Magnets gives the links that our messages offer files by.
func (c *Center) Magnets() (links []string, err error) {
	err = c.view(func(db *history.DB) error {
		for conv := range db.Conversations() {
			for _, h := range conv.Messages {
				if h.Kind != envelope.KindMagnet || !h.Mine {
					continue
				}
				m, err := db.Message(h.Key)
				if err != nil {
					return err
				}
				e, err := envelope.Decode(m.Envelope)
				if err != nil {
					return err
				}
				if b, ok := e.Body.(*envelope.Magnet); ok {
					links = append(links, b.Link)
				}
			}
		}
		return nil
	})
	return links, err
}

// resumeFetches queues what was being fetched when the program ended.
func (c *Center) resumeFetches() error {
	return c.view(func(db *history.DB) error {
		for conv := range db.Conversations() {
			for _, h := range conv.Messages {
				if h.Kind != envelope.KindMagnet || c.fetching[h.Key] || len(c.fetching) >= maxFetches {
					continue
				}
				m, err := db.Message(h.Key)
				if err != nil {
					return err
				}
				if m.Card.State == StateFetching {
					c.fetching[h.Key] = true
					c.fetches <- h.Key
				}
			}
		}
		return nil
	})
}

// fetch gets one file. When the program ends meanwhile it goes on next time.
func (c *Center) fetch(ctx context.Context, k history.Key) {
	m, e, err := c.whole(k.Ref())
	if err != nil {
		c.warn("a file was not fetched", err)
		return
	}
	body, ok := e.Body.(*envelope.Magnet)
	if !ok || m.Card.State != StateFetching || c.opt.Files == nil {
		return
	}
	dir := filepath.Join(filepath.Dir(m.Card.Path), "."+k.Ref().String()+partSuffix)
	err = os.MkdirAll(dir, 0o700)
	var path string
	if err == nil {
		path, err = c.fetchBounded(ctx, k, body, dir)
	}
	if ctx.Err() != nil {
		return
	}
	if err == nil {
		err = moveFetched(path, m.Card.Path)
	}
	if err == nil || errors.Is(err, ErrLarger) {
		os.RemoveAll(dir)
	}
	info, _ := os.Stat(m.Card.Path)
	err = c.update(func(ch *change) error {
		return ch.edit(k, func(m *history.Message) {
			if m.Card.State = StateSaved; err != nil {
				m.Card.State, m.Problem = StateFailed, cutProblem(err.Error())
			} else if info != nil && info.Mode().IsRegular() {
				m.Card.Have = info.Size()
			}
		})
	})
	c.warn("that a file was fetched was not stored", err)
}

// fetchBounded fetches a file unless it is larger than its sender said, or
// stops coming.
func (c *Center) fetchBounded(ctx context.Context, k history.Key, body *envelope.Magnet, dir string) (string, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	idle := time.AfterFunc(stalled, func() { cancel(ErrStalled) })
	defer idle.Stop()
	last := int64(0)
	path, err := c.opt.Files.Fetch(ctx, body.Link, dir, func(done, total int64) {
		if total > body.Size {
			cancel(ErrLarger)
			return
		}
		if done > last {
			last = done
			idle.Reset(stalled)
		}
		c.setProgress(k, done)
	})
	if cause := context.Cause(ctx); errors.Is(cause, ErrLarger) || errors.Is(cause, ErrStalled) {
		return "", cause
	}
	return path, err
}

// moveFetched moves what was fetched, a file or a folder, to its place.
func moveFetched(from, to string) error {
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	if info.Mode().IsRegular() {
		return moveNew(from, to)
	}
	if exists(to) {
		return fmt.Errorf("%w: %s", ErrExists, to)
	}
	return os.Rename(from, to)
}
