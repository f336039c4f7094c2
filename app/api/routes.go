package api

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"supercomputing/app/view"
)

// usualTime bounds the answer to a request that does not hash or scan much.
const usualTime = time.Minute

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
	return slices.Concat(nodeRoutes(b), renderRoutes(b), messageRoutes(b), marketRoutes(b), accountRoutes(b), dappRoutes(b), ownerRoutes(b))
}

// nodeRoutes is the node, the wallet, jobs, contributing and the chain.
func nodeRoutes(b view.Backend) []route {
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
		{"GET", "/v1/wallet/history", false, query(b.History)},
		{"POST", "/v1/wallet/quote", false, body(b.QuoteSend)},
		{"POST", "/v1/wallet/send", false, body(b.Send)},
		{"POST", "/v1/wallet/label", false, body(done(b.Label))},
		{"POST", "/v1/wallet/words", false, body(func(ctx context.Context, q wordsBody) (view.WordsCheck, error) {
			return b.CheckWords(ctx, q.Words)
		})},
		{"GET", "/v1/wallet/coins", false, plain(b.Coins)},
		{"POST", "/v1/wallet/freeze", false, body(done(b.Freeze))},
		{"POST", "/v1/wallet/bump", false, body(b.Bump)},

		{"POST", "/v1/download/quote", false, body(b.QuoteDownload)},
		{"POST", "/v1/download", true, body(b.PublishDownload)},
		{"GET", "/v1/jobs", false, plain(b.Jobs)},
		{"GET", "/v1/jobs/{id}", false, named("id", b.Job)},
		{"POST", "/v1/jobs/{id}/raise", false, bodyAt("id", func(q *view.RaiseRequest) *string { return &q.Job }, b.Raise)},
		{"POST", "/v1/jobs/{id}/complete", false, named("id", done(b.Complete))},
		{"GET", "/v1/board", false, plain(b.Board)},

		{"GET", "/v1/contribution", false, plain(b.Contribution)},
		{"PUT", "/v1/contribution", false, body(b.SetContribution)},

		{"GET", "/v1/chain/blocks", false, query(b.Blocks)},
		{"GET", "/v1/chain/blocks/{ref}", false, named("ref", b.Block)},
		{"GET", "/v1/chain/txs/{id}", false, named("id", b.Tx)},
		{"GET", "/v1/chain/records", false, query(b.Records)},
		{"GET", "/v1/chain/addresses/{address}", false, named("address", b.Address)},
		{"GET", "/v1/chain/totals", false, plain(b.Totals)},
		{"POST", "/v1/chain/audit", true, plain(b.Audit)},
	}
}

// register fills the mux: one entry for each path, which also answers the
// methods that the path lacks, and one refusal for all other paths. Methods are
// no part of the entries, so that a fixed path such as /v1/messages/quote can
// stand beside a named one with other methods.
func (s *Server) register() {
	paths := map[string]map[string]http.HandlerFunc{"/v1/events": {"GET": s.events}}
	for _, rt := range s.routes() {
		if paths[rt.path] == nil {
			paths[rt.path] = make(map[string]http.HandlerFunc)
		}
		paths[rt.path][rt.method] = func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, rt) }
	}
	for path, methods := range paths {
		allow := strings.Join(slices.Sorted(maps.Keys(methods)), ", ")
		s.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			if serve := methods[r.Method]; serve != nil {
				serve(w, r)
				return
			}
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
	most := int64(MaxBody)
	if rt.path == psbtPath {
		most = MaxPSBTBody
	}
	r.Body = http.MaxBytesReader(w, r.Body, most)
	v, err := rt.serve(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.write(w, http.StatusOK, v)
}
