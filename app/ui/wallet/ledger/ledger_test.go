package ledger

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

var day = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)

// moves makes n movements, newest first, the newest has number first.
func moves(first, n int) []view.Movement {
	out := make([]view.Movement, n)
	for i := range out {
		k := first - i
		out[i] = view.Movement{TxID: fmt.Sprintf("tx%06d", k), Kind: "received", Direction: view.DirectionIn, Status: view.MoveConfirmed,
			Amount: types.Amount(k), Height: uint32(k), Time: day.Add(time.Duration(k-100_000) * time.Minute)}
	}
	return out
}

func ids(l *List) (out []string) {
	for i := range l.Len() {
		out = append(out, l.At(i).TxID)
	}
	return out
}

func TestAppendAndRefresh(t *testing.T) {
	l := New(nil)
	l.Append(moves(20, 5))
	l.Append(moves(17, 5)) // two came while it was read
	if l.Len() != 8 || l.At(7).TxID != "tx000013" {
		t.Fatal(ids(l))
	}
	if !l.Refresh(moves(22, 4)) { // 22 … 19: two new
		t.Fatal("does not reach")
	}
	if l.Len() != 10 || l.At(0).TxID != "tx000022" || l.At(9).TxID != "tx000013" {
		t.Fatal(ids(l))
	}
	gone := moves(22, 4)
	gone = slices.Delete(gone, 1, 2) // 21 was never in a block and is forgotten
	if !l.Refresh(gone) || l.Len() != 9 {
		t.Fatal(ids(l))
	}
	if l.Refresh(moves(90, 4)) {
		t.Error("reaches over a gap")
	}
	if l.Len() != 9 {
		t.Error("a refresh that does not reach changed something")
	}
	l.SetLabel("tx000015", "Rent")
	if m, ok := l.Get("tx000015"); !ok || m.Label != "Rent" {
		t.Error(m, ok)
	}
	if _, ok := l.Get("nothing"); ok {
		t.Error("found what is not there")
	}
	if empty := New(nil); !empty.Refresh(moves(3, 3)) || empty.Len() != 3 {
		t.Error("an empty list takes everything")
	}
}

func TestFind(t *testing.T) {
	list := []view.Movement{
		{TxID: "aa11", Kind: "sent", Direction: view.DirectionOut, Status: view.MovePending, Amount: 5 * types.Coin, Label: "Textures", Time: day,
			Parties: []view.Party{{Address: "tsc1pkite", Label: "Studio Kite"}}},
		{TxID: "bb22", Kind: "job post", Direction: view.DirectionOut, Status: view.MoveConfirmed, Job: "bb22", Time: day.Add(-time.Hour)},
		{TxID: "cc33", Kind: "score report", Direction: view.DirectionOut, Status: view.MoveConfirmed, Job: "bb22", Time: day.Add(-2 * time.Hour)},
		{TxID: "dd44", Kind: "income", Direction: view.DirectionIn, Status: view.MoveConfirmed, Time: day.Add(-48 * time.Hour)},
		{TxID: "ee55", Kind: "advertisement", Direction: view.DirectionOut, Status: view.MoveConflicted, Time: day.Add(-72 * time.Hour)},
		{TxID: "ff66", Kind: "message", Direction: view.DirectionOut, Status: view.MoveConfirmed, Time: day.Add(-73 * time.Hour)},
		{TxID: "gg77", Kind: "dapp registration", Direction: view.DirectionOut, Status: view.MoveConfirmed, Time: day.Add(-74 * time.Hour)},
	}
	l := New(func(m view.Movement) string {
		if m.Kind == "income" {
			return "收入"
		}
		return ""
	})
	l.Append(list)
	for _, c := range []struct {
		f    Filter
		want string
	}{
		{Filter{}, "aa11 bb22 cc33 dd44 ee55 ff66 gg77"},
		{Filter{Text: "kite"}, "aa11"},
		{Filter{Text: "TSC1PKITE tex"}, "aa11"},
		{Filter{Text: "kite nothing"}, ""},
		{Filter{Text: "bb22"}, "bb22 cc33"},
		{Filter{Text: "收入"}, "dd44"},
		{Filter{Text: "5"}, "aa11"}, // the amount, not the ids
		{Filter{Text: "ee5"}, ""},
		{Filter{Text: "ee55"}, "ee55"},
		{Filter{Group: Payments}, "aa11"},
		{Filter{Group: Jobs}, "bb22 cc33"},
		{Filter{Group: Income}, "dd44"},
		{Filter{Group: Market}, "ee55"},
		{Filter{Group: Messages}, "ff66"},
		{Filter{Group: Other}, "gg77"},
		{Filter{Direction: view.DirectionIn}, "dd44"},
		{Filter{Status: view.MovePending}, "aa11"},
		{Filter{From: day.Add(-time.Hour)}, "aa11 bb22"},
		{Filter{From: day.Add(-2 * time.Hour), To: day}, "bb22 cc33"},
	} {
		var got []string
		for _, i := range l.Find(c.f) {
			got = append(got, l.At(i).TxID)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%+v: %s, want %s", c.f, s, c.want)
		}
	}
	if (Filter{}).Any() || !(Filter{Group: Jobs}).Any() {
		t.Error("Any")
	}
}

func BenchmarkFind(b *testing.B) {
	l := New(nil)
	l.Append(moves(10_000, 10_000))
	for b.Loop() {
		l.Find(Filter{Text: "tx00999"})
	}
}

func words(m view.Movement) (string, string, string) { return m.Direction, m.Kind, m.Status }

var titles = [Columns]string{"Time", "Direction", "Kind", "State", "Amount", "Fee", "Bid", "Block", "Label", "Other side", "Transaction", "Job"}

func TestCSV(t *testing.T) {
	evil := view.Movement{TxID: "aa", Direction: view.DirectionOut, Kind: "sent", Status: view.MovePending, Amount: 1_00000001, Fee: 1, Bid: types.Coin,
		Height: 7, Time: day, Label: "=HYPERLINK(\"http://x\")", Job: "jj",
		Parties: []view.Party{{Address: "tsc1p", Label: "+A, \"B\"\nC", Amount: types.Coin}, {Source: "credit", Amount: 5}, {Address: "tsc1q", Amount: 6}}}
	in := view.Movement{TxID: "bb", Direction: view.DirectionIn, Amount: 2_100_000_000_000_000, Label: "工资"}
	data, err := CSV(titles, []view.Movement{evil, in}, words, time.FixedZone("", 2*3600))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(data, []byte("\xef\xbb\xbfTime,")) || !bytes.HasSuffix(data, []byte("\r\n")) {
		t.Errorf("%q", data)
	}
	rows, err := csv.NewReader(bytes.NewReader(data[3:])).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatal(rows, err)
	}
	want := []string{"2026-11-21 11:30:00 +02:00", "out", "sent", "pending", "-1.00000001", "0.00000001", "1", "7",
		"'=HYPERLINK(\"http://x\")", "'+A, \"B\"\nC <tsc1p> 1; credit 0.00000005; tsc1q 0.00000006", "aa", "jj"}
	if !slices.Equal(rows[1], want) {
		t.Errorf("%q", rows[1])
	}
	if r := rows[2]; r[0] != "" || r[4] != "21000000" || r[6] != "" || r[7] != "" || r[8] != "工资" {
		t.Errorf("%q", r)
	}
}

func TestSafe(t *testing.T) {
	for _, s := range []string{"=1", "+1", "-1", "@SUM", "\tx", "\rx", "＝1", "|cmd", "%0"} {
		if got := safe(s); got != "'"+s {
			t.Errorf("%q: %q", s, got)
		}
	}
	for _, s := range []string{"", "Rent", "1-2", "中"} {
		if got := safe(s); got != s {
			t.Errorf("%q: %q", s, got)
		}
	}
}
