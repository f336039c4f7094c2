package envelope

import (
	"fmt"
	"strings"

	"supercomputing/chain/types"
)

func appendText(b []byte, s string) []byte { return types.AppendBytes(b, []byte(s)) }

func malformed(r *types.Reader, format string, args ...any) {
	r.Fail(fmt.Errorf("%w: %s", types.ErrMalformed, fmt.Sprintf(format, args...)))
}

// Text is a plain message: length and text.
type Text struct{ Text string }

// Kind implements Body.
func (*Text) Kind() Kind { return KindText }

// Words implements Body.
func (t *Text) Words() string { return t.Text }

func (t *Text) append(b []byte) []byte { return appendText(b, t.Text) }

func readText(r *types.Reader) *Text {
	t := &Text{r.Text(MaxText)}
	if t.Text == "" {
		malformed(r, "empty text")
	}
	return t
}

// Payment asks for a payment: amount, address, expiry, title, text.
type Payment struct {
	Amount  types.Amount
	Address types.Address // to pay to
	Expires int64         // unix seconds; 0: never
	Title   string
	Text    string
}

// Kind implements Body.
func (*Payment) Kind() Kind { return KindPayment }

// Words implements Body.
func (p *Payment) Words() string { return p.Text }

func (p *Payment) append(b []byte) []byte {
	b = append(types.AppendAmount(b, p.Amount), p.Address[:]...)
	return appendText(appendText(types.AppendUint64(b, uint64(p.Expires)), p.Title), p.Text)
}

// readPayment refuses what would lose the payer's coins: an address that
// nobody can spend from.
func readPayment(r *types.Reader) *Payment {
	p := &Payment{Amount: r.Amount(), Address: r.Address(), Expires: int64(r.Uint64()), Title: r.Text(MaxTitle), Text: r.Text(MaxText)}
	if r.Err() == nil && (p.Amount == 0 || p.Expires < 0 || !p.Address.OnCurve()) {
		malformed(r, "payment request")
	}
	return p
}

// Job points at a job on the board: id, title, text.
type Job struct {
	ID    types.Hash
	Title string // as the sender calls it
	Text  string
}

// Kind implements Body.
func (*Job) Kind() Kind { return KindJob }

// Words implements Body.
func (j *Job) Words() string { return j.Text }

func (j *Job) append(b []byte) []byte {
	return appendText(appendText(append(b, j.ID[:]...), j.Title), j.Text)
}

// Listing points at an advertisement: id of its transaction, title, text.
type Listing struct {
	ID    types.Hash
	Title string // as the sender calls it
	Text  string
}

// Kind implements Body.
func (*Listing) Kind() Kind { return KindListing }

// Words implements Body.
func (l *Listing) Words() string { return l.Text }

func (l *Listing) append(b []byte) []byte {
	return appendText(appendText(append(b, l.ID[:]...), l.Title), l.Text)
}

// File announces a file that follows over the direct way: size, SHA-256, name,
// text.
type File struct {
	Size int64
	Sum  [32]byte
	Name string // as the sender calls it: not safe as a path
	Text string
}

// Kind implements Body.
func (*File) Kind() Kind { return KindFile }

// Words implements Body.
func (f *File) Words() string { return f.Text }

func (f *File) append(b []byte) []byte {
	b = append(types.AppendUint64(b, uint64(f.Size)), f.Sum[:]...)
	return appendText(appendText(b, f.Name), f.Text)
}

func readFile(r *types.Reader) *File {
	f := &File{Size: int64(r.Uint64())}
	r.Copy(f.Sum[:])
	f.Name, f.Text = r.Text(MaxName), r.Text(MaxText)
	if f.Size < 0 || f.Size > MaxFile {
		malformed(r, "file of %d bytes", f.Size)
	}
	return f
}

// Magnet points at a larger file: claimed size, link, name, text.
type Magnet struct {
	Size int64
	Link string
	Name string
	Text string
}

// Kind implements Body.
func (*Magnet) Kind() Kind { return KindMagnet }

// Words implements Body.
func (m *Magnet) Words() string { return m.Text }

func (m *Magnet) append(b []byte) []byte {
	return appendText(appendText(appendText(types.AppendUint64(b, uint64(m.Size)), m.Link), m.Name), m.Text)
}

func readMagnet(r *types.Reader) *Magnet {
	m := &Magnet{Size: int64(r.Uint64()), Link: r.Text(MaxLink), Name: r.Text(MaxName), Text: r.Text(MaxText)}
	// A link of another kind would send the receiver's click elsewhere.
	if m.Size < 0 || m.Size > MaxFileSize || !strings.HasPrefix(m.Link, "magnet:?") {
		malformed(r, "magnet link")
	}
	return m
}

// Member is one key of an account and who holds it: fingerprint, address,
// contact. Members may never have written to each other, so the one who invites
// tells each where the others are reached, as far as it knows.
type Member struct {
	Fingerprint [4]byte // BIP 32, of the key in the descriptor
	Address     types.Address
	Contact     string // host:port list; "" when it is not known
}

// Invitation asks to join a shared account: descriptor, name, count and
// members, text.
type Invitation struct {
	Descriptor string
	Name       string
	Members    []Member
	Text       string
}

// Kind implements Body.
func (*Invitation) Kind() Kind { return KindInvitation }

// Words implements Body.
func (i *Invitation) Words() string { return i.Text }

func (i *Invitation) append(b []byte) []byte {
	b = types.AppendVarInt(appendText(appendText(b, i.Descriptor), i.Name), uint64(len(i.Members)))
	for _, m := range i.Members {
		b = appendText(append(append(b, m.Fingerprint[:]...), m.Address[:]...), m.Contact)
	}
	return appendText(b, i.Text)
}

func readInvitation(r *types.Reader) *Invitation {
	i := &Invitation{Descriptor: r.Text(MaxDescr), Name: r.Text(MaxTitle)}
	for n := r.VarInt(MaxMembers); n > 0 && r.Err() == nil; n-- {
		var m Member
		r.Copy(m.Fingerprint[:])
		m.Address, m.Contact = r.Address(), r.Text(types.MaxContact)
		i.Members = append(i.Members, m)
	}
	i.Text = r.Text(MaxText)
	if i.Descriptor == "" {
		malformed(r, "invitation without descriptor")
	}
	return i
}

// Account is what shared accounts of two members tell each other, opaque here:
// the id of the account message before it to the same member, and the payload.
// After lets the receiver keep the order when ways overtake each other.
type Account struct {
	After   ID // zero: nothing, or it is not known
	Payload []byte
}

// Kind implements Body.
func (*Account) Kind() Kind { return KindAccount }

// Words implements Body.
func (*Account) Words() string { return "" }

func (a *Account) append(b []byte) []byte {
	return types.AppendBytes(append(b, a.After[:]...), a.Payload)
}

func readAccount(r *types.Reader) *Account {
	a := new(Account)
	r.Copy(a.After[:])
	if a.Payload = r.Bytes(MaxAccount); len(a.Payload) == 0 {
		malformed(r, "empty account message")
	}
	return a
}

// Part is a piece of an Account message that goes over the chain: its id, the
// one before it, index, count, bytes of its payload.
type Part struct {
	Whole ID // of the Account message
	After ID
	Index int
	Count int
	Data  []byte
}

// Kind implements Body.
func (*Part) Kind() Kind { return KindPart }

// Words implements Body.
func (*Part) Words() string { return "" }

func (p *Part) append(b []byte) []byte {
	b = append(append(b, p.Whole[:]...), p.After[:]...)
	return types.AppendBytes(append(b, byte(p.Index), byte(p.Count)), p.Data)
}

func readPart(r *types.Reader) *Part {
	p := new(Part)
	r.Copy(p.Whole[:])
	r.Copy(p.After[:])
	p.Index, p.Count = int(r.Byte()), int(r.Byte())
	p.Data = r.Bytes(MaxPart)
	if p.Count < 1 || p.Count > MaxParts || p.Index >= p.Count || len(p.Data) == 0 {
		malformed(r, "part %d of %d", p.Index, p.Count)
	}
	return p
}

// Split cuts an account message into parts of at most size bytes (at most
// MaxPart) each. The parts have no ids yet.
func Split(id ID, a *Account, size int) ([]*Part, error) {
	size = min(size, MaxPart)
	count := (len(a.Payload) + size - 1) / size
	if count > MaxParts {
		return nil, fmt.Errorf("%w: %d parts", ErrInvalid, count)
	}
	parts := make([]*Part, count)
	for i := range parts {
		parts[i] = &Part{id, a.After, i, count, a.Payload[i*size : min((i+1)*size, len(a.Payload))]}
	}
	return parts, nil
}
