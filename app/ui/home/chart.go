package home

import (
	"context"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// chart is what was earned by day.
type chart struct {
	h      *Home
	object *fyne.Container
	area   *kit.Chart
	sum    *kit.Text
	pick   *kit.SelectBox
	place  *fyne.Container
}

// spans are the numbers of days to choose from.
func spans() []int { return []int{7, 30, 90} }

func (c *chart) init(h *Home) {
	c.h = h
	env := h.env
	var names []string
	at := 0
	for i, n := range spans() {
		names = append(names, env.N("home.days", n))
		if n == h.days {
			at = i
		}
	}
	c.pick = kit.Select(names, at, func(i int) { c.choose(spans()[i]) })
	c.area = kit.AreaChart(260)
	c.sum = kit.Small(" ").Wrap()
	c.place = kit.Stack(c.area)
	c.object = kit.Card(env.T("home.chart"), c.pick, kit.ColumnGap(8, c.sum, c.place))
}

// choose shows another number of days.
func (c *chart) choose(days int) {
	c.h.days = days
	for i, n := range spans() {
		if n == days {
			c.pick.Select(i)
		}
	}
	c.h.loadEarned()
}

func (h *Home) loadEarned() {
	days, b := h.days, h.env.Backend
	_, zone := h.env.Now().Zone()
	page.LoadKey(h.scope, "earned", func(ctx context.Context) (view.Earnings, error) {
		return b.Earnings(ctx, view.EarningsQuery{Days: days, Zone: zone})
	}, func(e view.Earnings, err error) {
		if err != nil {
			h.chart.failed(err)
			return
		}
		h.earned, h.hasEarned = e, true
		h.chart.show()
		h.tell()
	})
}

func (c *chart) failed(err error) {
	c.place.Objects = []fyne.CanvasObject{c.h.env.Kit.Failure(err, c.h.loadEarned)}
	c.place.Refresh()
}

func (c *chart) show() {
	env, e := c.h.env, c.h.earned
	points := make([]kit.Point, len(e.Days))
	for i, d := range e.Days {
		day := env.Text.Day(d.Start)
		points[i] = kit.Point{Label: day, Value: float64(d.Total) / float64(types.Coin), Text: day + " · " + env.Text.Amount(d.Total)}
	}
	c.area.Set(points)
	c.sum.Set(env.T("home.chart.sum", "amount", env.Text.Amount(e.Total), "days", env.N("home.days", len(e.Days))))
	c.sum.Show()
	if e.Total == 0 {
		c.sum.Hide()
		c.place.Objects = []fyne.CanvasObject{kit.Empty("show_chart", env.T("home.chart.empty"), env.T("home.chart.none"), nil)}
		c.place.Refresh()
		return
	}
	if len(c.place.Objects) != 1 || c.place.Objects[0] != c.area {
		c.place.Objects = []fyne.CanvasObject{c.area}
		c.place.Refresh()
	}
}
