package accounts

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/safetext"
)

// RoutineID is the same for the same routine of the same account everywhere,
// so that several members may run it.
type RoutineID [16]byte

// String gives the id in hexadecimal.
func (id RoutineID) String() string { return hex.EncodeToString(id[:]) }

// RoutineKind says what a routine proposes.
type RoutineKind byte

// The kinds of routine.
const (
	RoutineSweep RoutineKind = 1 // what came in during a period and is unspent goes to To
	RoutineTask  RoutineKind = 2 // posts Job once each period
)

const (
	maxRoutines = 64
	maxSpec     = 8 << 10
	// sweepEpochs and taskEpochs are the periods unless said otherwise
	// (PROTOCOL §5).
	sweepEpochs = 30
	taskEpochs  = 1
	maxEpochs   = 1 << 20
	// turnSlots is how long the next member waits for the one before it to
	// propose; less where half a period would not let all have their turn.
	turnSlots = 60
	// retrySlots is how long after a failure a routine is tried again.
	retrySlots = 30
	// maxSweeps bounds the proposals of one period's sweep.
	maxSweeps = 200
)

// Routine proposes by itself, once each period of so many epochs. Two members'
// routines are the same when account, kind, period and To, or of a task the
// note, are.
type Routine struct {
	ID      RoutineID
	Account AccountID
	Kind    RoutineKind
	Epochs  uint64        // 0: 30 for a sweep, 1 for a task
	To      types.Address // of a sweep
	Job     []byte        // of a task: a spec for JobMaker
	Note    string        // for the members
	Paused  bool
	Next    uint64     // epoch at which it proposes next
	Last    types.Hash // the newest proposal, ours or another member's
	Problem string     // why it could not propose

	retry uint64 // slot before which it is not tried again; not stored
}

// id names what makes two routines the same.
func (r *Routine) id(n types.NetworkID) (id RoutineID) {
	what := r.To[:]
	if r.Kind == RoutineTask {
		what = []byte(r.Note)
	}
	h := n.TaggedHash("shared routine", r.Account[:], []byte{byte(r.Kind)}, types.AppendUint64(nil, r.Epochs), what)
	return RoutineID(h[:16])
}

func (r *Routine) encode() []byte {
	b := append(append([]byte{rowVersion}, r.ID[:]...), r.Account[:]...)
	b = types.AppendUint64(append(b, byte(r.Kind), flag(r.Paused)), r.Epochs)
	b = append(append(types.AppendUint64(b, r.Next), r.To[:]...), r.Last[:]...)
	return types.AppendBytes(types.AppendBytes(types.AppendBytes(b, r.Job), []byte(r.Note)), []byte(r.Problem))
}

func decodeRoutine(value []byte) (*Routine, error) {
	rd := types.NewReader(value)
	if v := rd.Byte(); v != rowVersion {
		return nil, fmt.Errorf("%w: routine of version %d", ErrStored, v)
	}
	r := &Routine{}
	rd.Copy(r.ID[:])
	r.Account, r.Kind, r.Paused = AccountID(rd.Hash()), RoutineKind(rd.Byte()), rd.Byte() == 1
	r.Epochs, r.Next, r.To, r.Last = rd.Uint64(), rd.Uint64(), rd.Address(), rd.Hash()
	r.Job, r.Note, r.Problem = rd.Bytes(maxSpec), rd.Text(maxNote), rd.Text(maxReason)
	if err := rd.Done(); err != nil || r.Epochs == 0 {
		return nil, fmt.Errorf("%w: routine: %v", ErrStored, err)
	}
	return r, nil
}

func (m *Manager) checkRoutine(r *Routine) error {
	if r.Epochs == 0 {
		r.Epochs = sweepEpochs
		if r.Kind == RoutineTask {
			r.Epochs = taskEpochs
		}
	}
	r.Note = safetext.Clean(r.Note)
	a, err := m.lookup(r.Account)
	switch {
	case err != nil:
		return err
	case r.Kind != RoutineSweep && r.Kind != RoutineTask:
		return fmt.Errorf("%w: kind %d", ErrRoutine, r.Kind)
	case r.Epochs > maxEpochs:
		return fmt.Errorf("%w: a period of %d epochs", ErrRoutine, r.Epochs)
	case types.CheckText(r.Note, maxNote) != nil:
		return fmt.Errorf("%w: the note", ErrName)
	case r.Kind == RoutineSweep && !r.To.OnCurve():
		return fmt.Errorf("%w: it needs an address to sweep to", ErrRoutine)
	case r.Kind == RoutineTask && (len(r.Job) == 0 || len(r.Job) > maxSpec):
		return fmt.Errorf("%w: it needs a job", ErrRoutine)
	case r.Kind == RoutineTask && m.jobs == nil:
		return ErrNoJobs
	}
	if _, _, ours := a.wallet.Path(r.To); r.Kind == RoutineSweep && ours {
		return fmt.Errorf("%w: it would sweep to its own account", ErrRoutine)
	}
	return nil
}

// PutRoutine adds a routine, or changes the one with its ID. A task begins with
// the current period, a sweep proposes when the current one is over.
func (m *Manager) PutRoutine(r Routine) (Routine, error) {
	pos := m.chainEpoch(r.Account)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.checkRoutine(&r); err != nil {
		return r, err
	}
	old := m.routines[r.ID]
	if r.ID != (RoutineID{}) && old == nil {
		return r, ErrNoRoutine
	}
	id := r.id(m.params.ID)
	r.Problem, r.retry = "", 0
	c := m.begin()
	switch {
	case old != nil && old.ID == id:
		r.Next, r.Last = old.Next, old.Last
	case old != nil:
		c.put(rowRoutine, old.ID[:], nil, func() { delete(m.routines, old.ID) })
		fallthrough
	default:
		if m.routines[id] == nil && len(m.routines) >= maxRoutines {
			return r, fmt.Errorf("%w: %d routines", ErrTooMany, maxRoutines)
		}
		r.Next, r.Last = r.first(pos), types.Hash{}
	}
	r.ID = id
	c.putRoutine(&r)
	return r, c.commit()
}

// first gives the epoch at which a new routine proposes first.
func (r *Routine) first(epoch uint64) uint64 {
	start := epoch / r.Epochs * r.Epochs
	if r.Kind == RoutineSweep {
		return start + r.Epochs
	}
	return start
}

func (c *change) putRoutine(r *Routine) {
	next := *r
	c.put(rowRoutine, r.ID[:], r.encode(), func() { c.m.routines[next.ID] = &next })
}

// DeleteRoutine removes a routine; what it proposed stays.
func (m *Manager) DeleteRoutine(id RoutineID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.routines[id] == nil {
		return ErrNoRoutine
	}
	c := m.begin()
	c.put(rowRoutine, id[:], nil, func() { delete(m.routines, id) })
	return c.commit()
}

// Routines lists the routines of an account, or of all for the zero id.
func (m *Manager) Routines(of AccountID) []Routine {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := []Routine{}
	for _, r := range m.routines {
		if of == (AccountID{}) || r.Account == of {
			out = append(out, *r)
		}
	}
	slices.SortFunc(out, func(a, b Routine) int { return compareIDs(sortKey(a.ID), sortKey(b.ID)) })
	return out
}

func sortKey(id RoutineID) (k AccountID) { copy(k[:], id[:]); return k }

// chainEpoch is the epoch of the chain's tip as an account's wallet sees it.
func (m *Manager) chainEpoch(id AccountID) uint64 {
	w, err := m.walletOf(id)
	if err != nil {
		return 0
	}
	return m.epochAt(w.Position().Time)
}

// due is a routine whose time has come.
type due struct {
	routine Routine
	tag     tag
	slot    uint64
	coins   []wire.OutPoint // of a sweep
	over    bool            // nothing is left to do in the period
	problem string
}

// runRoutines proposes what is due.
func (m *Manager) runRoutines(ctx context.Context) {
	for _, d := range m.dueRoutines() {
		if ctx.Err() != nil {
			return
		}
		var id types.Hash
		var err error
		if !d.over {
			id, err = m.proposeDue(ctx, &d)
		}
		if errors.Is(err, wallet.ErrFunds) && d.routine.Kind == RoutineSweep {
			d.over, err = true, nil // what is left is worth less than its fee
		}
		if err := m.noteRoutine(&d, id, err); err != nil {
			m.log.Warn("a routine's state was not stored", "err", err)
		}
	}
}

func (m *Manager) proposeDue(ctx context.Context, d *due) (types.Hash, error) {
	r := Request{Account: d.routine.Account, Note: d.routine.Note, tag: d.tag}
	if d.routine.Kind == RoutineSweep {
		r.Outputs, r.All, r.Coins = []wallet.Output{{Address: d.routine.To}}, true, d.coins
	} else {
		r.Job = d.routine.Job
	}
	p, err := m.Propose(ctx, r)
	return p.ID, err
}

// noteRoutine stores what came of it.
func (m *Manager) noteRoutine(d *due, id types.Hash, err error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.routines[d.routine.ID]
	if r == nil {
		return nil
	}
	next := *r
	next.Problem = d.problem
	switch {
	case err != nil:
		m.log.Warn("a routine could not propose", "routine", r.ID, "err", err)
		next.Problem, next.retry = cut(safetext.Clean(err.Error()), maxReason), d.slot+retrySlots
	case d.over:
		next.Next = max(next.Next, (d.tag.period+1)*r.Epochs+r.lag())
		next.Last = d.routine.Last
	default:
		next.Last = id
		if r.Kind == RoutineTask {
			next.Next = (d.tag.period + 1) * r.Epochs
		}
	}
	c := m.begin()
	c.putRoutine(&next)
	return c.commit()
}

// lag is how many epochs after its begin a period is handled.
func (r *Routine) lag() uint64 {
	if r.Kind == RoutineSweep {
		return r.Epochs
	}
	return 0
}

// dueRoutines finds what is due, by the chain's height alone, so that all
// members and all restarts find the same.
func (m *Manager) dueRoutines() (out []due) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.routines {
		a := m.accounts[r.Account]
		pos := a.wallet.Position()
		slot := m.params.SlotAt(pos.Time)
		epoch := m.params.Epoch(slot)
		if r.Paused || pos.Hash == (types.Hash{}) || epoch < r.Next || slot < r.retry {
			continue
		}
		d := due{routine: *r, slot: slot}
		// A period that was missed is not made up for, but by a sweep, one
		// period after another.
		d.tag = tag{routine: r.ID, period: (r.Next - r.lag()) / r.Epochs}
		if r.Kind == RoutineTask {
			d.tag.period = epoch / r.Epochs
		}
		if m.turn(a, r, &d, slot) {
			out = append(out, d)
		}
	}
	return out
}

// turn settles which part of a period is due, and whether by us and now.
func (m *Manager) turn(a *account, r *Routine, d *due, slot uint64) bool {
	mine := d.tag
	for mine.part = 0; ; mine.part++ {
		p := m.tagged(a, r, mine)
		if p == nil {
			break
		}
		d.routine.Last = p.id
		state := m.state(a, p)
		switch {
		case r.Kind == RoutineTask:
			d.over = true
		case state == StateOpen:
			return false // one after another
		case state == StateDeclined || state == StateExpired || state == StateDead && mine.part > 0:
			d.over, d.problem = true, "the members did not sign the last one: "+string(state)
		case mine.part >= maxSweeps:
			d.over = true
		}
		if d.over {
			return true
		}
	}
	d.tag = mine
	if r.Kind == RoutineSweep {
		if d.coins = m.income(a, d.tag.period*r.Epochs, (d.tag.period+1)*r.Epochs); len(d.coins) == 0 {
			d.over = true
			return true
		}
	}
	// The members take turns, in the order of their keys.
	begin := max(r.Next, (d.tag.period*r.Epochs)+r.lag()) * m.params.EpochSlots
	wait := min(turnSlots, r.Epochs*m.params.EpochSlots/2/uint64(len(a.record.members)))
	return slot >= begin+uint64(a.me)*wait
}

// tagged finds the proposal of a routine's period and part, of whichever
// member. What a proposal says it is counts only when it does just that, and of
// another member's only while it could be signed or once members decided on
// it, and a sweep only when it sweeps most of what is due: a false one, or one
// of a grain of dust, must not keep ours from being proposed.
func (m *Manager) tagged(a *account, r *Routine, t tag) *proposal {
	for _, p := range m.proposals {
		if p.tag != t || !r.does(a, p) {
			continue
		}
		switch state := m.state(a, p); {
		case int(p.proposer) == a.me || state == StateSent || state == StateConfirmed:
		case state == StateExpired:
			continue
		case r.Kind == RoutineSweep && !m.most(a, r, p):
			continue
		case state == StateOpen && (p.members[a.me].state == MemberDeclined || m.check(a, p) != nil):
			continue
		}
		return p
	}
	return nil
}

// does reports whether a proposal does what a routine proposes.
func (r *Routine) does(a *account, p *proposal) bool {
	if p.account != r.Account || p.tag.routine != r.ID {
		return false
	}
	tx := p.packet.Tx()
	if r.Kind == RoutineSweep {
		if len(tx.Msg.TxOut) != 1 {
			return false
		}
		to, ok := types.ScriptAddress(tx.Msg.TxOut[0].PkScript)
		return ok && to == r.To
	}
	rec, err := types.DecodeRecord(tx.Payload)
	job, ok := rec.(*types.JobPost)
	if err != nil || !ok || int(p.proposer) >= len(a.record.members) {
		return false
	}
	return job.Operator == a.record.members[p.proposer].address // whose node makes a task runs it
}

// most reports whether a sweep takes most of what its period brought, by our
// own view, or as many coins as about fit one transaction. Not all of it: views
// differ while blocks are on their way, and what is worth less than its fee
// stays. Coins that another proposal holds are due as well, so that holding
// them makes no dust the most.
func (m *Manager) most(a *account, r *Routine, p *proposal) bool {
	from := p.tag.period * r.Epochs
	due := m.came(a, from, from+r.Epochs)
	var swept, rest types.Amount
	count := 0
	for _, op := range p.spends {
		if amount, ok := due[op]; ok {
			swept, count = swept+amount, count+1
			delete(due, op)
		}
	}
	for _, amount := range due {
		rest += amount
	}
	return swept > 0 && swept >= rest || 2*count >= (source{a.record.desc}).MaxInputs()
}

// came gives the unspent coins that came in from one epoch until another.
func (m *Manager) came(a *account, from, until uint64) map[wire.OutPoint]types.Amount {
	coins := make(map[wire.OutPoint]types.Amount)
	for _, c := range a.wallet.Coins() {
		if c.Mature && !c.Frozen && m.cameIn(a, &c, from, until) {
			coins[c.OutPoint] = c.Amount
		}
	}
	return coins
}

// income lists the coins that came in from one epoch until another, and can be
// spent; change is none.
func (m *Manager) income(a *account, from, until uint64) (ops []wire.OutPoint) {
	for _, c := range a.wallet.Coins() {
		if c.Spendable && m.cameIn(a, &c, from, until) {
			ops = append(ops, c.OutPoint)
		}
	}
	return ops
}

func (m *Manager) cameIn(a *account, c *wallet.Coin, from, until uint64) bool {
	if c.Height == 0 && c.Confirmations == 0 {
		return false
	}
	e, err := a.wallet.Transaction(c.OutPoint.Hash)
	if err != nil || !e.Incoming || e.Status != wallet.StatusConfirmed {
		return false
	}
	epoch := m.epochAt(e.Time)
	return epoch >= from && epoch < until
}
