package render

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"supercomputing/tasks/journal"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
)

// This file puts frames together: each is written to the output folder as soon
// as all of its tiles are there, and again if one of them is replaced. A frame
// appears under its name whole or not at all.

const writeRetry = 15 * time.Second // after the output folder refused a file

// assemble writes frames until ctx is done, and ends the job when all is there.
func (s *service) assemble(ctx context.Context) {
	for ctx.Err() == nil {
		err := s.writeAll(ctx)
		if ctx.Err() != nil {
			return
		}
		s.problem("output", err)
		wait := time.NewTimer(writeRetry)
		select {
		case <-s.write:
		case <-wait.C:
		case <-ctx.Done():
		}
		wait.Stop()
	}
}

// turn waits until nothing else writes frames. done gives it back; it is nil when
// ctx ended first.
func (s *service) turn(ctx context.Context) (done func()) {
	select {
	case s.writing <- struct{}{}:
		return func() { <-s.writing }
	case <-ctx.Done():
		return nil
	}
}

// writeFrames writes the frames that are whole.
func (s *service) writeFrames(ctx context.Context) error {
	for ctx.Err() == nil {
		f, digest := s.nextFrame()
		if f == nil {
			return nil
		}
		if err := s.writeFrame(ctx, f, digest); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// writeAll writes what can be written now.
func (s *service) writeAll(ctx context.Context) error {
	done := s.turn(ctx)
	if done == nil {
		return nil
	}
	defer done()
	defer s.makes("")
	if err := s.writeFrames(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	settled, made := s.s.Settled, s.s.Made
	s.mu.Unlock()
	if !settled || ctx.Err() != nil {
		return nil
	}
	if !made {
		if again, err := s.verify(); again || err != nil {
			return err
		}
		video, err := s.video(ctx)
		if err != nil {
			return err
		}
		if err := s.change(func() { s.s.Made, s.s.Video = true, video; s.sumUp() }); err != nil {
			return err
		}
	}
	s.finish()
	return nil
}

// lastFrames bounds how long the last frames of a job that was ended may take.
const lastFrames = time.Minute

// wrapUp writes what is whole of a job that was ended before all was there. It
// is called in turn.
func (s *service) wrapUp(ctx context.Context) {
	s.mu.Lock()
	made := s.s.Made
	s.mu.Unlock()
	if made {
		return
	}
	err := s.writeFrames(ctx)
	s.change(func() {
		if err != nil {
			s.s.log(s.now(), nodeID{}, "frames that are whole could not be written: %v", err)
			s.s.log(s.now(), nodeID{}, "their parts are kept in %s", filepath.Join(s.dir, picturesDir))
			return
		}
		if s.plan.Video {
			s.s.log(s.now(), nodeID{}, "no video: the job was ended first")
		}
		s.s.Made = true
		s.sumUp()
	})
	if err == nil {
		s.finish()
	}
}

// sumUp logs the end.
func (s *service) sumUp() {
	var missing []int
	for _, f := range s.s.Frames {
		if !f.whole() {
			missing = append(missing, f.Frame)
		}
	}
	if len(missing) == 0 {
		all := "the one frame is"
		if n := len(s.s.Frames); n > 1 {
			all = fmt.Sprintf("all %d frames are", n)
		}
		s.s.log(s.now(), nodeID{}, "%s in %s", all, s.plan.Output)
		return
	}
	s.s.log(s.now(), nodeID{}, "%s in %s; missing are %s", counted(len(s.s.Frames)-len(missing), "frame is", "frames are"), s.plan.Output, FormatFrames(Ranges(missing)))
}

// digest names the pictures that a whole frame consists of.
func (f *frame) digest() string {
	h := sha256.New()
	for _, t := range f.Tiles {
		fmt.Fprintf(h, "%v %x\n", t.Tile, t.kept().Hash)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// piece is one picture of a frame.
type piece struct {
	tile engine.Tile
	hash pixelHash
}

// nextFrame finds a frame that is whole and not written as it is now. It is asked
// after every change, so frames that have not changed are not looked at again.
func (s *service) nextFrame() (pieces []piece, digest string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.s.Frames {
		if f.seen {
			continue
		}
		if f.whole() {
			if d := f.digest(); d != f.Made {
				return piecesOf(f), d
			}
		}
		f.seen = true
	}
	return nil, ""
}

func piecesOf(f *frame) (out []piece) {
	for _, t := range f.Tiles {
		if k := t.kept(); k != nil {
			out = append(out, piece{t.Tile, k.Hash})
		}
	}
	return out
}

// compose puts pieces together. A piece whose file is lost goes back to be
// rendered again.
func (s *service) compose(pieces []piece) (*picture.Picture, error) {
	set := s.plan.Settings
	if len(pieces) == 1 && pieces[0].tile.Whole(set) {
		return s.piece(pieces[0])
	}
	whole, err := picture.New(set.Form, set.Width, set.Height)
	if err != nil {
		return nil, err
	}
	for _, k := range pieces {
		p, err := s.piece(k)
		if err == nil {
			err = whole.Paste(p, k.tile.X, k.tile.Y)
		}
		if err != nil {
			return nil, err
		}
	}
	return whole, nil
}

func (s *service) piece(k piece) (*picture.Picture, error) {
	p, err := s.st.picture(k.tile, k.hash, s.plan.Settings.Form)
	if missing(err) {
		s.lost(k, err)
	}
	return p, err
}

// lost has a tile rendered again whose file this machine has lost. Who delivered
// it is paid as before.
func (s *service) lost(k piece, why error) {
	s.change(func() {
		t := s.s.byTile[k.tile]
		if t == nil || t.kept() == nil || t.kept().Hash != k.hash || s.s.Settled {
			return
		}
		s.s.log(s.now(), nodeID{}, "this machine has lost the picture of %v (%v); it is rendered again", t.Tile, why)
		s.s.lose(t)
	})
}

// writeFrame writes one frame's file.
func (s *service) writeFrame(ctx context.Context, pieces []piece, digest string) error {
	number := pieces[0].tile.Frame
	s.makes(fmt.Sprintf("writing frame %d", number))
	p, err := s.compose(pieces)
	if err != nil {
		return fmt.Errorf("frame %d: %w", number, err)
	}
	if s.plan.Denoise {
		if p, err = s.denoise(ctx, p); err != nil {
			return fmt.Errorf("denoising frame %d: %w", number, err)
		}
	}
	if err := writePicture(p, s.plan.frameFile(number)); err != nil {
		return fmt.Errorf("frame %d: %w", number, err)
	}
	return s.change(func() {
		f := s.s.byFrame[number]
		first := f.Made == ""
		s.s.touchFrame(f).Made = digest
		if !first {
			s.s.log(s.now(), nodeID{}, "frame %d is written anew", number)
		}
	})
}

func (s *service) denoise(ctx context.Context, p *picture.Picture) (*picture.Picture, error) {
	f, err := s.finisher()
	if err != nil {
		return nil, err
	}
	return f.Denoise(ctx, p)
}

var errNoFinisher = errors.New("nothing on this machine makes it")

func (s *service) finisher() (Finisher, error) {
	if s.r.opt.Finish == nil {
		return nil, errNoFinisher
	}
	return s.r.opt.Finish()
}

// writePicture writes a file that appears whole or not at all. The folder is
// made, also when its owner has removed it meanwhile.
func writePicture(p *picture.Picture, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	tmp := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".part")
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	if strings.HasSuffix(path, EXR.Ext()) {
		err = p.WriteEXR(f)
	} else {
		err = p.WritePNG(f)
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		os.Remove(tmp)
		return err
	}
	return journal.SyncDir(filepath.Dir(path))
}

// verify looks whether all frames are in the output folder still, and has those
// that are not written again.
func (s *service) verify() (again bool, err error) {
	s.mu.Lock()
	var made []int
	for _, f := range s.s.Frames {
		if f.Made != "" {
			made = append(made, f.Frame)
		}
	}
	s.mu.Unlock()
	var gone []int
	for _, n := range made {
		if _, err := os.Stat(s.plan.frameFile(n)); errors.Is(err, fs.ErrNotExist) {
			gone = append(gone, n)
		} else if err != nil {
			return false, err
		}
	}
	if len(gone) == 0 {
		return false, nil
	}
	return true, s.change(func() {
		for _, n := range gone {
			s.s.touchFrame(s.s.byFrame[n]).Made = ""
		}
		s.s.log(s.now(), nodeID{}, "%s", counted(len(gone), "frame was no longer in the output folder; it is written again", "frames were no longer in the output folder; they are written again"))
	})
}

// video makes the video of all frames that are there. Without what makes it the
// job ends all the same: the frames are what was paid for.
func (s *service) video(ctx context.Context) (string, error) {
	if !s.plan.Video {
		return "", nil
	}
	var files []string
	s.mu.Lock()
	for _, f := range s.s.Frames {
		if f.Made != "" {
			files = append(files, s.plan.frameFile(f.Frame))
		}
	}
	s.mu.Unlock()
	if len(files) == 0 {
		return "", nil
	}
	base := filepath.Base(s.plan.Scene)
	out := filepath.Join(s.plan.Output, strings.TrimSuffix(base, filepath.Ext(base))+".mp4")
	f, err := s.finisher()
	if err == nil {
		err = f.Video(ctx, files, s.plan.Rate, out, func(done, total int) {
			s.makes(fmt.Sprintf("making the video: %d of %d frames", done, total))
		})
	}
	if err == nil || ctx.Err() != nil {
		return out, ctx.Err()
	}
	return "", s.change(func() { s.s.log(s.now(), nodeID{}, "no video: %v", err) })
}

// makes notes what is made now, for people.
func (s *service) makes(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.making = what
}

// picture composes a frame as it is now.
func (s *service) picture(frame int) (*picture.Picture, error) {
	s.mu.Lock()
	f := s.s.byFrame[frame]
	var pieces []piece
	if f != nil {
		pieces = piecesOf(f)
	}
	s.mu.Unlock()
	switch {
	case f == nil:
		return nil, fmt.Errorf("%w: %d", ErrUnknownFrame, frame)
	case len(pieces) == 0:
		return nil, fmt.Errorf("%w: %d", ErrNoPicture, frame)
	}
	return s.compose(pieces)
}
