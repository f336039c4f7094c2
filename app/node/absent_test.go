package node

import (
	"strings"
	"testing"

	"supercomputing/app/view"
	"supercomputing/chain/types"
	"supercomputing/wallet/accounts"
)

// TestAbsent: a proposal that waits for members who are away says for whom, and
// what would help.
func TestAbsent(t *testing.T) {
	const open, setting = accounts.StateOpen, "--account-price"
	me, online, away := view.AccountMember{Me: true, Name: "I"}, view.AccountMember{Name: "Ann", Online: true}, view.AccountMember{Fingerprint: "01020304"}
	states := func(s ...accounts.MemberState) (out []accounts.ProposalMember) {
		for _, s := range s {
			out = append(out, accounts.ProposalMember{State: s})
		}
		return out
	}
	for _, c := range []struct {
		name    string
		p       accounts.Proposal
		members []view.AccountMember
		price   types.Amount
		want    []string // parts of the text; none: nothing is said
	}{
		{"one is away", accounts.Proposal{State: open, Required: 3, Members: states("agreed", "agreed", "")},
			[]view.AccountMember{me, online, away}, 0, []string{"01020304", setting, "PSBT"}},
		{"away between the rounds", accounts.Proposal{State: open, Required: 2, Members: states("agreed", "agreed")},
			[]view.AccountMember{me, {Name: "Bob"}}, 0, []string{"Bob", setting}},
		{"paid for", accounts.Proposal{State: open, Required: 2, Members: states("agreed", "")},
			[]view.AccountMember{me, away}, types.Coin, []string{"over the chain", "1 SCC", "PSBT"}},
		{"signed before going", accounts.Proposal{State: open, Required: 2, Members: states("", "signed")}, []view.AccountMember{me, away}, 0, nil},
		{"enough without", accounts.Proposal{State: open, Required: 2, Members: states("signed", "", "")}, []view.AccountMember{me, online, away}, 0, nil},
		{"who is there declined", accounts.Proposal{State: open, Required: 2, Members: states("signed", "declined", "")},
			[]view.AccountMember{me, online, away}, 0, []string{setting}},
		{"we have yet to sign", accounts.Proposal{State: open, Required: 2, CanSign: true, Members: states("", "")}, []view.AccountMember{me, away}, 0, nil},
		{"over", accounts.Proposal{State: accounts.StateExpired, Required: 2, Members: states("signed", "")}, []view.AccountMember{me, away}, 0, nil},
	} {
		got := absent(c.p, c.members, c.price)
		if (got == "") != (len(c.want) == 0) {
			t.Errorf("%s: %q", c.name, got)
		}
		for _, s := range c.want {
			if !strings.Contains(got, s) {
				t.Errorf("%s: %q lacks %q", c.name, got, s)
			}
		}
		if c.price > 0 && strings.Contains(got, setting) {
			t.Errorf("%s: %q advises what is set", c.name, got)
		}
	}
}
