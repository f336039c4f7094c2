package page

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"

	"supercomputing/app/ui/look"
)

// PrefsFile is the file of a data directory that holds the app's own settings.
const PrefsFile = "app.json"

// prefsVersion is the version of the file's form.
const prefsVersion = 1

// Preferences are what the app remembers about its windows. Nothing here is the
// node's, and nothing is secret.
type Preferences struct {
	Version      int               `json:"version"`
	Language     string            `json:"language,omitempty"` // "" as the system's
	Theme        string            `json:"theme"`              // look.Mode…
	TextScale    float32           `json:"text_scale"`
	Network      string            `json:"network,omitempty"`  // chosen last at the first start
	Attached     string            `json:"attached,omitempty"` // URL of the node attached to last
	Mute         map[string]bool   `json:"mute,omitempty"`     // kinds of notifications that are off
	Tray         bool              `json:"tray"`
	CloseToTray  bool              `json:"close_to_tray"`
	LockMinutes  int               `json:"lock_minutes"` // idle time after which the wallet locks; 0 never
	WindowWidth  float32           `json:"window_width,omitempty"`
	WindowHeight float32           `json:"window_height,omitempty"`
	Hints        map[string]bool   `json:"hints,omitempty"` // dismissed ones
	Names        map[string]string `json:"names,omitempty"` // small choices of pages, by "page.what"
}

// DefaultPreferences is what the app begins with.
func DefaultPreferences() Preferences {
	return Preferences{
		Version: prefsVersion, Theme: look.ModeSystem, TextScale: look.MinScale,
		Tray: true, CloseToTray: false, LockMinutes: 15,
		Mute: map[string]bool{}, Hints: map[string]bool{}, Names: map[string]string{},
	}
}

// Prefs keeps the settings in memory and in a file. It may be used from
// anywhere.
type Prefs struct {
	path string

	disk sync.Mutex // one writer at a time; taken before mu

	mu  sync.Mutex
	now Preferences
	// changed is told of each change.
	changed func(Preferences)
	// kept holds what the file has that this version does not know.
	kept map[string]json.RawMessage
}

// MemoryPrefs keeps settings in memory alone, for tests.
func MemoryPrefs() *Prefs { return &Prefs{now: DefaultPreferences()} }

// LoadPrefs reads the settings of a data directory. It always gives settings:
// a file that cannot be read is set aside under another name, and err says so.
func LoadPrefs(dir string) (*Prefs, error) {
	p := &Prefs{path: filepath.Join(dir, PrefsFile), now: DefaultPreferences()}
	raw, err := os.ReadFile(p.path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("read the app's settings: %w", err)
	}
	if err := p.parse(raw); err != nil {
		aside := p.path + ".damaged"
		if e := os.Rename(p.path, aside); e != nil {
			return p, fmt.Errorf("set the app's damaged settings aside: %w", e)
		}
		return p, fmt.Errorf("the app's settings are damaged and were set aside as %s: %w", aside, err)
	}
	return p, nil
}

func (p *Prefs) parse(raw []byte) error {
	s := DefaultPreferences()
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &p.kept); err != nil {
		return err
	}
	p.now = s.valid()
	return nil
}

// valid puts what cannot be back to what can.
func (s Preferences) valid() Preferences {
	d := DefaultPreferences()
	switch s.Theme {
	case look.ModeSystem, look.ModeLight, look.ModeDark:
	default:
		s.Theme = d.Theme
	}
	if !(s.TextScale >= look.MinScale && s.TextScale <= look.MaxScale) {
		s.TextScale = d.TextScale
	}
	if s.LockMinutes < 0 {
		s.LockMinutes = d.LockMinutes
	}
	if s.WindowWidth < 0 || s.WindowHeight < 0 {
		s.WindowWidth, s.WindowHeight = 0, 0
	}
	s.Mute, s.Hints, s.Names = copied(s.Mute), copied(s.Hints), copied(s.Names)
	s.Version = max(s.Version, prefsVersion)
	return s
}

func copied[V any](m map[string]V) map[string]V {
	out := make(map[string]V, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// Get is a copy of the settings.
func (p *Prefs) Get() Preferences {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now.valid()
}

// Set changes the settings and writes them, whole or not at all. What was
// changed stays in use when writing fails. It waits for the disk: the windows
// use Env.Remember.
func (p *Prefs) Set(change func(*Preferences)) error {
	p.Change(change)
	return p.Save()
}

// Change changes the settings in memory, and tells who listens.
func (p *Prefs) Change(change func(*Preferences)) {
	now, told := p.change(change)
	if told != nil {
		told(now)
	}
}

// OnChange has fn called after each change, on the goroutine that made it. The
// frame listens, to show another language or theme at once.
func (p *Prefs) OnChange(fn func(Preferences)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.changed = fn
}

func (p *Prefs) change(change func(*Preferences)) (Preferences, func(Preferences)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.now.valid()
	change(&s)
	p.now = s.valid()
	return p.now.valid(), p.changed
}

// Save writes the settings as they are now.
func (p *Prefs) Save() error {
	if p.path == "" {
		return nil
	}
	p.disk.Lock() // who writes last writes the newest
	defer p.disk.Unlock()
	raw, err := p.encode()
	if err != nil {
		return fmt.Errorf("save the app's settings: %w", err)
	}
	if err := replaceFile(p.path, raw); err != nil {
		return fmt.Errorf("save the app's settings: %w", err)
	}
	return nil
}

// encode writes what we know over what the file had besides.
func (p *Prefs) encode() ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	raw, err := json.Marshal(p.now)
	if err != nil {
		return nil, err
	}
	all := copied(p.kept)
	var ours map[string]json.RawMessage
	if err := json.Unmarshal(raw, &ours); err != nil {
		return nil, err
	}
	for _, name := range names() {
		delete(all, name) // an omitted one is empty, not as it was
	}
	for k, v := range ours {
		all[k] = v
	}
	raw, err = json.MarshalIndent(all, "", "  ")
	return append(raw, '\n'), err
}

// replaceFile writes a file whole or not at all.
func replaceFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// names lists the names of the settings in the file.
func names() []string {
	t := reflect.TypeFor[Preferences]()
	out := make([]string, t.NumField())
	for i := range out {
		out[i], _, _ = strings.Cut(t.Field(i).Tag.Get("json"), ",")
	}
	return out
}
