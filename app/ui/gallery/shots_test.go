package gallery

import (
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view/viewtest"
)

// shot is one picture: a route, and what is tapped there.
type shot struct {
	name  string
	route page.Route
	taps  []text.Key
}

// shots are the pictures of the pages.
func shots() []shot {
	at := func(name, tab, ref string) page.Route { return page.Route{Page: name, Tab: tab, Ref: ref} }
	tomas := viewtest.Address("Tomás")
	return []shot{
		{name: "home", route: at(page.Home, "", "")},
		{name: "wallet", route: at(page.Wallet, "", "")},
		{name: "wallet-send", route: at(page.Wallet, page.WalletSend, tomas)},
		{name: "wallet-receive", route: at(page.Wallet, page.WalletReceive, "")},
		{name: "wallet-history", route: at(page.Wallet, page.WalletHistory, "")},
		{name: "wallet-tx", route: at(page.Wallet, page.WalletTx, viewtest.RenderJob())},
		{name: "wallet-coins", route: at(page.Wallet, page.WalletCoins, "")},
		{name: "wallet-shared", route: at(page.Wallet, page.WalletShared, "")},
		{name: "wallet-account", route: at(page.Wallet, page.WalletShared, viewtest.ID("account kite")[:16])},
		{name: "wallet-proposal", route: at(page.Wallet, page.WalletProposal, viewtest.ID("proposal lights")[:16])},
		{name: "wallet-contacts", route: at(page.Wallet, page.WalletContacts, "")},
		{name: "wallet-security", route: at(page.Wallet, page.WalletSecurity, "")},
		{name: "messages", route: at(page.Messages, "", "")},
		{name: "messages-chat", route: at(page.Messages, page.MessagesChat, tomas)},
		{name: "messages-requests", route: at(page.Messages, page.MessagesRequests, "")},
		{name: "messages-news", route: at(page.Messages, page.MessagesNews, "")},
		{name: "market", route: at(page.Market, "", "")},
		{name: "market-listing", route: at(page.Market, page.MarketListing, viewtest.ID("listing delta"))},
		{name: "market-post", route: at(page.Market, page.MarketPost, "")},
		{name: "market-mine", route: at(page.Market, page.MarketMine, "")},
		{name: "work", route: at(page.Work, "", "")},
		{name: "work-new", route: at(page.Work, page.WorkNew, "")},
		{name: "work-new-download", route: at(page.Work, page.WorkNew, "download")},
		{name: "work-new-render", route: at(page.Work, page.WorkNew, "render")},
		{name: "work-render", route: at(page.Work, page.WorkJob, viewtest.RenderJob())},
		{name: "work-download", route: at(page.Work, page.WorkJob, viewtest.DownloadJob())},
		{name: "work-waiting", route: at(page.Work, page.WorkJob, viewtest.WaitingJob())},
		{name: "work-done", route: at(page.Work, page.WorkJob, viewtest.DoneJob())},
		{name: "work-failed", route: at(page.Work, page.WorkJob, viewtest.FailedJob())},
		{name: "work-receipt", route: at(page.Work, page.WorkReceipt, viewtest.DoneJob())},
		{name: "contribute", route: at(page.Contribute, "", "")},
		{name: "contribute-dapps", route: at(page.Contribute, page.ContributeDapps, "")},
		{name: "contribute-limits", route: at(page.Contribute, page.ContributeLimits, "")},
		{name: "contribute-history", route: at(page.Contribute, page.ContributeHistory, "")},
		{name: "explorer", route: at(page.Explorer, "", "")},
		{name: "explorer-block", route: at(page.Explorer, page.ExplorerBlock, "48210")},
		{name: "explorer-tx", route: at(page.Explorer, page.ExplorerTx, viewtest.RenderJob())},
		{name: "explorer-address", route: at(page.Explorer, page.ExplorerAddress, tomas)},
		{name: "explorer-job", route: at(page.Explorer, page.ExplorerJob, viewtest.RenderJob())},
		{name: "explorer-dapp", route: at(page.Explorer, page.ExplorerDapp, "render")},
		{name: "explorer-seats", route: at(page.Explorer, page.ExplorerSeats, "")},
		{name: "explorer-totals", route: at(page.Explorer, page.ExplorerTotals, "")},
		{name: "settings", route: at(page.Settings, "", "")},
		{name: "settings-network", route: at(page.Settings, page.SettingsNetwork, "")},
		{name: "settings-storage", route: at(page.Settings, page.SettingsStorage, "")},
		{name: "settings-api", route: at(page.Settings, page.SettingsAPI, "")},
		{name: "settings-logs", route: at(page.Settings, page.SettingsLogs, "")},
		{name: "settings-about", route: at(page.Settings, page.SettingsAbout, "")},
	}
}
