package home

import (
	"testing"

	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view/viewtest"
)

func TestPictures(t *testing.T) {
	uitest.Each(t, func(t *testing.T, u *uitest.UI) {
		u.ShowPage(New(u.Env, page.Route{Page: page.Home}))
		u.NothingCut()
		u.Picture("home")
	})
}

func TestPictureFresh(t *testing.T) {
	uitest.Each(t, func(t *testing.T, u *uitest.UI) {
		u.Env.Backend = viewtest.Fresh()
		u.ShowPage(New(u.Env, page.Route{Page: page.Home}))
		u.NothingCut()
		u.Picture("home-fresh")
	})
}
