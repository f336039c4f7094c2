package viewtest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// Now is the time at which the fixture's world stands.
func Now() time.Time { return time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC) }

// The fixture's chain.
const (
	prefix      = "tsc"
	tip         = 48_213
	blockTime   = 20 * time.Second
	blockGap    = int64(blockTime / time.Second)
	epochBlocks = 4_320
)

// Address is the address of a person of the fixture, by name: a valid one.
func Address(name string) string {
	for i := 0; ; i++ {
		a := types.Address(sha256.Sum256(fmt.Appendf(nil, "%s %d", name, i)))
		if a.OnCurve() {
			return types.EncodeAddress(prefix, a)
		}
	}
}

// ID is a hash of the fixture, by name: of a transaction, a block, a job.
func ID(name string) string {
	h := sha256.Sum256([]byte("id " + name))
	return hex.EncodeToString(h[:])
}

// Me is the owner's identity.
func Me() string { return Address("me") }

// DownloadJob is the id of an open download job of the owner.
func DownloadJob() string { return ID("job film") }

// RenderJob is the id of an open render job of the owner, 17 of 48 frames done.
func RenderJob() string { return ID("job animation") }

// WaitingJob is the id of a job of the owner that waits for a block.
func WaitingJob() string { return ID("job dataset") }

// DoneJob is the id of a job of the owner that is complete.
func DoneJob() string { return ID("job poster") }

// FailedJob is the id of a job of the owner that ended with nothing done.
func FailedJob() string { return ID("job teapot") }

// coin makes an amount of "12.5".
func coin(s string) types.Amount {
	a, err := types.ParseAmount(s)
	if err != nil {
		panic(err) // written in this package
	}
	return a
}

func ago(d time.Duration) time.Time { return Now().Add(-d) }

func heightAt(t time.Time) uint32 { return uint32(tip - int64(Now().Sub(t)/blockTime)) }

func timeOf(height uint32) time.Time { return ago(time.Duration(tip-int64(height)) * blockTime) }

// cut gives the part of a list that a page asks for; 0 stands for limit.
func cut[T any](list []T, p view.Page, limit int) []T {
	if p.Limit > 0 {
		limit = p.Limit
	}
	from := min(p.Skip, len(list))
	return list[from:min(from+limit, len(list))]
}

// reply answers a method from its argument.
func reply[A any](f *Fake, method string, fn func(A) (any, error)) {
	f.Reply(method, func(args string) (any, error) {
		var a A
		if args != "" {
			if err := json.Unmarshal([]byte(args), &a); err != nil {
				return nil, fmt.Errorf("argument of %s: %w", method, err)
			}
		}
		return fn(a)
	})
}

func (f *Fake) must(method string, v any) {
	if err := f.Answer(method, v); err != nil {
		panic(err) // a view model always encodes
	}
}

var errNothing = view.Errorf(view.CodeNotFound, "nothing was found under that name").WithHint("check it, or search for a part of it")

// Fixture is a Backend with a world to look at: a person's wallet with some
// months behind it, jobs in every state, friends, a market, blocks. It is the
// same each time. Tests change it with Answer, Reply and Fail.
func Fixture() *Fake {
	f := &Fake{}
	fillNetwork(f)
	fillWallet(f)
	fillJobs(f)
	fillRender(f)
	fillContribution(f)
	fillChain(f)
	fillMessages(f)
	fillMarket(f)
	fillNews(f)
	fillAccounts(f)
	fillDapps(f)
	fillOwner(f)
	return f
}

// Fresh is the Backend of a new wallet: nothing came, nothing was done.
func Fresh() *Fake {
	f := Fixture()
	s := status()
	s.Unread, s.Producer = view.Unread{}, view.Producing{Why: "the wallet is not registered as a producer"}
	s.Contribution = view.ContributionStatus{Why: "contributing is switched off"}
	f.must("Status", s)
	f.must("Balance", view.Balance{Height: tip})
	reply(f, "Earnings", func(q view.EarningsQuery) (any, error) { return earnings(q, false), nil })
	f.must("History", []view.Movement{})
	f.must("Addresses", []view.AddressInfo{{Address: Me(), Identity: true, Path: "m/86'/1'/0'/0/0"}})
	f.must("Coins", []view.Coin{})
	f.must("Jobs", []view.Job{})
	c := contribution()
	c.Settings.Enabled, c.Work, c.DiskUsed, c.Earned, c.Credit = false, []view.Work{}, 0, 0, 0
	c.Status = s.Contribution
	c.Pauses = []view.Pause{{Kind: view.PauseOff, Text: "contributing is switched off"}}
	for i := range c.Dapps {
		c.Dapps[i].Jobs, c.Dapps[i].Earned = 0, 0
	}
	f.must("Contribution", c)
	for _, method := range []string{"Conversations", "Messages", "Contacts", "Accounts", "Proposals", "Routines"} {
		f.must(method, []struct{}{})
	}
	f.must("Listings", []view.Listing{})
	f.must("FeaturedListing", (*view.Listing)(nil))
	f.must("News", []view.NewsPost{})
	f.must("Rewards", view.Rewards{Address: Me(), Height: tip, Epoch: tip / epochBlocks, SeatsOf: 1001})
	return f
}
