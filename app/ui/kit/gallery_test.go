package kit_test

import (
	"errors"
	"fmt"
	"image"
	"math"
	"testing"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
)

func points(n int) []kit.Point {
	var p []kit.Point
	for i := range n {
		v := 4 + 3*math.Sin(float64(i)/4) + 1.5*math.Sin(float64(i)*1.3)
		p = append(p, kit.Point{Label: fmt.Sprintf("Nov %d", i+1), Value: max(0, v), Text: fmt.Sprintf("%.2f SCC", v)})
	}
	return p
}

func parts() []kit.Part {
	return []kit.Part{
		{Label: "Producer", Text: "3.2 SCC", Value: 3.2}, {Label: "Side blocks", Text: "1.1 SCC", Value: 1.1},
		{Label: "Developers", Text: "0.6 SCC", Value: 0.6}, {Label: "Foundation", Text: "0.2 SCC", Value: 0.2},
	}
}

// dashboard is a page as the wallet's or home might be.
func dashboard(u *uitest.UI) fyne.CanvasObject {
	k := u.Env.Kit
	chart := kit.AreaChart(260)
	chart.Set(points(30))
	bar := kit.Bar()
	bar.Set(0.46)
	qr := kit.QR("sc1q9x7gabcdefghijklmnopqrstuvwxyzt5w6y")
	stats := kit.Columns(170,
		kit.Stat("Earned today", "4.82 SCC", "+12.4 % vs yesterday", "monitoring"),
		kit.Stat("Balance", "138.5 SCC", "12 SCC on the way", "account_balance_wallet"),
		kit.Stat("Tasks done", "1,204", "99.2 % accepted", "memory"),
		kit.Stat("Peers", "37", "8 relays", "dns"))
	task := kit.Card("Current task", kit.Pill(look.Success, "Running"), kit.Column(
		kit.Between(kit.Muted("Protein fold #8841"), kit.Strong("46 %")), bar,
		kit.Columns(100, kit.Secondary("Pause", nil), kit.Primary("Details", nil))))
	receive := kit.Card("Receive", nil, kit.Column(qr, k.Address(viewtest.Me(), "")))
	return kit.PageBody(
		kit.Header("Dashboard", "Everything is running normally.", kit.Secondary("Alerts", nil).Icon("notifications"), kit.Primary("Add device", nil)),
		stats,
		kit.Sides(760, kit.Card("Earnings", kit.Select([]string{"30 days", "7 days"}, 0, nil), chart), kit.Loose(task, receive)))
}

func forms(u *uitest.UI) fyne.CanvasObject {
	k := u.Env.Kit
	amount := k.Amount()
	amount.SetAmount(1234_50000000)
	pass := k.NewPassword("Passphrase")
	pass.Entry.SetText("correct horse ba")
	bad := kit.Field("Address", kit.Entry("sc1…"))
	bad.SetError("This is not an address of this network.")
	disabled := kit.Primary("Disabled", nil)
	disabled.Disable()
	form := kit.Form(
		kit.Field("Name", kit.Entry("e.g. Living-room PC")).Help("This name is shown to you only. You can change it later."),
		bad, kit.Field("Amount", amount), kit.Field("New passphrase", pass),
		kit.Field("Period", kit.Select([]string{"30 days", "7 days"}, 0, nil)),
		kit.Field("Message", kit.MultiLine("Write a message…", 3)),
		kit.Search("Search tasks…", nil),
		kit.Check("I have written the words down", true, nil),
		kit.SwitchRow("Contribute", "This machine works for others while you do not need it.", true, nil),
		kit.SwitchRow("Start at login", "", false, nil),
		kit.Flow(kit.Primary("Continue", nil), kit.Secondary("Back", nil), kit.Ghost("Skip", nil), kit.Danger("Delete", nil), disabled, k.IconButton("content_copy", "Copy", nil), k.MoreButton()),
	)
	radio := kit.Radio([]kit.Choice{
		{Title: "Slow", Text: "About 20 minutes", Right: "0.0001 SCC"},
		{Title: "Usual", Text: "About 4 minutes", Right: "0.0003 SCC"},
		{Title: "Fast", Text: "The next block, if there is room in it", Right: "0.001 SCC"},
	}, 1, nil)
	slider := kit.Slider(kit.SliderOptions{Min: 0, Max: 10, Step: 1, Value: 4, Low: "Cheap", High: "Soon", Format: func(v float64) string { return fmt.Sprintf("Rank %v", v) }})
	return kit.PageBody(kit.Columns(320, kit.Card("Fields", nil, form),
		kit.Loose(kit.Card("Choices", nil, kit.Loose(radio, slider, kit.Tabs([]string{"Send", "Receive", "History", "Coins", "Shared"}, 0, nil))),
			kit.Hint(look.Warn, "Not backed up", "Write the words down before you receive coins.", kit.Secondary("Back up", nil).Small()),
			kit.Hint(look.Info, "", "The price falls when fewer people ask.", nil),
			kit.Hint(look.Danger, "Refused", "The wallet kept your coins.", nil),
			kit.Hint(look.Success, "", "All pieces are held by three nodes.", nil))))
}

func pictures(u *uitest.UI) fyne.CanvasObject {
	bars := kit.Bars(180)
	bars.Set(points(14))
	donut := kit.Donut(140)
	donut.Set(parts(), "5.1", "SCC")
	split := kit.SplitBar()
	split.Set(parts())
	strip, field := kit.Pieces(14), kit.Pieces(90)
	strip.Set(5000, func(i int) float64 { return math.Abs(math.Sin(float64(i) / 400)) })
	field.Set(300, func(i int) float64 { return float64(i%5) / 4 })
	spark := kit.Sparkline()
	spark.Set([]float64{1, 3, 2, 5, 4, 6, 8, 5})
	grid := kit.TileGrid()
	img := image.NewNRGBA(image.Rect(0, 0, 160, 90))
	for i := range img.Pix {
		img.Pix[i] = uint8(i / 160)
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	var tiles []kit.Tile
	for i := range 40 {
		tiles = append(tiles, kit.Tile{X: i % 8 * 20, Y: i / 8 * 18, W: 20, H: 18, State: kit.TileState((i * 7 % 11) % 5)})
	}
	grid.Set(160, 90, tiles)
	grid.SetPicture(img)
	week := kit.WeekGrid([7]uint32{0xffffff, 0xff0000, 0xff00ff, 0, 0xfff, 0xf0f0f0, 0xffffff}, [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}, nil)
	return kit.PageBody(kit.Columns(320,
		kit.Card("Bars", spark, bars), kit.Card("Donut", nil, donut), kit.Card("Split", nil, split),
		kit.Card("Pieces", nil, kit.Column(strip, field)), kit.Card("Tiles", nil, grid), kit.Card("Week", nil, week)))
}

func lists(u *uitest.UI) fyne.CanvasObject {
	words := []string{"Render frame", "Protein fold", "Speech batch", "Index shard"}
	states := []kit.Cell{{Text: "Done", Tone: look.Success, Pill: true}, {Text: "Pending", Tone: look.Warn, Pill: true}, {Text: "Failed", Tone: look.Danger, Pill: true}}
	table := kit.NewTable(kit.TableOptions{
		Columns: []kit.TableColumn{{Title: "ID", Weight: 0.7, Hide: true}, {Title: "Task", Main: true, Weight: 1.6}, {Title: "When"}, {Title: "Amount", Right: true}, {Title: "State", Right: true}},
		Len:     func() int { return 10_000 },
		Cell: func(row, col int) kit.Cell {
			return []kit.Cell{{Text: fmt.Sprintf("#%d", 8841-row), Muted: true}, {Text: words[row%4], Bold: true}, {Text: "Nov 21, 09:00", Muted: true}, {Text: fmt.Sprintf("+0.0%d SCC", 20+row%70), Bold: true}, states[row%3]}[col]
		},
		Tapped: func(int) {},
	})
	rows := kit.NewRows(kit.RowsOptions[*kit.ItemRow]{
		Len: func() int { return 1000 }, Make: kit.Item,
		Fill: func(i int, r *kit.ItemRow) {
			r.Avatar(viewtest.Address(fmt.Sprint(i%9))).Title(fmt.Sprintf("Friend number %d with a rather long name", i), "Hello, the render is done and looks fine to me").Value("+1.25 SCC", "3 min ago").Done()
		},
		Tapped: func(int) {},
	})
	return kit.PageFixed(kit.Header("Activity", "10,000 tasks"), kit.Grow(kit.Columns(330, kit.MinHeight(330, kit.PanelPad(0, table)), kit.MinHeight(330, kit.PanelPad(0, rows)))))
}

func states(u *uitest.UI) fyne.CanvasObject {
	k := u.Env.Kit
	details := kit.Details("More about it", kit.Paragraph("The coins are kept until the job ends, then what was not earned comes back."))
	details.SetOpen(true)
	log := kit.Log()
	for i := range 40 {
		log.Add(fmt.Sprintf("09:%02d:00 node-%d finished tile %d", i, i%5, i))
	}
	nav := kit.NavItem("home", "Home", nil)
	nav.SetSelected(true)
	other := kit.NavItem("chat", "Messages", nil)
	other.SetBadge(3)
	return kit.PageBody(kit.Columns(320,
		kit.Panel(kit.Empty("inbox", "No conversations yet", "Write to somebody by their address, or wait until somebody writes to you.", kit.Primary("New message", nil))),
		kit.Panel(k.Failure(view.Errorf(view.CodeUnavailable, "The node is still starting; nothing was sent.").WithHint("Wait a minute."), func() {})),
		kit.Panel(kit.Loading(4)),
		kit.Card("Facts", kit.Link("Open", nil), kit.Facts(
			kit.Fact{Label: "Recipient", Object: k.Address(viewtest.Me(), "Anna")}, kit.Fact{Label: "Amount", Value: "5.25 SCC", Strong: true},
			kit.Fact{Label: "Transaction", Value: viewtest.ID("x"), Mono: true}, kit.Fact{Label: "Fee", Value: "0.0001 SCC"})),
		kit.Card("Details", nil, details), kit.Card("Log", nil, log),
		kit.Panel(kit.Column(nav, other, kit.NavItem("settings", "Settings", nil))),
		kit.Panel(kit.Column(k.CopyLine(viewtest.Me()), k.FailureLine(errors.New("a fault"), nil))),
	))
}

// each draws the looks that a test goes through.
func each(t *testing.T, fn func(u *uitest.UI)) {
	for _, v := range uitest.Looks() {
		t.Run(v.Name(), func(t *testing.T) { fn(uitest.NewVariant(t, v)) })
	}
}

// The pictures are for people; the test makes sure that everything can be
// drawn in every variant and that no text is cut.
func TestGallery(t *testing.T) {
	pages := map[string]func(*uitest.UI) fyne.CanvasObject{
		"dashboard": dashboard, "forms": forms, "pictures": pictures, "lists": lists, "states": states,
	}
	each(t, func(u *uitest.UI) {
		for name, page := range pages {
			u.Show(page(u))
			u.Picture("kit-" + name)
			u.NothingCut()
		}
	})
}

func TestGalleryDialogs(t *testing.T) {
	each(t, func(u *uitest.UI) {
		u.Show(dashboard(u))
		s := u.Env.Kit.Confirm(kit.ConfirmOptions{
			Title: "Send 5.25 SCC?", Text: "This cannot be undone.", Action: "Send", Do: func() {},
			Facts: []kit.Fact{{Label: "To", Object: u.Env.Kit.Address(viewtest.Me(), "Anna")}, {Label: "Amount", Value: "5.25 SCC", Strong: true}, {Label: "Fee", Value: "0.0001 SCC"}},
		})
		u.Picture("kit-confirm")
		u.NothingCut()
		s.Close()
		w := u.Env.Kit.Wizard(kit.WizardOptions{Cancel: func() {}, Steps: []kit.Step{
			{Title: "Name your device", Text: "This name is shown to you only. You can change it later.", Content: func() fyne.CanvasObject { return kit.Field("Name", kit.Entry("e.g. Living-room PC")) }},
			{Title: "Done", Content: func() fyne.CanvasObject { return kit.Body("Done") }},
		}})
		s = u.Env.Kit.Sheet(kit.SheetOptions{Content: w})
		u.Picture("kit-wizard")
		u.NothingCut()
		s.Close()
		u.Env.Toast(look.Success, "Copied")
		u.Picture("kit-toast")
	})
}
