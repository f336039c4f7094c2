package messages

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
	"supercomputing/chain/types"
)

const writeHere = "Write a message …"

var (
	tomas   = viewtest.Address("Tomás")
	archive = viewtest.Address("Archive of Rivers")
)

// last is the argument of the newest call of a method.
func last[T any](t *testing.T, u *uitest.UI, method string) (v T) {
	t.Helper()
	calls := u.Fake.Calls()
	for i := len(calls) - 1; i >= 0; i-- {
		if calls[i].Method == method {
			if err := json.Unmarshal([]byte(calls[i].Args), &v); err != nil {
				t.Fatal(err)
			}
			return v
		}
	}
	t.Fatalf("%s was not called", method)
	return v
}

func count(u *uitest.UI, method string) (n int) {
	for _, c := range u.Fake.Calls() {
		if c.Method == method {
			n++
		}
	}
	return n
}

func wait(u *uitest.UI, d time.Duration) {
	u.Advance(d)
	u.Drain()
	u.Settle()
}

// To somebody who is online a message goes at once, for nothing.
func TestSendDirect(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, page.MessagesChat, tomas)
	u.Type(writeHere, "hello there")
	wait(u, time.Second)
	u.MustHave("Goes directly, for nothing")
	e := p.part.(*talks).chat.composer.entry
	e.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	e.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	if !strings.Contains(e.Text, "\n") || count(u, "SendMessage") != 0 {
		t.Fatalf("Shift+Enter gave %q", e.Text)
	}
	e.SetText("hello there")
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	u.Drain()
	u.Settle()
	r := last[view.MessageRequest](t, u, "SendMessage")
	if r.To != tomas || r.Text != "hello there" || r.MaxPrice != 0 || r.Way != view.WayAuto {
		t.Errorf("sent %+v", r)
	}
	u.MustHave("hello there")
	if e.Text != "" {
		t.Errorf("%q is still there", e.Text)
	}
}

// Over the chain nothing is paid without a yes to the price.
func TestSendChain(t *testing.T) {
	u := uitest.New(t)
	open(t, u, page.MessagesChat, archive)
	u.Type(writeHere, "are you there?")
	u.Submit(writeHere)
	u.MustHave("Send it over the chain?")
	if count(u, "SendMessage") != 0 {
		t.Fatal("sent without a yes")
	}
	u.Tap("Cancel")
	if count(u, "SendMessage") != 0 || u.Entry(writeHere).Text != "are you there?" {
		t.Fatal("cancelling sent it, or lost the text")
	}
	u.Submit(writeHere)
	q := 8 * (len("are you there?") + 180)
	u.Tap("Send for " + u.Env.Text.Exact(types.Amount(q)))
	r := last[view.MessageRequest](t, u, "SendMessage")
	if r.MaxPrice != types.Amount(q) {
		t.Errorf("sent with at most %v, want %d", r.MaxPrice, q)
	}
	u.Type(writeHere, "second")
	u.Submit(writeHere)
	u.Tap("Wait until they are online (free)")
	if r := last[view.MessageRequest](t, u, "SendMessage"); r.Way != view.WayDirect || r.MaxPrice != 0 {
		t.Errorf("sent %+v", r)
	}
}

// A message that cannot be sent stays in the field.
func TestSendFails(t *testing.T) {
	u := uitest.New(t)
	open(t, u, page.MessagesChat, tomas)
	u.Fake.Fail("SendMessage", view.Errorf(view.CodeDisk, "the disk is full"))
	u.Type(writeHere, "keep me")
	u.Submit(writeHere)
	u.MustHave("the disk is full")
	if u.Entry(writeHere).Text != "keep me" || len(u.Failures) != 1 {
		t.Errorf("text %q, failures %v", u.Entry(writeHere).Text, u.Failures)
	}
}

// A payment request is paid after a check that repeats address and amount.
func TestPay(t *testing.T) {
	u := uitest.New(t)
	open(t, u, page.MessagesChat, tomas)
	u.Tap("Pay")
	u.MustHave("Pay this request?", tomas, "4.2 SCC")
	if count(u, "PayCard") != 0 {
		t.Fatal("paid without a check")
	}
	u.Key(fyne.KeyReturn)
	r := last[view.PayCardRequest](t, u, "PayCard")
	if r.Address != tomas || r.Amount.String() != "4.2" {
		t.Errorf("paid %+v", r)
	}
	u.MustHave("Paid")
}

// What is on the screen is marked read, up to the newest that was shown.
func TestMarkRead(t *testing.T) {
	u := uitest.New(t)
	open(t, u, "", "")
	wait(u, time.Second)
	if count(u, "MarkRead") != 0 {
		t.Fatal("marked read while no conversation is open")
	}
	u.Tap("Tomás Ruiz")
	wait(u, time.Second)
	if r := last[view.ReadRequest](t, u, "MarkRead"); r.Address != tomas || r.UpTo != viewtest.ID("message t9") {
		t.Errorf("marked %+v", r)
	}
}

// Links are asked about, with the host they really lead to.
func TestLink(t *testing.T) {
	u := uitest.New(t)
	open(t, u, page.MessagesRequests, viewtest.Address("stranger"))
	u.MustHave("it looks like another name", "A stranger")
	u.Tap("www.paypa1.example")
	u.MustHave("Open this link?")
	if len(u.Host.Calls()) != 0 {
		t.Fatalf("opened without asking: %v", u.Host.Calls())
	}
	u.Tap("Cancel")
}

// A failed message can be sent again, or over the chain for its price.
func TestRetry(t *testing.T) {
	u := uitest.New(t)
	open(t, u, page.MessagesChat, archive)
	u.MustHave("the price over the chain was not agreed to")
	u.Tap("Send over the chain")
	u.MustHave("Send it over the chain?")
	u.Key(fyne.KeyReturn)
	r := last[view.RetryRequest](t, u, "RetryMessage")
	if r.Way != view.WayChain || r.MaxPrice <= 0 {
		t.Errorf("retried %+v", r)
	}
}

// A draft is there again when the conversation is opened again, and when the
// page was made anew.
func TestDraft(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, page.MessagesChat, tomas)
	u.Type(writeHere, "half a sent")
	u.Tap("Studio Kite")
	if s := u.Entry(writeHere).Text; s != "" {
		t.Errorf("%q in another conversation", s)
	}
	u.Tap("Tomás Ruiz")
	if s := u.Entry(writeHere).Text; s != "half a sent" {
		t.Errorf("draft is %q", s)
	}
	kept := p.Keep()
	q := open(t, u, page.MessagesChat, tomas)
	q.Restore(kept)
	if s := u.Entry(writeHere).Text; s != "half a sent" {
		t.Errorf("kept draft is %q", s)
	}
}

// Long lists: 1,000 conversations and 100,000 messages, of which only those on
// the screen exist; older ones come when scrolled to, and the place is kept.
func TestLong(t *testing.T) {
	u := uitest.New(t)
	const total = 100_000
	message := func(i int) view.Message {
		return view.Message{ID: fmt.Sprint("m", i), Address: tomas, Text: fmt.Sprint("message number ", i), Time: viewtest.Now().Add(time.Duration(i-total) * time.Minute), Status: view.MessageReceived, Way: view.WayDirect}
	}
	u.Fake.Reply("Messages", func(args string) (any, error) {
		var q view.MessagesQuery
		if err := json.Unmarshal([]byte(args), &q); err != nil {
			return nil, err
		}
		from := total
		if q.Before != "" {
			if _, err := fmt.Sscanf(q.Before, "m%d", &from); err != nil {
				return nil, err
			}
		}
		out := []view.Message{}
		for i := from - 1; i >= 0 && len(out) < q.Limit; i-- {
			out = append(out, message(i))
		}
		return out, nil
	})
	u.Fake.Reply("Conversations", func(args string) (any, error) {
		var q view.ConversationsQuery
		if err := json.Unmarshal([]byte(args), &q); err != nil {
			return nil, err
		}
		out := []view.Conversation{}
		for i := q.Skip; i < 1000 && len(out) < q.Limit; i++ {
			out = append(out, view.Conversation{Address: fmt.Sprint("tsc1", i), Name: fmt.Sprint("Person ", i), Count: 1})
		}
		return out, nil
	})
	p := open(t, u, page.MessagesChat, tomas)
	c := p.part.(*talks).chat
	u.MustHave("message number 99999", "Person 3")
	if n := len(u.Texts()); n > 300 {
		t.Errorf("%d texts exist", n)
	}
	before, top := len(c.list), c.list[0].Text
	c.rows.ScrollToTop()
	u.Drain()
	u.Settle()
	if len(c.list) != before+someMessages || c.list[len(c.list)-1].ID != "m99999" {
		t.Fatalf("%d messages after scrolling up", len(c.list))
	}
	u.MustHave(top)
	all := make([]view.Message, total)
	for i := range all {
		all[i] = message(i)
	}
	c.list, c.first = all, true
	began := time.Now()
	c.draw()
	c.rows.ScrollToBottom()
	u.Settle()
	if d := time.Since(began); d > 2*time.Second {
		t.Errorf("100,000 messages took %v", d)
	}
	u.MustHave("message number 99999")
}

func TestFailures(t *testing.T) {
	u := uitest.New(t)
	u.Fake.Fail("*", view.Errorf(view.CodeUnavailable, "the node is starting").WithHint("wait a moment"))
	for _, r := range []page.Route{{}, {Tab: page.MessagesChat, Ref: tomas}, {Tab: page.MessagesNews}} {
		open(t, u, r.Tab, r.Ref)
		u.MustHave("the node is starting", "wait a moment")
	}
}

// Nobody reads what nobody sees: messages are marked read once the window is
// looked at again.
func TestMarkReadWaitsForEyes(t *testing.T) {
	u := uitest.New(t)
	seen := false
	u.Env.Watched = func() bool { return seen }
	p := open(t, u, page.MessagesChat, tomas)
	wait(u, time.Second)
	if n := count(u, "MarkRead"); n != 0 {
		t.Fatalf("marked read %d times behind the lock", n)
	}
	seen = true
	p.Look()
	wait(u, time.Second)
	if r := last[view.ReadRequest](t, u, "MarkRead"); r.UpTo != viewtest.ID("message t9") {
		t.Errorf("marked %+v", r)
	}
}

func TestBlock(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, page.MessagesChat, tomas)
	p.part.(*talks).chat.block(true)
	u.MustHave("Block Tomás Ruiz?")
	if count(u, "PutContact") != 0 {
		t.Fatal("blocked without a question")
	}
	u.Key(fyne.KeyReturn)
	u.Drain()
	if r := last[view.ContactRequest](t, u, "PutContact"); r.Address != tomas || r.Blocked == nil || !*r.Blocked {
		t.Errorf("asked %+v", r)
	}
	u.Tap("Unblock")
	u.Drain()
	if r := last[view.ContactRequest](t, u, "PutContact"); r.Blocked == nil || *r.Blocked {
		t.Errorf("asked %+v", r)
	}
}

func TestNewConversation(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, "", "")
	p.Create()
	u.Drain()
	u.Tap("Write")
	u.MustHave("Say whom to write to.")
	u.Type("To", "tom")
	u.Settle()
	u.Submit("To") // only one is called so
	u.Drain()
	if c := p.part.(*talks).chat; c == nil || c.address != tomas {
		t.Fatal("the conversation did not open")
	}
	u.Fake.Fail("Address", view.Errorf(view.CodeInvalid, "that is no address").WithHint("copy it once more"))
	p.Create()
	u.Drain()
	u.Type("To", "nonsense")
	u.Tap("Write")
	u.Drain()
	u.MustHave("that is no address", "copy it once more")
}

func TestSettingsSheet(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, "", "")
	openSettings(p.env, p.scope)
	u.Drain()
	u.Type("Strangers must pay at least", "0,5")
	u.Tap("Save")
	if count(u, "SetMessageSettings") != 0 {
		t.Fatal("a wrong amount was saved")
	}
	u.Type("Strangers must pay at least", "0.5")
	u.Tap("Save")
	u.Drain()
	if s := last[view.MessageSettings](t, u, "SetMessageSettings"); s.MinFee != types.Coin/2 {
		t.Errorf("saved %+v", s)
	}
	u.MustHave("Settings saved")
}

// A file is saved under the name that it was sent with, but never in a folder
// of the sender's choice.
func TestSaveFile(t *testing.T) {
	u := uitest.New(t)
	u.Host.Paths = []string{"/home/lena/sky.png"}
	p := open(t, u, page.MessagesChat, tomas)
	c := p.part.(*talks).chat
	m := c.list[c.at(viewtest.ID("message t6"))]
	m.Card.Title = "../../.bashrc"
	c.save(m)
	u.Drain()
	if r := last[view.SaveFileRequest](t, u, "SaveFile"); r.ID != m.ID || r.Path != "/home/lena/sky.png" {
		t.Errorf("asked %+v", r)
	}
	for _, name := range u.Host.Asked("SaveFile") {
		if strings.Contains(name, "..") || strings.Contains(name, "/") {
			t.Errorf("suggested %q", name)
		}
	}
}

func TestJoinAccount(t *testing.T) {
	u := uitest.New(t)
	kite := viewtest.Address("Studio Kite")
	open(t, u, page.MessagesChat, kite)
	u.Tap("Join")
	u.MustHave("Kite production", "2 of 3 sign")
	if count(u, "ImportAccount") != 0 {
		t.Fatal("joined without a question")
	}
	u.Key(fyne.KeyReturn)
	u.Drain()
	if r := last[view.ImportAccountRequest](t, u, "ImportAccount"); r.Message != viewtest.ID("message k1") {
		t.Errorf("asked %+v", r)
	}
	if n := len(u.Routes); n == 0 || u.Routes[n-1].Tab != page.WalletShared {
		t.Errorf("led to %+v", u.Routes)
	}
}

func TestAskForPayment(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, page.MessagesChat, tomas)
	p.part.(*talks).chat.composer.askPayment()
	u.Tap("Attach")
	u.MustHave("Say how much.")
	u.Type("Amount", "2.5")
	u.Type("What for (optional)", "Rent")
	u.Tap("Attach")
	u.Tap("Send")
	u.Drain()
	if r := last[view.MessageRequest](t, u, "SendMessage"); r.Payment == nil || r.Payment.Amount.String() != "2.5" || r.Payment.Title != "Rent" {
		t.Errorf("sent %+v", r)
	}
}

func TestNews(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, page.MessagesNews, "")
	n := p.part.(*news)
	n.follow()
	u.Tap("Follow")
	u.MustHave("Give the author's address.")
	u.Type("Address", tomas)
	u.Tap("Follow")
	u.Drain()
	if r := last[view.SubscribeRequest](t, u, "Subscribe"); r.Author != tomas {
		t.Errorf("asked %+v", r)
	}
	n.setMuted(n.channels[0], true)
	u.Drain()
	if r := last[view.SubscribeRequest](t, u, "Subscribe"); r.Mute == nil || !*r.Mute {
		t.Errorf("asked %+v", r)
	}
	n.publish()
	u.Settle()
	n.write("Title\nand words")
	wait(u, time.Second)
	u.Tap("Check")
	u.MustHave("Publish this for everybody?", "and words")
	if count(u, "Publish") != 0 {
		t.Fatal("published without a check")
	}
	u.Fake.Fail("Publish", view.Errorf(view.CodeUnavailable, "the node is busy"))
	u.Key(fyne.KeyReturn)
	u.Drain()
	u.Settle()
	if len(u.Failures) != 1 {
		t.Errorf("failures %v", u.Failures)
	}
}

// A card is paid once, however often it is tapped.
func TestPayOnce(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, page.MessagesChat, tomas)
	c := p.part.(*talks).chat
	m := c.list[c.at(viewtest.ID("message t8"))]
	release := make(chan struct{})
	u.Fake.Reply("PayCard", func(string) (any, error) { <-release; return view.Sent{TxID: "x"}, nil })
	c.payNow(m)
	c.payNow(m)
	c.pay(m)
	close(release)
	u.Drain()
	if n := count(u, "PayCard"); n != 1 {
		t.Errorf("paid %d times", n)
	}
}
