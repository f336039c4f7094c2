package consensus

import "supercomputing/chain/types"

// Encode is for tests that put jobs into a state.
func (j *Job) Encode() []byte { return j.encode() }

// DueKey is for tests that put jobs into a state.
func DueKey(height uint32, job types.Hash) []byte { return dueKey(height, job) }

// CleanRows is the bound on what a block removes.
const CleanRows = cleanRows
