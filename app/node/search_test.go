package node

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// find searches for all that happened, and looks at the job as anybody can. The
// worker a has a wallet that knows nothing of it.
func (m *member) find(t *testing.T, a *member, job view.JobDetail, sent string) {
	t.Helper()
	ctx := t.Context()
	tx := must[view.Tx](t)(m.client.Tx(ctx, sent))
	own := must[view.Status](t)(m.client.Status(ctx)).Identity
	other := must[view.Status](t)(a.client.Status(ctx)).Identity
	name := "Ada Lovelace"
	must[view.Contact](t)(m.client.PutContact(ctx, view.ContactRequest{Address: other, Name: &name}))
	height := fmt.Sprint(tx.Height)
	for text, want := range map[string]view.SearchHit{
		height:                {Kind: view.HitBlock, Ref: height, Height: tx.Height, Title: "block " + height},
		" " + height + "D ":   {Kind: view.HitBlock, Ref: height + "d", Chain: "d", Height: tx.Height, Title: "side block " + height + "d"},
		tx.Block:              {Kind: view.HitBlock, Ref: tx.Block, Height: tx.Height, Title: "block " + height},
		tx.Block[:10]:         {Kind: view.HitBlock, Ref: tx.Block, Height: tx.Height, Title: "block " + height},
		sent:                  {Kind: view.HitTx, Ref: sent, Height: tx.Height, Title: "rent"},
		strings.ToUpper(sent): {Kind: view.HitTx, Ref: sent, Height: tx.Height, Title: "rent"},
		sent[:8]:              {Kind: view.HitTx, Ref: sent, Height: tx.Height, Title: "rent"},
		"RENT":                {Kind: view.HitTx, Ref: sent, Height: tx.Height, Title: "rent"},
		job.ID:                {Kind: view.HitJob, Ref: job.ID, Height: job.Height, Title: "file.bin"},
		"file.b":              {Kind: view.HitJob, Ref: job.ID, Height: job.Height, Title: "file.bin"},
		own:                   {Kind: view.HitAddress, Ref: own, Title: "me"},
		other:                 {Kind: view.HitAddress, Ref: other, Title: name},
		"lovelace":            {Kind: view.HitAddress, Ref: other, Title: name},
		"download":            {Kind: view.HitDapp, Ref: job.ID, Title: "download"}, // its id is looked up below
	} {
		hits := must[[]view.SearchHit](t)(m.client.Search(ctx, text))
		if want.Kind == view.HitDapp {
			want.Ref = must[view.DappDetail](t)(m.client.Dapp(ctx, "download")).ID
		}
		if len(hits) == 0 || hits[0] != want {
			t.Errorf("%q: %+v, want %+v", text, hits, want)
		}
	}
	hits := must[[]view.SearchHit](t)(a.client.Search(ctx, job.ID))
	if len(hits) != 3 || hits[0].Kind != view.HitJob || hits[1].Kind != view.HitTx || hits[2].Kind != view.HitRecord || hits[2].Chain != "d" {
		t.Errorf("the job for another: %+v", hits)
	}
	for _, none := range []string{"", "  ", "4294967296", "999999", "455z", "x", "zzzz nothing", strings.Repeat("0", 64), "tsc1pnonsense", "deadbeef"} {
		if hits := must[[]view.SearchHit](t)(m.client.Search(ctx, none)); len(hits) != 0 {
			t.Errorf("%q: %+v", none, hits)
		}
	}
	if _, err := m.client.Search(ctx, strings.Repeat("x", 300)); !errors.Is(err, &view.Error{Code: view.CodeTooLarge}) {
		t.Errorf("a long text: %v", err)
	}

	j := must[view.ChainJob](t)(a.client.ChainJob(ctx, job.ID))
	if j.ID != job.ID || j.DappName != "download" || j.Name != "file.bin" || j.Author != own || j.State != view.JobComplete || j.Own ||
		j.Bid != job.Bid || j.Scored <= 0 || j.Scored != job.Scored || j.Height != job.Height || j.Posted.IsZero() {
		t.Errorf("the job on the chain: %+v", j)
	}
	if len(j.Scores) != len(job.Receipts) || j.Scores[0].Address != other || j.Scores[len(j.Scores)-1] != job.Receipts[0] {
		t.Errorf("its scores %+v, receipts %+v", j.Scores, job.Receipts)
	}
	// As the records tell it when the state has forgotten the job.
	id := must[types.Hash](t)(jobID(job.ID))
	if past := must[view.ChainJob](t)(a.ready.Backend.(*Node).pastJob(ctx, id)); !reflect.DeepEqual(past, j) {
		t.Errorf("from records: %+v\nfrom the state: %+v", past, j)
	}
	if j := must[view.ChainJob](t)(m.client.ChainJob(ctx, job.ID)); !j.Own {
		t.Errorf("not own: %+v", j)
	}
	for id, want := range map[string]error{sent: view.ErrNotFound, strings.Repeat("0", 64): view.ErrNotFound, "x": view.ErrInvalid} {
		if _, err := m.client.ChainJob(ctx, id); !errors.Is(err, want) {
			t.Errorf("job %s: %v", id, err)
		}
	}
}
