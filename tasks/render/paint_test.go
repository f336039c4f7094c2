package render

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
)

// paint is a rendering program without a program: its scene is the file
// "scene", and a tile's pixels follow from scene, build, rectangle and settings.
type paint struct {
	version string // "1.2.3" when empty
	build   string // its ID, 32 hex digits
	missing bool
	bundle  error // what CheckBundle says

	// before, when given, runs before each tile; an error is the rendering's.
	before func(ctx context.Context, t engine.Tile) error
	// lie, when given, changes finished pictures.
	lie func(t engine.Tile, p *picture.Picture) *picture.Picture
	// took is what a tile is said to have taken.
	took time.Duration

	mu       sync.Mutex // guards what follows
	rendered []engine.Tile
	runs     int
	at       int // processes now
	most     int // at once
	requests []engine.Request
}

const paintBuild = "00112233445566778899aabbccddeeff"

func (p *paint) Name() string { return "paint" }

func (p *paint) Build(context.Context) (engine.Build, error) {
	if p.missing {
		return engine.Build{}, fmt.Errorf("%w: paint", engine.ErrMissing)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	b := engine.Build{Engine: "paint", Version: "1.2.3", ID: paintBuild}
	if p.version != "" {
		b.Version = p.version
	}
	if p.build != "" {
		b.ID = p.build
	}
	return b, nil
}

func (p *paint) Inspect(_ context.Context, path string) (*engine.Scene, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("%w: %w", engine.ErrScene, err)
	}
	return &engine.Scene{Engine: "paint", First: 1, Last: 8, Step: 1, Width: 32, Height: 18, Rate: 24}, nil
}

func (p *paint) Pack(_ context.Context, path, dir string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "scene"), b, 0o600)
}

func (p *paint) CheckBundle(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "scene")); err != nil {
		return fmt.Errorf("%w: %w", engine.ErrBundle, err)
	}
	return p.bundle
}

func (p *paint) Render(ctx context.Context, r engine.Request, emit func(engine.Rendered) error) error {
	scene, err := os.ReadFile(filepath.Join(r.Bundle, "scene"))
	if err != nil {
		return fmt.Errorf("%w: %w", engine.ErrScene, err)
	}
	p.mu.Lock()
	p.runs++
	p.at++
	p.most = max(p.most, p.at)
	p.requests = append(p.requests, r)
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.at--
		p.mu.Unlock()
	}()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var asking sync.WaitGroup
	defer func() { cancel(); asking.Wait() }()
	for tiles := r.Tiles; len(tiles) > 0; {
		var more []engine.Tile
		if len(tiles) == 1 && r.More != nil { // the last one begins
			asking.Go(func() { more = r.More(ctx) })
		}
		if err := p.tile(ctx, r, scene, tiles[0], emit); err != nil {
			return err
		}
		tiles = tiles[1:]
		if len(tiles) == 0 {
			asking.Wait()
			tiles = more
		}
	}
	return nil
}

func (p *paint) tile(ctx context.Context, r engine.Request, scene []byte, t engine.Tile, emit func(engine.Rendered) error) error {
	if p.before != nil {
		if err := p.before(ctx, t); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	pic := painted(scene, t, r.Settings)
	if p.lie != nil {
		pic = p.lie(t, pic)
	}
	p.mu.Lock()
	p.rendered = append(p.rendered, t)
	p.mu.Unlock()
	return emit(engine.Rendered{Tile: t, Picture: pic, Took: max(p.took, time.Millisecond)})
}

func (p *paint) tiles() []engine.Tile {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.rendered)
}

// painted is the right picture of a tile.
func painted(scene []byte, t engine.Tile, s engine.Settings) *picture.Picture {
	pic, err := picture.New(s.Form, t.W, t.H)
	if err != nil {
		panic(err)
	}
	seed := sha256.New()
	seed.Write(scene)
	binary.Write(seed, binary.BigEndian, []int64{int64(t.Frame), int64(t.X), int64(t.Y), int64(t.W), int64(t.H), int64(s.Samples)})
	noise := rand.NewChaCha8([32]byte(seed.Sum(nil)))
	noise.Read(pic.Pix)
	return pic
}

// hub is where the swarms of a test find each other: folders are copied.
type hub struct {
	mu     sync.Mutex
	have   map[InfoHash]string // a folder that has it
	copied int
}

func newHub() *hub { return &hub{have: make(map[InfoHash]string)} }

// copier is one node's Swarm.
type copier struct {
	hub  *hub
	port uint16

	mu      sync.Mutex
	room    error
	fetches int // that copied
	dirs    map[InfoHash]string
	peers   []netip.AddrPort
	stalled chan struct{} // when not nil: Fetch waits for it
}

func (h *hub) swarm(port uint16) *copier {
	return &copier{hub: h, port: port, dirs: make(map[InfoHash]string)}
}

func (c *copier) Publish(_ context.Context, dir string) (Bundle, error) {
	type file struct {
		Name string
		Sum  [32]byte
	}
	var files []file
	b := Bundle{PieceLength: minPiece}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		files, b.Size = append(files, file{rel, sha256.Sum256(data)}), b.Size+int64(len(data))
		return err
	})
	if err != nil {
		return b, err
	}
	b.Info, err = json.Marshal(files)
	b.InfoHash = infoHash(b.Info)
	c.hub.mu.Lock()
	c.hub.have[b.InfoHash] = dir
	c.hub.mu.Unlock()
	return b, err
}

func (c *copier) Fetch(ctx context.Context, b Bundle, dir, _ string, _ []netip.AddrPort, _ int64, progress func(done, total int64)) error {
	c.mu.Lock()
	known, stalled := c.dirs[b.InfoHash] == dir, c.stalled
	c.mu.Unlock()
	if known {
		return nil
	}
	if stalled != nil {
		select {
		case <-stalled:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	c.hub.mu.Lock()
	from := c.hub.have[b.InfoHash]
	c.hub.copied++
	c.hub.mu.Unlock()
	if from == "" {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	os.RemoveAll(dir)
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		return err
	}
	progress(b.Size, b.Size)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fetches++
	c.dirs[b.InfoHash] = dir
	return nil
}

func (c *copier) Addrs() []netip.AddrPort {
	return []netip.AddrPort{netip.AddrPortFrom(netip.IPv6Loopback(), c.port)}
}

func (c *copier) AddPeers(_ InfoHash, peers []netip.AddrPort) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.peers = append(c.peers, peers...)
}

func (c *copier) Drop(ih InfoHash, files bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	dir := c.dirs[ih]
	delete(c.dirs, ih)
	if files && dir != "" {
		return os.RemoveAll(dir)
	}
	return nil
}

func (c *copier) Room(int64, string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.room
}

var errNoRoom = errors.New("no room")

var testSettings = engine.Settings{Width: 32, Height: 18, Samples: 4, Form: picture.RGB8}

// node makes a dapp over its own folder and swarm.
func testDapp(t testing.TB, h *hub, e engine.Engine, change func(*Options)) (*Dapp, *copier) {
	t.Helper()
	c := h.swarm(1)
	o := Options{Engines: []engine.Engine{e}, Swarm: c, Dir: t.TempDir(), Cores: 1, Memory: 1 << 30}
	if change != nil {
		change(&o)
	}
	d, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return d, c
}
