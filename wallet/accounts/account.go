package accounts

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/descriptor"
	"supercomputing/wallet/keys"
	"supercomputing/wallet/safetext"
)

// AccountID is a shared account's id: its descriptor's, so it is the same for
// all members.
type AccountID [32]byte

// String gives the id in hexadecimal.
func (id AccountID) String() string { return hex.EncodeToString(id[:]) }

const (
	// maxAccounts bounds the accounts here.
	maxAccounts = 64
	// maxKeyIndex bounds the search for which of our keys an account has.
	maxKeyIndex = 256
	maxName     = 64  // bytes of an account's or member's name
	maxLine     = 512 // bytes of a member's line
	rowVersion  = 1
)

// Role says what a network's file gives an account to do.
type Role byte

// The roles.
const (
	RoleNone       Role = iota
	RoleFoundation      // receives the foundation's share
	RoleFund            // authors the jobs that the compute fund pays
)

// Member is one signer of an account.
type Member struct {
	Key         string // key expression (BIP 380)
	Fingerprint [4]byte
	Address     types.Address // for messages; zero: not known
	Name        string
	Me          bool
}

// Account is what there is to tell about a shared account.
type Account struct {
	ID         AccountID
	Name       string
	Required   int
	MuSig2     bool
	Descriptor string // with its checksum
	Address    types.Address
	Role       Role
	Members    []Member
	Created    time.Time
	Balance    wallet.Balance
	Position   wallet.Position // how far its wallet has followed the chain
	Open       int             // open proposals
	ToSign     int             // of them waiting for us
	Warnings   []Warning       // of an import
	Problem    error           // ErrBroken, and then most is unknown, or ErrStored; nil: none
}

type contact struct {
	address types.Address
	name    string
}

// record is what is stored of an account; a value that never changes.
type record struct {
	name    string
	desc    *descriptor.Descriptor
	index   uint32    // of our key
	members []contact // by the order of the descriptor's keys
	created int64
}

// account is one that is open. Only record and damaged change, under
// Manager.mu.
type account struct {
	id     AccountID
	record *record
	me     int
	key    *keys.SharedAccount
	wallet *wallet.Wallet
	stop   func() // ends following the chain, and waits; nil before Run

	damaged []string // keys of its rows that do not decode
}

// source gives a descriptor's addresses to the account's wallet.
type source struct{ *descriptor.Descriptor }

// Address implements wallet.Addresses.
func (s source) Address(b keys.Branch, index uint32) (types.Address, error) {
	return s.Descriptor.Address(uint32(b), index)
}

// Witness implements wallet.Account.
func (s source) Witness() (sizes []int) {
	for _, item := range s.BlankWitness() {
		sizes = append(sizes, len(item))
	}
	return sizes
}

// MaxInputs implements wallet.Account: a PSBT with every member's nonces and
// signatures has to stay below maxPacket. An input has some 250 bytes, and of
// each member origin, nonce and signature.
func (s source) MaxInputs() int { return min(600, maxPacket/(300+420*len(s.Keys()))) }

func (r *record) encode() []byte {
	b := types.AppendBytes([]byte{rowVersion}, []byte(r.name))
	b = types.AppendBytes(b, []byte(r.desc.String()))
	b = types.AppendUint64(types.AppendUint32(b, r.index), uint64(r.created))
	b = types.AppendVarInt(b, uint64(len(r.members)))
	for _, m := range r.members {
		b = types.AppendBytes(append(b, m.address[:]...), []byte(m.name))
	}
	return b
}

func decodeRecord(value []byte) (*record, error) {
	r := types.NewReader(value)
	if v := r.Byte(); v != rowVersion {
		return nil, fmt.Errorf("%w: account of version %d", ErrStored, v)
	}
	rec := &record{name: r.Text(maxName)}
	text := r.Text(1 << 14)
	rec.index, rec.created = r.Uint32(), int64(r.Uint64())
	n := int(r.VarInt(16))
	for range n {
		rec.members = append(rec.members, contact{r.Address(), r.Text(maxName)})
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("%w: account: %v", ErrStored, err)
	}
	var err error
	if rec.desc, err = descriptor.Parse(text); err != nil {
		return nil, fmt.Errorf("%w: account: %v", ErrStored, err)
	}
	if len(rec.desc.Keys()) != n {
		return nil, fmt.Errorf("%w: account with %d members", ErrStored, n)
	}
	return rec, nil
}

// Line joins a member's key and address for the others.
func Line(key, prefix string, a types.Address) string {
	if a == (types.Address{}) {
		return key
	}
	return key + " " + types.EncodeAddress(prefix, a)
}

// MemberLine is what a member's line says. Only the key has to be there.
type MemberLine struct {
	Key     string
	Address types.Address
	Contact string // host:port list where the member is reached; checked as text only
}

// ParseLine reads a member's line: the key, and perhaps the address, and after
// it where the member is reached. It reports ErrLine.
func ParseLine(prefix, line string) (l MemberLine, err error) {
	fields := strings.Fields(line)
	if len(line) > maxLine || len(fields) == 0 || len(fields) > 3 {
		return l, fmt.Errorf("%w: %q", ErrLine, cut(line, 60))
	}
	l.Key = fields[0]
	if _, err := descriptor.ParseKey(l.Key); err != nil {
		return l, fmt.Errorf("%w: %w", ErrLine, err)
	}
	if len(fields) > 1 {
		if l.Address, err = types.DecodeAddress(prefix, fields[1]); err != nil {
			return l, fmt.Errorf("%w: %w", ErrLine, err)
		}
	}
	if len(fields) > 2 {
		if l.Contact = fields[2]; types.CheckText(l.Contact, types.MaxContact) != nil {
			return l, fmt.Errorf("%w: where the member is reached: %q", ErrLine, cut(l.Contact, 60))
		}
	}
	return l, nil
}

// fromLines makes an account of members' lines; required 0 stands for all, by
// MuSig2. The order of the lines does not matter.
func (m *Manager) fromLines(name string, required int, lines []string) (*record, error) {
	addresses := make(map[string]types.Address)
	var all []string
	for _, line := range lines {
		l, err := ParseLine(m.prefix, line)
		if err != nil {
			return nil, err
		}
		parsed, err := descriptor.ParseKey(l.Key)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrLine, err)
		}
		addresses[parsed.String()] = l.Address
		all = append(all, parsed.String())
	}
	slices.Sort(all)
	var d *descriptor.Descriptor
	var err error
	if required == 0 {
		d, err = descriptor.NewMuSig2(all)
	} else {
		d, err = descriptor.NewThreshold(required, all)
	}
	if err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	rec := &record{name: name, desc: d, created: m.clock().Unix()}
	for _, k := range d.Keys() {
		rec.members = append(rec.members, contact{address: addresses[k.String()]})
	}
	return rec, nil
}

const invitationHead = "shared account"

// invitation is the text that brings an account to a member who has nothing of
// it yet: a first line, the name, the descriptor, and the members' lines.
func (m *Manager) invitation(r *record) string {
	lines := []string{invitationHead, r.name, r.desc.String()}
	for i, k := range r.desc.Keys() {
		lines = append(lines, Line(k.String(), m.prefix, r.members[i].address))
	}
	return strings.Join(lines, "\n")
}

// fromInvitation reads an invitation, or a descriptor alone.
func (m *Manager) fromInvitation(text string) (*record, error) {
	if len(text) > 32<<10 {
		return nil, fmt.Errorf("%w: %d bytes", ErrInvitation, len(text))
	}
	lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(text, "\r", "")), "\n")
	rec := &record{created: m.clock().Unix()}
	if lines[0] == invitationHead {
		if len(lines) < 3 {
			return nil, fmt.Errorf("%w: %d lines", ErrInvitation, len(lines))
		}
		rec.name, lines = strings.TrimSpace(lines[1]), lines[2:]
	}
	var err error
	if rec.desc, err = descriptor.Parse(strings.TrimSpace(lines[0])); err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	rec.members = make([]contact, len(rec.desc.Keys()))
	for _, line := range lines[1:] {
		l, err := ParseLine(m.prefix, line)
		if err != nil {
			return nil, err
		}
		i, ok := rec.desc.Member(l.Key)
		if !ok {
			return nil, fmt.Errorf("%w: a line whose key is not in the descriptor", ErrInvitation)
		}
		rec.members[i].address = l.Address
	}
	return rec, nil
}

// ourKey finds which of our keys an account has. It needs an unlocked keystore.
func (m *Manager) ourKey(d *descriptor.Descriptor) (key *keys.SharedAccount, index uint32, member int, err error) {
	if d.Coin() != m.keys.CoinType() {
		return nil, 0, 0, fmt.Errorf("%w: coin type %d, not %d", ErrCoin, d.Coin(), m.keys.CoinType())
	}
	member = -1
	for _, k := range d.Keys() {
		if k.Account() >= maxKeyIndex {
			continue
		}
		s, err := m.keys.SharedAccount(k.Account())
		if err != nil {
			return nil, 0, 0, fmt.Errorf("accounts: %w", err)
		}
		i, ok := d.Member(s.Expression())
		switch {
		case !ok || i == member:
			continue
		case member >= 0: // with one of them, another would have to sign too
			return nil, 0, 0, fmt.Errorf("%w: members %d and %d are both this wallet", ErrInvitation, member+1, i+1)
		case d.Keys()[i].Fingerprint() != s.Fingerprint():
			return nil, 0, 0, fmt.Errorf("%w: this wallet's key stands in it with another fingerprint", ErrInvitation)
		}
		key, index, member = s, k.Account(), i
	}
	if key == nil {
		return nil, 0, 0, ErrNotMember
	}
	return key, index, member, nil
}

// checkAddresses refuses members' addresses by which letters would go astray:
// one of two members, ours of another, or another of ours, to which the others
// would write.
func (r *record) checkAddresses(me int, self types.Address) error {
	for i, c := range r.members {
		switch {
		case c.address.IsZero():
		case i == me && c.address != self:
			return fmt.Errorf("%w: the others would write to us at an address that is not ours", ErrInvitation)
		case i != me && c.address == self:
			return fmt.Errorf("%w: it gives our address to member %d", ErrInvitation, i+1)
		case r.memberOf(c.address) != i:
			return fmt.Errorf("%w: members %d and %d have one address", ErrInvitation, r.memberOf(c.address)+1, i+1)
		}
	}
	return nil
}

// twin says how an account cannot be told from one that is here: by its name,
// or because it is the same coins. Called with mu held.
func (m *Manager) twin(r *record, id AccountID) error {
	first, err := r.desc.Address(0, 0)
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	for _, a := range m.accounts {
		switch {
		case a.id == id:
		case a.address() == first:
			return fmt.Errorf("%w, written differently: %s", ErrExists, a.record.name)
		case safetext.Skeleton(a.record.name) == safetext.Skeleton(r.name):
			return fmt.Errorf("%w: another account has one that looks like it", ErrName)
		}
	}
	return nil
}

// checkName checks the name of an account or a member.
func checkName(name string) error {
	if len(name) > maxName {
		return fmt.Errorf("%w: a name of %d bytes, at most %d", ErrName, len(name), maxName)
	}
	if err := safetext.CheckName(name); err != nil {
		return fmt.Errorf("%w: %w", ErrName, err)
	}
	return nil
}

// memberOf gives the member that an address is known to be of, or -1.
func (r *record) memberOf(a types.Address) int {
	if a == (types.Address{}) {
		return -1
	}
	return slices.IndexFunc(r.members, func(c contact) bool { return c.address == a })
}

// findMember gives the member of a key expression or a fingerprint.
func (r *record) findMember(key string) (int, error) {
	found := -1
	for i, k := range r.desc.Keys() {
		f := k.Fingerprint()
		if k.String() != key && !strings.EqualFold(hex.EncodeToString(f[:]), key) {
			continue
		}
		if found >= 0 {
			return 0, fmt.Errorf("%w: several have fingerprint %s; name the whole key", ErrMember, key)
		}
		found = i
	}
	if found < 0 {
		return 0, fmt.Errorf("%w: %s", ErrMember, cut(key, 60))
	}
	return found, nil
}

// edit changes a copy of the record.
func (r *record) edit(fn func(*record)) *record {
	c := *r
	c.members = slices.Clone(r.members)
	fn(&c)
	return &c
}

func compareIDs(a, b AccountID) int { return bytes.Compare(a[:], b[:]) }
