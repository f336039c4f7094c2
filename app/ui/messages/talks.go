package messages

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// someTalks is how many conversations are asked for at a time.
const someTalks = 100

// talks lists conversations of one kind, with the chosen one beside them.
type talks struct {
	section
	tab     string
	search  *kit.EntryBox
	list    []view.Conversation
	rows    *kit.Rows[*talkRow]
	listBox *fyne.Container // the list, or why there is none
	split   *kit.SplitView
	chat    *chat
	loaded  bool
	found   string // the search that list answers
	whole   bool   // there are no more
	more    bool   // more are under way
	change  *page.Coalesce
}

func newTalks(s section, tab string) *talks {
	t := &talks{section: s, tab: tab}
	env := t.env
	t.rows = kit.NewRows(kit.RowsOptions[*talkRow]{
		Len: func() int { return len(t.list) }, Make: func() *talkRow { return newTalkRow(env) },
		Fill:   func(i int, r *talkRow) { r.set(t.list[i]) },
		Tapped: func(i int) { t.open(t.list[i].Address, nil) },
		Key:    func(i int) string { return t.list[i].Address }, More: t.older, Keep: true,
	})
	t.listBox = kit.Stack(kit.Loading(7))
	t.search = kit.Search(env.T("messages.search"), func(string) { t.change.Ask() })
	t.change = page.NewCoalesce(t.scope, 400*time.Millisecond, t.load)
	list := kit.PanelPad(0, kit.ColumnGap(0, kit.Pad(12, t.search), kit.Divider(), kit.Grow(t.listBox)))
	empty := kit.PanelPad(0, kit.Empty("forum", env.T("messages.choose"), env.T("messages.choose.text"), nil))
	t.split = kit.Split(kit.SplitOptions{Master: list, Detail: empty, Width: 340})
	t.body = kit.Stack(t.split)
	t.scope.Every(time.Minute, t.rows.Update) // how long ago they were
	t.change.Ask()
	return t
}

func (t *talks) query() view.ConversationsQuery {
	return view.ConversationsQuery{Requests: t.tab == page.MessagesRequests, Filtered: t.tab == filtered, Blocked: t.tab == blocked, Search: t.search.Text}
}

// load asks for as many conversations as are shown.
func (t *talks) load() {
	q := t.query()
	q.Limit = max(someTalks, len(t.list))
	page.LoadKey(t.scope, "talks", func(ctx context.Context) ([]view.Conversation, error) { return t.env.Backend.Conversations(ctx, q) },
		func(list []view.Conversation, err error) {
			if err != nil {
				if !t.loaded || t.found != q.Search { // what is shown would answer another question
					t.loaded = false
					set(t.listBox, t.env.Kit.Failure(err, t.load))
				}
				return
			}
			t.found = q.Search
			t.loaded, t.list, t.whole = true, list, len(list) < q.Limit
			t.shown()
		})
}

// older asks for the conversations below the last one.
func (t *talks) older() {
	if t.more || t.whole || !t.loaded {
		return
	}
	t.more = true
	q := t.query()
	q.Skip, q.Limit = len(t.list), someTalks
	page.LoadKey(t.scope, "older talks", func(ctx context.Context) ([]view.Conversation, error) { return t.env.Backend.Conversations(ctx, q) },
		func(list []view.Conversation, err error) {
			t.more = false
			if err != nil {
				t.env.Fail(err)
				return
			}
			if len(t.list) != q.Skip || t.search.Text != q.Search {
				return // it was loaded anew meanwhile
			}
			known := make(map[string]bool, len(t.list))
			for _, c := range t.list {
				known[c.Address] = true
			}
			for _, c := range list {
				if !known[c.Address] { // one may have moved while we asked
					t.list = append(t.list, c)
				}
			}
			t.whole = len(list) < q.Limit
			t.shown()
		})
}

// shown draws the list as it is now.
func (t *talks) shown() {
	if len(t.list) == 0 {
		set(t.listBox, t.nothing())
		return
	}
	if len(t.listBox.Objects) != 1 || t.listBox.Objects[0] != fyne.CanvasObject(t.rows) {
		set(t.listBox, t.rows)
	}
	t.rows.Reload()
	t.mark()
	if t.chat != nil {
		t.chat.known(t.conversation(t.chat.address))
	}
}

// mark marks the conversation that is open.
func (t *talks) mark() {
	at := -1
	for i, c := range t.list {
		if t.chat != nil && c.Address == t.chat.address {
			at = i
		}
	}
	t.rows.Select(at)
}

func (t *talks) conversation(address string) *view.Conversation {
	for i := range t.list {
		if t.list[i].Address == address {
			return &t.list[i]
		}
	}
	return nil
}

// nothing says why the list is empty and what to do first.
func (t *talks) nothing() fyne.CanvasObject {
	T := t.env.T
	switch {
	case t.search.Text != "":
		return kit.Empty("search", T("messages.none.found"), T("messages.none.found.text"), nil)
	case t.tab == page.MessagesRequests:
		return kit.Empty("inbox", T("messages.none.requests"), T("messages.none.requests.text"), nil)
	case t.tab == filtered:
		return kit.Empty("filter_list", T("messages.none.filtered"), T("messages.none.filtered.text"), nil)
	case t.tab == blocked:
		return kit.Empty("block", T("messages.none.blocked"), T("messages.none.blocked.text"), nil)
	}
	return kit.Empty("chat", T("messages.none"), T("messages.none.text"), kit.Secondary(T("messages.first"), t.page.Create).Icon("edit"))
}

// open shows a conversation.
func (t *talks) open(address string, along *page.Attach) {
	if t.chat == nil || t.chat.address != address {
		t.leave()
		t.chat = newChat(t, address)
		t.chat.known(t.conversation(address))
		t.split.ShowDetail(t.chat.object)
	}
	t.page.headShown(false)
	t.mark()
	if along != nil {
		t.chat.composer.attach(draft{Along: *along})
	}
	if !t.env.Narrow {
		t.chat.focus()
	}
}

// leave closes the conversation that is open.
func (t *talks) leave() {
	if t.chat != nil {
		t.chat.close()
		t.chat = nil
	}
}

func (t *talks) event(e view.Event) {
	if e.Kind != view.EventMessage {
		return
	}
	t.change.Ask()
	if t.chat != nil && (e.Address == "" || e.Address == t.chat.address) {
		t.chat.change.Ask()
	}
}

func (t *talks) show(r page.Route) {
	if r.Ref == "" {
		t.back()
		return
	}
	along, ok := r.Args.(page.Attach)
	if !ok {
		t.open(r.Ref, nil)
		return
	}
	t.open(r.Ref, &along)
}

func (t *talks) place() page.Route {
	r := page.Route{Page: page.Messages, Tab: t.tab}
	if r.Tab == page.MessagesChat {
		r.Tab = ""
	}
	if t.chat != nil {
		r.Tab, r.Ref = t.tab, t.chat.address
	}
	return r
}

func (t *talks) back() bool {
	if t.chat == nil {
		return false
	}
	if t.chat.endSearch() {
		return true
	}
	t.leave()
	t.split.ShowDetail(nil)
	t.page.headShown(true)
	t.mark()
	t.change.Ask()
	return true
}

func (t *talks) refresh() {
	t.load()
	if t.chat != nil {
		t.chat.newest()
	}
}

func (t *talks) find() {
	if t.env.Narrow && t.chat != nil {
		t.chat.startSearch()
		return
	}
	t.env.FocusOn(t.search)
}

func (t *talks) close() {
	t.leave()
	t.scope.Close()
}
