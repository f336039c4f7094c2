package messages_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"supercomputing/wallet/messages"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/talk"
)

// random makes a file of n bytes and gives its path and content.
func (p *person) random(name string, n int) (string, []byte) {
	p.w.t.Helper()
	data := make([]byte, n)
	r := rand.New(rand.NewPCG(1, uint64(n)))
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	path := filepath.Join(p.dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		p.w.t.Fatal(err)
	}
	return path, data
}

func (p *person) sendFile(to *person, path string) messages.Message {
	p.w.t.Helper()
	m, err := p.Center.Send(context.Background(), messages.Draft{To: to.addr, File: path, Text: "see"})
	if err != nil {
		p.w.t.Fatal(err)
	}
	return m
}

func TestAttachments(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		for _, size := range []int{0, 1, 64 << 10, 64<<10 + 1, 300_000} {
			path, data := ann.random("photo.jpg", size)
			m := ann.sendFile(bob, path)
			if err := os.WriteFile(path, []byte("changed meanwhile"), 0o600); err != nil {
				t.Fatal(err)
			}
			w.settle()
			m = ann.status(m, history.Delivered)
			if m.Problem != "" || m.Card.Have != int64(size) {
				t.Fatalf("%d bytes: %+v %q", size, m.Card, m.Problem)
			}
			got, err := bob.Messages(ann.addr, nil, 1)
			if err != nil || got[0].Text != "see" || got[0].Card.State != messages.StateHere {
				t.Fatalf("%d bytes: %+v, %v", size, got, err)
			}
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "usual"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
			usual, err := os.Stat(filepath.Join(dir, "usual"))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"photo.jpg", "photo (2).jpg"} {
				saved, err := bob.SaveFile(got[0].Ref, dir)
				if err != nil || saved.Card.State != messages.StateSaved || saved.Card.Path != filepath.Join(dir, name) {
					t.Fatalf("%d bytes: %+v, %v", size, saved.Card, err)
				}
				if b, err := os.ReadFile(saved.Card.Path); err != nil || !bytes.Equal(b, data) {
					t.Fatalf("%d bytes are others, %v", size, err)
				}
				if info, err := os.Stat(saved.Card.Path); err != nil || info.Mode().Perm() != usual.Mode().Perm() {
					t.Fatalf("saved with the mode %v, another new file has %v; %v", info.Mode(), usual.Mode(), err)
				}
			}
			if _, err := bob.SaveFile(got[0].Ref, filepath.Join(dir, "photo.jpg")); !errors.Is(err, messages.ErrExists) {
				t.Fatal(err)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
				t.Fatalf("left behind: %q", left)
			}
			if size > 1000 {
				sealed, err := os.ReadFile(filepath.Join(bob.dir, "files", got[0].Ref.String()))
				if err != nil || bytes.Contains(sealed, data[:16]) {
					t.Fatal("the file is not sealed", err)
				}
			}
			if err := bob.Delete(got[0].Ref); err != nil {
				t.Fatal(err)
			}
		}
		if left, _ := os.ReadDir(filepath.Join(bob.dir, "files")); len(left) != 0 {
			t.Fatalf("deleted messages leave %v", left)
		}
	})
}

// A transfer that breaks goes on where it stopped, and one whose bytes are
// others is refused.
func TestAttachmentResumes(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		bob.befriend(ann)
		data := make([]byte, 200_000)
		e := &envelope.Envelope{ID: envelope.ID{1}, Body: &envelope.File{Size: int64(len(data)), Sum: sha256.Sum256(data), Name: "../../x\u202etxt.exe"}}
		raw, err := envelope.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bob.ReceiveFile(ann.addr, talk.ID(e.ID), 200_000); !refused(err, talk.ReasonUnwanted) {
			t.Fatal("a file without its message", err)
		}
		if err := bob.Center.Deliver(context.Background(), ann.addr, raw); err != nil {
			t.Fatal(err)
		}
		if _, err := bob.ReceiveFile(ann.addr, talk.ID(e.ID), 1); !refused(err, talk.ReasonInvalid) {
			t.Fatal("another size", err)
		}
		receive := func() talk.FileSink {
			t.Helper()
			s, err := bob.ReceiveFile(ann.addr, talk.ID(e.ID), 200_000)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		m, _ := bob.Messages(ann.addr, nil, 1)
		s := receive()
		if _, err := bob.ReceiveFile(ann.addr, talk.ID(e.ID), 200_000); !refused(err, talk.ReasonBusy) {
			t.Fatal("twice at once", err)
		}
		if _, err := s.Write(data[:150_000]); err != nil {
			t.Fatal(err)
		}
		s.Close()
		if _, err := bob.SaveFile(m[0].Ref, t.TempDir()); !errors.Is(err, messages.ErrNoFile) {
			t.Fatal(err)
		}
		bob.restart()
		s = receive()
		if s.Offset() != 2*64<<10 {
			t.Fatalf("goes on at %d", s.Offset())
		}
		rest := bytes.Clone(data[s.Offset():])
		rest[5] = 1
		if _, err := s.Write(rest); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Write([]byte("x")); !refused(err, talk.ReasonInvalid) {
			t.Fatal("more than there is", err)
		}
		if err := s.Commit(sha256.Sum256(data)); !refused(err, talk.ReasonInvalid) {
			t.Fatal("other bytes", err)
		}
		s.Close()
		s = receive()
		if s.Offset() != 0 {
			t.Fatalf("goes on with other bytes at %d", s.Offset())
		}
		s.Write(data)
		if err := s.Commit([32]byte{}); !refused(err, talk.ReasonInvalid) {
			t.Fatal("another sum", err)
		}
		if err := s.Commit(sha256.Sum256(data)); err != nil {
			t.Fatal(err)
		}
		s.Close()
		s = receive() // the sender did not hear of it
		if err := s.Commit(sha256.Sum256(data)); err != nil || s.Offset() != 200_000 {
			t.Fatal(s.Offset(), err)
		}
		s.Close()
		dir := t.TempDir()
		saved, err := bob.SaveFile(m[0].Ref, dir)
		if err != nil || filepath.Dir(saved.Card.Path) != dir || strings.ContainsRune(saved.Card.Path, 0x202e) {
			t.Fatalf("%q, %v", saved.Card.Path, err)
		}
		// Damage on the disk is found.
		path := filepath.Join(bob.dir, "files", m[0].Ref.String())
		b, _ := os.ReadFile(path)
		b[len(b)/2] ^= 1
		os.WriteFile(path, b, 0o600)
		if _, err := bob.SaveFile(m[0].Ref, dir); err == nil {
			t.Fatal("a damaged file was saved")
		}
	})
}

func refused(err error, r talk.Reason) bool {
	var no *talk.Refusal
	return errors.As(err, &no) && no.Reason == r
}

// Strangers' files take only so much.
func TestStrangersFiles(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		path, _ := ann.random("x", 10<<20)
		for range 2 {
			ann.sendFile(bob, path)
			w.settle()
		}
		m := ann.sendFile(bob, path)
		w.settle()
		if got := ann.status(m, history.Delivered); got.Card.Have != 0 {
			t.Fatal("a third file was taken")
		}
		bob.befriend(ann)
		time.Sleep(time.Hour)
		w.settle()
		if got := ann.status(m, history.Delivered); got.Card.Have == 0 {
			t.Fatal("a contact's file was not taken", got.Problem)
		}
	})
}

// magnets is Files in memory.
type magnets struct {
	total   int64
	release chan struct{}
	err     error
}

func (m *magnets) Share(_ context.Context, path string) (string, int64, error) {
	info, err := os.Stat(path)
	return "magnet:?xt=urn:btih:11", info.Size(), err
}

func (m *magnets) Fetch(ctx context.Context, link, dir string, progress func(done, total int64)) (string, error) {
	progress(1<<20, m.total)
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case <-m.release:
	}
	path := filepath.Join(dir, "film")
	return path, errors.Join(m.err, os.WriteFile(path, []byte(link), 0o600))
}

func TestMagnet(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		files := &magnets{release: make(chan struct{})}
		with := func(o *messages.Options) { o.Files = files }
		ann, bob, eve := w.person("ann", with), w.person("bob", with), w.person("eve", nil)
		path, _ := ann.random("film", 10<<20+1)
		if _, err := eve.Center.Send(context.Background(), messages.Draft{To: bob.addr, File: path}); !errors.Is(err, messages.ErrNoFiles) {
			t.Fatal(err)
		}
		bob.connect(false)
		m, err := ann.Center.Send(context.Background(), messages.Draft{To: bob.addr, File: path, Way: history.Chain})
		if err != nil {
			t.Fatal(err)
		}
		w.settle()
		w.mine(1)
		w.settle()
		ann.status(m, history.Delivered)
		got, _ := bob.Messages(ann.addr, nil, 1)
		if card := got[0].Body.(*envelope.Magnet); card.Size != 10<<20+1 || card.Name != "film" {
			t.Fatalf("%+v", card)
		}
		dir := t.TempDir()
		saved, err := bob.SaveFile(got[0].Ref, dir)
		if err != nil || saved.Card.State != messages.StateFetching {
			t.Fatalf("%+v, %v", saved.Card, err)
		}
		w.settle()
		if now, _ := bob.Message(got[0].Ref); now.Card.Have != 1<<20 {
			t.Fatalf("%+v", now.Card)
		}
		if _, err := bob.SaveFile(got[0].Ref, dir); !errors.Is(err, messages.ErrBusy) {
			t.Fatal(err)
		}
		bob.restart() // it goes on by itself
		w.settle()
		close(files.release)
		w.settle()
		now, _ := bob.Message(got[0].Ref)
		if b, err := os.ReadFile(filepath.Join(dir, "film")); err != nil || string(b) != "magnet:?xt=urn:btih:11" || now.Card.State != messages.StateSaved {
			t.Fatalf("%q, %v, %+v", b, err, now.Card)
		}
		files.err = errors.New("nobody has it")
		if _, err := bob.SaveFile(got[0].Ref, dir); err != nil {
			t.Fatal(err)
		}
		w.settle()
		if now, _ = bob.Message(got[0].Ref); now.Card.State != messages.StateFailed || now.Problem == "" {
			t.Fatalf("%+v", now)
		}
	})
}

// Files whose message was never stored go after a while.
func TestOrphans(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		path, _ := ann.random("x", 10)
		w.settle()
		ann.disk.revive(0)
		if _, err := ann.Center.Send(context.Background(), messages.Draft{To: bob.addr, File: path}); !errors.Is(err, errDied) {
			t.Fatal(err)
		}
		dir := filepath.Join(ann.dir, "files")
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Fatal("a message that was not stored leaves its file")
		}
		orphan := filepath.Join(dir, strings.Repeat("ab", 16))
		if err := os.WriteFile(orphan, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		old := time.Now().Add(-24 * time.Hour)
		os.Chtimes(orphan, old, old)
		ann.restart()
		w.settle()
		if _, err := os.Stat(orphan); err == nil {
			t.Fatal("the orphan is still there")
		}
	})
}

func TestSafeName(t *testing.T) {
	for in, want := range map[string]string{
		"photo.jpg": "photo.jpg", "../../etc/passwd": "passwd", `C:\x\y.txt`: "y.txt", "/": "file", "..": "file", "": "file",
		".bashrc": "bashrc", "a\x00b\n": "a_b_", "con.txt": "_con.txt", "nul .txt": "_nul .txt", "lpt².x": "_lpt².x", "CONIN$": "_CONIN$", "COM1": "_COM1", "x. . ": "x", "a:b*c?": "a_b_c_",
		"gpj\u202eexe": "gpjexe", "日本.txt": "日本.txt",
	} {
		if got := messages.SafeName(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func FuzzSafeName(f *testing.F) {
	for _, s := range []string{"a/b", "..", "con", strings.Repeat("é", 300) + ".txt", "\u202e", "\xff", "....x..."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := messages.SafeName(s)
		if got == "" || len(got) > 255 || got != filepath.Base(got) || strings.ContainsAny(got, `/\:`) || got[0] == '.' ||
			strings.ContainsFunc(got, unicode.IsControl) || filepath.IsAbs(got) {
			t.Fatalf("%q becomes %q", s, got)
		}
	})
}

// What is larger than its sender said, or never comes, is given up, and others
// get their turn.
func TestMagnetAbuse(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		files := &magnets{release: make(chan struct{})}
		ann, bob := w.person("ann", nil), w.person("bob", func(o *messages.Options) { o.Files = files })
		fetch := func(name string) history.Ref {
			ann.write(bob, "", func(d *messages.Draft) {
				d.Body = &envelope.Magnet{Size: 1 << 20, Link: "magnet:?xt=urn:btih:" + name, Name: name}
			})
			w.settle()
			got, err := bob.Messages(ann.addr, nil, 1)
			if err == nil {
				_, err = bob.SaveFile(got[0].Ref, t.TempDir())
			}
			if err != nil {
				t.Fatal(err)
			}
			w.settle()
			return got[0].Ref
		}
		failed := func(ref history.Ref, why error) {
			t.Helper()
			if m, err := bob.Message(ref); err != nil || m.Card.State != messages.StateFailed || m.Problem != why.Error() {
				t.Fatalf("%+v, %q, %v", m.Card, m.Problem, err)
			}
		}
		files.total = 1 << 40
		failed(fetch("larger"), messages.ErrLarger)
		files.total = 1 << 20
		var dead []history.Ref
		for i := range 5 {
			dead = append(dead, fetch(fmt.Sprint("dead", i)))
		}
		time.Sleep(time.Hour)
		w.settle()
		for _, ref := range dead {
			failed(ref, messages.ErrStalled)
		}
	})
}
