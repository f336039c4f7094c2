package node

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"strings"

	"supercomputing/app/view"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/nat"
	"supercomputing/wallet"
	"supercomputing/wallet/accounts"
	"supercomputing/wallet/descriptor"
	"supercomputing/wallet/messages"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/safetext"
)

// accountID reads an account's id.
func accountID(s string) (id accounts.AccountID, err error) {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != len(id) {
		return id, view.Errorf(view.CodeInvalid, "%q is not an account's id: 64 hexadecimal digits", s)
	}
	return accounts.AccountID(raw), nil
}

// accountFilter is accountID, with "" for all accounts.
func accountFilter(s string) (id accounts.AccountID, err error) {
	if s == "" {
		return id, nil
	}
	return accountID(s)
}

// AccountKey implements view.Accounts.
func (n *Node) AccountKey(context.Context) (view.AccountKey, error) {
	if err := n.needWallet(); err != nil {
		return view.AccountKey{}, err
	}
	key, line, err := n.accounts.Key()
	if err != nil {
		return view.AccountKey{}, explain(err)
	}
	if at := n.messages.Reached(); at != "" {
		line += " " + at
	}
	return view.AccountKey{Key: key, Address: n.identity(), Line: line}, nil
}

// CreateAccount implements view.Accounts.
func (n *Node) CreateAccount(ctx context.Context, req view.CreateAccountRequest) (view.Account, error) {
	if err := n.needWallet(); err != nil {
		return view.Account{}, err
	}
	if req.Required < 0 {
		return view.Account{}, view.Errorf(view.CodeInvalid, "%d members cannot be required to sign", req.Required)
	}
	reached, err := n.contactsIn(req.Members)
	if err != nil {
		return view.Account{}, err
	}
	a, err := n.accounts.Create(req.Name, req.Required, req.Members)
	if err != nil {
		return view.Account{}, explain(err)
	}
	n.meet(a, reached)
	var sent []view.Invitation
	if req.Invite {
		sent = n.invite(ctx, a)
	}
	v, err := n.account(a)
	v.Invitations = sent
	return v, err
}

// contactsIn reads where members are reached from their lines. What is no line
// is for package accounts to refuse.
func (n *Node) contactsIn(lines []string) (map[types.Address]string, error) {
	out := make(map[types.Address]string)
	for _, line := range lines {
		l, err := accounts.ParseLine(n.params.AddressPrefix, line)
		if err != nil || l.Contact == "" {
			continue
		}
		if _, err := nat.ParseContact(l.Contact); err != nil {
			return nil, view.Errorf(view.CodeInvalid, "a member's line ends with where its node is reached: %v", err).
				WithHint("that part may be left out")
		}
		out[l.Address] = l.Contact
	}
	return out, nil
}

// invite writes to the other members, and tells each where the others are
// reached: they have to sign together, and may never have met. The account is
// there whatever becomes of it: the descriptor can be given in any other way.
func (n *Node) invite(ctx context.Context, a accounts.Account) (sent []view.Invitation) {
	body := &envelope.Invitation{Descriptor: a.Descriptor, Name: a.Name}
	for _, m := range a.Members {
		e := envelope.Member{Fingerprint: m.Fingerprint, Address: m.Address}
		if m.Me {
			e.Contact = n.messages.Reached()
		} else if !m.Address.IsZero() {
			e.Contact = n.messages.ContactOf(m.Address)
		}
		if types.CheckText(e.Contact, types.MaxContact) != nil {
			e.Contact = ""
		}
		body.Members = append(body.Members, e)
	}
	for _, m := range a.Members {
		if m.Me {
			continue
		}
		known := n.member(m)
		v := view.Invitation{Address: known.Address, Name: known.Name}
		if v.Name == "" {
			v.Name = known.Fingerprint
		}
		if m.Address.IsZero() {
			v.Problem = "the member's address is not known"
		} else if msg, err := n.messages.Send(ctx, messages.Draft{To: m.Address, Body: body}); err != nil {
			n.log.Warn("a member could not be invited", "member", m.Address, "err", err)
			v.Problem = explain(err).Error()
		} else {
			v.Message = msg.Ref.String()
		}
		sent = append(sent, v)
	}
	return sent
}

// ImportAccount implements view.Accounts.
func (n *Node) ImportAccount(_ context.Context, req view.ImportAccountRequest) (view.Account, error) {
	if err := n.needWallet(); err != nil {
		return view.Account{}, err
	}
	if (req.Descriptor == "") == (req.Message == "") {
		return view.Account{}, view.Errorf(view.CodeInvalid, "give a descriptor or a message with an invitation")
	}
	text := req.Descriptor
	reached, err := n.contactsIn(strings.Split(text, "\n"))
	if err != nil {
		return view.Account{}, err
	}
	if req.Message != "" {
		b, err := n.invitation(req.Message)
		if err != nil {
			return view.Account{}, err
		}
		for _, m := range b.Members {
			reached[m.Address] = m.Contact
		}
		if req.Name == "" {
			req.Name = b.Name
		}
		if text, err = n.invitationText(b); err != nil {
			return view.Account{}, explain(err)
		}
	}
	a, err := n.accounts.Import(req.Name, text)
	if err != nil {
		return view.Account{}, explain(err)
	}
	n.meet(a, reached)
	return n.account(a)
}

// meet notes where the members of an account are said to be reached.
func (n *Node) meet(a accounts.Account, reached map[types.Address]string) {
	for _, m := range a.Members {
		if err := n.messages.Introduce(m.Address, reached[m.Address]); err != nil {
			n.log.Info("where a member is reached was not taken", "member", m.Address, "err", err)
		}
	}
}

func (n *Node) invitation(id string) (*envelope.Invitation, error) {
	ref, err := messageRef(id)
	if err != nil {
		return nil, err
	}
	m, err := n.messages.Message(ref)
	if err != nil {
		return nil, explain(err)
	}
	b, ok := m.Body.(*envelope.Invitation)
	if !ok {
		return nil, view.Errorf(view.CodeInvalid, "the message invites to no shared account")
	}
	return b, nil
}

// invitationText is an invitation as text: the descriptor, and a line for each
// member whose address is known.
func (n *Node) invitationText(b *envelope.Invitation) (string, error) {
	d, err := descriptor.Parse(b.Descriptor)
	if err != nil {
		return "", err
	}
	lines := []string{b.Descriptor}
	for i, k := range d.Keys() {
		// By their order, since two keys may have one fingerprint.
		if i < len(b.Members) && b.Members[i].Fingerprint == k.Fingerprint() && !b.Members[i].Address.IsZero() {
			lines = append(lines, accounts.Line(k.String(), n.params.AddressPrefix, b.Members[i].Address))
		}
	}
	return strings.Join(lines, "\n"), nil
}

// account describes an account. What it is credited but was not paid yet only
// the chain knows.
func (n *Node) account(a accounts.Account) (view.Account, error) {
	b := a.Balance
	v := view.Account{ID: a.ID.String(), Name: a.Name, Required: a.Required, MuSig2: a.MuSig2, Descriptor: a.Descriptor, Address: n.firstAddress(a),
		Members: []view.AccountMember{}, Warnings: accountWarnings(a), Open: a.Open, ToSign: a.ToSign, Balance: view.Balance{Total: b.Total, Spendable: b.Spendable, Pending: b.PendingIn,
			Immature: b.Immature, Frozen: b.Frozen, Height: a.Position.Height}}
	if a.Problem != nil {
		v.Problem = safetext.CleanLine(a.Problem.Error())
	}
	switch a.Role {
	case accounts.RoleFoundation:
		v.Role = view.AccountFoundation
	case accounts.RoleFund:
		v.Role = view.AccountFund
	}
	for _, m := range a.Members {
		v.Members = append(v.Members, n.member(m))
	}
	err := n.chain.View(func(_ consensus.State, rows consensus.Rows) (err error) {
		v.Balance.Credit, err = consensus.ReadCredit(rows, a.Address)
		return err
	})
	return v, explain(err)
}

// firstAddress is "" of an account of which nothing can be read.
func (n *Node) firstAddress(a accounts.Account) string {
	if a.Address.IsZero() {
		return ""
	}
	return n.addressText(a.Address)
}

func accountWarnings(a accounts.Account) (out []string) {
	for _, w := range a.Warnings {
		out = append(out, string(w))
	}
	return out
}

func (n *Node) member(m accounts.Member) view.AccountMember {
	v := view.AccountMember{Fingerprint: hex.EncodeToString(m.Fingerprint[:]), Key: m.Key, Name: m.Name, Me: m.Me}
	if !m.Address.IsZero() {
		v.Address = n.addressText(m.Address)
		v.Online = !m.Me && n.contact.hub.Online(m.Address)
		if v.Name == "" {
			v.Name = n.messages.ContactName(m.Address)
		}
	}
	return v
}

// Accounts implements view.Accounts.
func (n *Node) Accounts(context.Context) ([]view.Account, error) {
	if err := n.needWallet(); err != nil {
		return nil, err
	}
	out := []view.Account{}
	for _, a := range n.accounts.Accounts() {
		v, err := n.account(a)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (n *Node) accountOf(a accounts.Account, err error) (view.Account, error) {
	if err != nil {
		return view.Account{}, explain(err)
	}
	return n.account(a)
}

// Account implements view.Accounts.
func (n *Node) Account(_ context.Context, id string) (view.Account, error) {
	if err := n.needWallet(); err != nil {
		return view.Account{}, err
	}
	a, err := accountID(id)
	if err != nil {
		return view.Account{}, err
	}
	return n.accountOf(n.accounts.Account(a))
}

// EditAccount implements view.Accounts.
func (n *Node) EditAccount(_ context.Context, req view.EditAccountRequest) (view.Account, error) {
	if err := n.needWallet(); err != nil {
		return view.Account{}, err
	}
	id, err := accountID(req.ID)
	if err != nil {
		return view.Account{}, err
	}
	var address *types.Address
	if req.MemberAddress != nil {
		address = new(types.Address)
		if *req.MemberAddress != "" {
			if *address, err = n.parseAddress(*req.MemberAddress); err != nil {
				return view.Account{}, err
			}
		}
	}
	if (req.MemberName != nil || address != nil) && req.Member == "" {
		return view.Account{}, view.Errorf(view.CodeInvalid, "name the member by its key's fingerprint")
	}
	if req.Name != nil {
		if _, err := n.accounts.Rename(id, *req.Name); err != nil {
			return view.Account{}, explain(err)
		}
	}
	if req.Member != "" {
		if _, err := n.accounts.EditMember(id, req.Member, req.MemberName, address); err != nil {
			return view.Account{}, explain(err)
		}
	}
	return n.accountOf(n.accounts.Account(id))
}

// RemoveAccount implements view.Accounts.
func (n *Node) RemoveAccount(_ context.Context, id string) error {
	if err := n.needWallet(); err != nil {
		return err
	}
	a, err := accountID(id)
	if err != nil {
		return err
	}
	return explain(n.accounts.Remove(a))
}

// AccountAddress implements view.Accounts.
func (n *Node) AccountAddress(_ context.Context, id string) (view.AddressInfo, error) {
	if err := n.needWallet(); err != nil {
		return view.AddressInfo{}, err
	}
	a, err := accountID(id)
	if err != nil {
		return view.AddressInfo{}, err
	}
	fresh, err := n.accounts.NewAddress(a, "")
	if err != nil {
		return view.AddressInfo{}, explain(err)
	}
	return view.AddressInfo{Address: n.addressText(fresh)}, nil
}

// AccountHistory implements view.Accounts.
func (n *Node) AccountHistory(_ context.Context, id string, page view.Page) ([]view.Movement, error) {
	if err := n.needWallet(); err != nil {
		return nil, err
	}
	a, err := accountID(id)
	if err != nil {
		return nil, err
	}
	list, err := n.accounts.History(a, wallet.Query{Offset: max(page.Skip, 0), Limit: pageLimit(page.Limit)})
	if err != nil {
		return nil, explain(err)
	}
	out := []view.Movement{}
	for _, e := range list {
		m := n.movement(e)
		m.CanBump = false // its members sign each of its transactions
		if m.Label == "" {
			m.Label = n.proposedFor(e.TxID)
		}
		out = append(out, m)
	}
	return out, nil
}

// proposedFor is what a transaction was proposed for, "" when that is not known
// here. It is a label also where another member sent the transaction.
func (n *Node) proposedFor(tx types.Hash) string {
	p, err := n.accounts.Proposal(tx)
	if err != nil {
		return ""
	}
	return safetext.CleanLine(p.Note)
}

// Routines implements view.Accounts.
func (n *Node) Routines(_ context.Context, account string) ([]view.Routine, error) {
	if err := n.needWallet(); err != nil {
		return nil, err
	}
	id, err := accountFilter(account)
	if err != nil {
		return nil, err
	}
	out := []view.Routine{}
	for _, r := range n.accounts.Routines(id) {
		out = append(out, n.routine(r))
	}
	return out, nil
}

func (n *Node) routine(r accounts.Routine) view.Routine {
	v := view.Routine{ID: r.ID.String(), Account: r.Account.String(), Kind: view.RoutineSweep, Epochs: r.Epochs, Note: r.Note, Paused: r.Paused,
		Next: r.Next, Problem: r.Problem}
	if r.Last != (types.Hash{}) {
		v.Last = r.Last.String()
	}
	if r.Kind == accounts.RoutineSweep {
		v.To = n.addressText(r.To)
		return v
	}
	v.Kind = view.RoutineTask
	var spec jobSpec
	if json.Unmarshal(r.Job, &spec) == nil {
		v.Job = &spec.Job
	}
	return v
}

// PutRoutine implements view.Accounts.
func (n *Node) PutRoutine(_ context.Context, req view.Routine) (view.Routine, error) {
	if err := n.needWallet(); err != nil {
		return view.Routine{}, err
	}
	r := accounts.Routine{Epochs: req.Epochs, Note: req.Note, Paused: req.Paused}
	var err error
	if r.Account, err = accountID(req.Account); err != nil {
		return view.Routine{}, err
	}
	if req.ID != "" {
		if r.ID, err = routineID(req.ID); err != nil {
			return view.Routine{}, err
		}
	}
	switch {
	case req.Kind == view.RoutineSweep && req.Job == nil:
		r.Kind = accounts.RoutineSweep
		r.To, err = n.parseAddress(req.To)
	case req.Kind == view.RoutineTask && req.Job != nil && req.To == "":
		r.Kind = accounts.RoutineTask
		r.Job, err = n.jobSpec(r.Account, req.Job)
	default:
		err = view.Errorf(view.CodeInvalid, "a routine is a sweep with an address to sweep to, or a task with a job")
	}
	if err != nil {
		return view.Routine{}, err
	}
	if r, err = n.accounts.PutRoutine(r); err != nil {
		return view.Routine{}, explain(err)
	}
	return n.routine(r), nil
}

// jobSpec encodes a job of an account, checked as far as that goes before it
// is due.
func (n *Node) jobSpec(id accounts.AccountID, req *view.DownloadRequest) ([]byte, error) {
	a, err := n.accounts.Account(id)
	if err != nil {
		return nil, explain(err)
	}
	check := *req
	if _, err := n.checkAccountJob(&check); err != nil {
		return nil, explain(err)
	}
	raw, err := json.Marshal(jobSpec{Author: n.addressText(a.Address), Job: *req})
	return raw, err
}

func routineID(s string) (id accounts.RoutineID, err error) {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != len(id) {
		return id, view.Errorf(view.CodeInvalid, "%q is not a routine's id: %d hexadecimal digits", s, 2*len(id))
	}
	return accounts.RoutineID(raw), nil
}

// DeleteRoutine implements view.Accounts.
func (n *Node) DeleteRoutine(_ context.Context, id string) error {
	if err := n.needWallet(); err != nil {
		return err
	}
	r, err := routineID(id)
	if err != nil {
		return err
	}
	return explain(n.accounts.DeleteRoutine(r))
}
