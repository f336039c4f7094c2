package networks

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/btcsuite/btcd/chainhash/v2"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// MaxFileSize bounds a network file, in bytes.
const MaxFileSize = 1 << 20

// ErrFile says that a network file is not valid.
var ErrFile = errors.New("invalid network file")

// file is the form of a network file: JSON, every key present once, none
// unknown, nothing null. Addresses are text with the file's own prefix, amounts
// are decimal coins, hashes as types.Hash prints them.
type file struct {
	Name             string       `json:"name"`
	AddressPrefix    string       `json:"address_prefix"`
	CoinType         uint32       `json:"coin_type"`
	GenesisTime      time.Time    `json:"genesis_time"` // RFC 3339, whole seconds
	SlotSeconds      uint32       `json:"slot_seconds"`
	LeaderChance     string       `json:"leader_chance"` // "1/15"
	EpochSlots       uint64       `json:"epoch_slots"`
	SummaryInterval  uint32       `json:"summary_interval"`
	CoinbaseMaturity uint32       `json:"coinbase_maturity"`
	Foundation       string       `json:"foundation"`
	DappFund         string       `json:"dapp_fund"`
	ComputeFund      fund         `json:"compute_fund"`
	Allocations      []allocation `json:"allocations"`
	Dapps            []dapp       `json:"dapps"`
	Bootstrap        bootstrap    `json:"bootstrap"`
	Checkpoints      []checkpoint `json:"checkpoints"`
	SeedPeers        []string     `json:"seed_peers"`
}

type fund struct {
	Key      string       `json:"key"`
	Total    types.Amount `json:"total"`
	Release  types.Amount `json:"release"`
	Interval uint32       `json:"interval"` // blocks
}

type allocation struct {
	Label   string       `json:"label"`
	Address string       `json:"address"`
	Amount  types.Amount `json:"amount"`
}

type dapp struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Developer string `json:"developer"`
}

type bootstrap struct {
	Weight    types.Amount `json:"weight"`
	Producers []producer   `json:"producers"`
}

type producer struct {
	Address string `json:"address"`
	VRFKey  string `json:"vrf_key"` // hex
	Share   uint64 `json:"share"`
}

type checkpoint struct {
	Height uint32 `json:"height"`
	Hash   string `json:"hash"`
}

// Parse reads a network file and prepares its parameters. Errors wrap ErrFile.
func Parse(b []byte) (*consensus.Params, error) {
	p, keys, err := parse(b)
	if err == nil {
		err = p.Prepare()
	}
	if err == nil {
		// No key is unknown and none stands twice, so as many as there should
		// be means all of them.
		if all, _ := countKeys(Encode(p)); keys != all {
			err = fmt.Errorf("%d keys are missing", all-keys)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	return p, nil
}

func parse(b []byte) (p *consensus.Params, keys int, err error) {
	if len(b) > MaxFileSize {
		return nil, 0, fmt.Errorf("%d bytes", len(b))
	}
	if keys, err = countKeys(b); err != nil {
		return nil, 0, err
	}
	var f file
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, 0, err
	}
	p, err = f.params()
	return p, keys, err
}

// keyForm is what keys look like. Since encoding/json matches keys in any
// case, a key of another form could pass for a known one.
var keyForm = regexp.MustCompile(`^[a-z_]+$`)

// countKeys counts all keys of all objects. It refuses what encoding/json lets
// pass: a key twice in one object, keys in another case, null for a value, and
// anything behind the object.
func countKeys(b []byte) (int, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	n := 0
	if err := countValue(d, &n); err != nil {
		return 0, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return 0, errors.New("something follows the object")
	}
	return n, nil
}

// countValue reads one value; encoding/json bounds how deep they nest.
func countValue(d *json.Decoder, n *int) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	if t == nil {
		return errors.New("a value is null")
	}
	open, _ := t.(json.Delim)
	if open == 0 {
		return nil
	}
	seen := make(map[string]bool)
	for d.More() {
		if open == '{' {
			t, err := d.Token()
			if err != nil {
				return err
			}
			key, _ := t.(string)
			if !keyForm.MatchString(key) || seen[key] {
				return fmt.Errorf("key %q is unknown or stands twice", key)
			}
			seen[key] = true
			*n++
		}
		if err := countValue(d, n); err != nil {
			return err
		}
	}
	_, err = d.Token() // the closing bracket
	return err
}

// params turns texts into values. The first failure stays in fail.
func (f *file) params() (*consensus.Params, error) {
	var fail error
	addr := func(what, s string) types.Address {
		a, err := types.DecodeAddress(f.AddressPrefix, s)
		if err != nil && fail == nil {
			fail = fmt.Errorf("%s: %w", what, err)
		}
		return a
	}
	hash := func(what, s string) types.Hash {
		h, err := parseHash(s)
		if err != nil && fail == nil {
			fail = fmt.Errorf("%s: %w", what, err)
		}
		return h
	}
	if f.GenesisTime.Nanosecond() != 0 {
		return nil, errors.New("genesis_time is not in whole seconds")
	}
	p := &consensus.Params{
		Name:             f.Name,
		AddressPrefix:    f.AddressPrefix,
		CoinType:         f.CoinType,
		GenesisTime:      f.GenesisTime.Unix(),
		SlotSeconds:      f.SlotSeconds,
		EpochSlots:       f.EpochSlots,
		SummaryInterval:  f.SummaryInterval,
		CoinbaseMaturity: f.CoinbaseMaturity,
		Foundation:       addr("foundation", f.Foundation),
		DappFund:         addr("dapp_fund", f.DappFund),
		FundKey:          addr("compute_fund", f.ComputeFund.Key),
		FundTotal:        f.ComputeFund.Total,
		FundRelease:      f.ComputeFund.Release,
		FundInterval:     f.ComputeFund.Interval,
		BootstrapWeight:  f.Bootstrap.Weight,
		SeedPeers:        append([]string(nil), f.SeedPeers...),
	}
	var err error
	if p.LeaderNum, p.LeaderDen, err = parseChance(f.LeaderChance); err != nil {
		return nil, err
	}
	for i, a := range f.Allocations {
		p.Allocations = append(p.Allocations, consensus.Allocation{
			Address: addr(fmt.Sprintf("allocation %d", i), a.Address), Amount: a.Amount, Label: a.Label})
	}
	for i, d := range f.Dapps {
		what := fmt.Sprintf("dapp %d", i)
		p.Dapps = append(p.Dapps, consensus.BuiltinDapp{
			ID: hash(what, d.ID), Name: d.Name, Developer: addr(what, d.Developer)})
	}
	for i, s := range f.Bootstrap.Producers {
		key, err := hex.DecodeString(s.VRFKey)
		if err != nil || len(key) != 32 {
			return nil, fmt.Errorf("producer %d: VRF key %q", i, s.VRFKey)
		}
		p.Bootstrap = append(p.Bootstrap, consensus.Bootstrap{
			Address: addr(fmt.Sprintf("producer %d", i), s.Address), VRFKey: [32]byte(key), Share: s.Share})
	}
	for i, c := range f.Checkpoints {
		p.Checkpoints = append(p.Checkpoints, consensus.Checkpoint{Height: c.Height, Hash: hash(fmt.Sprintf("checkpoint %d", i), c.Hash)})
	}
	return p, fail
}

func parseHash(s string) (types.Hash, error) {
	h, err := chainhash.NewHashFromStr(s)
	if err != nil || len(s) != 64 {
		return types.Hash{}, fmt.Errorf("%q is not a hash", s)
	}
	return *h, nil
}

func parseChance(s string) (num, den uint32, err error) {
	a, b, ok := strings.Cut(s, "/")
	n, err1 := strconv.ParseUint(a, 10, 32)
	d, err2 := strconv.ParseUint(b, 10, 32)
	if !ok || err1 != nil || err2 != nil || fmt.Sprintf("%d/%d", n, d) != s {
		return 0, 0, fmt.Errorf("leader_chance %q is not a fraction such as 1/15", s)
	}
	return uint32(n), uint32(d), nil
}

// Encode writes p as a network file. It panics when p does not pass its Check.
func Encode(p *consensus.Params) []byte {
	if err := p.Check(); err != nil {
		panic(err)
	}
	addr := func(a types.Address) string { return types.EncodeAddress(p.AddressPrefix, a) }
	f := file{
		Name:             p.Name,
		AddressPrefix:    p.AddressPrefix,
		CoinType:         p.CoinType,
		GenesisTime:      time.Unix(p.GenesisTime, 0).UTC(),
		SlotSeconds:      p.SlotSeconds,
		LeaderChance:     fmt.Sprintf("%d/%d", p.LeaderNum, p.LeaderDen),
		EpochSlots:       p.EpochSlots,
		SummaryInterval:  p.SummaryInterval,
		CoinbaseMaturity: p.CoinbaseMaturity,
		Foundation:       addr(p.Foundation),
		DappFund:         addr(p.DappFund),
		ComputeFund:      fund{addr(p.FundKey), p.FundTotal, p.FundRelease, p.FundInterval},
		Allocations:      []allocation{},
		Dapps:            []dapp{},
		Bootstrap:        bootstrap{Weight: p.BootstrapWeight},
		Checkpoints:      []checkpoint{},
		SeedPeers:        append([]string{}, p.SeedPeers...),
	}
	for _, a := range p.Allocations {
		f.Allocations = append(f.Allocations, allocation{a.Label, addr(a.Address), a.Amount})
	}
	for _, d := range p.Dapps {
		f.Dapps = append(f.Dapps, dapp{d.ID.String(), d.Name, addr(d.Developer)})
	}
	for _, s := range p.Bootstrap {
		f.Bootstrap.Producers = append(f.Bootstrap.Producers, producer{addr(s.Address), hex.EncodeToString(s.VRFKey[:]), s.Share})
	}
	for _, c := range p.Checkpoints {
		f.Checkpoints = append(f.Checkpoints, checkpoint{c.Height, c.Hash.String()})
	}
	b, err := json.MarshalIndent(&f, "", "  ")
	if err != nil {
		panic(err) // plain texts and numbers always encode
	}
	return append(b, '\n')
}
