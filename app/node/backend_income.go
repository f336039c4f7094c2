package node

import (
	"context"
	"time"

	"supercomputing/app/view"
	"supercomputing/wallet"
)

const (
	usualDays = 30
	maxDays   = 366
	// maxZone is the farthest that a zone is from Greenwich, in seconds.
	maxZone = 14 * 3600
)

// Earnings implements view.Wallet.
func (n *Node) Earnings(_ context.Context, q view.EarningsQuery) (view.Earnings, error) {
	if err := n.needWallet(); err != nil {
		return view.Earnings{}, err
	}
	if q.Days == 0 {
		q.Days = usualDays
	}
	if q.Days < 1 || q.Days > maxDays {
		return view.Earnings{}, view.Errorf(view.CodeInvalid, "%d days: earnings are told for 1 to %d", q.Days, maxDays)
	}
	if q.Zone < -maxZone || q.Zone > maxZone {
		return view.Earnings{}, view.Errorf(view.CodeInvalid, "no zone is %d seconds from Greenwich", q.Zone)
	}
	days := newDays(time.Now(), q)
	return sumDays(days, n.wallet.Income(days[0].Start)), nil
}

// newDays are the newest days, today last. A zone of fixed distance has days of
// 24 hours.
func newDays(now time.Time, q view.EarningsQuery) []view.EarningsDay {
	y, m, d := now.In(time.FixedZone("", q.Zone)).Date()
	today := time.Date(y, m, d, 0, 0, 0, 0, time.FixedZone("", q.Zone)).UTC()
	days := make([]view.EarningsDay, q.Days)
	for i := range days {
		days[i].Start = today.Add(-time.Duration(len(days)-1-i) * 24 * time.Hour)
	}
	return days
}

// sumDays enters income into its days. A block's time may lie a little ahead of
// this machine's clock: it then belongs to today.
func sumDays(days []view.EarningsDay, income []wallet.Income) view.Earnings {
	out := view.Earnings{Days: days}
	for _, in := range income {
		if in.Time.Before(days[0].Start) {
			continue
		}
		d := &days[min(int(in.Time.Sub(days[0].Start)/(24*time.Hour)), len(days)-1)]
		switch in.Source {
		case "credit":
			d.Work += in.Amount
		case "producer":
			d.Blocks += in.Amount
		default:
			d.Other += in.Amount
		}
		d.Total += in.Amount
		out.Total += in.Amount
	}
	out.Today = days[len(days)-1].Total
	return out
}
