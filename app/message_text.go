package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"supercomputing/app/view"
)

// statusTexts say in words how a message fares.
var statusTexts = map[string]string{
	view.MessageQueued:    "waits",
	view.MessageSent:      "sent",
	view.MessageDelivered: "delivered",
	view.MessageRead:      "read",
	view.MessageFailed:    "failed",
}

// statusText says how a message fares and by which way it went.
func statusText(m view.Message) string {
	var parts []string
	if s := statusTexts[m.Status]; s != "" {
		parts = append(parts, s)
	}
	if m.Way == view.WayChain {
		parts = append(parts, "over the chain")
		if m.Fee > 0 {
			parts = append(parts, "paid "+coins(m.Fee))
		}
	}
	if m.Problem != "" {
		parts = append(parts, clean(m.Problem))
	}
	return strings.Join(parts, ", ")
}

// messageLine is a message in one line of a table.
func messageLine(m view.Message) string {
	text := firstLine(m.Text, 40)
	if m.Card != nil {
		text = strings.TrimSpace("[" + cardName(*m.Card) + "] " + text)
	}
	if m.Mine {
		text = "you: " + text
	}
	return text
}

// showMessages prints messages that came newest first, newest last. Names are
// by address.
func (p *program) showMessages(list []view.Message, names map[string]string) {
	for i, m := range slices.Backward(list) {
		p.showMessage(m, names[m.Address])
		if i > 0 {
			p.say("")
		}
	}
}

// lateAfter is how long after it was written a message must have come for
// that to be told: senders' clocks may be a little off, or lie.
const lateAfter = 10 * time.Minute

func (p *program) showMessage(m view.Message, name string) {
	who := clean(nameOr(name, m.Address))
	if m.Mine {
		who = "you to " + who
	}
	if m.Unread {
		who = "* " + who
	}
	head := fmt.Sprintf("%s  %s", timeText(m.Time), who)
	about := statusText(m)
	if late := m.Received.Sub(m.Time).Abs(); !m.Mine && late > lateAfter {
		about = strings.TrimPrefix(about+", came "+timeText(m.Received), ", ")
	}
	if about != "" {
		head += "  (" + about + ")"
	}
	p.say("%s  %s", head, m.ID)
	p.lines("    ", m.Text)
	if m.Card != nil {
		p.showCard(m, *m.Card)
	}
	p.links("    ", m.Links)
	p.warnings("    ", m.Warnings)
}

// cardNames say in words what a card is.
var cardNames = map[string]string{
	view.CardPayment:  "payment request",
	view.CardJob:      "job",
	view.CardListing:  "advertisement",
	view.CardFile:     "file",
	view.CardMagnet:   "file",
	view.CardAccount:  "invitation to a shared account",
	view.CardProposal: "proposal to sign",
}

func cardName(c view.Card) string {
	if n := cardNames[c.Kind]; n != "" {
		return n
	}
	return clean(c.Kind)
}

// showCard prints a card and the command for its one action.
func (p *program) showCard(m view.Message, c view.Card) {
	line := []string{}
	switch {
	case c.Claimed && m.Mine:
		line = append(line, "in your words “"+firstLine(c.Title, 60)+"”")
	case c.Claimed:
		line = append(line, "in the sender's words “"+firstLine(c.Title, 60)+"”")
	case c.Title != "":
		line = append(line, "“"+firstLine(c.Title, 60)+"”")
	}
	if c.Amount > 0 {
		line = append(line, coins(c.Amount))
	}
	if c.Address != "" {
		line = append(line, "to "+clean(c.Address))
	}
	if c.Size > 0 {
		line = append(line, bytesText(c.Size))
		if c.Have > 0 && c.Have < c.Size {
			line = append(line, bytesText(c.Have)+" of it there")
		}
	}
	if c.State == "unknown" {
		line = append(line, "unknown to your node")
	} else if c.State != "" {
		line = append(line, clean(c.State))
	}
	if c.Path != "" {
		line = append(line, "saved as "+clean(c.Path))
	}
	if c.TxID != "" {
		line = append(line, "transaction "+clean(c.TxID))
	}
	if !c.Expires.IsZero() {
		line = append(line, "until "+timeText(c.Expires))
	}
	p.say("    [%s] %s", cardName(c), strings.Join(line, ", "))
	for _, about := range c.About {
		p.say("      %s", clean(about))
	}
	if next := cardAction(m, c); next != "" {
		p.say("      → supercomputing %s", next)
	}
}

// cardAction is the command that does what a card is for; "" when there is
// nothing left to do.
func cardAction(m view.Message, c view.Card) string {
	ref := clean(c.Ref)
	switch c.Kind {
	case view.CardPayment:
		if m.Mine || c.TxID != "" || c.State != "" && c.State != "open" {
			return ""
		}
		return "message pay " + m.ID
	case view.CardFile, view.CardMagnet:
		if m.Mine || c.Path != "" || c.State == "fetching" {
			return ""
		}
		return "message save " + m.ID + " ."
	case view.CardJob:
		return "chain tx " + ref
	case view.CardListing:
		return "market show " + ref
	case view.CardAccount:
		if m.Mine {
			return ""
		}
		return "account import --message " + m.ID
	case view.CardProposal:
		return "account proposal " + ref
	}
	return ""
}
