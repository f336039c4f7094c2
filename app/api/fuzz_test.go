package api

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"supercomputing/app/view/viewtest"
)

func testLog(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

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
		`{"enabled":true,"disk":1,"upload":2,"download":3,"max_jobs":4}`, `{"address":"127.0.0.1:1"}`,
		`{"a":1,"A":2}`, `{"label":"x"}{}`, `[`, `null`, "{\"label\":\"\\ud800\"}", "\xff", `{"outputs":[[{"a":{}}]]}`,
	} {
		f.Add(byte(i), []byte(seed))
	}
	f.Fuzz(func(t *testing.T, which byte, body []byte) {
		fake := new(viewtest.Fake)
		s := NewServer(fake, testToken, Options{})
		rt := targets[int(which)%len(targets)]
		path := strings.ReplaceAll(rt.path, "{id}", "ab")
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
