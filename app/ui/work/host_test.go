package work

import (
	"context"
	"sync"

	"supercomputing/app/view"
)

// fakeHost answers file dialogs with what a test says, and keeps what is
// written and shown.
type fakeHost struct {
	view.Host
	mu     sync.Mutex
	file   string
	folder string
	save   string
	err    error
	wrote  map[string][]byte
	shown  []string
	copied []string
}

func (h *fakeHost) OpenFile(context.Context, string, ...view.FileKind) (string, error) {
	return h.file, h.err
}
func (h *fakeHost) OpenFolder(context.Context, string) (string, error)       { return h.folder, h.err }
func (h *fakeHost) SaveFile(context.Context, string, string) (string, error) { return h.save, h.err }

func (h *fakeHost) WriteFile(_ context.Context, path string, data []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.wrote == nil {
		h.wrote = make(map[string][]byte)
	}
	h.wrote[path] = data
	return h.err
}

func (h *fakeHost) Show(_ context.Context, what string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.shown = append(h.shown, what)
	return h.err
}

func (h *fakeHost) CopyText(text string, _ bool) { h.copied = append(h.copied, text) }
