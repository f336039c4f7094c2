package wallet

import (
	"context"
	"fmt"
	"time"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/wallet/ledger"
	"supercomputing/app/view"
)

// export writes the history as CSV: all of it, or what the filters show.
func (h *history) export() {
	env := h.p.env
	f := h.p.filters.filter(env.Now())
	if !f.Any() {
		h.p.exportAll(ledger.Filter{})
		return
	}
	var s *kit.Sheet
	all := kit.Secondary(env.T("wallet.export.all"), func() { s.Close(); h.p.exportAll(ledger.Filter{}) })
	shown := kit.Primary(env.N("wallet.export.shown", len(h.found)), func() { s.Close(); h.p.exportAll(f) })
	s = env.Kit.Sheet(kit.SheetOptions{Title: env.T("wallet.export.title"), Text: env.T("wallet.export.which"), Actions: []*kit.Button{all, shown}})
}

// exportAll asks for a file, reads the whole history from the node and writes
// what a filter lets through.
func (p *Page) exportAll(f ledger.Filter) {
	env := p.env
	name := env.T("wallet.export.name") + "-" + env.Now().Format("2006-01-02") + ".csv"
	words := p.csvWords()
	titles := p.csvTitles()
	zone := env.Now().Location()
	search := p.book.searched
	page.Load(p.scope, func(ctx context.Context) (string, error) {
		return env.Host.SaveFile(ctx, env.T("wallet.export.title"), name)
	}, func(path string, err error) {
		if err != nil && !page.Cancelled(err) {
			env.Fail(err)
		}
		if err != nil || path == "" {
			return
		}
		page.Do(p.scope, page.Action{Title: env.T("wallet.export.doing"), Text: env.T("wallet.export.reading")},
			func(ctx context.Context, say page.Say) (int, error) {
				return p.write(ctx, path, f, titles, words, zone, search, say)
			}, func(n int, err error) {
				switch {
				case page.Cancelled(err):
					env.Toast(look.Info, env.T("wallet.export.cancelled"))
				case err != nil:
					env.Fail(err)
				default:
					env.Toast(look.Success, env.N("wallet.export.done", n, "path", path))
				}
			})
	})
}

// write reads all movements and writes those that a filter lets through. It
// runs away from the UI thread.
func (p *Page) write(ctx context.Context, path string, f ledger.Filter, titles [ledger.Columns]string, words ledger.Words, zone *time.Location,
	search func(view.Movement) string, say page.Say) (int, error) {
	env := p.env
	all := ledger.New(search)
	for {
		part, err := env.Backend.History(ctx, view.Page{Skip: all.Len(), Limit: movesAtOnce})
		if err != nil {
			return 0, err
		}
		before := all.Len()
		all.Append(part)
		if all.Len() == before {
			break
		}
		say(env.N("wallet.export.read", all.Len()), -1)
	}
	var moves []view.Movement
	for _, i := range all.Find(f) {
		moves = append(moves, all.At(i))
	}
	say(env.T("wallet.export.writing"), 0.9)
	data, err := ledger.CSV(titles, moves, words, zone)
	if err != nil {
		return 0, fmt.Errorf("export the history: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return len(moves), env.Host.WriteFile(ctx, path, data)
}

// csvWords names things in the file as the window does.
func (p *Page) csvWords() ledger.Words {
	env := p.env
	return func(m view.Movement) (string, string, string) {
		return directionText(env, m.Direction), kindText(env, m), statusText(env, m.Status)
	}
}

func (p *Page) csvTitles() [ledger.Columns]string {
	t := p.env.T
	return [ledger.Columns]string{t("wallet.csv.time"), t("wallet.csv.direction"), t("wallet.csv.kind"), t("wallet.csv.state"),
		t("wallet.csv.amount"), t("wallet.csv.fee"), t("wallet.csv.bid"), t("wallet.csv.block"), t("wallet.csv.label"),
		t("wallet.csv.party"), t("wallet.csv.tx"), t("wallet.csv.job")}
}
