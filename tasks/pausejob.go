package tasks

import (
	"fmt"

	"supercomputing/chain/types"
)

// Pause stops the work on an own job, or lets it go on. Nodes are sent away and
// come back by themselves once it goes on; what they hold, have earned and were
// promised stays. Nodes that are away for long give a job up, and the job's time
// on the chain runs on. A pause lasts over restarts. It refuses with ErrEnded when
// the job is being completed or over.
func (c *Coordinator) Pause(id types.Hash, paused bool) error {
	j := c.job(id)
	if j == nil {
		return fmt.Errorf("%w: %v", ErrUnknownJob, id)
	}
	if err := j.ending(); err != nil {
		return fmt.Errorf("pause job: %w", err)
	}
	changed, err := j.setPaused(paused)
	if err != nil {
		return fmt.Errorf("pause job: %w", err)
	}
	if changed && paused {
		j.endSessions(ending{reasonLeaving, pausedText})
	}
	return nil
}

// pausedText is what nodes are told that are sent away.
const pausedText = "its author has paused the job"

// setPaused puts the change on disk before it counts.
func (j *ownJob) setPaused(paused bool) (changed bool, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.st.Paused == paused {
		return false, nil
	}
	log := j.st.Log
	j.st.Paused = paused
	if paused {
		j.logLocked("paused: nodes are sent away until it goes on")
	} else {
		j.logLocked("goes on")
	}
	if err := j.saveLocked(); err != nil {
		j.st.Paused, j.st.Log = !paused, log
		return false, err
	}
	return true, nil
}
