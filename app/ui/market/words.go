package market

import (
	"strings"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

var intents = []string{view.IntentSell, view.IntentBuy, view.IntentService}

// intentName says what an advertisement is for.
func intentName(env *page.Env, intent string) string {
	switch intent {
	case view.IntentSell:
		return env.T("market.intent.sell")
	case view.IntentBuy:
		return env.T("market.intent.buy")
	case view.IntentService:
		return env.T("market.intent.service")
	}
	return intent
}

func intentTone(intent string) look.Tone {
	switch intent {
	case view.IntentSell:
		return look.Primary
	case view.IntentBuy:
		return look.Warn
	}
	return look.Info
}

// stateName says how an advertisement stands.
func stateName(env *page.Env, state string) (string, look.Tone) {
	switch state {
	case view.ListingWaiting:
		return env.T("market.state.waiting"), look.Warn
	case view.ListingShown:
		return env.T("market.state.shown"), look.Success
	case view.ListingWithdrawn:
		return env.T("market.state.withdrawn"), look.Muted
	case view.ListingOver:
		return env.T("market.state.over"), look.Muted
	}
	return state, look.Muted
}

// priceText is what is asked or offered.
func priceText(env *page.Env, a types.Amount) string {
	if a == 0 {
		return env.T("market.ask")
	}
	return env.Text.Amount(a)
}

// sellerName is how a seller is called.
func sellerName(env *page.Env, l view.Listing) string {
	switch {
	case l.Mine:
		return env.T("market.you")
	case l.SellerName != "":
		return l.SellerName
	}
	return text.Short(l.Seller)
}

// left tells how long an advertisement is still shown.
func left(env *page.Env, l view.Listing) string {
	switch {
	case l.State == view.ListingWaiting:
		return env.T("market.left.waiting")
	case l.Ends.IsZero():
		return ""
	case !l.Ends.After(env.Now()):
		return env.T("market.left.over")
	}
	return env.T("market.left", "time", env.Text.Duration(l.Ends.Sub(env.Now())))
}

// tags are the category and the languages in a line.
func tags(l view.Listing) string {
	all := append([]string{}, l.Languages...)
	if l.Category != "" {
		all = append([]string{l.Category}, all...)
	}
	return strings.Join(all, " · ")
}

// warning is something suspicious.
func warning(s string) fyne.CanvasObject { return kit.Hint(look.Warn, "", s, nil) }
