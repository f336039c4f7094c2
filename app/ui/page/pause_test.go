package page_test

import (
	"strings"
	"testing"
	"time"

	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view"
)

// Every reason is told in words, in both languages, with when it ends by itself.
func TestPause(t *testing.T) {
	kinds := []string{view.PauseOff, view.PauseSnooze, view.PauseHours, view.PauseInUse, view.PauseBattery, view.PauseCharge, view.PauseHot,
		view.PauseMetered, view.PauseBusy, view.PauseProgram, view.PauseDisk, view.PauseUnsynced}
	for _, language := range []string{"en", "zh"} {
		v := uitest.Wide()
		v.Language = language
		u := uitest.NewVariant(t, v)
		for _, kind := range kinds {
			for _, until := range []time.Time{{}, u.Env.Now().Add(time.Hour)} {
				got := u.Env.Pause(view.Pause{Kind: kind, Text: "raw", Value: "91 °C", Limit: "85 °C", Until: until})
				if got == "" || strings.Contains(got, "raw") || strings.ContainsAny(got, "{}") {
					t.Errorf("%s: %s is told as %q", language, kind, got)
				}
			}
		}
		if got := u.Env.Pause(view.Pause{Kind: "moon", Text: "the moon is full"}); got != "the moon is full" {
			t.Errorf("a kind of later is told as %q", got)
		}
	}
}

func TestTomorrow(t *testing.T) {
	for at, want := range map[string]string{"2026-11-21T22:00:00Z": "2026-11-22T06:00:00Z", "2026-11-21T02:00:00Z": "2026-11-21T06:00:00Z", "2026-11-21T05:30:00Z": "2026-11-22T06:00:00Z"} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := page.Tomorrow(now).Format(time.RFC3339); got != want {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
}
