package work

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"supercomputing/app/ui/text"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// receipt is who did what for a job, and what was recorded for it.
type receipt struct {
	Job    string        `json:"job"`
	Dapp   string        `json:"dapp"`
	Name   string        `json:"name"`
	Label  string        `json:"label,omitempty"`
	State  string        `json:"state"`
	Posted time.Time     `json:"posted,omitzero"`
	Bid    types.Amount  `json:"bid"`
	Scored types.Amount  `json:"scored"`
	Owed   types.Amount  `json:"owed"`
	Nodes  []receiptNode `json:"nodes"`
}

// receiptNode is one node's part, with the records that paid it.
type receiptNode struct {
	Address  string         `json:"address"`
	State    string         `json:"state"`
	Done     int64          `json:"done"`
	Unit     string         `json:"unit"`
	Score    types.Amount   `json:"score"`
	Recorded types.Amount   `json:"recorded"`
	Audits   int            `json:"audits"`
	Failed   int            `json:"failed"`
	Checked  int            `json:"checked,omitempty"`
	Repeats  int            `json:"repeats,omitempty"`
	Seconds  float64        `json:"seconds,omitempty"`
	Why      string         `json:"why,omitempty"`
	Records  []view.Receipt `json:"records"`
}

// receiptOf sums a job up, the node with the highest score first.
func receiptOf(j *view.JobDetail) receipt {
	r := receipt{Job: j.ID, Dapp: j.Dapp, Name: j.Name, Label: j.Label, State: j.State, Posted: j.Posted,
		Bid: j.Bid, Scored: j.Scored, Owed: j.Owed, Nodes: []receiptNode{}}
	at := make(map[string]int)
	for _, n := range j.Nodes {
		at[n.Address] = len(r.Nodes)
		r.Nodes = append(r.Nodes, receiptNode{Address: n.Address, State: n.State, Done: n.Progress.Done, Unit: n.Progress.Unit,
			Score: n.Ticketed, Recorded: n.Recorded, Audits: n.Audits, Failed: n.Failed, Checked: n.Checked, Repeats: n.Repeats,
			Seconds: n.Seconds, Why: n.Why, Records: []view.Receipt{}})
	}
	for _, p := range j.Receipts {
		i, known := at[p.Address]
		if !known { // it worked before this machine forgot it: the chain has not
			i = len(r.Nodes)
			at[p.Address] = i
			r.Nodes = append(r.Nodes, receiptNode{Address: p.Address, State: nodeDone})
		}
		n := &r.Nodes[i]
		n.Records = append(n.Records, p)
		if !known || n.Recorded == 0 {
			n.Recorded = max(n.Recorded, sumScores(n.Records))
			n.Score = max(n.Score, n.Recorded)
		}
	}
	slices.SortStableFunc(r.Nodes, func(a, b receiptNode) int { return int(max(-1, min(1, b.Score-a.Score))) })
	return r
}

func sumScores(list []view.Receipt) (sum types.Amount) {
	for _, r := range list {
		sum += r.Score
	}
	return sum
}

// json is the receipt for programs.
func (r *receipt) json() ([]byte, error) {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the receipt: %w", err)
	}
	return append(b, '\n'), nil
}

// csv is the receipt for spreadsheets, a line for each node. The first bytes
// tell Excel that it is UTF-8.
func (r *receipt) csv(t *text.Catalog) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("\ufeff")
	w := csv.NewWriter(&out)
	rows := [][]string{{t.T("work.receipt.node"), t.T("work.receipt.state"), t.T("work.receipt.done"), t.T("work.receipt.unit"),
		t.T("work.receipt.score"), t.T("work.receipt.recorded"), t.T("work.receipt.audits"), t.T("work.receipt.failed"),
		t.T("work.receipt.seconds"), t.T("work.receipt.blocks"), t.T("work.receipt.txs")}}
	for _, n := range r.Nodes {
		var blocks, txs []string
		for _, p := range n.Records {
			blocks, txs = append(blocks, strconv.Itoa(int(p.Height))), append(txs, p.TxID)
		}
		rows = append(rows, []string{n.Address, n.State, strconv.FormatInt(n.Done, 10), n.Unit, n.Score.String(), n.Recorded.String(),
			strconv.Itoa(n.Audits), strconv.Itoa(n.Failed), strconv.FormatFloat(n.Seconds, 'f', -1, 64),
			strings.Join(blocks, " "), strings.Join(txs, " ")})
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write the receipt: %w", err)
	}
	return out.Bytes(), nil
}
