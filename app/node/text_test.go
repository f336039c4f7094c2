package node

import (
	"errors"
	"strings"
	"testing"

	"supercomputing/app/view"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
)

func TestCheckMessageText(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		way  history.Way
		want view.Code
		says string
	}{
		"lines and tabs":       {"one\r\n\ttwo\n", history.Chain, "", ""},
		"the longest":          {strings.Repeat("a", envelope.MaxText), history.Auto, "", ""},
		"over any way":         {strings.Repeat("a", envelope.MaxText+1), history.Direct, view.CodeTooLarge, "at most 65536 directly and 1024 over the chain"},
		"the longest of chain": {strings.Repeat("a", envelope.MaxChainText), history.Chain, "", ""},
		"over the chain":       {strings.Repeat("a", envelope.MaxChainText+1), history.Chain, view.CodeTooLarge, "at most 1024 over the chain and 65536 directly"},
		"bell":                 {"ding\a", history.Auto, view.CodeInvalid, "a control character, U+0007"},
		"C1":                   {"x\u0085", history.Auto, view.CodeInvalid, "U+0085"},
		"not UTF-8":            {"\xff", history.Auto, view.CodeInvalid, "UTF-8"},
	} {
		err := checkMessageText(c.text, c.way)
		var e *view.Error
		if errors.As(err, &e) != (c.want != "") || e != nil && (e.Code != c.want || !strings.Contains(e.Message, c.says)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
