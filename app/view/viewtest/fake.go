// Package viewtest owns a Backend for tests: it records what it is asked and
// answers from JSON, so that the API, its client and the commands are tested
// without a chain.
package viewtest

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"supercomputing/app/view"
)

// Call is one call of a Backend method. Args is its JSON, "" without argument.
type Call struct {
	Method string
	Args   string
}

// Fake is a view.Backend. A method without an answer gives its model filled
// with distinct non-zero values (see Fill). The zero Fake is ready for use.
type Fake struct {
	mu sync.Mutex
	// guarded by mu:
	calls   []Call
	answers map[string]json.RawMessage
	next    map[string][]json.RawMessage // after the first answers, in their order
	errs    map[string]error
	replies map[string]func(args string) (any, error)
	events  []view.Event
	dropped error         // what running Watches return
	changed chan struct{} // closed when events or dropped change
}

var _ view.Backend = (*Fake)(nil)

// Answer sets what a method returns, as a value or its JSON.
func (f *Fake) Answer(method string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("answer of %s: %w", method, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.answers == nil {
		f.answers = make(map[string]json.RawMessage)
	}
	f.answers[method] = raw
	delete(f.replies, method)
	return nil
}

// Then sets what a method returns after what was set for it before, which then
// counts once; the last one counts for all further calls.
func (f *Fake) Then(method string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("answer of %s: %w", method, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.next == nil {
		if f.answers == nil {
			f.answers = make(map[string]json.RawMessage)
		}
		f.next = make(map[string][]json.RawMessage)
	}
	f.next[method] = append(f.next[method], raw)
	return nil
}

// Fail makes a method fail with err; the name "*" stands for all of them.
func (f *Fake) Fail(method string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.errs == nil {
		f.errs = make(map[string]error)
	}
	f.errs[method] = err
}

// Reply lets fn answer a method from the JSON of its argument. What Answer set
// for the method counts no more. fn runs on the caller's goroutine.
func (f *Fake) Reply(method string, fn func(args string) (any, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.replies == nil {
		f.replies = make(map[string]func(string) (any, error))
	}
	f.replies[method] = fn
}

// Calls returns the calls so far.
func (f *Fake) Calls() []Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Call(nil), f.calls...)
}

// record notes a call and gives the error and the answer set for it.
func (f *Fake) record(method string, arg any) (json.RawMessage, error) {
	c := Call{Method: method}
	if arg != nil {
		raw, err := json.Marshal(arg)
		if err != nil {
			return nil, err
		}
		c.Args = string(raw)
	}
	reply, raw, err := f.recorded(c)
	if err != nil || reply == nil {
		return raw, err
	}
	v, err := reply(c.Args)
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

// recorded notes a call and gives what was set for its method.
func (f *Fake) recorded(c Call) (reply func(string) (any, error), answer json.RawMessage, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	method := c.Method
	f.calls = append(f.calls, c)
	for _, name := range []string{method, "*"} {
		if err := f.errs[name]; err != nil {
			return nil, nil, err
		}
	}
	if reply := f.replies[method]; reply != nil {
		return reply, nil, nil
	}
	now := f.answers[method]
	if next := f.next[method]; len(next) > 0 {
		f.answers[method], f.next[method] = next[0], next[1:]
	}
	return nil, now, nil
}

func answer[T any](f *Fake, method string, arg any) (T, error) {
	var out T
	raw, err := f.record(method, arg)
	if err != nil {
		return out, err
	}
	if raw == nil {
		Fill(&out)
		return out, nil
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return out, fmt.Errorf("answer of %s: %w", method, err)
	}
	return out, nil
}

// Status implements view.Network.
func (f *Fake) Status(context.Context) (view.Status, error) {
	return answer[view.Status](f, "Status", nil)
}

// Peers implements view.Network.
func (f *Fake) Peers(context.Context) ([]view.Peer, error) {
	return answer[[]view.Peer](f, "Peers", nil)
}

// Connect implements view.Network.
func (f *Fake) Connect(_ context.Context, address string) error {
	_, err := f.record("Connect", address)
	return err
}

// Balance implements view.Wallet.
func (f *Fake) Balance(context.Context) (view.Balance, error) {
	return answer[view.Balance](f, "Balance", nil)
}

// Addresses implements view.Wallet.
func (f *Fake) Addresses(context.Context) ([]view.AddressInfo, error) {
	return answer[[]view.AddressInfo](f, "Addresses", nil)
}

// NewAddress implements view.Wallet.
func (f *Fake) NewAddress(_ context.Context, label string) (view.AddressInfo, error) {
	return answer[view.AddressInfo](f, "NewAddress", label)
}

// History implements view.Wallet.
func (f *Fake) History(_ context.Context, page view.Page) ([]view.Movement, error) {
	return answer[[]view.Movement](f, "History", page)
}

// QuoteSend implements view.Wallet.
func (f *Fake) QuoteSend(_ context.Context, req view.SendRequest) (view.SendQuote, error) {
	return answer[view.SendQuote](f, "QuoteSend", req)
}

// Send implements view.Wallet.
func (f *Fake) Send(_ context.Context, req view.SendRequest) (view.Sent, error) {
	return answer[view.Sent](f, "Send", req)
}

// Label implements view.Wallet.
func (f *Fake) Label(_ context.Context, req view.LabelRequest) error {
	_, err := f.record("Label", req)
	return err
}

// CheckWords implements view.Wallet.
func (f *Fake) CheckWords(_ context.Context, words string) (view.WordsCheck, error) {
	return answer[view.WordsCheck](f, "CheckWords", words)
}

// Coins implements view.Wallet.
func (f *Fake) Coins(context.Context) ([]view.Coin, error) {
	return answer[[]view.Coin](f, "Coins", nil)
}

// Freeze implements view.Wallet.
func (f *Fake) Freeze(_ context.Context, req view.FreezeRequest) error {
	_, err := f.record("Freeze", req)
	return err
}

// Bump implements view.Wallet.
func (f *Fake) Bump(_ context.Context, req view.BumpRequest) (view.Sent, error) {
	return answer[view.Sent](f, "Bump", req)
}

// QuoteDownload implements view.Jobs.
func (f *Fake) QuoteDownload(_ context.Context, req view.DownloadRequest) (view.JobQuote, error) {
	return answer[view.JobQuote](f, "QuoteDownload", req)
}

// PublishDownload implements view.Jobs.
func (f *Fake) PublishDownload(_ context.Context, req view.DownloadRequest) (view.JobDetail, error) {
	return answer[view.JobDetail](f, "PublishDownload", req)
}

// InspectRender implements view.Jobs.
func (f *Fake) InspectRender(_ context.Context, req view.RenderRequest) (view.RenderScene, error) {
	return answer[view.RenderScene](f, "InspectRender", req)
}

// QuoteRender implements view.Jobs.
func (f *Fake) QuoteRender(_ context.Context, req view.RenderRequest) (view.RenderQuote, error) {
	return answer[view.RenderQuote](f, "QuoteRender", req)
}

// PostRender implements view.Jobs.
func (f *Fake) PostRender(_ context.Context, req view.RenderRequest) (view.JobDetail, error) {
	return answer[view.JobDetail](f, "PostRender", req)
}

// RenderPicture implements view.Jobs.
func (f *Fake) RenderPicture(_ context.Context, req view.PictureRequest) (view.Picture, error) {
	return answer[view.Picture](f, "RenderPicture", req)
}

// Jobs implements view.Jobs.
func (f *Fake) Jobs(context.Context) ([]view.Job, error) {
	return answer[[]view.Job](f, "Jobs", nil)
}

// Job implements view.Jobs.
func (f *Fake) Job(_ context.Context, id string) (view.JobDetail, error) {
	return answer[view.JobDetail](f, "Job", id)
}

// Board implements view.Jobs.
func (f *Fake) Board(context.Context) ([]view.BoardEntry, error) {
	return answer[[]view.BoardEntry](f, "Board", nil)
}

// Raise implements view.Jobs.
func (f *Fake) Raise(_ context.Context, req view.RaiseRequest) (view.Sent, error) {
	return answer[view.Sent](f, "Raise", req)
}

// Complete implements view.Jobs.
func (f *Fake) Complete(_ context.Context, id string) error {
	_, err := f.record("Complete", id)
	return err
}

// Contribution implements view.Contributor.
func (f *Fake) Contribution(context.Context) (view.Contribution, error) {
	return answer[view.Contribution](f, "Contribution", nil)
}

// SetContribution implements view.Contributor.
func (f *Fake) SetContribution(_ context.Context, s view.ContributionSettings) (view.Contribution, error) {
	return answer[view.Contribution](f, "SetContribution", s)
}

// Blocks implements view.Explorer.
func (f *Fake) Blocks(_ context.Context, q view.BlocksQuery) ([]view.BlockBrief, error) {
	return answer[[]view.BlockBrief](f, "Blocks", q)
}

// Block implements view.Explorer.
func (f *Fake) Block(_ context.Context, ref string) (view.Block, error) {
	return answer[view.Block](f, "Block", ref)
}

// Tx implements view.Explorer.
func (f *Fake) Tx(_ context.Context, id string) (view.Tx, error) {
	return answer[view.Tx](f, "Tx", id)
}

// Records implements view.Explorer.
func (f *Fake) Records(_ context.Context, q view.RecordsQuery) ([]view.Record, error) {
	return answer[[]view.Record](f, "Records", q)
}

// Address implements view.Explorer.
func (f *Fake) Address(_ context.Context, address string) (view.AddressDetail, error) {
	return answer[view.AddressDetail](f, "Address", address)
}

// Totals implements view.Explorer.
func (f *Fake) Totals(context.Context) (view.Totals, error) {
	return answer[view.Totals](f, "Totals", nil)
}

// Audit implements view.Explorer.
func (f *Fake) Audit(context.Context) (view.Audit, error) {
	return answer[view.Audit](f, "Audit", nil)
}
