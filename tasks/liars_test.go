package tasks

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain/types"
)

// What a node may send before it has a session, and the answer it gets.
func TestLoginRefusals(t *testing.T) {
	cases := []struct {
		name string
		node byte
		edit func(*hello)
		want error
	}{
		{"good", 2, func(*hello) {}, nil},
		{"other version", 2, func(h *hello) { h.version = 9 }, ErrVersion},
		{"other network", 2, func(h *hello) { h.network = types.NetworkID{9} }, ErrProtocol},
		{"unknown job", 2, func(h *hello) { h.job = types.Hash{9} }, ErrNoPlace},
		{"other dapp", 2, func(h *hello) { h.dapp = types.Hash{9} }, ErrProtocol},
		{"the author itself", 1, func(*hello) {}, ErrProtocol},
		{"a ticket nobody signed", 2, func(h *hello) { h.held, h.signature = types.Coin/2, [64]byte{1} }, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dapp := &counting{units: 10, reward: types.Coin / 100}
				m := begin(t, dapp)
				id := m.post(types.Coin, 1000)
				synctest.Wait()
				h := hello{version: Version, network: testNet, job: id, dapp: countingID()}
				c.edit(&h)
				conn, err := dialer{m.n, newKey(c.node).Address()}.Dial(t.Context(), m.author.Address(), "")
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				if _, err := conn.Write(h.frame().append(nil)); err != nil {
					t.Fatal(err)
				}
				reply, err := receiveHello(conn)
				if !errors.Is(err, c.want) {
					t.Fatalf("got %v, want %v", err, c.want)
				}
				if err == nil && (reply.job != id || reply.network != testNet || reply.dapp != countingID()) {
					t.Fatalf("echo %+v", reply)
				}
				own, _ := m.coordinator.Job(id)
				for _, s := range own.Nodes {
					if s.Ticket != 0 {
						t.Fatalf("a forged ticket counts: %+v", s)
					}
				}
			})
		})
	}
}

// Rubbish instead of a hello, and silence.
func TestLoginRubbish(t *testing.T) {
	for _, send := range [][]byte{[]byte("GET / HTTP/1.1\r\n\r\n"), frame{kind: framePing}.append(nil), {0xff, 0xff, 0xff, 0xff, 1}, nil} {
		synctest.Test(t, func(t *testing.T) {
			m := begin(t, &counting{units: 1})
			ours, theirs := net.Pipe()
			result := make(chan error, 1)
			go func() { result <- m.coordinator.Accept(context.Background(), newKey(2).Address(), theirs) }()
			go func() { ours.Write(send) }()
			go func() {
				for readFull(ours, make([]byte, 1)) == nil {
				}
			}()
			start := time.Now()
			err := <-result
			if !errors.Is(err, ErrProtocol) && !errors.Is(err, ErrUnreachable) {
				t.Errorf("%q: %v", send, err)
			}
			if took := time.Since(start); took > HelloTimeout+byeTimeout {
				t.Errorf("%q: after %v", send, took)
			}
			ours.Close()
		})
	}
}

func TestTooManySessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 100, reward: types.Coin / 100, pace: time.Minute}
		m := begin(t, dapp)
		m.stopCoord()
		m.copt.MaxSessions = 1
		m.startCoordinator()
		a := m.node(2, dapp)
		id := m.post(2*types.Coin, 1000)
		time.Sleep(20 * time.Second)
		synctest.Wait()
		b := m.node(3, dapp)
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if sa, sb := a.work(id), b.work(id); !sa.Connected || sb.Connected || !strings.Contains(sb.Why, ErrBusy.Error()) {
			t.Fatalf("a %+v\nb %+v", sa, sb)
		}
	})
}

// liar is an author who talks to nodes as a test tells it.
func liar(t *testing.T, talk func(conn net.Conn, h *hello)) (*market, *node, types.Hash) {
	dapp := &counting{pace: time.Second}
	m := begin(t, dapp)
	m.stopCoord()
	id, err := m.w.wallet(m.author).PostJob(t.Context(), types.JobPost{Dapp: countingID(), Duration: 1000, Bid: types.Coin, Contact: "here"})
	if err != nil {
		t.Fatal(err)
	}
	m.w.mine(1)
	m.n.accept[m.author.Address()] = func(_ types.Address, conn net.Conn) {
		defer conn.Close()
		h, err := receiveHello(conn)
		if err != nil {
			return
		}
		go func() { // what the node sends goes nowhere
			for readFull(conn, make([]byte, 1)) == nil {
			}
		}()
		talk(conn, h)
	}
	return m, m.node(2, dapp), id
}

func TestLyingAuthors(t *testing.T) {
	author, self := newKey(1), newKey(2).Address()
	ticket := func(job types.Hash, network types.NetworkID, by key, to types.Address, amount types.Amount) []byte {
		tk, err := signTicket(by, network, job, to, amount)
		if err != nil {
			t.Fatal(err)
		}
		return ticketFrame(tk).append(nil)
	}
	cases := []struct {
		name string
		// send gives what follows the hello; nil: a wrong hello
		send func(job types.Hash) []byte
		kept types.Amount
		why  string
	}{
		{"good, then replayed", func(j types.Hash) []byte {
			return append(ticket(j, testNet, author, self, types.Coin/2), ticket(j, testNet, author, self, types.Coin/4)...)
		}, types.Coin / 2, ""},
		{"signed by another", func(j types.Hash) []byte { return ticket(j, testNet, newKey(5), self, types.Coin/2) }, 0, "invalid score ticket"},
		{"other network", func(j types.Hash) []byte { return ticket(j, types.NetworkID{1}, author, self, types.Coin/2) }, 0, "invalid score ticket"},
		{"other job", func(types.Hash) []byte { return ticket(types.Hash{1}, testNet, author, self, types.Coin/2) }, 0, "invalid score ticket"},
		{"other node", func(j types.Hash) []byte { return ticket(j, testNet, author, newKey(5).Address(), types.Coin/2) }, 0, "invalid score ticket"},
		{"beyond the bids", func(j types.Hash) []byte { return ticket(j, testNet, author, self, types.Coin+1) }, 0, "invalid score ticket"},
		{"oversized frame", func(types.Hash) []byte { return []byte{0x7f, 0xff, 0xff, 0xff, byte(frameAnswer)} }, 0, "protocol broken"},
		{"unasked answer", func(types.Hash) []byte { return messageFrame(frameAnswer, 99, nil).append(nil) }, 0, "protocol broken"},
		{"questions at once", func(types.Hash) []byte {
			q := messageFrame(frameQuestion, 1, make([]byte, 8)).append(nil)
			return bytes.Repeat(q, 8)
		}, 0, "protocol broken"},
		{"another job's hello", nil, 0, "another job"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, n, id := liar(t, func(conn net.Conn, h *hello) {
					reply := hello{version: Version, network: testNet, job: h.job, dapp: h.dapp}
					if c.send == nil {
						reply.job = types.Hash{1}
					}
					conn.SetWriteDeadline(time.Now().Add(time.Minute))
					conn.Write(reply.frame().append(nil))
					if c.send != nil {
						conn.Write(c.send(h.job))
					}
					time.Sleep(time.Second)
				})
				time.Sleep(30 * time.Second)
				synctest.Wait()
				s := n.work(id)
				if s.Ticket != c.kept {
					t.Fatalf("kept %v: %+v", s.Ticket, s)
				}
				if c.why != "" && !strings.Contains(s.Why, c.why) {
					t.Fatalf("why %q, want %q", s.Why, c.why)
				}
				time.Sleep(10 * time.Minute)
				if m.n.dialled() > 40 {
					t.Fatalf("dialled a liar %d times", m.n.dialled())
				}
				n.restart()
				synctest.Wait()
				if got := n.work(id).Ticket; got != c.kept {
					t.Fatalf("after a restart %v", got)
				}
			})
		})
	}
}
