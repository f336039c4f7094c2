package node

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"supercomputing/app/view"
	"supercomputing/chain"
	"supercomputing/chain/consensus"
	"supercomputing/chain/networks"
	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/safetext"
)

// incomeEpochs is how many epochs, the current one included, sums of dapps and
// rewards cover when nothing else is asked for.
const incomeEpochs = 30

// maxManifest bounds a dapp's manifest, in bytes.
const maxManifest = 16 << 20

// firstEpoch is the oldest of the newest count epochs.
func (n *Node) firstEpoch(count int) uint64 {
	now := n.params.Epoch(n.chain.Tip().Slot)
	return now - min(now, uint64(max(count, 1)-1))
}

// dappRow is a row of the dapp table with its key.
type dappRow struct {
	id   types.Hash
	dapp *consensus.Dapp
}

func (n *Node) dappRows() (rows []dappRow, err error) {
	err = n.chain.View(func(_ consensus.State, r consensus.Rows) error {
		return r.Scan(consensus.TableDapp, nil, func(key, value []byte) (bool, error) {
			d, err := consensus.DecodeDapp(value)
			if err == nil {
				rows = append(rows, dappRow{types.Hash(key), d})
			}
			return true, err
		})
	})
	return rows, err
}

// Dapps implements view.Dapps. Built-in dapps come first, then the ones with
// the largest bids.
func (n *Node) Dapps(context.Context) ([]view.Dapp, error) {
	rows, err := n.dappRows()
	if err != nil {
		return nil, explain(err)
	}
	out := []view.Dapp{}
	for _, row := range rows {
		d, err := n.dapp(row, rows)
		if err != nil {
			return nil, explain(err)
		}
		out = append(out, d.Dapp)
	}
	slices.SortStableFunc(out, func(a, b view.Dapp) int {
		switch {
		case a.Builtin != b.Builtin && a.Builtin:
			return -1
		case a.Builtin != b.Builtin:
			return 1
		case a.Bids != b.Bids:
			return int(min(max(b.Bids-a.Bids, -1), 1))
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out, nil
}

// dapp describes one dapp; all are the dapps it could be mistaken for.
func (n *Node) dapp(row dappRow, all []dappRow) (view.DappDetail, error) {
	v := view.DappDetail{ByEpoch: []view.DappEpoch{}, Dapp: view.Dapp{ID: row.id.String(), Name: row.dapp.Name, Version: row.dapp.Version,
		Developer: n.addressText(row.dapp.Developer), Epochs: incomeEpochs, Warnings: safetext.Warnings(row.dapp.Name)}}
	if row.dapp.Manifest != (types.Hash{}) {
		v.Manifest = hex.EncodeToString(row.dapp.Manifest[:])
	}
	v.Mine = n.wallet != nil && n.wallet.Owns(row.dapp.Developer)
	v.Builtin = n.isBuiltin(row.id)
	v.Supported = n.market != nil && (row.id == n.market.download.ID() || row.id == networks.DappID(networks.Render))
	if !v.Builtin {
		v.Warnings = append(v.Warnings, n.dappLikeness(row, all)...)
		if _, pos, err := n.chain.Transaction(row.id); err == nil {
			v.Height = pos.Height
		} else if !errors.Is(err, chain.ErrUnknownTx) {
			return v, err
		}
	}
	if v.Warnings == nil {
		v.Warnings = []string{}
	}
	epochs, err := n.chain.DappEpochs(row.id, n.firstEpoch(incomeEpochs))
	for _, e := range slices.Backward(epochs) {
		v.Jobs, v.Bids, v.Income, v.Scores = v.Jobs+e.Jobs, v.Bids+e.Bids, v.Income+e.Income, v.Scores+e.Scores
		v.ByEpoch = append(v.ByEpoch, view.DappEpoch{Epoch: e.Epoch, Start: n.params.SlotTime(e.Epoch * n.params.EpochSlots).UTC(),
			Jobs: e.Jobs, Bids: e.Bids, Income: e.Income, Scores: e.Scores})
	}
	return v, err
}

func (n *Node) isBuiltin(id types.Hash) bool {
	return slices.ContainsFunc(n.params.Dapps, func(d consensus.BuiltinDapp) bool { return d.ID == id })
}

// dappLikeness warns of a name that is, or looks like, one that was there
// before: anybody can register any name.
func (n *Node) dappLikeness(row dappRow, all []dappRow) (out []string) {
	for _, o := range all {
		if o.id == row.id || !n.isBuiltin(o.id) {
			continue
		}
		switch {
		case o.dapp.Name == row.dapp.Name:
			out = append(out, fmt.Sprintf("it has the name of the built-in dapp %s, and is another", o.dapp.Name))
		case safetext.Alike(o.dapp.Name, row.dapp.Name):
			out = append(out, fmt.Sprintf("its name looks like that of the built-in dapp %s", o.dapp.Name))
		}
	}
	return out
}

// Dapp implements view.Dapps.
func (n *Node) Dapp(_ context.Context, ref string) (view.DappDetail, error) {
	rows, err := n.dappRows()
	if err != nil {
		return view.DappDetail{}, explain(err)
	}
	row, err := findDapp(rows, ref)
	if err != nil {
		return view.DappDetail{}, err
	}
	v, err := n.dapp(row, rows)
	return v, explain(err)
}

// findDapp finds a dapp by its id or its unique name.
func findDapp(rows []dappRow, ref string) (found dappRow, err error) {
	count := 0
	for _, row := range rows {
		if row.id.String() == ref {
			return row, nil
		}
		if row.dapp.Name == ref {
			found, count = row, count+1
		}
	}
	switch count {
	case 0:
		return found, view.Errorf(view.CodeNotFound, "there is no dapp %q", ref).WithHint("“supercomputing dapp list” lists them")
	case 1:
		return found, nil
	}
	return found, view.Errorf(view.CodeConflict, "%d dapps have the name %q", count, ref).WithHint("name it by its id")
}

// dappRecord checks a registration and hashes its manifest.
func (n *Node) dappRecord(ctx context.Context, req view.DappRequest) (*types.DappRegistration, []string, error) {
	if err := n.needWallet(); err != nil {
		return nil, nil, err
	}
	if err := safetext.CheckName(req.Name); err != nil {
		return nil, nil, view.Errorf(view.CodeInvalid, "%v", err)
	}
	if len(req.Name) > types.MaxDappName || len(req.Version) > types.MaxDappVersion || req.Version == "" {
		return nil, nil, view.Errorf(view.CodeInvalid, "a name has at most %d bytes and a version 1 to %d", types.MaxDappName, types.MaxDappVersion)
	}
	if err := safetext.CheckName(req.Version); err != nil {
		return nil, nil, view.Errorf(view.CodeInvalid, "version: %v", err)
	}
	sum, err := hashManifest(ctx, req.Manifest)
	if err != nil {
		return nil, nil, err
	}
	rec := &types.DappRegistration{Name: req.Name, Version: req.Version, Manifest: sum}
	rows, err := n.dappRows()
	if err != nil {
		return nil, nil, explain(err)
	}
	var warnings []string
	for _, r := range rows {
		switch {
		case r.dapp.Name == req.Name:
			warnings = append(warnings, fmt.Sprintf("there is a dapp %s already, by %s; people will have to name yours by its id", req.Name, n.addressText(r.dapp.Developer)))
		case safetext.Alike(r.dapp.Name, req.Name):
			warnings = append(warnings, fmt.Sprintf("the name looks like that of the dapp %s", r.dapp.Name))
		}
	}
	return rec, warnings, nil
}

// hashManifest is the SHA-256 of a manifest file. What the file says is for
// those who run the dapp; the chain only pins it.
func hashManifest(ctx context.Context, path string) (types.Hash, error) {
	f, err := os.Open(path)
	if err != nil {
		return types.Hash{}, view.Errorf(view.CodeInvalid, "manifest: %v", err)
	}
	defer f.Close()
	if fi, err := f.Stat(); err != nil || !fi.Mode().IsRegular() {
		return types.Hash{}, view.Errorf(view.CodeInvalid, "manifest: %s is not a regular file", path)
	}
	sum := sha256.New()
	size, err := io.Copy(sum, io.LimitReader(f, maxManifest+1))
	if err != nil {
		return types.Hash{}, view.Errorf(view.CodeInvalid, "manifest: %v", err)
	}
	if size > maxManifest {
		return types.Hash{}, view.Errorf(view.CodeTooLarge, "manifest: %s is larger than %d bytes", path, maxManifest)
	}
	return types.Hash(sum.Sum(nil)), ctx.Err()
}

// QuoteDapp implements view.Dapps.
func (n *Node) QuoteDapp(ctx context.Context, req view.DappRequest) (view.DappQuote, error) {
	rec, warnings, err := n.dappRecord(ctx, req)
	if err != nil {
		return view.DappQuote{}, err
	}
	v := view.DappQuote{ManifestHash: hex.EncodeToString(rec.Manifest[:]), Warnings: append([]string{}, warnings...)}
	v.Price, v.Affordable, err = n.recordPrice(rec)
	return v, err
}

// recordPrice is what a record of the wallet's would cost. Without the coins
// for it, it is about what they would have to be.
func (n *Node) recordPrice(rec types.Record) (price types.Amount, affordable bool, err error) {
	q, err := n.wallet.BuildRecord(rec, wallet.RecordOptions{})
	var short *wallet.FundsError
	if errors.As(err, &short) {
		return short.Needed, false, nil
	}
	if err != nil {
		return 0, false, explain(err)
	}
	return q.Fee, true, nil
}

// RegisterDapp implements view.Dapps.
func (n *Node) RegisterDapp(ctx context.Context, req view.DappRequest) (view.Sent, error) {
	rec, _, err := n.dappRecord(ctx, req)
	if err != nil {
		return view.Sent{}, err
	}
	return n.sendRecord(ctx, rec, "dapp "+req.Name)
}

// sendRecord pays for a record and tells what it cost.
func (n *Node) sendRecord(ctx context.Context, rec types.Record, label string) (view.Sent, error) {
	q, err := n.wallet.BuildRecord(rec, wallet.RecordOptions{Label: label})
	if err != nil {
		return view.Sent{}, explain(err)
	}
	id, err := n.wallet.SendQuote(ctx, q)
	if err != nil {
		return view.Sent{}, explain(err)
	}
	return view.Sent{TxID: id.String(), Fee: q.Fee}, nil
}
