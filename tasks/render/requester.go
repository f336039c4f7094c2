package render

import (
	"fmt"
	"os"
	"sync"

	"supercomputing/chain/types"
	"supercomputing/tasks/render/picture"
)

// requester is what all own jobs of this machine share: what is known of nodes,
// the plans of jobs to be posted, and the slot for rendering. Dapp holds one,
// made by newRequester from the Options whose defaults are set.
type requester struct {
	opt    Options
	slot   *slot
	limits func() Limits // of this machine, now

	mu       sync.Mutex // guards what follows
	standing *standing  // nil until it is needed
	services map[types.Hash]*service
}

func newRequester(opt Options, s *slot) *requester {
	return &requester{
		opt: opt, slot: s, services: make(map[types.Hash]*service),
		limits: func() Limits { return Limits{opt.Cores, opt.Memory, opt.Disk} },
	}
}

// known opens what is known of nodes.
func (r *requester) known() (*standing, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.standing == nil {
		if err := os.MkdirAll(r.opt.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("render folder: %w", err)
		}
		s, err := openStanding(r.opt.Dir)
		if err != nil {
			return nil, err
		}
		r.standing = s
	}
	return r.standing, nil
}

func (r *requester) running(job types.Hash, s *service) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s == nil {
		delete(r.services, job)
	} else {
		r.services[job] = s
	}
}

// Picture shows a frame of an own job that runs, as far as it is there: tiles
// without a picture are black. It fails with ErrUnknownFrame, with ErrNoPicture
// while nothing of the frame is there, and when the job does not run.
func (d *Dapp) Picture(job types.Hash, frame int) (*picture.Picture, error) {
	d.req.mu.Lock()
	s := d.req.services[job]
	d.req.mu.Unlock()
	if s == nil {
		return nil, fmt.Errorf("%w: the job is not running", ErrNoPicture)
	}
	return s.picture(frame)
}
