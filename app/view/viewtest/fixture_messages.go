package viewtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// people are those of the address book: their names by what Address takes.
var people = map[string]string{"Tomás": "Tomás Ruiz", "王小雨": "王小雨", "Studio Kite": "Studio Kite", "Archive of Rivers": "Archive of Rivers", "Foundation": "Foundation", "Noor": "Noor Haddad"}

// nameOf finds who has an address.
func nameOf(address string) string {
	for who := range people {
		if Address(who) == address {
			return who
		}
	}
	return ""
}

func contacts() []view.Contact {
	out := []view.Contact{}
	for who, name := range people {
		c := view.Contact{Address: Address(who), Name: name, Added: ago(90 * 24 * time.Hour), LastSeen: ago(time.Duration(len(who)) * time.Hour), Warnings: []string{}}
		switch who {
		case "Tomás":
			c.Online, c.Note, c.Reach = true, "Renders with us since spring", "198.51.100.4:7403"
		case "Studio Kite":
			c.Online = true
		case "Noor":
			c.Blocked = true
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b view.Contact) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func received(who, id, text string, d time.Duration) view.Message {
	return view.Message{ID: ID("message " + id), Address: Address(who), Text: text, Time: ago(d), Received: ago(d), Way: view.WayDirect, Status: view.MessageReceived, Links: []view.Link{}, Warnings: []string{}}
}

func sent(who, id, text string, d time.Duration, status string) view.Message {
	m := received(who, id, text, d)
	m.Mine, m.Status, m.Received = true, status, time.Time{}
	return m
}

func with(m view.Message, c view.Card) view.Message {
	m.Card = &c
	return m
}

// talk is the conversation with Tomás, newest first.
func talk() []view.Message {
	const who = "Tomás"
	unread := received(who, "t9", "Got it, looks great already. Could you send me the frames of shot 4 when they are done?", 4*time.Minute)
	unread.Unread = true
	card := with(received(who, "t8", "My share of the textures:", 6*time.Minute), view.Card{Kind: view.CardPayment, Title: "Textures, 2 packs", Amount: coin("4.2"), Address: Address(who), State: "open", Expires: Now().Add(47 * time.Hour)})
	card.Unread = true
	chain := sent(who, "t3", "I was offline until this morning, sorry. The bid is 18 SCC, that puts us first.", 20*time.Hour, view.MessageDelivered)
	chain.Way, chain.Fee, chain.TxID, chain.Height = view.WayChain, coin("0.00004"), ID("message tx"), tip-3600
	link := received(who, "t2", "Notes on the light are here: https://kite.example/notes/shot-4", 21*time.Hour)
	link.Links = []view.Link{{Text: "https://kite.example/notes/shot-4", Host: "kite.example"}}
	out := []view.Message{
		unread, card,
		with(sent(who, "t7", "It is on the board. Tiles come in quickly.", 2*time.Hour, view.MessageRead), view.Card{Kind: view.CardJob, Title: "Lighthouse, shot 4", Ref: RenderJob(), Amount: coin("18"), State: "open"}),
		with(received(who, "t6", "", 3*time.Hour), view.Card{Kind: view.CardFile, Title: "sky-reference.png", Size: 2_411_008, Have: 2_411_008, State: "open"}),
		received(who, "t5", "好的，今晚我把天空的参考图发给你。", 3*time.Hour+time.Minute),
		sent(who, "t4", "Perfect. Which reference do you use for the sky?", 4*time.Hour, view.MessageRead),
		chain, link,
		sent(who, "t1", "Hi Tomás! Shall we render the lighthouse shot on the network this time?", 22*time.Hour, view.MessageRead),
	}
	for i := range 40 {
		d := 24*time.Hour + time.Duration(i)*97*time.Minute
		text := []string{"Morning! Any news on the glacier scene?", "The last two frames are being checked.", "Thanks, that was quick.", "I pay you back tomorrow."}[i%4]
		if i%2 == 0 {
			out = append(out, received(who, fmt.Sprint("told ", i), text, d))
		} else {
			out = append(out, sent(who, fmt.Sprint("told ", i), text, d, view.MessageRead))
		}
	}
	return out
}

func talks() map[string][]view.Message {
	failed := sent("Archive of Rivers", "a1", "May I mirror the 2026 set as well?", 50*time.Hour, view.MessageFailed)
	failed.Problem = "they were offline for 2 days, and the price over the chain was not agreed to; it is kept here"
	stranger := received("stranger", "s1", "Hello! I saw your pictures in the market. Would you sell the whole set? See www.paypa1.example", 35*time.Minute)
	stranger.Unread, stranger.Warnings = true, []string{"the link leads to www.paypa1.example, which looks like another name"}
	stranger.Links = []view.Link{{Text: "www.paypa1.example", Host: "www.paypa1.example", Warning: "it looks like another name"}}
	invite := with(received("Studio Kite", "k1", "Here is the invitation to our production account.", 7*time.Hour), view.Card{Kind: view.CardAccount, Title: "Kite production", About: []string{"2 of 3 sign", "Studio Kite, Tomás Ruiz, you"}, Ref: "tr(musig)", State: "open"})
	invite.Unread = true
	return map[string][]view.Message{
		Address("Tomás"):             talk(),
		Address("Studio Kite"):       {invite, sent("Studio Kite", "k0", "Count me in.", 8*time.Hour, view.MessageDelivered)},
		Address("王小雨"):               {received("王小雨", "w1", "渲染结果收到了，非常清晰，谢谢！", 26*time.Hour), sent("王小雨", "w0", "12 张全部完成了，请查收。", 27*time.Hour, view.MessageRead)},
		Address("Archive of Rivers"): {failed, received("Archive of Rivers", "a0", "The new data set is online.", 52*time.Hour)},
		Address("stranger"):          {stranger},
		Address("spam"):              {received("spam", "x1", "DOUBLE YOUR COINS TODAY", 9*time.Hour)},
	}
}

func conversations(q view.ConversationsQuery) []view.Conversation {
	out := []view.Conversation{}
	for address, list := range talks() {
		who := nameOf(address)
		c := view.Conversation{Address: address, Name: people[who], Count: len(list), Last: &list[0], Time: list[0].Time, Online: who == "Tomás" || who == "Studio Kite", Warnings: []string{},
			Request: address == Address("stranger"), Filtered: address == Address("spam")}
		for _, m := range list {
			if m.Unread {
				c.Unread++
			}
		}
		found := strings.Contains(strings.ToLower(c.Name+c.Address), strings.ToLower(q.Search))
		if c.Request == q.Requests && c.Filtered == q.Filtered && !q.Blocked && found {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b view.Conversation) int { return b.Time.Compare(a.Time) })
	return cut(out, q.Page, 100)
}

func messages(q view.MessagesQuery) []view.Message {
	list := talks()[q.Address]
	if i := slices.IndexFunc(list, func(m view.Message) bool { return m.ID == q.Before }); i >= 0 {
		list = list[i+1:]
	}
	return cut(list, view.Page{Limit: q.Limit}, 50)
}

func fillMessages(f *Fake) {
	reply(f, "Conversations", func(q view.ConversationsQuery) (any, error) { return conversations(q), nil })
	reply(f, "Messages", func(q view.MessagesQuery) (any, error) { return messages(q), nil })
	reply(f, "Message", func(id string) (any, error) {
		for _, list := range talks() {
			for _, m := range list {
				if m.ID == id {
					return m, nil
				}
			}
		}
		return nil, errNothing
	})
	reply(f, "SearchMessages", func(q view.MessageSearch) (any, error) {
		out := []view.Message{}
		for address, list := range talks() {
			for _, m := range list {
				if (q.Address == "" || q.Address == address) && strings.Contains(strings.ToLower(m.Text), strings.ToLower(q.Text)) {
					out = append(out, m)
				}
			}
		}
		slices.SortFunc(out, func(a, b view.Message) int { return b.Time.Compare(a.Time) })
		return cut(out, view.Page{Limit: q.Limit}, 50), nil
	})
	reply(f, "QuoteMessage", func(r view.MessageRequest) (any, error) {
		q := view.MessageQuote{Online: r.To == Address("Tomás") || r.To == Address("Studio Kite"), Way: view.WayDirect, Bytes: len(r.Text) + 64, Records: 1, Price: types.Amount(8*(len(r.Text)+180)) + 0, Affordable: true, Notes: []string{}}
		if !q.Online {
			q.Way, q.LeastExtra = view.WayChain, 0
		}
		return q, nil
	})
	reply(f, "SendMessage", func(r view.MessageRequest) (any, error) {
		m := sent("Tomás", "new "+r.Text, r.Text, 0, view.MessageSent)
		m.Address = r.To
		return m, nil
	})
	reply(f, "RetryMessage", func(r view.RetryRequest) (any, error) {
		return sent("Archive of Rivers", "a1", "May I mirror the 2026 set as well?", 50*time.Hour, view.MessageSent), nil
	})
	f.must("PayCard", view.Sent{TxID: ID("card"), Fee: coin("0.00001232")})
	f.must("Contacts", contacts())
	reply(f, "PutContact", func(r view.ContactRequest) (any, error) {
		c := view.Contact{Address: r.Address, Added: Now(), Warnings: []string{}}
		for _, known := range contacts() {
			if known.Address == r.Address {
				c = known
			}
		}
		if r.Name != nil {
			c.Name = *r.Name
		}
		if r.Note != nil {
			c.Note = *r.Note
		}
		return c, nil
	})
	f.must("MessageSettings", view.MessageSettings{MinFee: coin("0.001"), Strangers: true, ReadMarks: true, ShareReach: true, AccountPrice: coin("0.001")})
	reply(f, "SetMessageSettings", func(s view.MessageSettings) (any, error) { return s, nil })
}
