package explorer

import (
	"fmt"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// short cuts the middle out of a hash or an address.
func short(s string) string { return text.Short(s) }

var kindNames = map[string]text.Key{
	view.HitBlock: "explorer.kind.block", view.HitTx: "explorer.kind.tx", view.HitRecord: "explorer.kind.record",
	view.HitAddress: "explorer.kind.address", view.HitJob: "explorer.kind.job", view.HitDapp: "explorer.kind.dapp",
}

func kindName(e *page.Env, kind string) string {
	if k, ok := kindNames[kind]; ok {
		return e.T(k)
	}
	return kind
}

// chainNames name the virtual chains, a to e.
var chainNames = [types.NumChains]text.Key{"explorer.chain.a", "explorer.chain.b", "explorer.chain.c", "explorer.chain.d", "explorer.chain.e"}

// letter is a virtual chain's name.
func letter(i int) string { return string(rune('a' + i)) }

// chainColor is a virtual chain's colour in all pictures.
func chainColor(i int) fyne.ThemeColorName { return look.Series(i) }

var roleNames = map[string]text.Key{
	view.RoleProducer: "explorer.role.producer", view.RoleFoundation: "explorer.role.foundation", view.RoleDeveloper: "explorer.role.developer",
	view.RoleDappFund: "explorer.role.fund", view.RoleCredit: "explorer.role.credit", view.RoleAllocation: "explorer.role.allocation",
}

func roleName(e *page.Env, role string) string {
	if k, ok := roleNames[role]; ok {
		return e.T(k)
	}
	return role
}

// recordKinds name the kinds of transactions and records as the node has them.
var recordKinds = map[string]text.Key{
	"coinbase": "explorer.rec.coinbase", "payment": "explorer.rec.payment", "score report": "explorer.rec.scores", "advertisement": "explorer.rec.ad",
	"job post": "explorer.rec.job", "bid raise": "explorer.rec.raise", "completion": "explorer.rec.completion", "message": "explorer.rec.message",
	"dapp registration": "explorer.rec.dapp", "producer registration": "explorer.rec.producer", "equivocation evidence": "explorer.rec.evidence", "summary": "explorer.rec.summary",
}

func recordKind(e *page.Env, kind string) string {
	if k, ok := recordKinds[kind]; ok {
		return e.T(k)
	}
	return kind
}

// linkTo is a hash that leads somewhere, with a button that copies it.
func (s *section) linkTo(tab, ref string) fyne.CanvasObject {
	if ref == "" {
		return kit.Muted("–")
	}
	return kit.Row(kit.Link(short(ref), func() { s.open(tab, ref) }), s.env.Kit.Copy(ref))
}

// address is an address that leads to what is known about it.
func (s *section) address(a, name string) fyne.CanvasObject {
	if a == "" {
		return kit.Muted("–")
	}
	line := s.env.Kit.Address(a, name)
	line.OnTap = func() { s.open(page.ExplorerAddress, a) }
	return line
}

// number writes a count.
func (s *section) number(n int) string { return s.env.Text.Number(int64(n)) }

// sideName names a side block, such as 455d.
func sideName(height uint32, i int) string { return fmt.Sprintf("%d%s", height, letter(i)) }

// coins is an amount as charts draw it.
func coins(a types.Amount) float64 { return float64(a) / float64(types.Coin) }
