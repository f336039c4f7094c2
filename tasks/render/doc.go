// Package render is the dapp that renders pictures and films: a requester packs
// a scene, nodes fetch it from one another, render tiles of its frames and send
// the pixels back; the requester has some of it rendered twice, pays for what
// stands, and puts the frames together (PRODUCT "The life of a job").
//
// Spec and messages are what both sides agree on. Service is the requester's
// side of one job: plan, leases, checks and book are plain data and arithmetic
// that it calls under one lock; bench renders its own checks; store keeps all of
// it on disk. The worker is the node's side. Both see rendering programs
// through package engine and move the scene through Swarm.
package render

import "errors"

// Errors of jobs and messages.
var (
	// ErrSpec says that a job's spec is refused.
	ErrSpec = errors.New("unacceptable render job")
	// ErrMessage says that a message of this dapp is malformed.
	ErrMessage = errors.New("malformed render message")
	// ErrFrames says that text does not list frames.
	ErrFrames = errors.New("not a list of frames")
	// ErrPlan says that a job cannot be asked for like this.
	ErrPlan = errors.New("unacceptable plan of a render job")
)

// Errors of a node in a job.
var (
	// ErrNoSeat says that the job has as many nodes as it can keep accounts of.
	ErrNoSeat = errors.New("the job has enough nodes")
	// ErrCaught says that a node delivered a picture that the requester's own
	// rendering of the same tile proves wrong. It gets no second chance.
	ErrCaught = errors.New("the node delivered wrong pictures")
	// ErrBuild says that a node's engine is not the one that the job asks for.
	ErrBuild = errors.New("not the engine that the job asks for")
)

// Errors of a job on the requester's side.
var (
	// ErrNoPicture says that nothing of a frame is there yet.
	ErrNoPicture = errors.New("nothing of this frame has been rendered yet")
	// ErrUnknownFrame says that a frame is not one of the job's.
	ErrUnknownFrame = errors.New("the job has no such frame")
	// ErrNoEngine says that this machine has no such rendering program.
	ErrNoEngine = errors.New("this machine has no such rendering program")
)
