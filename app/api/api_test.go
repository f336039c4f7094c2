package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
)

const testToken = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

// serve runs a server for the test's time and gives a client of it.
func serve(t *testing.T, fake *viewtest.Fake, opts Options) (*Server, *Client) {
	t.Helper()
	s := NewServer(fake, testToken, opts)
	ln, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v", err)
		}
	})
	return s, NewClient(ln.Addr().String(), testToken)
}

// Each method of the Backend arrives with its arguments, and its answer comes
// back whole. Watch has its own test.
func TestEveryMethodRoundTrip(t *testing.T) {
	fake := new(viewtest.Fake)
	_, client := serve(t, fake, Options{})
	ctx := context.Background()
	typ := reflect.TypeFor[view.Backend]()
	for i := range typ.NumMethod() {
		m := typ.Method(i)
		if m.Name == "Watch" {
			continue
		}
		t.Run(m.Name, func(t *testing.T) {
			args := []reflect.Value{reflect.ValueOf(ctx)}
			for a := 1; a < m.Type.NumIn(); a++ {
				v := reflect.New(m.Type.In(a))
				viewtest.Fill(v.Interface())
				args = append(args, v.Elem())
			}
			before := len(fake.Calls())
			viaHTTP := reflect.ValueOf(client).MethodByName(m.Name).Call(args)
			direct := reflect.ValueOf(fake).MethodByName(m.Name).Call(args)
			calls := fake.Calls()[before:]
			if len(calls) != 2 || calls[0] != calls[1] {
				t.Fatalf("the backend was asked %+v", calls)
			}
			for i := range direct {
				if !reflect.DeepEqual(viaHTTP[i].Interface(), direct[i].Interface()) {
					t.Errorf("result %d:\n got %+v\nwant %+v", i, viaHTTP[i], direct[i])
				}
			}
		})
	}
}

// Optional arguments stay absent.
func TestBlocksFromTip(t *testing.T) {
	fake := new(viewtest.Fake)
	_, client := serve(t, fake, Options{})
	zero := uint32(0)
	for _, from := range []*uint32{nil, &zero} {
		if _, err := client.Blocks(context.Background(), view.BlocksQuery{From: from}); err != nil {
			t.Fatal(err)
		}
	}
	if got := fake.Calls(); got[0].Args != "{}" || got[1].Args != `{"from":0}` {
		t.Errorf("asked %+v", got)
	}
}

// Marking a conversation read works without a body, as it did before it took one.
func TestMarkReadForms(t *testing.T) {
	for body, want := range map[string]string{
		"":                          `{"address":"ab"}`,
		"{}":                        `{"address":"ab"}`,
		`{"up_to":"12"}`:            `{"address":"ab","up_to":"12"}`,
		`{"address":"other"}`:       "",
		`{"address":"ab","x":true}`: "",
	} {
		fake := new(viewtest.Fake)
		s, _ := serve(t, fake, Options{})
		w := ask(s, "POST", "/v1/conversations/ab/read", body, nil)
		got := ""
		for _, c := range fake.Calls() {
			got += c.Args
		}
		if got != want || (w.Code < 300) != (want != "") {
			t.Errorf("%s: %d, asked %q, want %q", body, w.Code, got, want)
		}
	}
}

// A frame comes as JSON, or as the picture itself when that is asked for.
func TestFramePicture(t *testing.T) {
	fake := new(viewtest.Fake)
	if err := fake.Answer("RenderPicture", view.Picture{PNG: []byte("\x89PNG, or so")}); err != nil {
		t.Fatal(err)
	}
	s := NewServer(fake, testToken, Options{})
	for accept, raw := range map[string]bool{"": false, "*/*": false, "application/json": false, "image/png": true, "image/png;q=1, */*": true, "text/html, image/png": false, ";": false} {
		w := ask(s, "GET", "/v1/jobs/ab/frames/7?size=640", "", func(r *http.Request) { r.Header.Set("Accept", accept) })
		kind, body := w.Header().Get("Content-Type"), w.Body.String()
		if raw && (kind != "image/png" || body != "\x89PNG, or so") || !raw && (kind != "application/json" || !json.Valid(w.Body.Bytes())) || w.Code != 200 {
			t.Errorf("Accept %q: %d %s %q", accept, w.Code, kind, body)
		}
	}
	if c := fake.Calls()[0]; c.Args != `{"job":"ab","frame":7,"size":640}` {
		t.Errorf("asked %+v", c)
	}
	fake.Fail("RenderPicture", view.ErrNotFound)
	if w := ask(s, "GET", "/v1/jobs/ab/frames/7", "", func(r *http.Request) { r.Header.Set("Accept", "image/png") }); w.Code != 404 || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("a failure: %d %s", w.Code, w.Header().Get("Content-Type"))
	}
}

// Every code keeps its meaning across the API.
func TestErrorsRoundTrip(t *testing.T) {
	for code, want := range statuses {
		t.Run(string(code), func(t *testing.T) {
			fake := new(viewtest.Fake)
			_, client := serve(t, fake, Options{})
			sent := view.Errorf(code, "what happened").WithHint("what to do")
			fake.Fail("Balance", fmt.Errorf("outer: %w", sent))
			_, err := client.Balance(context.Background())
			if got := view.AsError(err); *got != *sent {
				t.Errorf("got %+v, want %+v", got, sent)
			}
			if s := status(code); s != want || s < 400 {
				t.Errorf("status %d", s)
			}
		})
	}
	if status("no such code") != http.StatusInternalServerError {
		t.Error("an unknown code is not an internal error")
	}
}

func TestForeignErrorIsInternal(t *testing.T) {
	fake := new(viewtest.Fake)
	_, client := serve(t, fake, Options{})
	fake.Fail("Tx", errors.New("row 7 is damaged"))
	_, err := client.Tx(context.Background(), "ab")
	if e := view.AsError(err); e.Code != view.CodeInternal || e.Message != "row 7 is damaged" {
		t.Errorf("got %+v", e)
	}
}

// ask sends one request straight to the handler.
func ask(s *Server, method, target, body string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1:9"+target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+testToken)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	} else {
		r.Body = http.NoBody
	}
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestWhoMayAsk(t *testing.T) {
	cases := []struct {
		name   string
		change func(*http.Request)
		want   int
	}{
		{"owner", nil, 200},
		{"by name", func(r *http.Request) { r.Host = "localhost:9" }, 200},
		{"by IPv6", func(r *http.Request) { r.Host = "[::1]:9" }, 200},
		{"IPv6 without port", func(r *http.Request) { r.Host = "[::1]" }, 200},
		{"no token", func(r *http.Request) { r.Header.Del("Authorization") }, 401},
		{"empty token", func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") }, 401},
		{"wrong token", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+strings.Repeat("0", 64)) }, 401},
		{"prefix of the token", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+testToken[:63]) }, 401},
		{"token and more", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+testToken+"0") }, 401},
		{"basic", func(r *http.Request) { r.SetBasicAuth("Bearer", testToken) }, 401},
		{"token in the query", func(r *http.Request) { r.Header.Del("Authorization"); r.URL.RawQuery = "token=" + testToken }, 401},
		{"rebound name", func(r *http.Request) { r.Host = "evil.example:9" }, 401},
		{"name that starts well", func(r *http.Request) { r.Host = "127.0.0.1.evil.example" }, 401},
		{"other machine", func(r *http.Request) { r.Host = "192.168.1.5:9" }, 401},
		{"no host", func(r *http.Request) { r.Host = "" }, 401},
		{"browser", func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:9") }, 401},
		{"sandboxed browser", func(r *http.Request) { r.Header.Set("Origin", "null") }, 401},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			fake := new(viewtest.Fake)
			s := NewServer(fake, testToken, Options{})
			for _, path := range []string{"/v1/status", "/v1/no-such-thing"} {
				w := ask(s, "GET", path, "", c.change)
				want := c.want
				if want == 200 && path != "/v1/status" {
					want = 404
				}
				if w.Code != want {
					t.Errorf("%s: status %d, want %d: %s", path, w.Code, want, w.Body)
				}
				for h := range w.Header() {
					if strings.HasPrefix(h, "Access-Control-") {
						t.Errorf("%s: sends %s", path, h)
					}
				}
			}
			if c.want != 200 && len(fake.Calls()) != 0 {
				t.Errorf("a refused request reached the backend: %+v", fake.Calls())
			}
		})
	}
}

func TestBadRequests(t *testing.T) {
	deep := strings.Repeat(`{"label":`, 20000) + "1" + strings.Repeat("}", 20000)
	cases := []struct {
		name, method, target, body string
		change                     func(*http.Request)
		code                       int
		says                       string
	}{
		{"unknown path", "GET", "/v1/nothing", "", nil, 404, "/v1/nothing"},
		{"older version", "GET", "/v0/status", "", nil, 404, "/v0/status"},
		{"wrong method", "DELETE", "/v1/status", "", nil, 405, "takes GET"},
		{"wrong method of two", "DELETE", "/v1/peers", "", nil, 405, "GET, POST"},
		{"query where none belongs", "GET", "/v1/status?x=1", "", nil, 400, "no query"},
		{"body where none belongs", "GET", "/v1/status", "{}", nil, 400, "no body"},
		{"body to complete", "POST", "/v1/jobs/ab/complete", "{}", nil, 400, "no body"},
		{"no body", "POST", "/v1/wallet/send", "", nil, 400, "Content-Type"},
		{"form", "POST", "/v1/wallet/send", "outputs=1", func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }, 400, "Content-Type"},
		{"null", "POST", "/v1/wallet/send", "null", nil, 400, "not a JSON object"},
		{"array", "POST", "/v1/wallet/send", "[]", nil, 400, "not a JSON object"},
		{"cut off", "POST", "/v1/wallet/send", `{"label":"x"`, nil, 400, ""},
		{"unknown key", "POST", "/v1/wallet/send", `{"lable":"x"}`, nil, 400, `"lable"`},
		{"unknown inner key", "POST", "/v1/wallet/send", `{"outputs":[{"to":"x"}]}`, nil, 400, `"to"`},
		{"repeated key", "POST", "/v1/wallet/send", `{"label":"x","label":"y"}`, nil, 400, "twice"},
		{"repeated in other case", "POST", "/v1/wallet/send", `{"label":"x","Label":"y"}`, nil, 400, "twice"},
		{"repeated inner key", "POST", "/v1/wallet/send", `{"outputs":[{},{"address":"x","address":"y"}]}`, nil, 400, "twice"},
		{"trailing object", "POST", "/v1/wallet/send", `{"label":"x"}{}`, nil, 400, "behind"},
		{"trailing text", "POST", "/v1/wallet/send", `{"label":"x"} x`, nil, 400, ""},
		{"amount as number", "POST", "/v1/wallet/send", `{"outputs":[{"amount":1.5}]}`, nil, 400, "amount"},
		{"negative amount", "POST", "/v1/wallet/send", `{"outputs":[{"amount":"-1"}]}`, nil, 400, "not an amount"},
		{"too many decimals", "POST", "/v1/wallet/send", `{"outputs":[{"amount":"0.000000001"}]}`, nil, 400, "not an amount"},
		{"too deep", "POST", "/v1/wallet/send", deep, nil, 400, ""},
		{"too large", "POST", "/v1/wallet/send", `{"label":"` + strings.Repeat("x", MaxBody) + `"}`, nil, 413, "larger"},
		{"query with a body", "POST", "/v1/wallet/send?x=1", `{}`, nil, 400, "no query"},
		{"unknown query value", "GET", "/v1/wallet/history?offset=1", "", nil, 400, `"offset"`},
		{"repeated query value", "GET", "/v1/wallet/history?skip=1&skip=2", "", nil, 400, "twice"},
		{"negative query value", "GET", "/v1/wallet/history?skip=-1", "", nil, 400, "skip"},
		{"huge query value", "GET", "/v1/chain/blocks?from=99999999999", "", nil, 400, "from"},
		{"malformed query", "GET", "/v1/chain/blocks?from=%zz", "", nil, 400, "malformed"},
		{"raise of another job", "POST", "/v1/jobs/ab/raise", `{"job":"cd","added":"1"}`, nil, 400, "another id"},
		{"retry of another message", "POST", "/v1/messages/ab/retry", `{"id":"cd"}`, nil, 400, "another id"},
		{"contact under another address", "PUT", "/v1/contacts/ab", `{"address":"cd"}`, nil, 400, "another address"},
		{"messages of another address", "GET", "/v1/conversations/ab?address=cd", "", nil, 400, "another address"},
		{"switch that is none", "GET", "/v1/market/listings?mine=yes", "", nil, 400, "true or false"},
		{"amount that is none", "GET", "/v1/market/listings?max_price=-1", "", nil, 400, "amount"},
		{"amount with too many decimals", "GET", "/v1/market/listings?max_price=0.000000001", "", nil, 400, "amount"},
		{"query with a body", "GET", "/v1/news?limit=1", "{}", nil, 400, "no body"},
		{"page with a body", "GET", "/v1/accounts/ab/history", "{}", nil, 400, "no body"},
		{"unknown query value of a named path", "GET", "/v1/accounts/ab/history?from=1", "", nil, 400, `"from"`},
		{"read mark with a body", "POST", "/v1/news/read", "{}", nil, 400, "no body"},
		{"deletion with a query", "DELETE", "/v1/messages/ab?all=true", "", nil, 400, "no query"},
		{"deletion of a fixed path", "DELETE", "/v1/messages/quote", "", nil, 405, "takes POST"},
		{"frame that is no number", "GET", "/v1/jobs/ab/frames/x", "", nil, 400, "not a frame"},
		{"negative frame", "GET", "/v1/jobs/ab/frames/-1", "", nil, 400, "not a frame"},
		{"frame beyond all", "GET", "/v1/jobs/ab/frames/99999999999999999999", "", nil, 400, "not a frame"},
		{"negative picture", "GET", "/v1/jobs/ab/frames/1?size=-1", "", nil, 400, "size"},
		{"unknown query value of a picture", "GET", "/v1/jobs/ab/frames/1?width=1", "", nil, 400, `"width"`},
		{"picture by post", "POST", "/v1/jobs/ab/frames/1", "{}", nil, 405, "takes GET"},
		{"unknown key of a scene", "POST", "/v1/render/quote", `{"path":"/x","frame":"1"}`, nil, 400, `"frame"`},
		{"endless rate", "POST", "/v1/render", `{"path":"/x","rate":1e999}`, nil, 400, "1e999"},
		{"reading an address that must be made", "GET", "/v1/accounts/ab/address", "", nil, 405, "takes POST"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			fake := new(viewtest.Fake)
			w := ask(NewServer(fake, testToken, Options{}), c.method, c.target, c.body, c.change)
			var f failure
			if err := json.Unmarshal(w.Body.Bytes(), &f); err != nil || f.Error == nil {
				t.Fatalf("the answer is no structured error: %q", w.Body)
			}
			if w.Code != c.code || !strings.Contains(f.Error.Message, c.says) {
				t.Errorf("got %d %q, want %d with %q", w.Code, f.Error.Message, c.code, c.says)
			}
			if len(fake.Calls()) != 0 {
				t.Errorf("the backend was asked %+v", fake.Calls())
			}
		})
	}
}

// Nothing that a request carries, the token least of all, is repeated in an
// error answer or in the log.
func TestTokenStaysSecret(t *testing.T) {
	var logged strings.Builder
	fake := new(viewtest.Fake)
	fake.Fail("*", errors.New("broken"))
	s := NewServer(fake, testToken, Options{Log: testLog(&logged)})
	seen := ask(s, "GET", "/v1/status", "", nil).Body.String()
	seen += ask(s, "POST", "/v1/wallet/words", `{"words":"abandon ability able"}`, nil).Body.String()
	seen += ask(s, "GET", "/v1/status", "", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+testToken+"x") }).Body.String()
	if seen += logged.String(); strings.Contains(seen, testToken[:16]) || strings.Contains(seen, "abandon") {
		t.Errorf("a secret shows in:\n%s", seen)
	}
	if !strings.Contains(logged.String(), "broken") {
		t.Error("the internal error was not logged")
	}
}

type panicking struct{ viewtest.Fake }

func (*panicking) Status(context.Context) (view.Status, error) { panic("no such row") }

func TestPanicAnswersAndLogs(t *testing.T) {
	var logged strings.Builder
	w := ask(NewServer(new(panicking), testToken, Options{Log: testLog(&logged)}), "GET", "/v1/status", "", nil)
	if w.Code != 500 || strings.Contains(w.Body.String(), "no such row") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if !strings.Contains(logged.String(), "no such row") {
		t.Error("the panic was not logged")
	}
}

type blocking struct {
	viewtest.Fake
	entered chan struct{}
}

func (b *blocking) Balance(ctx context.Context) (view.Balance, error) {
	b.entered <- struct{}{}
	<-ctx.Done()
	return view.Balance{}, ctx.Err()
}

// More requests than there are slots are refused at once, and a client that
// goes away frees its slot.
func TestRequestsAreBounded(t *testing.T) {
	b := &blocking{entered: make(chan struct{})}
	s := NewServer(b, testToken, Options{})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan int, maxRequests)
	for range maxRequests {
		go func() {
			w := ask(s, "GET", "/v1/wallet/balance", "", func(r *http.Request) { *r = *r.WithContext(ctx) })
			done <- w.Code
		}()
		<-b.entered
	}
	if w := ask(s, "GET", "/v1/status", "", nil); w.Code != 503 {
		t.Errorf("request %d got %d", maxRequests+1, w.Code)
	}
	cancel()
	for range maxRequests {
		if code := <-done; code != 503 {
			t.Errorf("a cancelled request got %d", code)
		}
	}
	if w := ask(s, "GET", "/v1/status", "", nil); w.Code != 200 {
		t.Errorf("after the others left: %d", w.Code)
	}
}

// A PSBT may be larger than other bodies, and only a PSBT.
func TestLargePSBT(t *testing.T) {
	fake := new(viewtest.Fake)
	_, client := serve(t, fake, Options{})
	data := strings.Repeat("A", 8<<20*4/3)
	if _, err := client.ImportPSBT(t.Context(), view.PSBT{Data: data}); err != nil {
		t.Fatal(err)
	}
	if calls := fake.Calls(); len(calls) != 1 || len(calls[0].Args) < len(data) {
		t.Errorf("%d calls", len(calls))
	}
	_, err := client.ImportPSBT(t.Context(), view.PSBT{Data: data + data})
	if view.AsError(err).Code != view.CodeTooLarge || !strings.Contains(err.Error(), strconv.Itoa(MaxPSBTBody)) {
		t.Errorf("beyond the limit: %v", err)
	}
	_, err = client.Propose(t.Context(), view.ProposalRequest{Post: data})
	if view.AsError(err).Code != view.CodeTooLarge || !strings.Contains(err.Error(), strconv.Itoa(MaxBody)) {
		t.Errorf("another body: %v", err)
	}
}

// Times that are not there are left out; amounts of nothing are not.
func TestZeroTimes(t *testing.T) {
	raw, err := json.Marshal(view.Card{Kind: view.CardPayment})
	if err != nil || string(raw) != `{"kind":"payment","amount":"0"}` {
		t.Errorf("%s, %v", raw, err)
	}
}

func TestWatch(t *testing.T) {
	fake := new(viewtest.Fake)
	want := []view.Event{{Kind: view.EventTip, Height: 7}, {Kind: view.EventJob, Job: "ab\n\ndata: x"}, {Kind: view.EventWallet}}
	fake.Emit(want...)
	_, client := serve(t, fake, Options{Heartbeat: time.Millisecond})
	ctx, cancel := context.WithCancel(context.Background())
	var got []view.Event
	err := client.Watch(ctx, func(e view.Event) error {
		if got = append(got, e); len(got) == len(want) {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	stop := errors.New("enough")
	if err := client.Watch(context.Background(), func(view.Event) error { return stop }); err != stop {
		t.Errorf("fn's error became %v", err)
	}
}

// A node that stops ends the stream with an error that says so.
func TestWatchEndsWithTheNode(t *testing.T) {
	fake := new(viewtest.Fake)
	fake.Emit(view.Event{Kind: view.EventTip})
	s := NewServer(fake, testToken, Options{})
	ln, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, ln) }()
	client := NewClient(ln.Addr().String(), testToken)
	err = client.Watch(context.Background(), func(view.Event) error { cancel(); return nil })
	if !errors.Is(err, view.ErrUnavailable) {
		t.Errorf("Watch: %v", err)
	}
	<-done
	if _, err := client.Status(context.Background()); !errors.Is(err, view.ErrNotRunning) {
		t.Errorf("after the stop: %v", err)
	}
}

// Silence longer than the heartbeat is a dead node, not a quiet one.
func TestWatchNoticesSilence(t *testing.T) {
	_, client := serve(t, new(viewtest.Fake), Options{Heartbeat: time.Hour})
	client.quiet = 20 * time.Millisecond
	if err := client.Watch(context.Background(), func(view.Event) error { return nil }); !errors.Is(err, view.ErrUnavailable) {
		t.Errorf("Watch: %v", err)
	}
}

func TestListenLoopbackOnly(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "example.com:0", "127.0.0.1", ""} {
		if ln, err := Listen(address); !errors.Is(err, view.ErrInvalid) {
			t.Errorf("Listen(%q): %v", address, err)
			if err == nil {
				ln.Close()
			}
		}
	}
}

func TestTokenFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, TokenFile)
	if _, err := LoadToken(path); !errors.Is(err, view.ErrNotRunning) {
		t.Errorf("no file: %v", err)
	}
	first, err := CreateToken(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := CreateToken(path)
	if err != nil || again != first || len(first) != 64 {
		t.Errorf("second start: %q, then %q, %v", first, again, err)
	}
	if info, _ := os.Stat(path); runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadToken(path); !errors.Is(err, view.ErrUnauthorized) {
		t.Errorf("damaged: %v", err)
	}
	if runtime.GOOS != "windows" {
		os.WriteFile(path, []byte(first), 0o600)
		os.Chmod(path, 0o644)
		if _, err := LoadToken(path); !errors.Is(err, view.ErrUnauthorized) {
			t.Errorf("readable by others: %v", err)
		}
		if fresh, err := CreateToken(path); err != nil || fresh == first {
			t.Errorf("a leaked token was kept: %v", err)
		}
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	if _, err := Find(dir, ""); !errors.Is(err, view.ErrNotRunning) {
		t.Errorf("empty directory: %v", err)
	}
	if _, err := CreateToken(filepath.Join(dir, TokenFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := Find(dir, ""); !errors.Is(err, view.ErrNotRunning) {
		t.Errorf("no address: %v", err)
	}
	if err := WriteAddress(dir, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 7}); err != nil {
		t.Fatal(err)
	}
	if c, err := Find(dir, ""); err != nil || c.base != "http://127.0.0.1:7" {
		t.Errorf("found %+v, %v", c, err)
	}
	if c, err := Find(dir, "localhost:8"); err != nil || c.base != "http://localhost:8" {
		t.Errorf("overridden: %+v, %v", c, err)
	}
}

// The client explains answers that are not a node's, and follows none away.
func TestClientBadServers(t *testing.T) {
	cases := []struct {
		name  string
		serve http.HandlerFunc
		want  view.Code
	}{
		{"another program", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "hi", 404) }, view.CodeNotRunning},
		{"redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://192.0.2.1/", 302) }, view.CodeNotRunning},
		{"error without code", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500); io.WriteString(w, `{"error":{}}`) }, view.CodeNotRunning},
		{"not JSON", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") }, view.CodeInternal},
		{"wrong types", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"total":true}`) }, view.CodeInternal},
		{"hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, view.CodeUnavailable},
		{"newer node", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"total":"1","news":1}`) }, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			srv := httptest.NewServer(c.serve)
			defer srv.Close()
			_, err := NewClient(srv.Listener.Addr().String(), testToken).Balance(context.Background())
			if c.want == "" && err != nil || c.want != "" && (err == nil || view.AsError(err).Code != c.want) {
				t.Errorf("got %v, want code %q", err, c.want)
			}
		})
	}
}
