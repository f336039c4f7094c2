package download

import (
	"fmt"
	"path/filepath"

	"github.com/shirou/gopsutil/v3/disk"
)

// Room says whether n more bytes may be held for others in dir: within
// MaxDisk, counting all that is promised already, and within the free space.
func (e *Engine) Room(n int64, dir string) error {
	e.mu.Lock()
	limit := e.limit
	e.mu.Unlock()
	var promised, missing int64
	for _, h := range e.all() {
		en := h.snapshot()
		if c := h.content(); c != nil && !en.Published {
			promised += c.l.Size
			missing += c.l.Size - c.l.HeldBytes(c.have())
		}
	}
	if limit > 0 && n > limit-promised {
		return fmt.Errorf("%w: it needs %s, the limit is %s and %s of it are promised",
			ErrNoSpace, Bytes(n), Bytes(limit), Bytes(promised))
	}
	free, err := freeSpace(dir)
	if err != nil {
		return err
	}
	if n > free-missing-minFree {
		return fmt.Errorf("%w: it needs %s, the disk has %s free", ErrNoSpace, Bytes(n), Bytes(max(free-missing, 0)))
	}
	return nil
}

// minFree is what contents leave to the rest of the system.
const minFree = 256 << 20

func (e *Engine) room(l *Layout, most int64, dir string) error {
	if most > 0 && l.Size > most {
		return fmt.Errorf("%w: %s, agreed were %s", ErrNoSpace, Bytes(l.Size), Bytes(most))
	}
	return e.Room(l.Size, dir)
}

// freeSpace asks the nearest folder that exists.
func freeSpace(dir string) (int64, error) {
	for {
		u, err := disk.Usage(dir)
		if err == nil {
			return int64(min(u.Free, 1<<62)), nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return 0, fmt.Errorf("free space of %s: %w", dir, err)
		}
		dir = up
	}
}

// Bytes writes a size for people.
func Bytes(n int64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	v, i := float64(n)/1024, 0
	for v >= 1024 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	return fmt.Sprintf("%.1f %ciB", v, units[i])
}
