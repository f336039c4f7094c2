package work

import (
	"os"
	"testing"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view/viewtest"
)

// open shows a route of the page.
func open(t *testing.T, u *uitest.UI, r page.Route) *Page {
	t.Helper()
	if u.Env.Host == nil {
		u.Env.Host = &fakeHost{file: "/home/lena/Work/blocks-the-film.mp4", folder: "/home/lena/Work", save: "/home/lena/receipt"}
	}
	r.Page = page.Work
	p := New(u.Env, r).(*Page)
	u.ShowPage(p)
	return p
}

// picture draws the window when pictures are wanted.
func picture(u *uitest.UI, name string) {
	if os.Getenv(uitest.PicturesVar) != "" {
		u.Picture(name)
	}
}

// TestLooks draws every view in every look; nothing may be cut.
func TestLooks(t *testing.T) {
	views := map[string]page.Route{
		"work-jobs":     {},
		"work-board":    {Tab: tabBoard},
		"work-download": {Tab: page.WorkNew, Ref: dappDownload, Args: "/home/lena/Work/blocks-the-film.mp4"},
		"work-render":   {Tab: page.WorkNew, Ref: dappRender, Args: "/home/lena/Work/lighthouse.blend"},
		"work-swarm":    {Tab: page.WorkJob, Ref: viewtest.DownloadJob()},
		"work-film":     {Tab: page.WorkJob, Ref: viewtest.RenderJob()},
		"work-waiting":  {Tab: page.WorkJob, Ref: viewtest.WaitingJob()},
		"work-done":     {Tab: page.WorkJob, Ref: viewtest.DoneJob()},
		"work-failed":   {Tab: page.WorkJob, Ref: viewtest.FailedJob()},
		"work-receipt":  {Tab: page.WorkReceipt, Ref: viewtest.RenderJob()},
	}
	for name, r := range views {
		t.Run(name, func(t *testing.T) {
			uitest.Each(t, func(t *testing.T, u *uitest.UI) {
				open(t, u, r)
				u.NothingCut()
				picture(u, name)
			})
		})
	}
}

// TestWizardLooks draws the later steps of the wizards.
func TestWizardLooks(t *testing.T) {
	uitest.Each(t, func(t *testing.T, u *uitest.UI) {
		for name, r := range map[string]page.Route{
			"download": {Tab: page.WorkNew, Ref: dappDownload, Args: "/home/lena/Work/blocks-the-film.mp4"},
			"render":   {Tab: page.WorkNew, Ref: dappRender, Args: "/home/lena/Work/lighthouse.blend"},
		} {
			open(t, u, r)
			next := u.Env.T("work.next")
			u.Tap(next)
			u.NothingCut()
			picture(u, "work-"+name+"-2")
			if name == "render" {
				u.Tap(u.Env.T("work.try"))
			} else {
				u.Tap(next)
			}
			u.NothingCut()
			picture(u, "work-"+name+"-3")
			u.Tap(next)
			u.NothingCut()
			picture(u, "work-"+name+"-4")
		}
	})
}

// TestDialogLooks draws the dialogs of a job's page.
func TestDialogLooks(t *testing.T) {
	uitest.Each(t, func(t *testing.T, u *uitest.UI) {
		p := open(t, u, jobRoute(viewtest.DownloadJob()))
		j := p.now.(*jobPage)
		for name, show := range map[string]func(){"work-raise": j.raise, "work-end": j.end, "work-link": j.link, "work-label": j.label, "work-receipt-sheet": j.showReceipt} {
			show()
			u.Drain()
			u.NothingCut()
			picture(u, name)
			u.Key(fyne.KeyEscape)
			if top := u.Window.Canvas().Overlays().Top(); top != nil {
				u.Window.Canvas().Unfocus()
				u.Key(fyne.KeyEscape)
			}
		}
	})
}
