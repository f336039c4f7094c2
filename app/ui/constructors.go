package ui

import (
	"supercomputing/app/ui/contribute"
	"supercomputing/app/ui/explorer"
	"supercomputing/app/ui/home"
	"supercomputing/app/ui/market"
	"supercomputing/app/ui/messages"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/settings"
	"supercomputing/app/ui/wallet"
	"supercomputing/app/ui/work"
)

// Pages are the constructors of all pages.
func Pages() map[string]Constructor {
	return map[string]Constructor{
		page.Home:       home.New,
		page.Wallet:     wallet.New,
		page.Messages:   messages.New,
		page.Market:     market.New,
		page.Work:       work.New,
		page.Contribute: contribute.New,
		page.Explorer:   explorer.New,
		page.Settings:   settings.New,
	}
}
