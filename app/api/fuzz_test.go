package api

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
)

func testLog(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

// filled puts a name into a path.
var filled = strings.NewReplacer("{id}", "ab", "{address}", "ab", "{ref}", "ab", "{frame}", "7")

// FuzzBodies sends any body to any path that takes one. Whatever comes, the
// answer is JSON with a status of the table, and what reaches the backend was
// one strict object.
func FuzzBodies(f *testing.F) {
	var targets []route
	for _, rt := range NewServer(new(viewtest.Fake), testToken, Options{}).routes() {
		if rt.method != "GET" {
			targets = append(targets, rt)
		}
	}
	for i, seed := range []string{
		`{}`, `{"label":"savings"}`, `{"outputs":[{"address":"lsc1p","amount":"1.5"}],"fee_rate":2}`,
		`{"words":"abandon abandon about"}`, `{"outpoint":"00:1","frozen":true}`, `{"txid":"00","fee_rate":-1}`,
		`{"path":"/tmp/x","bid":"10","keep_seconds":60,"replicas":4}`, `{"job":"x","added":"0.01"}`,
		`{"to":"sc1p","text":"hi","payment":{"amount":"1"},"max_price":"0","extra":"0"}`, `{"id":"ab","way":"chain"}`,
		`{"account":"ab","outputs":[{"address":"sc1p","amount":"1"}],"job":{"path":"/x","bid":"1"}}`, `{"members":["a","b"],"required":2}`,
		`{"path":"/tmp/scene.blend","frames":"1-48","width":1920,"height":1080,"samples":64,"format":"exr","denoise":false,"video":true,"rate":23.976,"checks":"all","bid":"2"}`,
		`{"path":"/x.pov","engine":"povray","rate":1e999,"denoise":null}`,
		`{"enabled":true,"disk":1,"upload":2,"download":3,"max_jobs":4}`, `{"address":"127.0.0.1:1"}`,
		`{"a":1,"A":2}`, `{"label":"x"}{}`, `[`, `null`, "{\"label\":\"\\ud800\"}", "\xff", `{"outputs":[[{"a":{}}]]}`,
	} {
		f.Add(byte(i), []byte(seed))
	}
	f.Fuzz(func(t *testing.T, which byte, body []byte) {
		fake := new(viewtest.Fake)
		s := NewServer(fake, testToken, Options{})
		rt := targets[int(which)%len(targets)]
		path := filled.Replace(rt.path)
		w := ask(s, rt.method, path, string(body), func(r *http.Request) { r.Header.Set("Content-Type", "application/json") })
		if !json.Valid(w.Body.Bytes()) {
			t.Fatalf("the answer is not JSON: %q", w.Body)
		}
		switch calls := fake.Calls(); w.Code {
		case http.StatusOK:
			if len(calls) != 1 {
				t.Fatalf("accepted with calls %+v", calls)
			}
			if len(body) > 0 && !json.Valid(body) {
				t.Fatalf("accepted %q", body)
			}
		case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
			if len(calls) != 0 {
				t.Fatalf("refused after the backend was asked %+v", calls)
			}
		default:
			t.Fatalf("status %d for %q", w.Code, body)
		}
	})
}

// FuzzQueries sends any query to any path that is read. What reaches the
// backend says the same when the client encodes it again.
func FuzzQueries(f *testing.F) {
	for _, seed := range []string{
		"", "limit=5&skip=2", "from=0", "search=a%26b&requests=true", "max_price=1.5&mine=true&sort=fee", "account=ab",
		"skip=-1", "limit=99999999999", "mine=1", "limit=1&limit=2", "%zz", "a=b;c=d", "max_price=", "epochs=30&job=\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, q := range []any{new(view.Page), new(view.BlocksQuery), new(view.ConversationsQuery), new(view.ListingsQuery), new(view.RewardsQuery), new(accountQuery), new(pictureQuery)} {
			r := &http.Request{Method: "GET", URL: &url.URL{Path: "/v1/x", RawQuery: text}, Body: http.NoBody}
			if err := readQuery(r, q); err != nil {
				if !errors.Is(err, view.ErrInvalid) {
					t.Fatalf("%T refused with %v", q, err)
				}
				continue
			}
			encoded := encodeQuery(reflect.ValueOf(q).Elem().Interface())
			again := reflect.New(reflect.TypeOf(q).Elem())
			r.URL.RawQuery = strings.TrimPrefix(encoded, "?")
			if err := readQuery(r, again.Interface()); err != nil || !reflect.DeepEqual(q, again.Interface()) {
				t.Fatalf("%q became %+v, then %q and %+v: %v", text, q, encoded, again, err)
			}
		}
	})
}
