package render

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"supercomputing/chain/types"
)

// Planned is the plan of an own job, by its post. Plans are kept until the work
// is settled; after that it fails with fs.ErrNotExist.
func (d *Dapp) Planned(post types.JobPost) (Plan, error) {
	spec, ih, err := JobSpec(post)
	if err != nil {
		return Plan{}, err
	}
	return d.req.plan(ih, spec)
}

// tidyAge is how old is what Tidy removes: a post is on its way for a day at most.
const tidyAge = 25 * time.Hour

// Tidy removes what a crash has left: plans that no job uses, and bundles
// without a plan, that are more than a day old. It is to be called once all own
// jobs are known.
func (d *Dapp) Tidy(used func(InfoHash) bool) error {
	return d.req.tidy(used, d.opt.Clock().Add(-tidyAge))
}

func (r *requester) tidy(used func(InfoHash) bool, before time.Time) error {
	plans, err := oldEntries(filepath.Join(r.opt.Dir, plansDir), before)
	for _, name := range plans {
		var ih InfoHash
		if n, herr := hex.Decode(ih[:], []byte(name)); herr != nil || n != len(ih) || used(ih) {
			continue
		}
		p, perr := r.readPlan(ih)
		if perr == nil {
			perr = r.forget(&p)
		}
		err = errors.Join(err, perr)
	}
	kept, kerr := r.bundles()
	folders, ferr := oldEntries(filepath.Join(r.opt.Dir, bundlesDir), before)
	if err = errors.Join(err, kerr, ferr); kerr != nil {
		return err // what is used is not known
	}
	for _, name := range folders {
		if !kept[name] {
			err = errors.Join(err, os.RemoveAll(filepath.Join(r.opt.Dir, bundlesDir, name)))
		}
	}
	return err
}

// bundles are the names of folders that plans speak of.
func (r *requester) bundles() (map[string]bool, error) {
	out := make(map[string]bool)
	entries, err := os.ReadDir(filepath.Join(r.opt.Dir, plansDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		var ih InfoHash
		if len(e.Name()) != hex.EncodedLen(len(ih)) {
			continue // half of a file that a crash left
		}
		if _, err := hex.Decode(ih[:], []byte(e.Name())); err != nil {
			continue
		}
		p, err := r.readPlan(ih)
		if err != nil {
			return nil, err
		}
		out[filepath.Base(filepath.Dir(p.Folder))] = true
	}
	return out, nil
}

// oldEntries lists what in a folder was changed last before a time.
func oldEntries(dir string, before time.Time) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		if fi, ierr := e.Info(); ierr == nil && fi.ModTime().Before(before) {
			names = append(names, e.Name())
		}
	}
	if err != nil {
		err = fmt.Errorf("what is left of jobs: %w", err)
	}
	return names, err
}
