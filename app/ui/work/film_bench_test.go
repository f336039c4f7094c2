package work

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"supercomputing/app/ui/look"
)

// BenchmarkFilm draws ten thousand frames, and BenchmarkData computes what is
// shown of them.
func BenchmarkFilm(b *testing.B) {
	app := test.NewTempApp(b)
	app.Settings().SetTheme(look.New(look.Options{Mode: look.ModeLight}))
	f := newFilm(nil)
	d := manyFrames(10_000)
	f.states = frameStates(d.Render.Frames)
	f.Resize(fyne.NewSize(724, f.HeightFor(724)))
	for b.Loop() {
		f.draw(724, int(f.HeightFor(724)))
	}
}

// BenchmarkData is the part that runs away from the UI thread.
func BenchmarkData(b *testing.B) {
	d := manyFrames(10_000)
	for b.Loop() {
		dataOf(d)
	}
}
