package ledger

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"

	"supercomputing/app/view"
)

// Columns is how many columns WriteCSV writes: time, direction, kind, state,
// amount, fee, bid, block, label, other side, transaction, job.
const Columns = 12

// Words name a movement's direction, kind and state in the person's language.
type Words func(m view.Movement) (direction, kind, status string)

// byteOrderMark tells spreadsheets that the text is UTF-8; without it some of
// them take Chinese apart.
const byteOrderMark = "\ufeff"

// CSV writes movements as RFC 4180 has it, one to a line under a line of
// titles. Amounts have all their digits, minus for what went out, and no unit.
func CSV(titles [Columns]string, moves []view.Movement, words Words, zone *time.Location) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(byteOrderMark)
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	if err := w.Write(titles[:]); err != nil {
		return nil, fmt.Errorf("write CSV: %w", err)
	}
	for _, m := range moves {
		if err := w.Write(line(m, words, zone)); err != nil {
			return nil, fmt.Errorf("write CSV: %w", err)
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return nil, fmt.Errorf("write CSV: %w", err)
	}
	return b.Bytes(), nil
}

func line(m view.Movement, words Words, zone *time.Location) []string {
	direction, kind, status := words(m)
	amount := m.Amount
	if m.Direction != view.DirectionIn {
		amount = -amount
	}
	when, height, bid := "", "", ""
	if !m.Time.IsZero() {
		when = m.Time.In(zone).Format("2006-01-02 15:04:05 -07:00")
	}
	if m.Height > 0 {
		height = strconv.FormatUint(uint64(m.Height), 10)
	}
	if m.Bid > 0 {
		bid = m.Bid.String()
	}
	return []string{when, safe(direction), safe(kind), safe(status), amount.String(), m.Fee.String(), bid, height,
		safe(m.Label), safe(parties(m)), m.TxID, m.Job}
}

// parties names the other sides of a movement, with what each got or gave.
func parties(m view.Movement) string {
	var out []string
	for _, p := range m.Parties {
		who := p.Label
		switch {
		case p.Source != "":
			who = p.Source
		case who == "":
			who = p.Address
		case p.Address != "":
			who += " <" + p.Address + ">"
		}
		out = append(out, who+" "+p.Amount.String())
	}
	return strings.Join(out, "; ")
}

// safe keeps a spreadsheet from taking a stranger's words for a formula: such
// text gets an apostrophe in front, as spreadsheets themselves mark text.
func safe(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n|%＝＋－＠", []rune(s)[0]) {
		return "'" + s
	}
	return s
}
