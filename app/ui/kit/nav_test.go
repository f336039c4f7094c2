package kit_test

import (
	"testing"

	"fyne.io/fyne/v2"
	fynecontainer "fyne.io/fyne/v2/container"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/uitest"
)

// In a narrow window the chosen tab is in view, also one that was chosen before
// there was a window.
func TestTabsReveal(t *testing.T) {
	u := uitest.NewVariant(t, uitest.Phone())
	bar := kit.Tabs([]string{"Overview", "Send", "Receive", "History", "Shared accounts", "Safety"}, 5, nil)
	u.Show(kit.Column(bar))
	scroll, ok := uitest.Find[*fynecontainer.Scroll](bar)
	if !ok {
		t.Fatal("no scroller")
	}
	end := scroll.Content.MinSize().Width - scroll.Size().Width
	if end <= 0 || scroll.Offset.X < end-1 {
		t.Errorf("the last tab: offset %v of %v", scroll.Offset.X, end)
	}
	bar.Select(0)
	if scroll.Offset != (fyne.Position{}) {
		t.Errorf("the first tab: offset %v", scroll.Offset)
	}
}
