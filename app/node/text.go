package node

import (
	"strings"
	"unicode/utf8"

	"supercomputing/app/view"
	"supercomputing/wallet"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/safetext"
)

// checkText says in words why a person's text cannot be written in a message;
// what names it. The domains check as well, but speak of encodings.
func checkText(what, s string, most int) error {
	if !utf8.ValidString(s) {
		return view.Errorf(view.CodeInvalid, "%s is not valid UTF-8 text", what).WithHint("send it as a file")
	}
	for _, c := range s {
		if !strings.ContainsRune("\n\r\t", c) && (c < ' ' || c >= 0x7f && c < 0xa0) {
			return view.Errorf(view.CodeInvalid, "%s has a control character, %U", what, c).WithHint("take it out, or send it as a file")
		}
	}
	if len(s) > most {
		return view.Errorf(view.CodeTooLarge, "%s has %d bytes, at most %d", what, len(s), most)
	}
	return nil
}

// checkMessageText is checkText for a message's text, whose limit depends on
// its way.
func checkMessageText(s string, way history.Way) error {
	if err := checkText("the text", s, len(s)); err != nil {
		return err
	}
	switch {
	case len(s) > envelope.MaxText:
		return view.Errorf(view.CodeTooLarge, "the text has %d bytes, at most %d directly and %d over the chain", len(s), envelope.MaxText, envelope.MaxChainText).
			WithHint("send it as a file: “supercomputing message send NAME --file PATH”")
	case len(s) > envelope.MaxChainText && way == history.Chain:
		return view.Errorf(view.CodeTooLarge, "the text has %d bytes, at most %d over the chain and %d directly", len(s), envelope.MaxChainText, envelope.MaxText).
			WithHint("shorten it, or send it directly: “supercomputing message send --direct” waits for the other side")
	}
	return nil
}

// paidPrefix begins the label of a transaction that pays a request.
const paidPrefix = "payment request "

// movementLabel is what a transaction's label says to people: of a payment
// request what it was for and who asked, which only the encrypted messages know.
func (n *Node) movementLabel(e wallet.Entry) string {
	id, ok := strings.CutPrefix(e.Label, paidPrefix)
	if !ok || n.messages == nil {
		return e.Label
	}
	ref, err := messageRef(id)
	if err != nil {
		return e.Label // a label of our person's own
	}
	m, err := n.messages.Message(ref)
	if err != nil {
		return strings.TrimSpace(paidPrefix)
	}
	name := n.messages.ContactName(m.Peer)
	if name == "" {
		name = n.addressText(m.Peer)
	}
	b, ok := m.Body.(*envelope.Payment)
	if !ok || safetext.CleanLine(b.Title) == "" {
		return strings.TrimSpace(paidPrefix) + ", " + name
	}
	return safetext.CleanLine(b.Title) + ", " + name
}
