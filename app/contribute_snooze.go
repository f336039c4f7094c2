package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"supercomputing/app/config"
	"supercomputing/app/view"
)

const snoozeLong = `No work for others for a while: for a time such as 1h or 30min, till tomorrow
at 7 o'clock, or till a time such as 18:30. “off” ends it. What is under way is
suspended and goes on later; after a few minutes it is handed back to who asked for
it, so that others can do it. It lasts over restarts.`

func (p *program) contributeSnooze() *cobra.Command {
	return &cobra.Command{
		Use: "snooze TIME|tomorrow|off", Short: "Not now: no work for others for a while", Long: snoozeLong, Args: exactly("TIME"),
		Example: "  supercomputing contribute snooze 1h\n  supercomputing contribute snooze tomorrow\n  supercomputing contribute snooze off",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (view.Contribution, error) {
			until, err := snoozeUntil(args[0], p.now())
			if err != nil {
				return view.Contribution{}, err
			}
			return b.Snooze(ctx, view.SnoozeRequest{Until: until})
		}, p.showContribution),
	}
}

// morning is when tomorrow begins for whoever says “till tomorrow” at night.
const morning = 7

// snoozeUntil reads until when there is to be no work; zero ends it.
func snoozeUntil(text string, now time.Time) (time.Time, error) {
	now = now.Local()
	y, m, d := now.Date()
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "off", "0":
		return time.Time{}, nil
	case "tomorrow":
		return time.Date(y, m, d+1, morning, 0, 0, 0, now.Location()), nil
	}
	if t, err := time.Parse("15:04", text); err == nil {
		at := time.Date(y, m, d, t.Hour(), t.Minute(), 0, 0, now.Location())
		if !at.After(now) {
			at = time.Date(y, m, d+1, t.Hour(), t.Minute(), 0, 0, now.Location())
		}
		return at, nil
	}
	span, err := config.ParseSpan(text)
	if err != nil || span <= 0 {
		return time.Time{}, fmt.Errorf("%q is not a time such as 1h, 18:30, tomorrow or off", text)
	}
	return now.Add(time.Duration(span)), nil
}
