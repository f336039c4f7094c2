package messages

import (
	"context"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// mostFound is how many messages a search gives.
const mostFound = 50

// startSearch shows the search of this conversation.
func (c *chat) startSearch() {
	if c.found.Visible() {
		c.endSearch()
		return
	}
	results := kit.Stack()
	var ask *page.Coalesce
	entry := kit.Search(c.env.T("messages.find.hint"), func(string) { ask.Ask() })
	ask = page.NewCoalesce(c.scope, 300*time.Millisecond, func() {
		words := strings.TrimSpace(entry.Text)
		if words == "" {
			set(results)
			c.object.Refresh()
			return
		}
		page.LoadKey(c.scope, "search", func(ctx context.Context) ([]view.Message, error) {
			return c.env.Backend.SearchMessages(ctx, view.MessageSearch{Text: words, Address: c.address, Limit: mostFound})
		}, func(list []view.Message, err error) {
			if err != nil {
				set(results, c.env.Kit.FailureLine(err, nil))
			} else {
				set(results, c.foundRows(list))
			}
			c.object.Refresh()
		})
	})
	shut := c.env.Kit.IconButton("close", c.env.T("messages.find.end"), func() { c.endSearch() })
	set(c.found, kit.PadXY(14, 10, kit.ColumnGap(8, kit.RowGap(4, kit.Grow(entry), shut), results)))
	c.found.Show()
	c.object.Refresh()
	c.env.FocusOn(entry)
}

func (c *chat) endSearch() bool {
	if !c.found.Visible() {
		return false
	}
	c.found.Hide()
	set(c.found)
	c.object.Refresh()
	return true
}

// foundRows lists what was found; a tap shows it in its place.
func (c *chat) foundRows(list []view.Message) fyne.CanvasObject {
	if len(list) == 0 {
		return kit.Muted(c.env.T("messages.find.none")).Wrap()
	}
	rows := kit.Tight()
	for _, m := range list {
		who := c.name()
		if m.Mine {
			who = c.env.T("messages.me")
		}
		row := kit.Item().Title(briefly(c.env, m), who+" · "+c.env.Text.DateTime(m.Time))
		row.Done()
		rows.Add(kit.Tap(row, func() { c.goTo(m.ID) }).SetLabel(briefly(c.env, m)))
	}
	const most = 220 // the conversation stays in view below
	if h := kit.HeightFor(rows, 400); h < most {
		return rows
	}
	return kit.MinHeight(most, kit.Scroll(rows))
}

// goTo brings a message into view, loading what is between.
func (c *chat) goTo(id string) {
	if i := c.at(id); i >= 0 {
		c.endSearch()
		c.rows.ScrollTo(i)
		c.rows.Select(i)
		return
	}
	if len(c.list) == 0 {
		return
	}
	q := view.MessagesQuery{Address: c.address, Before: c.list[0].ID, Blocked: c.talks.tab == blocked, Limit: mostNewest}
	page.LoadKey(c.scope, "older", func(ctx context.Context) ([]view.Message, error) { return until(ctx, c.env.Backend, q, id) }, func(list []view.Message, err error) {
		c.asking = false
		if err != nil {
			c.env.Fail(err)
			return
		}
		if len(c.list) == 0 || c.list[0].ID != q.Before {
			return
		}
		slices.Reverse(list)
		c.list = append(list, c.list...)
		c.draw()
		if c.at(id) >= 0 {
			c.goTo(id)
		}
	})
}

// until reads messages until one is among them, or there are no more.
func until(ctx context.Context, b view.Backend, q view.MessagesQuery, id string) ([]view.Message, error) {
	var all []view.Message
	for {
		list, err := b.Messages(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
		if len(list) < q.Limit || slices.ContainsFunc(list, func(m view.Message) bool { return m.ID == id }) {
			return all, nil
		}
		q.Before = list[len(list)-1].ID
	}
}
