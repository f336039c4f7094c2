package types

import (
	"fmt"
)

// Kind is a record's kind: the first byte of its payload and of its
// commitment. The high half names the virtual chain.
type Kind byte

// The record kinds (PROTOCOL §5).
const (
	KindScoreReport          Kind = 0x01
	KindEquivocation         Kind = 0x02
	KindAdvertisement        Kind = 0x11
	KindSummary              Kind = 0x21 // never committed to by a transaction
	KindJobPost              Kind = 0x31
	KindBidRaise             Kind = 0x32
	KindCompletion           Kind = 0x33
	KindDappRegistration     Kind = 0x34
	KindProducerRegistration Kind = 0x35
	KindMessage              Kind = 0x41
)

// Chain is the virtual chain that carries records of this kind; ok is false
// for unknown kinds and for summaries, which no transaction carries.
func (k Kind) Chain() (c VirtualChain, ok bool) {
	switch k {
	case KindScoreReport, KindEquivocation:
		return ChainScores, true
	case KindAdvertisement:
		return ChainMarket, true
	case KindJobPost, KindBidRaise, KindCompletion, KindDappRegistration, KindProducerRegistration:
		return ChainWork, true
	case KindMessage:
		return ChainMessages, true
	}
	return 0, false
}

// String names the kind in words.
func (k Kind) String() string {
	switch k {
	case KindScoreReport:
		return "score report"
	case KindEquivocation:
		return "equivocation evidence"
	case KindAdvertisement:
		return "advertisement"
	case KindSummary:
		return "summary"
	case KindJobPost:
		return "job post"
	case KindBidRaise:
		return "bid raise"
	case KindCompletion:
		return "completion"
	case KindDappRegistration:
		return "dapp registration"
	case KindProducerRegistration:
		return "producer registration"
	case KindMessage:
		return "message"
	}
	return fmt.Sprintf("record kind %#02x", byte(k))
}

// Ceilings of record fields, in bytes unless said otherwise.
const (
	MaxScoreEntries = 1000 // entries in a report
	MaxSpec         = 4096
	MaxContact      = 256
	MaxTitle        = 128
	MaxAdText       = 3072
	MaxCategory     = 32
	MaxLanguages    = 64
	MaxDappName     = 64
	MaxDappVersion  = 32
	MaxMessageBody  = 1200 // 1,024 of text, cipher overhead and framing
)

// Record is a decoded payload. Append appends its one encoding, kind first.
type Record interface {
	Kind() Kind
	Append(b []byte) []byte
}

// Encode gives the payload of a record.
func Encode(rec Record) []byte { return rec.Append(nil) }

// DecodeRecord reads exactly one payload. It checks form, not meaning.
func DecodeRecord(payload []byte) (Record, error) {
	if len(payload) > MaxPayload {
		return nil, fmt.Errorf("%w: payload of %d bytes", ErrTooLarge, len(payload))
	}
	r := NewReader(payload)
	var rec Record
	switch k := Kind(r.Byte()); k {
	case KindScoreReport:
		rec = readScoreReport(r)
	case KindEquivocation:
		rec = &Equivocation{A: ReadHeader(r), B: ReadHeader(r)}
	case KindAdvertisement:
		rec = readAdvertisement(r)
	case KindJobPost:
		rec = readJobPost(r)
	case KindBidRaise:
		rec = &BidRaise{Job: r.Hash(), Added: r.Amount()}
	case KindCompletion:
		rec = &Completion{Job: r.Hash()}
	case KindDappRegistration:
		rec = &DappRegistration{Name: r.Text(MaxDappName), Version: r.Text(MaxDappVersion), Manifest: r.Hash()}
	case KindProducerRegistration:
		p := new(ProducerRegistration)
		r.Copy(p.VRFKey[:])
		r.Copy(p.Proof[:])
		rec = p
	case KindMessage:
		m := &Message{Public: readBool(r)}
		r.Copy(m.Ephemeral[:])
		m.ViewTag = r.Byte()
		m.Body = r.Bytes(MaxMessageBody)
		rec = m
	default:
		if r.Err() == nil {
			r.Fail(fmt.Errorf("%w: unknown %v", ErrMalformed, k))
		}
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	return rec, nil
}

func readBool(r *Reader) bool {
	b := r.Byte()
	if b > 1 {
		r.Fail(fmt.Errorf("%w: flag %d", ErrMalformed, b))
	}
	return b == 1
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// ScoreEntry is one line of a score report. Cumulative counts all the job's
// score of the address so far, in units. Ticket is the BIP 340 signature of the
// job's signer, present in every entry of a ticketed report and in no other.
type ScoreEntry struct {
	Address    Address
	Cumulative Amount
	Ticket     [64]byte
}

// ScoreReport records work on the chain. Entries ascend by address.
type ScoreReport struct {
	Job      Hash
	Ticketed bool
	Entries  []ScoreEntry
}

// Kind implements Record.
func (*ScoreReport) Kind() Kind { return KindScoreReport }

// Append implements Record.
func (s *ScoreReport) Append(b []byte) []byte {
	b = append(append(b, byte(KindScoreReport)), s.Job[:]...)
	b = AppendVarInt(appendBool(b, s.Ticketed), uint64(len(s.Entries)))
	for i := range s.Entries {
		e := &s.Entries[i]
		b = AppendAmount(append(b, e.Address[:]...), e.Cumulative)
		if s.Ticketed {
			b = append(b, e.Ticket[:]...)
		}
	}
	return b
}

func readScoreReport(r *Reader) *ScoreReport {
	s := &ScoreReport{Job: r.Hash(), Ticketed: readBool(r)}
	n := int(r.VarInt(MaxScoreEntries))
	if n == 0 {
		r.Fail(fmt.Errorf("%w: score report without entries", ErrMalformed))
	}
	for i := 0; i < n && r.Err() == nil; i++ {
		e := ScoreEntry{Address: r.Address(), Cumulative: r.Amount()}
		if s.Ticketed {
			r.Copy(e.Ticket[:])
		}
		if i > 0 && !s.Entries[i-1].Address.Less(e.Address) {
			r.Fail(fmt.Errorf("%w: score entries are not strictly ascending", ErrMalformed))
		}
		s.Entries = append(s.Entries, e)
	}
	return s
}

// Less orders addresses by their bytes.
func (a Address) Less(b Address) bool { return string(a[:]) < string(b[:]) }

// TicketHash is what a job's signer signs to promise an address a cumulative
// score, as a payment channel's update does (PROTOCOL §5).
func (n NetworkID) TicketHash(job Hash, a Address, cumulative Amount) Hash {
	return n.TaggedHash("ticket", job[:], a[:], AppendAmount(nil, cumulative))
}

// Equivocation proves that one producer signed two blocks for one slot.
type Equivocation struct{ A, B Header }

// Kind implements Record.
func (*Equivocation) Kind() Kind { return KindEquivocation }

// Append implements Record.
func (e *Equivocation) Append(b []byte) []byte {
	return e.B.Append(e.A.Append(append(b, byte(KindEquivocation))))
}

// AdIntent is what an advertiser wants.
type AdIntent byte

// The intents.
const (
	AdSell    AdIntent = 0
	AdBuy     AdIntent = 1
	AdService AdIntent = 2 // offers work
)

// String names the intent in a word.
func (i AdIntent) String() string {
	switch i {
	case AdSell:
		return "sell"
	case AdBuy:
		return "buy"
	case AdService:
		return "service"
	}
	return fmt.Sprintf("intent %d", byte(i))
}

// Advertisement is the market's record. Price 0 means "ask". Languages are
// BCP 47 tags in which the advertiser can be written to, separated by commas.
// Contact is where the advertiser can be reached directly, in the form of a
// job's; both may be empty.
type Advertisement struct {
	Intent                AdIntent
	Title, Text, Category string
	Price                 Amount
	Languages             string
	Contact               string
}

// Kind implements Record.
func (*Advertisement) Kind() Kind { return KindAdvertisement }

// Append implements Record.
func (a *Advertisement) Append(b []byte) []byte {
	b = AppendBytes(append(b, byte(KindAdvertisement), byte(a.Intent)), []byte(a.Title))
	b = AppendBytes(AppendBytes(b, []byte(a.Text)), []byte(a.Category))
	b = AppendBytes(AppendAmount(b, a.Price), []byte(a.Languages))
	return AppendBytes(b, []byte(a.Contact))
}

func readAdvertisement(r *Reader) *Advertisement {
	a := &Advertisement{Intent: AdIntent(r.Byte())}
	if a.Intent > AdService {
		r.Fail(fmt.Errorf("%w: advertisement with %v", ErrMalformed, a.Intent))
	}
	a.Title, a.Text, a.Category = r.Text(MaxTitle), r.Text(MaxAdText), r.Text(MaxCategory)
	a.Price, a.Languages, a.Contact = r.Amount(), r.Text(MaxLanguages), r.Text(MaxContact)
	return a
}

// JobPost pays a bid for work. Its job id is the id of its transaction.
//
// Operator runs the job for its author, when that is not the author itself: a
// shared account has no single machine that nodes could dial and that signs
// tickets by itself.
type JobPost struct {
	Dapp     Hash
	Operator Address // zero: the author
	Spec     []byte  // the dapp's own description of the work
	InfoHash []byte  // of the input torrent: none, 20 (BEP 3) or 32 bytes (BEP 52)
	Contact  string  // where nodes reach the signer, a dapp-neutral address list
	Duration uint32  // blocks
	Bid      Amount
}

// Kind implements Record.
func (*JobPost) Kind() Kind { return KindJobPost }

// Append implements Record.
func (j *JobPost) Append(b []byte) []byte {
	b = append(append(append(b, byte(KindJobPost)), j.Dapp[:]...), j.Operator[:]...)
	b = AppendBytes(AppendBytes(b, j.Spec), j.InfoHash)
	b = AppendUint32(AppendBytes(b, []byte(j.Contact)), j.Duration)
	return AppendAmount(b, j.Bid)
}

func readJobPost(r *Reader) *JobPost {
	j := &JobPost{Dapp: r.Hash(), Operator: r.Address(), Spec: r.Bytes(MaxSpec), InfoHash: r.Bytes(32)}
	if n := len(j.InfoHash); n != 0 && n != 20 && n != 32 {
		r.Fail(fmt.Errorf("%w: info-hash of %d bytes", ErrMalformed, n))
	}
	j.Contact = r.Text(MaxContact)
	j.Duration = r.Uint32()
	j.Bid = r.Amount()
	return j
}

// Signer is the address that nodes dial, that signs the job's tickets and
// reports its scores: the operator, or the author when there is none.
func (j *JobPost) Signer(author Address) Address {
	if j.Operator.IsZero() {
		return author
	}
	return j.Operator
}

// BidRaise adds to an open job's bid and starts its duration again.
type BidRaise struct {
	Job   Hash
	Added Amount
}

// Kind implements Record.
func (*BidRaise) Kind() Kind { return KindBidRaise }

// Append implements Record.
func (r *BidRaise) Append(b []byte) []byte {
	return AppendAmount(append(append(b, byte(KindBidRaise)), r.Job[:]...), r.Added)
}

// Completion closes a job.
type Completion struct{ Job Hash }

// Kind implements Record.
func (*Completion) Kind() Kind { return KindCompletion }

// Append implements Record.
func (c *Completion) Append(b []byte) []byte {
	return append(append(b, byte(KindCompletion)), c.Job[:]...)
}

// DappRegistration makes its author the developer paid for a dapp.
type DappRegistration struct {
	Name, Version string
	Manifest      Hash
}

// Kind implements Record.
func (*DappRegistration) Kind() Kind { return KindDappRegistration }

// Append implements Record.
func (d *DappRegistration) Append(b []byte) []byte {
	b = AppendBytes(append(b, byte(KindDappRegistration)), []byte(d.Name))
	return append(AppendBytes(b, []byte(d.Version)), d.Manifest[:]...)
}

// ProducerRegistration names the author's VRF key. Proof is the VRF proof
// over ProducerAlpha, so that nobody can register another's key.
type ProducerRegistration struct {
	VRFKey [32]byte
	Proof  [80]byte
}

// Kind implements Record.
func (*ProducerRegistration) Kind() Kind { return KindProducerRegistration }

// Append implements Record.
func (p *ProducerRegistration) Append(b []byte) []byte {
	return append(append(append(b, byte(KindProducerRegistration)), p.VRFKey[:]...), p.Proof[:]...)
}

// ProducerAlpha is the VRF input of a producer registration's proof.
func (n NetworkID) ProducerAlpha(author Address) []byte {
	h := n.TaggedHash("producer", author[:])
	return h[:]
}

// Message is an address-to-address message (PROTOCOL §7). A public one is
// plain text signed by its author: Ephemeral and ViewTag are then zero.
type Message struct {
	Public    bool
	Ephemeral [32]byte
	ViewTag   byte
	Body      []byte
}

// Kind implements Record.
func (*Message) Kind() Kind { return KindMessage }

// Append implements Record.
func (m *Message) Append(b []byte) []byte {
	b = append(appendBool(append(b, byte(KindMessage)), m.Public), m.Ephemeral[:]...)
	return AppendBytes(append(b, m.ViewTag), m.Body)
}
