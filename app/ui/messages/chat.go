package messages

import (
	"context"
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

const (
	someMessages = 50  // asked for at a time
	mostNewest   = 200 // looked at anew when something changed
)

// chat is one conversation while it is open.
type chat struct {
	talks   *talks
	env     *page.Env
	scope   *page.Scope
	address string
	conv    *view.Conversation // nil: a new one, or not listed yet
	contact *view.Contact      // nil: not in the address book

	list    []view.Message // oldest first
	first   bool           // the beginning is there
	asking  bool           // older ones are under way
	loaded  bool
	seen    string          // the newest message that was on the screen
	marked  string          // the newest that was marked read
	paying  map[string]bool // by message: a payment is on its way
	rows    *kit.Rows[*line]
	probe   *line
	change  *page.Coalesce
	reading *page.Coalesce

	object   fyne.CanvasObject
	top      *fyne.Container
	found    *fyne.Container // the search, when one is under way
	banner   *fyne.Container
	middle   *fyne.Container
	composer *composer
}

func newChat(t *talks, address string) *chat {
	c := &chat{talks: t, env: t.env, scope: t.scope.Child(), address: address, paying: make(map[string]bool), top: kit.Stack(), found: kit.Stack(), banner: kit.Stack(), middle: kit.Stack(kit.Loading(5))}
	c.found.Hide()
	c.banner.Hide()
	c.probe = newLine(c)
	c.rows = kit.NewRows(kit.RowsOptions[*line]{
		Len: func() int { return len(c.list) }, Make: func() *line { return newLine(c) }, Fill: c.fill,
		Key: func(i int) string { return c.list[i].ID }, Before: c.older, End: true, Plain: true,
		Height: func(i int, width float32) float32 { c.probe.set(i); return c.probe.HeightFor(width) },
	})
	c.change = page.NewCoalesce(c.scope, 400*time.Millisecond, c.newest)
	c.reading = page.NewCoalesce(c.scope, 400*time.Millisecond, c.markRead)
	c.composer = newComposer(c)
	parts := []fyne.CanvasObject{kit.PadXY(14, 10, c.top), kit.Divider(), c.found, c.banner, kit.Grow(c.middle)}
	if t.tab != blocked {
		parts = append(parts, kit.Divider(), c.composer.object)
	}
	c.object = kit.PanelPad(0, kit.ColumnGap(0, parts...))
	c.composer.restore(t.page.kept.drafts[address])
	c.drawTop()
	c.newest()
	c.loadContact()
	return c
}

// fill shows a message in a row, and notes that it is on the screen.
func (c *chat) fill(i int, l *line) {
	l.set(i)
	m := c.list[i]
	if m.Unread && (c.seen == "" || c.at(c.seen) < i) {
		c.seen = m.ID
		c.reading.Ask()
	}
}

// at is where a message stands, -1 when it is not there.
func (c *chat) at(id string) int {
	return slices.IndexFunc(c.list, func(m view.Message) bool { return m.ID == id })
}

// newest looks what came, and joins it with what is there.
func (c *chat) newest() {
	q := view.MessagesQuery{Address: c.address, Blocked: c.talks.tab == blocked, Limit: min(mostNewest, max(someMessages, len(c.list)))}
	page.LoadKey(c.scope, "newest", func(ctx context.Context) ([]view.Message, error) { return c.env.Backend.Messages(ctx, q) },
		func(list []view.Message, err error) {
			if err != nil {
				if !c.loaded {
					set(c.middle, c.env.Kit.Failure(err, c.newest))
				} else {
					c.env.Fail(err)
				}
				return
			}
			slices.Reverse(list)
			met := false
			c.list, met = join(c.list, list)
			c.first = c.first && met || len(list) < q.Limit
			begin := !c.loaded
			c.loaded = true
			c.draw()
			if begin {
				c.rows.ScrollToBottom()
			}
		})
}

// join puts the newest messages in place of the end of what is known, and tells
// whether the two meet. Where they do not, what is known is dropped: it can be
// loaded again.
func join(known, newest []view.Message) (list []view.Message, met bool) {
	if len(newest) == 0 {
		return nil, false
	}
	at := make(map[string]int, len(known))
	for i, m := range known {
		at[m.ID] = i
	}
	for j, m := range newest {
		if i, ok := at[m.ID]; ok && i >= j {
			return append(slices.Clip(known[:i-j]), newest...), true
		}
	}
	return newest, false
}

// older asks for the messages before the first one.
func (c *chat) older() {
	if c.asking || c.first || !c.loaded || len(c.list) == 0 {
		return
	}
	c.asking = true
	q := view.MessagesQuery{Address: c.address, Before: c.list[0].ID, Blocked: c.talks.tab == blocked, Limit: someMessages}
	page.LoadKey(c.scope, "older", func(ctx context.Context) ([]view.Message, error) { return c.env.Backend.Messages(ctx, q) },
		func(list []view.Message, err error) {
			c.asking = false
			if err != nil {
				c.env.Fail(err)
				return
			}
			if len(c.list) == 0 || c.list[0].ID != q.Before {
				return // it was loaded anew meanwhile
			}
			slices.Reverse(list)
			c.first = len(list) < q.Limit
			c.list = append(list, c.list...)
			c.draw()
		})
}

// draw shows the messages as they are now.
func (c *chat) draw() {
	if len(c.list) == 0 {
		set(c.middle, kit.Empty("lock", c.env.T("messages.begin"), c.env.T("messages.begin.text"), nil))
		return
	}
	if len(c.middle.Objects) != 1 || c.middle.Objects[0] != fyne.CanvasObject(c.rows) {
		set(c.middle, c.rows)
	}
	c.rows.Reload()
}

// replace shows a message as it is now; one that is new comes to the end.
func (c *chat) replace(m view.Message) {
	if i := c.at(m.ID); i >= 0 {
		c.list[i] = m
		c.draw()
		return
	}
	c.list = append(c.list, m)
	c.draw()
	c.rows.ScrollToBottom()
}

// markRead marks read what was on the screen, once somebody can see it.
func (c *chat) markRead() {
	if c.seen == c.marked || c.seen == "" || !c.env.Seen() {
		return
	}
	upTo := c.seen
	c.marked = upTo
	page.Load(c.scope, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, c.env.Backend.MarkRead(ctx, view.ReadRequest{Address: c.address, UpTo: upTo})
	}, func(_ struct{}, err error) {
		if err != nil {
			c.marked = ""
			c.env.Log.Warn("messages could not be marked read", "err", err)
			return
		}
		for i := 0; i <= c.at(upTo); i++ {
			c.list[i].Unread = false
		}
	})
}

// loadContact looks whether the other side is in the address book.
func (c *chat) loadContact() {
	page.LoadKey(c.scope, "contact", c.env.Backend.Contacts, func(list []view.Contact, err error) {
		if err != nil {
			c.env.Log.Warn("contacts could not be read", "err", err)
			return
		}
		c.contact = nil
		for i := range list {
			if list[i].Address == c.address {
				c.contact = &list[i]
			}
		}
		c.drawTop()
	})
}

// known tells what the list of conversations says about this one.
func (c *chat) known(v *view.Conversation) {
	c.conv = v
	c.drawTop()
}

func (c *chat) name() string {
	if c.conv != nil && (c.conv.Name != "" || c.conv.Own) {
		return nameOf(c.env, *c.conv)
	}
	if c.contact != nil && c.contact.Name != "" {
		return c.contact.Name
	}
	return text.Short(c.address)
}

func (c *chat) online() bool {
	return c.conv != nil && c.conv.Online || c.contact != nil && c.contact.Online
}

func (c *chat) isBlocked() bool {
	return c.conv != nil && c.conv.Blocked || c.contact != nil && c.contact.Blocked || c.talks.tab == blocked
}

// drawTop draws who the other side is, and what is special about it.
func (c *chat) drawTop() {
	T := c.env.T
	state, tone := T("messages.offline"), look.Muted
	if c.online() {
		state, tone = T("messages.online"), look.Success
	} else if c.contact != nil && !c.contact.LastSeen.IsZero() {
		state = T("messages.lastseen", "ago", c.env.Text.Ago(c.contact.LastSeen, c.env.Now()))
	}
	who := kit.Tap(kit.RowGap(12, kit.Avatar(c.address, 38), kit.Grow(kit.ColumnGap(1, kit.Strong(c.name()).Truncate(), kit.Small(state).Tone(tone).Truncate()))), c.contactSheet).SetLabel(T("messages.contact"))
	parts := []fyne.CanvasObject{kit.Grow(who), c.env.Kit.Copy(c.address)}
	if c.env.Narrow {
		parts = append([]fyne.CanvasObject{c.env.Kit.IconButton("arrow_back", T("messages.back"), func() { c.talks.back() })}, parts...)
	} else {
		parts = append(parts, c.env.Kit.IconButton("search", T("messages.find"), c.startSearch))
	}
	var more *kit.Button
	more = c.env.Kit.IconButton("more_vert", T("messages.more"), func() { c.env.Kit.Menu(more, c.menu()...) })
	set(c.top, kit.RowGap(2, append(parts, more)...))
	c.drawBanner()
}

// drawBanner tells what is special about the conversation.
func (c *chat) drawBanner() {
	T := c.env.T
	hints := kit.ColumnGap(8)
	add := func(o fyne.CanvasObject) { hints.Add(o) }
	switch {
	case c.isBlocked():
		add(kit.Hint(look.Danger, T("messages.is.blocked"), T("messages.is.blocked.text"), kit.Secondary(T("messages.unblock"), func() { c.block(false) }).Small()))
	case c.conv != nil && c.conv.Filtered:
		add(kit.Hint(look.Warn, T("messages.is.filtered"), T("messages.is.filtered.text"), nil))
	case c.conv != nil && c.conv.Request:
		add(kit.Hint(look.Info, T("messages.is.request"), T("messages.is.request.text"), kit.Row(
			kit.Secondary(T("messages.contact.add"), c.contactSheet).Small(), kit.Ghost(T("messages.block"), func() { c.block(true) }).Small())))
	}
	var warnings []string
	if c.conv != nil {
		warnings = c.conv.Warnings
	}
	if c.contact != nil {
		warnings = append(slices.Clone(warnings), c.contact.Warnings...)
	}
	slices.Sort(warnings)
	for _, w := range slices.Compact(warnings) {
		add(kit.Hint(look.Warn, "", w, nil))
	}
	if c.conv != nil && c.conv.Damaged > 0 {
		add(kit.Hint(look.Warn, "", c.env.N("messages.damaged.some", c.conv.Damaged), nil))
	}
	visible(c.banner, len(hints.Objects) > 0)
	set(c.banner, kit.PadXY(14, 10, hints))
}

// menu is what can be done with the conversation.
func (c *chat) menu() []kit.MenuItem {
	T := c.env.T
	contact, icon := T("messages.contact.add"), "person_add"
	if c.contact != nil {
		contact, icon = T("messages.contact.edit"), "edit"
	}
	block := kit.MenuItem{Label: T("messages.block"), Icon: "block", Do: func() { c.block(true) }}
	if c.isBlocked() {
		block = kit.MenuItem{Label: T("messages.unblock"), Icon: "lock_open", Do: func() { c.block(false) }}
	}
	return []kit.MenuItem{
		{Label: T("messages.find"), Icon: "search", Do: c.startSearch},
		{Label: T("messages.pay"), Icon: "payments", Do: func() { c.env.Go(page.Route{Page: page.Wallet, Tab: page.WalletSend, Ref: c.address}) }},
		{Label: contact, Icon: icon, Do: c.contactSheet}, block, {},
		{Label: T("messages.explorer"), Icon: "explore", Do: func() {
			c.env.Go(page.Route{Page: page.Explorer, Tab: page.ExplorerAddress, Ref: c.address})
		}},
	}
}

// block blocks the other side or lets it write again.
func (c *chat) block(on bool) {
	do := func() {
		page.Load(c.scope, func(ctx context.Context) (view.Contact, error) {
			return c.env.Backend.PutContact(ctx, view.ContactRequest{Address: c.address, Blocked: &on})
		}, func(v view.Contact, err error) {
			if err != nil {
				c.env.Fail(err)
				return
			}
			c.contact = &v
			if c.conv != nil {
				c.conv.Blocked = on
			}
			c.drawTop()
			c.talks.change.Ask()
			said := c.env.T("messages.blocked.done", "name", c.name())
			if !on {
				said = c.env.T("messages.unblocked.done", "name", c.name())
			}
			c.env.Toast(look.Success, said)
		})
	}
	if !on {
		do()
		return
	}
	T := c.env.T
	c.env.Kit.Confirm(kit.ConfirmOptions{Title: T("messages.block.title", "name", c.name()), Text: T("messages.block.text"), Tone: look.Danger, Action: T("messages.block"), Do: do})
}

func (c *chat) keepDraft() {
	d := c.composer.draft()
	if d == (draft{}) {
		delete(c.talks.page.kept.drafts, c.address)
		return
	}
	c.talks.page.kept.drafts[c.address] = d
}

func (c *chat) focus() {
	if c.talks.tab != blocked {
		c.env.FocusOn(c.composer.entry)
	}
}

func (c *chat) close() {
	c.keepDraft()
	c.scope.Close()
}
