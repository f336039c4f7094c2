package ui

import (
	"context"
	"time"

	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// noticeGap is the least time between two looks for the same kind of news, so
// that a burst becomes one notification.
const noticeGap = 2 * time.Second

// newest is how many movements and conversations are looked at.
const newest = 30

// recent is how old a payment may be that is told: a wallet that was restored
// finds those of years.
const recent = 24 * time.Hour

// notifier turns events into notifications. What is there when it begins is no
// news; what comes while the chain is still being read is told afterwards, in
// one notification of each kind.
type notifier struct {
	u                     *UI
	payments, talks, jobs *page.Coalesce

	moves   map[string]bool      // confirmed payments that are known; nil: none were read yet
	message map[string]time.Time // by conversation, the newest one that is known
	job     map[string]string    // the end of each job: "", NoticeJobDone or NoticeJobFailed
}

func newNotifier(u *UI) *notifier {
	n := &notifier{u: u}
	n.payments = page.NewCoalesce(u.life, noticeGap, n.readPayments)
	n.talks = page.NewCoalesce(u.life, noticeGap, n.readTalks)
	n.jobs = page.NewCoalesce(u.life, noticeGap, n.readJobs)
	n.payments.Ask()
	n.talks.Ask()
	n.jobs.Ask()
	u.tray.readEarnings()
	return n
}

// event is one event of the node.
func (n *notifier) event(e view.Event) {
	switch e.Kind {
	case view.EventWallet:
		n.payments.Ask()
		n.u.tray.readEarnings()
	case view.EventMessage:
		n.talks.Ask()
	case view.EventJob:
		n.jobs.Ask()
	}
}

// catchUp looks at everything, once the chain was read.
func (n *notifier) catchUp() {
	n.payments.Ask()
	n.talks.Ask()
	n.jobs.Ask()
}

// early tells whether the chain is still being read.
func (n *notifier) early() bool { return !n.u.known || !n.u.status.Sync.Usable }

// notify shows a notification, unless its kind is switched off.
func (n *notifier) notify(kind, title, words string) {
	if n.u.o.Prefs.Get().Mute[kind] {
		return
	}
	notice, host := view.Notice{Title: text.Clean(title), Text: text.Clean(words)}, n.u.o.Host
	n.u.o.Spawn(func() { host.Notify(notice) }) // a desktop's answer may take a while
}

func (n *notifier) readPayments() {
	b := n.u.backend
	page.LoadKey(n.u.life, "payments", func(ctx context.Context) ([]view.Movement, error) {
		return b.History(ctx, view.Page{Limit: newest})
	}, n.showPayments)
}

func (n *notifier) showPayments(list []view.Movement, err error) {
	if err != nil {
		return
	}
	first := n.moves == nil
	if !first && n.early() {
		return
	}
	if first {
		n.moves = make(map[string]bool)
	}
	var fresh []view.Movement
	for _, m := range list {
		if m.Kind != "received" || m.Status != view.MoveConfirmed || n.moves[m.TxID] {
			continue
		}
		n.moves[m.TxID] = true
		if n.u.o.Now().Sub(m.Time) < recent {
			fresh = append(fresh, m)
		}
	}
	if first || len(fresh) == 0 {
		return
	}
	env := n.u.env
	if n.u.stage == locked { // a locked wallet shows neither names nor amounts
		n.notify(page.NoticePayment, env.N("ui.notice.payment", len(fresh)), env.T("ui.notice.locked"))
		return
	}
	var sum types.Amount
	for _, m := range fresh {
		sum += m.Amount
	}
	words := env.T("ui.notice.payment.text", "amount", env.Text.Amount(sum))
	if from := sender(fresh); from != "" {
		words = env.T("ui.notice.payment.from", "amount", env.Text.Amount(sum), "who", from)
	}
	n.notify(page.NoticePayment, env.N("ui.notice.payment", len(fresh)), words)
}

// sender is who sent a single payment, when that is somebody with a name.
func sender(list []view.Movement) string {
	if len(list) == 1 && len(list[0].Parties) == 1 {
		return list[0].Parties[0].Label
	}
	return ""
}

func (n *notifier) readTalks() {
	b := n.u.backend
	page.LoadKey(n.u.life, "talks", func(ctx context.Context) ([]view.Conversation, error) {
		return b.Conversations(ctx, view.ConversationsQuery{Page: view.Page{Limit: newest}})
	}, n.showTalks)
}

// showTalks tells of new messages. The list holds neither requests of strangers
// nor what was filtered or blocked: anybody could make a noise with those.
func (n *notifier) showTalks(list []view.Conversation, err error) {
	if err != nil {
		return
	}
	first := n.message == nil
	if !first && n.early() {
		return
	}
	if first {
		n.message = make(map[string]time.Time)
	}
	var fresh []view.Conversation
	open := n.u.openConversation()
	for _, c := range list {
		m := c.Last
		if m == nil || !m.Received.After(n.message[c.Address]) {
			continue
		}
		n.message[c.Address] = m.Received
		if !m.Mine && m.Unread && !c.Request && !c.Filtered && !c.Blocked && !m.Filtered && !m.Blocked && (c.Address != open || !n.u.seen()) {
			fresh = append(fresh, c)
		}
	}
	if first || len(fresh) == 0 {
		return
	}
	env := n.u.env
	if len(fresh) > 1 || n.u.stage == locked { // a locked wallet shows neither words nor names
		n.notify(page.NoticeMessage, env.N("ui.notice.messages", len(fresh)), env.T("ui.notice.messages.text"))
		return
	}
	c := fresh[0]
	words := c.Last.Text
	if words == "" {
		words = env.T("ui.notice.card")
	}
	n.notify(page.NoticeMessage, name(env, c), cut(words))
}

func name(env *page.Env, c view.Conversation) string {
	if c.Name != "" {
		return c.Name
	}
	return env.T("ui.notice.from", "who", text.Short(c.Address))
}

// cut keeps the beginning of a text.
func cut(s string) string {
	const most = 120
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

func (n *notifier) readJobs() {
	page.LoadKey(n.u.life, "jobs", n.u.backend.Jobs, n.showJobs)
}

// ending is how a job ended, "" while it has not.
func ending(j view.Job) string {
	whole := j.Progress.Total > 0 && j.Progress.Done >= j.Progress.Total
	switch {
	case j.Failure != "":
		return page.NoticeJobFailed
	case whole || j.State == view.JobComplete:
		return page.NoticeJobDone
	case j.State == view.JobExpired:
		return page.NoticeJobFailed
	}
	return ""
}

func (n *notifier) showJobs(list []view.Job, err error) {
	if err != nil {
		return
	}
	first := n.job == nil
	if first {
		n.job = make(map[string]string)
	}
	env := n.u.env
	names := jobNames
	if n.u.stage == locked {
		names = func([]view.Job) string { return env.T("ui.notice.locked") }
	}
	ended := map[string][]view.Job{}
	for _, j := range list {
		before, end := n.job[j.ID], ending(j)
		n.job[j.ID] = end
		if end != "" && before == "" && !first {
			ended[end] = append(ended[end], j)
		}
	}
	if done := ended[page.NoticeJobDone]; len(done) > 0 {
		n.notify(page.NoticeJobDone, env.N("ui.notice.done", len(done)), names(done))
	}
	if failed := ended[page.NoticeJobFailed]; len(failed) > 0 {
		n.notify(page.NoticeJobFailed, env.N("ui.notice.failed", len(failed)), names(failed))
	}
}

func jobNames(jobs []view.Job) string {
	s := ""
	for i, j := range jobs {
		if i > 0 {
			s += ", "
		}
		if j.Label != "" {
			s += j.Label
		} else {
			s += j.Name
		}
	}
	return cut(s)
}
