package api

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"supercomputing/app/view"
)

// usualTime bounds the answer to a request that does not hash or scan much.
const usualTime = time.Minute

// handler answers one request with a value for JSON.
type handler func(r *http.Request) (any, error)

// route is one method of one path. Slow routes have no time limit of their
// own: they end when the client goes away.
type route struct {
	method, path string
	slow         bool
	serve        handler
}

// routes is the whole interface, apart from the event stream.
func (s *Server) routes() []route {
	b := s.backend
	return []route{
		{"GET", "/v1/status", false, plain(b.Status)},
		{"GET", "/v1/peers", false, plain(b.Peers)},
		{"POST", "/v1/peers", false, body(func(ctx context.Context, q connectBody) (noBody, error) {
			return noBody{}, b.Connect(ctx, q.Address)
		})},

		{"GET", "/v1/wallet/balance", false, plain(b.Balance)},
		{"GET", "/v1/wallet/addresses", false, plain(b.Addresses)},
		{"POST", "/v1/wallet/addresses", false, body(func(ctx context.Context, q newAddressBody) (view.AddressInfo, error) {
			return b.NewAddress(ctx, q.Label)
		})},
		{"GET", "/v1/wallet/history", false, query([]string{"skip", "limit"}, func(ctx context.Context, q params) ([]view.Movement, error) {
			return b.History(ctx, view.Page{Skip: q.number("skip"), Limit: q.number("limit")})
		})},
		{"POST", "/v1/wallet/quote", false, body(b.QuoteSend)},
		{"POST", "/v1/wallet/send", false, body(b.Send)},
		{"POST", "/v1/wallet/label", false, body(func(ctx context.Context, q view.LabelRequest) (noBody, error) {
			return noBody{}, b.Label(ctx, q)
		})},
		{"POST", "/v1/wallet/words", false, body(func(ctx context.Context, q wordsBody) (view.WordsCheck, error) {
			return b.CheckWords(ctx, q.Words)
		})},
		{"GET", "/v1/wallet/coins", false, plain(b.Coins)},
		{"POST", "/v1/wallet/freeze", false, body(func(ctx context.Context, q view.FreezeRequest) (noBody, error) {
			return noBody{}, b.Freeze(ctx, q)
		})},
		{"POST", "/v1/wallet/bump", false, body(b.Bump)},

		{"POST", "/v1/download/quote", false, body(b.QuoteDownload)},
		{"POST", "/v1/download", true, body(b.PublishDownload)},
		{"GET", "/v1/jobs", false, plain(b.Jobs)},
		{"GET", "/v1/jobs/{id}", false, named("id", b.Job)},
		{"POST", "/v1/jobs/{id}/raise", false, raise(b)},
		{"POST", "/v1/jobs/{id}/complete", false, named("id", func(ctx context.Context, id string) (noBody, error) {
			return noBody{}, b.Complete(ctx, id)
		})},
		{"GET", "/v1/board", false, plain(b.Board)},

		{"GET", "/v1/contribution", false, plain(b.Contribution)},
		{"PUT", "/v1/contribution", false, body(b.SetContribution)},

		{"GET", "/v1/chain/blocks", false, query([]string{"from", "limit"}, func(ctx context.Context, q params) ([]view.BlockBrief, error) {
			return b.Blocks(ctx, view.BlocksQuery{From: q.height("from"), Limit: q.number("limit")})
		})},
		{"GET", "/v1/chain/blocks/{ref}", false, named("ref", b.Block)},
		{"GET", "/v1/chain/txs/{id}", false, named("id", b.Tx)},
		{"GET", "/v1/chain/records", false, query([]string{"chain", "from", "limit"}, func(ctx context.Context, q params) ([]view.Record, error) {
			rq := view.RecordsQuery{Chain: q.values.Get("chain"), Limit: q.number("limit")}
			if h := q.height("from"); h != nil {
				rq.From = *h
			}
			return b.Records(ctx, rq)
		})},
		{"GET", "/v1/chain/addresses/{address}", false, named("address", b.Address)},
		{"GET", "/v1/chain/totals", false, plain(b.Totals)},
		{"POST", "/v1/chain/audit", true, plain(b.Audit)},
	}
}

// register fills the mux. Each path also answers the methods that it lacks,
// and all other paths share one refusal.
func (s *Server) register() {
	methods := map[string][]string{"/v1/events": {"GET"}}
	for _, rt := range s.routes() {
		s.mux.HandleFunc(rt.method+" "+rt.path, func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, rt) })
		methods[rt.path] = append(methods[rt.path], rt.method)
	}
	s.mux.HandleFunc("GET /v1/events", s.events)
	for path, have := range methods {
		allow := strings.Join(have, ", ")
		s.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", allow)
			s.write(w, http.StatusMethodNotAllowed,
				failure{view.Errorf(view.CodeInvalid, "%s takes %s, not %s", r.URL.Path, allow, r.Method)})
		})
	}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, view.Errorf(view.CodeNotFound, "there is no %s in this version of the API", r.URL.Path))
	})
}

// answer runs one route within the limits of requests and time.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, rt route) {
	select {
	case s.requests <- struct{}{}:
		defer func() { <-s.requests }()
	default:
		s.fail(w, r, view.Errorf(view.CodeUnavailable, "%d requests are in progress already", maxRequests))
		return
	}
	if !rt.slow {
		ctx, cancel := context.WithTimeout(r.Context(), usualTime)
		defer cancel()
		r = r.WithContext(ctx)
	}
	r.Body = http.MaxBytesReader(w, r.Body, MaxBody)
	v, err := rt.serve(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.write(w, http.StatusOK, v)
}

// plain answers a request without arguments.
func plain[T any](fn func(context.Context) (T, error)) handler {
	return func(r *http.Request) (any, error) {
		if err := empty(r); err != nil {
			return nil, err
		}
		return fn(r.Context())
	}
}

// named answers a request whose only argument is in its path.
func named[T any](name string, fn func(context.Context, string) (T, error)) handler {
	return func(r *http.Request) (any, error) {
		if err := empty(r); err != nil {
			return nil, err
		}
		return fn(r.Context(), r.PathValue(name))
	}
}

// body answers a request with a JSON object.
func body[Q, T any](fn func(context.Context, Q) (T, error)) handler {
	return func(r *http.Request) (any, error) {
		var q Q
		if err := readBody(r, &q); err != nil {
			return nil, err
		}
		return fn(r.Context(), q)
	}
}

// raise takes the job from the path; the body may repeat it, not differ.
func raise(b view.Backend) handler {
	return func(r *http.Request) (any, error) {
		var q raiseBody
		if err := readBody(r, &q); err != nil {
			return nil, err
		}
		id := r.PathValue("id")
		if q.Job != "" && q.Job != id {
			return nil, view.Errorf(view.CodeInvalid, "the body names another job than the path")
		}
		q.Job = id
		return b.Raise(r.Context(), q.RaiseRequest)
	}
}

func readBody(r *http.Request, v any) error {
	if len(r.URL.RawQuery) > 0 {
		return view.Errorf(view.CodeInvalid, "%s takes no query", r.URL.Path)
	}
	if mt, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || mt != "application/json" {
		return view.Errorf(view.CodeInvalid, "the body's Content-Type is not application/json")
	}
	raw, err := io.ReadAll(r.Body)
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		return view.Errorf(view.CodeTooLarge, "the body is larger than %d bytes", MaxBody)
	}
	if err != nil {
		return view.Errorf(view.CodeInvalid, "the body did not arrive whole")
	}
	if err := decodeStrict(raw, v); err != nil {
		return view.Errorf(view.CodeInvalid, "%v", err)
	}
	return nil
}

// empty refuses a query or a body where none belongs: a caller that sends one
// expects it to count.
func empty(r *http.Request) error {
	if len(r.URL.RawQuery) > 0 {
		return view.Errorf(view.CodeInvalid, "%s takes no query", r.URL.Path)
	}
	if n, err := r.Body.Read(make([]byte, 1)); n > 0 || err == nil {
		return view.Errorf(view.CodeInvalid, "%s %s takes no body", r.Method, r.URL.Path)
	}
	return nil
}

// params are a query's values, checked by query.
type params struct{ values url.Values }

// query answers a request whose arguments are in its query.
func query[T any](names []string, fn func(context.Context, params) (T, error)) handler {
	return func(r *http.Request) (any, error) {
		values, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return nil, view.Errorf(view.CodeInvalid, "malformed query")
		}
		for name, v := range values {
			if !slices.Contains(names, name) {
				return nil, view.Errorf(view.CodeInvalid, "%s takes no query value %q", r.URL.Path, name)
			}
			if len(v) != 1 {
				return nil, view.Errorf(view.CodeInvalid, "query value %q is given twice", name)
			}
		}
		for _, name := range names {
			if v := values.Get(name); v != "" && name != "chain" {
				if _, err := strconv.ParseUint(v, 10, 31); err != nil {
					return nil, view.Errorf(view.CodeInvalid, "query value %s=%q is not a number from 0 to 2147483647", name, v)
				}
			}
		}
		return fn(r.Context(), params{values: values})
	}
}

// number gives a value that query has checked, 0 when it is missing.
func (p params) number(name string) int {
	n, _ := strconv.Atoi(p.values.Get(name))
	return n
}

// height gives a value that query has checked, nil when it is missing.
func (p params) height(name string) *uint32 {
	if p.values.Get(name) == "" {
		return nil
	}
	h := uint32(p.number(name))
	return &h
}
