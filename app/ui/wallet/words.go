package wallet

import (
	"strings"
	"time"

	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// kindWords name the kinds of movement.
func kindWords() map[string]text.Key {
	return map[string]text.Key{
		"received":                              "wallet.kind.received",
		"sent":                                  "wallet.kind.sent",
		"moved":                                 "wallet.kind.moved",
		"income":                                "wallet.kind.income",
		"genesis":                               "wallet.kind.genesis",
		types.KindScoreReport.String():          "wallet.kind.scores",
		types.KindEquivocation.String():         "wallet.kind.evidence",
		types.KindAdvertisement.String():        "wallet.kind.ad",
		types.KindJobPost.String():              "wallet.kind.job",
		types.KindBidRaise.String():             "wallet.kind.raise",
		types.KindCompletion.String():           "wallet.kind.completion",
		types.KindDappRegistration.String():     "wallet.kind.dapp",
		types.KindProducerRegistration.String(): "wallet.kind.producer",
		types.KindMessage.String():              "wallet.kind.message",
	}
}

// kindText names a movement's kind; one that is not known as the node does.
func kindText(env *page.Env, m view.Movement) string {
	if key, ok := kindWords()[m.Kind]; ok {
		return env.T(key)
	}
	return m.Kind
}

// kindIcon is the icon of a movement.
func kindIcon(m view.Movement) (string, look.Tone) {
	switch m.Kind {
	case "received", "genesis":
		return "call_received", look.Success
	case "income":
		return "volunteer_activism", look.Success
	case "sent":
		return "call_made", look.Primary
	case "moved":
		return "swap_horiz", look.Info
	case types.KindMessage.String():
		return "chat", look.Primary
	case types.KindAdvertisement.String():
		return "storefront", look.Primary
	case types.KindJobPost.String(), types.KindBidRaise.String(), types.KindCompletion.String(), types.KindScoreReport.String():
		return "work", look.Primary
	}
	return "receipt_long", look.Primary
}

// directionText names a direction.
func directionText(env *page.Env, direction string) string {
	switch direction {
	case view.DirectionIn:
		return env.T("wallet.direction.in")
	case view.DirectionOut:
		return env.T("wallet.direction.out")
	}
	return env.T("wallet.direction.self")
}

// statusText names a movement's state.
func statusText(env *page.Env, status string) string {
	switch status {
	case view.MovePending:
		return env.T("wallet.state.pending")
	case view.MoveConfirmed:
		return env.T("wallet.state.confirmed")
	case view.MoveReplaced:
		return env.T("wallet.state.replaced")
	case view.MoveConflicted:
		return env.T("wallet.state.conflicted")
	case view.MoveAbandoned:
		return env.T("wallet.state.abandoned")
	}
	return status
}

func statusTone(status string) look.Tone {
	switch status {
	case view.MoveConfirmed:
		return look.Success
	case view.MovePending:
		return look.Warn
	}
	return look.Danger
}

// failed tells a movement that moved nothing in the end.
func failed(m view.Movement) bool {
	return m.Status != view.MoveConfirmed && m.Status != view.MovePending
}

// moveTitle is what a movement is called in a list: the owner's label, else
// whom it was with, else its kind.
func (b *book) moveTitle(m view.Movement) string {
	if m.Label != "" {
		return m.Label
	}
	kind := kindText(b.env, m)
	if len(m.Parties) == 0 || m.Kind != "received" && m.Kind != "sent" {
		return kind
	}
	who := b.partyName(m.Parties[0])
	if who == "" {
		who = text.Short(m.Parties[0].Address)
	}
	key := text.Key("wallet.move.to")
	if m.Direction == view.DirectionIn {
		key = "wallet.move.from"
	}
	if n := len(m.Parties) - 1; n > 0 {
		who = b.env.N("wallet.move.more", n, "who", who)
	}
	return b.env.T(key, "who", who)
}

// partyName names a movement's other side, "" when it has no name.
func (b *book) partyName(p view.Party) string {
	switch p.Source {
	case "":
	case "producer":
		return b.env.T("wallet.source.producer")
	case "credit":
		return b.env.T("wallet.source.credit")
	case "developer":
		return b.env.T("wallet.source.developer")
	case "foundation":
		return b.env.T("wallet.source.foundation")
	case "dapp fund":
		return b.env.T("wallet.source.fund")
	default:
		return p.Source
	}
	if name := b.name(p.Address); name != "" {
		return name
	}
	return p.Label
}

// moveAmount is a movement's amount with its sign.
func (b *book) moveAmount(m view.Movement) (string, look.Tone) {
	switch {
	case failed(m):
		return b.env.Text.Amount(m.Amount), look.Muted
	case m.Direction == view.DirectionIn:
		return b.env.Text.Signed(m.Amount, true), look.Success
	}
	return b.env.Text.Signed(m.Amount, false), look.Plain
}

// waitText says about how long something takes.
func waitText(env *page.Env, seconds int64) string {
	if seconds < 60 {
		return env.N("wallet.wait.seconds", int(max(1, seconds)))
	}
	return env.N("wallet.wait.minutes", int((seconds+30)/60))
}

// rateText shows a fee rate.
func rateText(env *page.Env, rate int64) string {
	return env.T("wallet.rate", "rate", env.Text.Number(rate))
}

// blockWait is about how long so many blocks take.
func (b *book) blockWait(blocks uint32) time.Duration {
	if b.rates == nil {
		return 0
	}
	return time.Duration(int64(blocks)*b.rates.BlockSeconds) * time.Second
}

// grouped writes an address in groups of four, for comparing by eye.
func grouped(address string) string {
	var b strings.Builder
	for i, r := range address {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
