package download

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"time"

	"golang.org/x/time/rate"

	"supercomputing/chain/types"
	"supercomputing/tasks"
)

// worker is a node's side of one job.
type worker struct {
	d    *Dapp
	e    *Engine
	job  tasks.Job
	spec Spec
	ih   InfoHash
	data string // folder of the content
	r    tasks.Requester
	read *rate.Limiter // bytes read for audits

	until  time.Time    // end of the keeping time by our clock, zero: not begun
	heard  time.Time    // when the requester last answered
	earned types.Amount // at paid
	paid   time.Time    // when it, or what we hold, last grew
	pieces int          // held then
}

// auditReads bounds what a requester can make our disk read.
const auditReads = 8 << 20

func newWorker(d *Dapp, job tasks.Job, dir string, r tasks.Requester) (*worker, error) {
	spec, ih, err := jobSpec(job.Post)
	if err != nil {
		return nil, err
	}
	now := d.opts.Clock()
	return &worker{
		d: d, e: d.engine, job: job, spec: spec, ih: ih, data: filepath.Join(dir, "data"), r: r,
		read: rate.NewLimiter(auditReads, 2*maxAnswer), heard: now, paid: now,
	}, nil
}

// run is Work. It ends in one of three ways: the job is over (files deleted,
// nil), a pause (files kept), or a failure (files kept, to be tried again).
func (w *worker) run(ctx context.Context) error {
	if err := w.e.wait(ctx); err != nil && !ended(ctx) {
		return err
	}
	err := w.hold(ctx)
	if ended(ctx) || errors.Is(err, tasks.ErrEnded) || errors.Is(err, errOver) {
		return w.remove()
	}
	if e := w.e.Pause(w.ih, true); e != nil && !errors.Is(e, ErrUnknown) {
		w.d.log.Debug("pause", "err", e)
	}
	return err
}

// errOver says that the keeping time is over by our own clock.
var errOver = errors.New("the keeping time is over")

func ended(ctx context.Context) bool { return errors.Is(context.Cause(ctx), tasks.ErrEnded) }

func (w *worker) remove() error {
	s, err := w.e.Stats(w.ih)
	if err != nil || s.Owner != w.job.ID.String() {
		return nil // never begun, or swept already
	}
	return w.e.Remove(w.ih, true)
}

// hold fetches and keeps the content, reporting all the time.
func (w *worker) hold(ctx context.Context) error {
	w.r.Handle(w.answer)
	if err := w.begin(ctx); err != nil {
		return err
	}
	tick := time.NewTicker(300 * time.Millisecond)
	defer tick.Stop()
	var reported time.Time
	wasComplete := false
	for {
		s, err := w.e.Stats(w.ih)
		if err != nil {
			return err
		}
		now := w.d.opts.Clock()
		if s.HavePieces > w.pieces {
			w.pieces, w.paid = s.HavePieces, now
		}
		if now.After(w.deadline()) {
			return errOver
		}
		if now.Sub(reported) >= w.interval(s.Complete()) || s.Complete() && !wasComplete {
			if err := w.report(ctx, s.Complete()); err != nil {
				return err
			}
			reported, wasComplete = w.d.opts.Clock(), s.Complete()
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// begin makes sure that the engine has the content, or starts to fetch it.
func (w *worker) begin(ctx context.Context) error {
	if s, err := w.e.Stats(w.ih); err == nil {
		if s.Published || s.Owner != w.job.ID.String() {
			return fmt.Errorf("%w: %q", ErrHeld, s.Name)
		}
		w.until = s.Until
		return w.e.Pause(w.ih, false)
	}
	if err := w.e.Room(w.spec.Size, filepath.Dir(w.data)); err != nil {
		return err
	}
	// The first report makes us known to the others before there is anything
	// to tell.
	st, err := w.exchange(ctx, report{Addrs: w.addrs()})
	if err != nil {
		return err
	}
	info, err := w.fetchInfo(ctx)
	if err != nil {
		return err
	}
	l, err := ParseInfo(info)
	if err != nil {
		return err
	}
	if err := w.spec.matches(l); err != nil {
		return err
	}
	err = w.e.Add(ctx, Addition{
		InfoHash: w.ih, Info: info, Dir: w.data, Owner: w.job.ID.String(), Striped: true,
		Peers: append(st.Peers, w.spec.Hints...), Until: w.d.opts.Clock().Add(w.spec.Keep + w.patience()), MaxSize: w.spec.Size,
	})
	if err == nil {
		w.take(st, false)
	}
	return err
}

// fetchInfo gets the info dictionary from the requester, in parts.
func (w *worker) fetchInfo(ctx context.Context) ([]byte, error) {
	var info []byte
	for {
		m, err := w.call(ctx, infoRequest{uint32(len(info))}.encode())
		if err != nil {
			return nil, err
		}
		p, ok := m.(infoPart)
		if !ok || len(p.Part) == 0 || len(info)+len(p.Part) > int(p.Total) {
			return nil, fmt.Errorf("%w: no description of the content", ErrMessage)
		}
		if info = append(info, p.Part...); len(info) == int(p.Total) {
			return info, nil
		}
	}
}

// call asks the requester, for as long as it makes sense to wait.
func (w *worker) call(ctx context.Context, msg []byte) (any, error) {
	wait, cancel := context.WithDeadlineCause(ctx, w.deadline(), errOver)
	defer cancel()
	raw, err := w.r.Call(wait, msg)
	if err != nil {
		if ctx.Err() == nil && wait.Err() != nil {
			return nil, errOver
		}
		return nil, err
	}
	w.heard = w.d.opts.Clock()
	return decodeMessage(raw)
}

func (w *worker) exchange(ctx context.Context, m report) (status, error) {
	free := max(w.spare(), 0)
	m.Free = uint64(free)
	if l := w.e.throttle.up.Limit(); l != rate.Inf {
		m.UploadLimit = uint64(l)
	}
	a, err := w.call(ctx, m.encode())
	if err != nil {
		return status{}, err
	}
	st, ok := a.(status)
	if !ok {
		return st, fmt.Errorf("%w: not an answer to a report", ErrMessage)
	}
	return st, nil
}

func (w *worker) spare() int64 {
	n, err := freeSpace(filepath.Dir(w.data))
	if err != nil {
		return 0
	}
	return n
}

func (w *worker) report(ctx context.Context, complete bool) error {
	have, err := w.e.Have(w.ih)
	if err != nil {
		return err
	}
	st, err := w.exchange(ctx, report{Addrs: w.addrs(), Have: have})
	if err != nil {
		return err
	}
	w.take(st, complete)
	return nil
}

// take does what a status asks for.
func (w *worker) take(st status, complete bool) {
	if !st.Until.IsZero() {
		// By our clock: the requester's may be off.
		w.until = w.heard.Add(st.Until.Sub(st.Now))
		if s, err := w.e.Stats(w.ih); err == nil && absDuration(s.Until.Sub(w.until)) > time.Second {
			if err := w.e.SetUntil(w.ih, w.until); err != nil {
				w.d.log.Warn("end of keeping not saved", "err", err)
			}
		}
	}
	if !complete { // two that have everything have nothing to say to each other
		w.e.SetStripe(w.ih, st.Stripe.slot, st.Stripe.slots)
		w.e.AddPeers(w.ih, st.Peers)
	}
	if e := w.r.Earned(); e > w.earned {
		w.earned, w.paid = e, w.d.opts.Clock()
	}
}

func absDuration(d time.Duration) time.Duration { return max(d, -d) }

// addrs are the addresses we tell.
func (w *worker) addrs() (out []netip.AddrPort) {
	out = w.e.Addrs()
	return out[:min(len(out), MaxHints)]
}

// interval is the time between reports: short while there is news.
func (w *worker) interval(complete bool) time.Duration {
	if !complete {
		return time.Second
	}
	return min(max(w.spec.Keep/20, time.Second), 30*time.Second)
}

// patience is how long we keep what nobody asks about or pays for. A content
// that never becomes whole counts too, or one missing piece would be a way to
// have the others kept for nothing.
func (w *worker) patience() time.Duration {
	return min(max(w.spec.Keep/4, 10*time.Minute), 48*time.Hour)
}

// deadline is when to stop: shortly after the keeping time, when the requester
// should have ended the job, or when patience is at its end.
func (w *worker) deadline() time.Time {
	d := w.heard.Add(w.patience())
	if w.paid.Add(w.patience()).Before(d) {
		d = w.paid.Add(w.patience())
	}
	if end := w.until.Add(2 * lastAudits); !w.until.IsZero() && end.Before(d) {
		d = end
	}
	return d
}

// answer gives the blocks that an audit asks for.
func (w *worker) answer(ctx context.Context, msg []byte) ([]byte, error) {
	m, err := decodeMessage(msg)
	if err != nil {
		return nil, err
	}
	q, ok := m.(question)
	if !ok {
		return nil, fmt.Errorf("%w: not a question to a node", ErrMessage)
	}
	var data []byte
	for _, b := range q.Blocks {
		if err := w.read.WaitN(ctx, int(b.Length)); err != nil {
			return nil, err
		}
		buf := make([]byte, b.Length)
		if err := w.e.ReadBlock(w.ih, int(b.Piece), int64(b.Begin), buf); err != nil {
			return nil, err
		}
		data = append(data, buf...)
	}
	return blocks{Nonce: q.Nonce, Data: data}.encode(), nil
}
