package node

import (
	"encoding/hex"
	"fmt"
	"strconv"

	"supercomputing/app/view"
	"supercomputing/chain/networks"
	"supercomputing/chain/types"
	"supercomputing/tasks/download"
	"supercomputing/tasks/render"
)

// record puts a side record into words for people.
func (n *Node) record(c types.VirtualChain, height uint32, tx types.Hash, author types.Address, payload []byte) view.Record {
	v := view.Record{Chain: c.String(), Height: height, Bytes: len(payload), Fields: []view.Field{}}
	if tx != (types.Hash{}) {
		v.TxID = tx.String()
	}
	if !author.IsZero() {
		v.Author = n.addressText(author)
	}
	if len(payload) == 0 {
		return v
	}
	v.Kind = types.Kind(payload[0]).String()
	rec, err := types.DecodeRecord(payload)
	if err != nil { // a summary, or a kind of a later version
		v.Fields = append(v.Fields, view.Field{Name: "payload", Value: hex.EncodeToString(payload)})
		return v
	}
	v.Fields = n.fields(rec)
	return v
}

// fields lists a record's content in the order of its encoding.
func (n *Node) fields(rec types.Record) []view.Field {
	f := fieldList{}
	switch r := rec.(type) {
	case *types.ScoreReport:
		f.add("job", r.Job)
		f.add("by tickets", r.Ticketed)
		for _, e := range r.Entries {
			f.add("score of "+n.addressText(e.Address), e.Cumulative)
		}
	case *types.Equivocation:
		f.add("producer", n.addressText(r.A.Producer))
		f.add("slot", r.A.Slot)
		f.add("block", r.A.Hash())
		f.add("other block", r.B.Hash())
	case *types.Advertisement:
		f.add("intent", r.Intent)
		f.add("title", r.Title)
		f.add("text", r.Text)
		f.add("category", r.Category)
		f.add("price", r.Price)
		f.add("languages", r.Languages)
		f.add("contact", r.Contact)
	case *types.JobPost:
		n.jobPostFields(&f, r)
	case *types.BidRaise:
		f.add("job", r.Job)
		f.add("added", r.Added)
	case *types.Completion:
		f.add("job", r.Job)
	case *types.DappRegistration:
		f.add("name", r.Name)
		f.add("version", r.Version)
		f.add("manifest", hex.EncodeToString(r.Manifest[:]))
	case *types.ProducerRegistration:
		f.add("VRF key", hex.EncodeToString(r.VRFKey[:]))
	case *types.Message:
		if r.Public {
			f.add("text", strconv.Quote(string(r.Body)))
		} else {
			f.add("encrypted", fmt.Sprintf("%d bytes", len(r.Body)))
		}
	}
	return f
}

func (n *Node) jobPostFields(f *fieldList, r *types.JobPost) {
	f.add("dapp", n.dappName(r.Dapp))
	if !r.Operator.IsZero() {
		f.add("operator", n.addressText(r.Operator))
	}
	if !f.addDownload(r) && !f.addRender(r) {
		f.add("spec", hex.EncodeToString(r.Spec))
	}
	f.add("info-hash", hex.EncodeToString(r.InfoHash))
	f.add("contact", r.Contact)
	f.add("duration", fmt.Sprintf("%d blocks", r.Duration))
	f.add("bid", r.Bid)
}

// addDownload adds what a post of the download dapp says; it reports whether it
// is one.
func (f *fieldList) addDownload(r *types.JobPost) bool {
	spec, err := download.DecodeSpec(r.Spec)
	if err != nil || r.Dapp != networks.DappID(networks.Download) {
		return false
	}
	f.add("content", spec.Name)
	f.add("size", fmt.Sprintf("%d bytes", spec.Size))
	f.add("kept for", spec.Keep)
	f.add("nodes", spec.Replicas)
	return true
}

// addRender is addDownload of the render dapp.
func (f *fieldList) addRender(r *types.JobPost) bool {
	spec, err := render.DecodeSpec(r.Spec)
	if err != nil || r.Dapp != networks.DappID(networks.Render) {
		return false
	}
	f.add("scene", spec.Name)
	f.add("work", renderWork(spec))
	f.add("frames", render.FormatFrames(spec.Frames))
	f.add("samples", spec.Settings.Samples)
	f.add("form", spec.Settings.Form)
	f.add("size", fmt.Sprintf("%d bytes", spec.BundleSize))
	f.add("core seconds", spec.CoreSeconds)
	f.add("memory", fmt.Sprintf("%d bytes", spec.Memory))
	return true
}

type fieldList []view.Field

func (f *fieldList) add(name string, value any) {
	*f = append(*f, view.Field{Name: name, Value: fmt.Sprint(value)})
}
