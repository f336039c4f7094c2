package explorer

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// blocks lists main blocks, newest first, as they come.
type blocks struct {
	section
	list   []view.BlockBrief
	rows   *kit.Rows[*blockRow]
	more   bool // older ones are under way
	shown  bool
	change *page.Coalesce
}

// someBlocks is how many are asked for at a time.
const someBlocks = 60

func newBlocks(s section) *blocks {
	b := &blocks{section: s}
	b.body = kit.Stack(kit.Loading(8))
	b.rows = kit.NewRows(kit.RowsOptions[*blockRow]{
		Len: func() int { return len(b.list) }, Make: func() *blockRow { return newBlockRow(b.env) },
		Fill:   func(i int, r *blockRow) { r.set(b.list[i]) },
		Tapped: func(i int) { b.open(page.ExplorerBlock, b.list[i].Hash) },
		Key:    func(i int) string { return b.list[i].Hash }, More: b.older,
	})
	b.again = b.newest
	b.change = page.NewCoalesce(b.scope, 500*time.Millisecond, b.newest)
	b.scope.Every(time.Minute, b.rows.Refresh) // how long ago they were
	b.change.Ask()
	return b
}

func (b *blocks) event(e view.Event) {
	if e.Kind == view.EventTip {
		b.change.Ask()
	}
}

// newest looks what came, and joins it with what is there.
func (b *blocks) newest() {
	page.LoadKey(b.scope, "newest", func(ctx context.Context) ([]view.BlockBrief, error) {
		return b.env.Backend.Blocks(ctx, view.BlocksQuery{Limit: someBlocks})
	}, func(list []view.BlockBrief, err error) {
		if err != nil {
			if !b.shown {
				b.body.Objects = []fyne.CanvasObject{b.env.Kit.Failure(err, b.newest)}
				b.body.Refresh()
			}
			return
		}
		b.list = join(list, b.list)
		if !b.shown {
			b.shown = true
			b.body.Objects = []fyne.CanvasObject{kit.ColumnGap(10, b.legend(), kit.Grow(kit.PanelPad(0, b.rows)))}
			b.body.Refresh()
		}
		b.rows.Reload()
	})
}

// join puts newer blocks before those that are known. Where the two do not meet,
// or a reorganisation changed the chain, what was known is dropped.
func join(newer, known []view.BlockBrief) []view.BlockBrief {
	if len(newer) == 0 {
		return newer
	}
	for i, k := range known {
		for j, n := range newer {
			if n.Hash == k.Hash && len(known)-i >= len(newer)-j {
				return append(newer[:j:j], known[i:]...)
			}
		}
		if k.Height < newer[len(newer)-1].Height {
			break
		}
	}
	return newer
}

// older asks for the blocks below the last one.
func (b *blocks) older() {
	if b.more || len(b.list) == 0 || b.list[len(b.list)-1].Height == 0 {
		return
	}
	b.more = true
	from := b.list[len(b.list)-1].Height - 1
	page.Load(b.scope, func(ctx context.Context) ([]view.BlockBrief, error) {
		return b.env.Backend.Blocks(ctx, view.BlocksQuery{From: &from, Limit: someBlocks})
	}, func(list []view.BlockBrief, err error) {
		b.more = false
		if err != nil {
			b.env.Fail(err)
			return
		}
		if n := len(b.list); n > 0 && b.list[n-1].Height == from+1 {
			b.list = append(b.list, list...)
			b.rows.Reload()
		}
	})
}

// legend says what the letters are.
func (b *blocks) legend() fyne.CanvasObject {
	items := make([]fyne.CanvasObject, types.NumChains)
	for i := range items {
		dot := kit.MinSize(10, 10, kit.Surface(chainColor(i), 3))
		items[i] = kit.RowGap(5, kit.Middle(dot), kit.Small(letter(i)+" "+b.env.T(chainNames[i])))
	}
	return kit.Flow(items...)
}
