package messages

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"supercomputing/chain/types"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/safetext"
)

// Contact is an entry of the address book.
type Contact struct {
	Address  types.Address
	Name     string
	Note     string
	Reach    string // host:port list: what was entered by hand, else what it told us
	Blocked  bool
	Online   bool
	Added    time.Time
	LastSeen time.Time // zero: never
	Warnings []string  // a name that looks like another's
}

// ContactChange adds or changes an entry. Fields that are nil stay.
type ContactChange struct {
	Address types.Address
	Name    *string
	Note    *string
	Reach   *string // "" goes back to what the other side tells
	Blocked *bool
}

func (r *ContactChange) check(self types.Address, prefix string) error {
	if r.Address == self || !r.Address.OnCurve() {
		return fmt.Errorf("%w: %v", ErrNobody, r.Address)
	}
	if r.Name != nil {
		if err := safetext.CheckName(*r.Name); err != nil {
			return fmt.Errorf("contact: %w", err)
		}
		if _, err := types.DecodeAddress(prefix, *r.Name); err == nil {
			return ErrNameAddress
		}
	}
	if r.Note != nil && types.CheckText(tidy(*r.Note), history.MaxNote) != nil {
		return fmt.Errorf("%w: at most %d bytes", ErrNote, history.MaxNote)
	}
	if r.Reach != nil && *r.Reach != "" {
		return checkReach(*r.Reach)
	}
	return nil
}

// checkTaken refuses a name that is, or looks like, another contact's: a message
// or a payment would go to the wrong one.
func checkTaken(db *history.DB, r *ContactChange) error {
	if r.Name == nil {
		return nil
	}
	looks := safetext.Skeleton(*r.Name)
	for p := range db.Peers() {
		if p.Contact && p.Name != "" && p.Address != r.Address && safetext.Skeleton(p.Name) == looks {
			return &NameTakenError{Name: *r.Name, Other: p.Name, Address: p.Address}
		}
	}
	return nil
}

// checkReach reads a host:port list; who dials looks closer.
func checkReach(s string) error {
	if types.CheckText(s, types.MaxContact) != nil || strings.ContainsAny(s, " \n") {
		return fmt.Errorf("%w: at most %d bytes, no spaces", ErrReach, types.MaxContact)
	}
	for part := range strings.SplitSeq(s, ",") {
		host, port, err := net.SplitHostPort(part)
		n, perr := strconv.ParseUint(port, 10, 16)
		if err != nil || perr != nil || host == "" || n == 0 {
			return fmt.Errorf("%w: %q", ErrReach, part)
		}
	}
	return nil
}

// PutContact adds or changes an entry of the address book. What a stranger of
// this address wrote before becomes an ordinary conversation. Who is only
// blocked has an entry while that lasts; unblocking restores what was before,
// and what came meanwhile stays apart. It reports a *NameTakenError.
func (c *Center) PutContact(r ContactChange) (Contact, error) {
	if err := r.check(c.opt.Self, c.opt.Prefix); err != nil {
		return Contact{}, err
	}
	var was history.Peer
	err := c.update(func(ch *change) error {
		if err := checkTaken(ch.db, &r); err != nil {
			return err
		}
		p := ch.peer(r.Address)
		stranger, entry := !p.Known(), r.Name != nil || r.Note != nil || r.Reach != nil
		switch {
		case !p.Contact && !entry && r.Blocked != nil && !*r.Blocked:
			return ErrNotContact // there is nothing to unblock
		case !p.Contact:
			p.Contact, p.Added, p.Listed = true, c.now().Unix(), !entry && r.Blocked != nil
		case entry:
			p.Listed = false
		}
		for _, f := range []struct {
			from *string
			to   *string
		}{{r.Name, &p.Name}, {r.Note, &p.Note}, {r.Reach, &p.Reach}} {
			if f.from != nil {
				*f.to = tidy(*f.from)
			}
		}
		if r.Blocked != nil && *r.Blocked != p.Blocked {
			p.Blocked = *r.Blocked
			p.Stranger = p.Blocked && stranger
		}
		if !p.Blocked && p.Listed { // as it was before
			p.Contact, p.Listed, p.Added = false, false, 0
		}
		was = *p
		ch.touch(r.Address)
		return nil
	})
	if err != nil {
		return Contact{}, err
	}
	c.retryNow(r.Address)
	if !was.Contact {
		return Contact{Address: r.Address}, nil
	}
	all, err := c.Contacts()
	if err != nil {
		return Contact{}, err
	}
	i := slices.IndexFunc(all, func(o Contact) bool { return o.Address == r.Address })
	if i < 0 {
		return Contact{}, ErrNotContact // deleted meanwhile
	}
	return all[i], nil
}

// DeleteContact removes an entry; its conversation stays. It also ends
// blocking; what came meanwhile stays apart.
func (c *Center) DeleteContact(a types.Address) error {
	return c.update(func(ch *change) error {
		if p := ch.look(a); !p.Contact {
			return ErrNotContact
		}
		p := ch.peer(a)
		p.Contact, p.Blocked, p.Stranger, p.Listed, p.Name, p.Note, p.Reach, p.Added = false, false, false, false, "", "", "", 0
		ch.touch(a)
		return nil
	})
}

// Contacts lists the address book by name.
func (c *Center) Contacts() ([]Contact, error) {
	var out []Contact
	var hub Direct
	var alike map[string][]string
	err := c.view(func(db *history.DB) error {
		hub, alike = c.direct, skeletons(db)
		for p := range db.Peers() {
			if !p.Contact {
				continue
			}
			k := Contact{Address: p.Address, Name: p.Name, Note: p.Note, Reach: p.Reach, Blocked: p.Blocked, Added: time.Unix(p.Added, 0)}
			if k.Reach == "" {
				k.Reach = p.Told
			}
			if p.LastSeen > 0 {
				k.LastSeen = time.Unix(p.LastSeen, 0)
			}
			out = append(out, k)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range out {
		k := &out[i]
		k.Online = hub != nil && hub.Online(k.Address)
		k.Warnings = nameWarnings(k.Name, alike)
	}
	slices.SortFunc(out, func(a, b Contact) int {
		if c := strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)); c != 0 {
			return c
		}
		return slices.Compare(a.Address[:], b.Address[:])
	})
	return out, nil
}

// skeletons gives the contacts' names by what they look like.
func skeletons(db *history.DB) map[string][]string {
	alike := make(map[string][]string)
	for p := range db.Peers() {
		if p.Contact && p.Name != "" {
			s := safetext.Skeleton(p.Name)
			alike[s] = append(alike[s], p.Name)
		}
	}
	return alike
}

func nameWarnings(name string, alike map[string][]string) []string {
	if name == "" {
		return nil
	}
	others := alike[safetext.Skeleton(name)]
	if len(others) < 2 {
		return nil
	}
	for _, o := range others {
		if o != name {
			return []string{fmt.Sprintf("this name looks like another contact's: %q", o)}
		}
	}
	return []string{"another contact has the same name"}
}

// ContactName is our name for an address, or "".
func (c *Center) ContactName(a types.Address) (name string) {
	err := c.view(func(db *history.DB) error { name = db.Peer(a).Name; return nil })
	c.warn("a contact's name cannot be read", err)
	return name
}

// Known reports whether an address is no stranger: a contact or somebody we wrote
// to, not blocked, or a member of an account of ours. While the keystore is
// locked only members are. It serves talk.Options.Known.
func (c *Center) Known(a types.Address) bool {
	if c.opt.Member != nil && c.opt.Member(a) {
		return true
	}
	known := false
	err := c.view(func(db *history.DB) error {
		p := db.Peer(a)
		known = p.Known() && !p.Blocked
		return nil
	})
	c.warn("who is known cannot be read", err)
	return known
}

// Reached is where correspondents may be told that this node is reached, "" when
// the settings say not to. It serves talk.Options.Reach.
func (c *Center) Reached() string {
	s, err := c.Settings()
	if err != nil || !s.ShareReach || c.opt.Reach == nil {
		return ""
	}
	if reach := c.opt.Reach(); types.CheckText(reach, types.MaxContact) == nil {
		return reach
	}
	return ""
}

// Correspondent is an address that is no stranger, and where it is reached.
type Correspondent struct {
	Address types.Address
	Contact string
}

// Correspondents gives all that are reached somewhere and not blocked, those
// seen last first.
func (c *Center) Correspondents() (out []Correspondent, err error) {
	seen := make(map[types.Address]int64)
	err = c.view(func(db *history.DB) error {
		for p := range db.Peers() {
			if at := contactOf(p); at != "" && p.Known() && !p.Blocked {
				out = append(out, Correspondent{p.Address, at})
				seen[p.Address] = p.LastSeen
			}
		}
		return nil
	})
	slices.SortFunc(out, func(a, b Correspondent) int {
		return cmp.Or(cmp.Compare(seen[b.Address], seen[a.Address]), slices.Compare(a.Address[:], b.Address[:]))
	})
	return out, err
}

// Introduce notes where an address is said to be reached by somebody else, such
// as who invites both to a shared account. What is known already, and what the
// address tells itself, counts more.
func (c *Center) Introduce(a types.Address, contact string) error {
	if a == c.opt.Self || !a.OnCurve() || contact == "" {
		return nil
	}
	if err := checkReach(contact); err != nil {
		return err
	}
	fresh := false
	err := c.update(func(ch *change) error {
		if p := ch.look(a); contactOf(&p) != "" || p.Blocked {
			return nil
		}
		ch.peer(a).Told, fresh = contact, true
		ch.touch(a)
		return nil
	})
	if err == nil && fresh {
		c.retryNow(a)
	}
	return err
}

// Settings tells who may write to us, and how.
func (c *Center) Settings() (s history.Settings, err error) {
	err = c.view(func(db *history.DB) error { s = db.Settings(); return nil })
	return s, err
}

// SetSettings changes that. What waits for an offline member of an account goes
// out when its price is allowed now.
func (c *Center) SetSettings(s history.Settings) error {
	for _, v := range []types.Amount{s.MinFee, s.AccountPrice} {
		if v < 0 || v > types.MaxAmount {
			return fmt.Errorf("%w: %v", ErrAmount, v)
		}
	}
	more := false
	err := c.update(func(ch *change) error {
		more = s.AccountPrice > ch.db.Settings().AccountPrice
		ch.batch.SetSettings(s)
		ch.touch(types.Address{})
		return nil
	})
	if err == nil && more {
		c.Wake()
	}
	return err
}
