package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"supercomputing/app/view"
)

// Options are a server's settings. The zero value of each means its default.
type Options struct {
	Log       *slog.Logger
	Heartbeat time.Duration // between signs of life on a quiet event stream; 15 s
}

// Server answers for a Backend.
type Server struct {
	backend   view.Backend
	token     string
	log       *slog.Logger
	heartbeat time.Duration
	mux       *http.ServeMux
	requests  chan struct{} // a slot per request in progress
	streams   chan struct{} // a slot per event stream
}

// NewServer makes a server that asks for the token.
func NewServer(backend view.Backend, token string, opts Options) *Server {
	s := &Server{
		backend:   backend,
		token:     token,
		log:       opts.Log,
		heartbeat: opts.Heartbeat,
		mux:       http.NewServeMux(),
		requests:  make(chan struct{}, maxRequests),
		streams:   make(chan struct{}, maxStreams),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.heartbeat == 0 {
		s.heartbeat = 15 * time.Second
	}
	s.register()
	return s
}

// Listen opens a loopback listener. It refuses any other address: the API
// gives away the wallet, and its token travels unencrypted.
func Listen(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, view.Errorf(view.CodeInvalid, "API address %q: %v", address, err)
	}
	if !loopback(host) {
		return nil, view.Errorf(view.CodeInvalid, "API address %q is not a loopback address", address).
			WithHint("use 127.0.0.1; the setting “listen.remote” lets programs elsewhere in")
	}
	return net.Listen("tcp", address)
}

// loopback reports whether host is a loopback literal. The name "localhost" is
// one by RFC 6761 §6.3.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Run serves on the listener until ctx is done; it then lets requests finish
// for a moment, and closes the listener.
func (s *Server) Run(ctx context.Context, ln net.Listener) error { return s.run(ctx, ln, s) }

func (s *Server) run(ctx context.Context, ln net.Listener, h http.Handler) error {
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	select {
	case err := <-failed:
		return fmt.Errorf("API: %w", err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	if err := srv.Shutdown(stop); err != nil {
		srv.Close()
	}
	<-failed
	return ctx.Err()
}

// ServeHTTP checks who asks before anything of the request is looked at.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.serve(w, r, s.authorise) }

func (s *Server) serve(w http.ResponseWriter, r *http.Request, authorise func(*http.Request) error) {
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			s.log.Error("API request failed", "method", r.Method, "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
			s.fail(w, r, view.Errorf(view.CodeInternal, "a fault of the program; the log of the node tells more"))
		}
	}()
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if err := authorise(r); err != nil {
		h.Set("WWW-Authenticate", "Bearer")
		h.Set("Connection", "close") // whoever may not ask keeps no place either
		s.fail(w, r, err)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// refused is the answer to whoever may not ask. Every refusal looks the same, so
// that a probe learns nothing about what it got wrong.
func refused() error {
	return view.Errorf(view.CodeUnauthorized, "the request does not carry this node's API token")
}

// authorise lets only local programs of the owner pass.
func (s *Server) authorise(r *http.Request) error {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if !loopback(strings.Trim(host, "[]")) {
		return refused()
	}
	return s.checkToken(r)
}

// checkToken refuses scripts of web pages, and whoever has no token.
func (s *Server) checkToken(r *http.Request) error {
	token, ok := bearer(r)
	if r.Header.Get("Origin") != "" || !ok || !sameToken(token, s.token) {
		return refused()
	}
	return nil
}

// fail writes an error's answer.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	e := view.AsError(err)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		e = view.Errorf(view.CodeUnavailable, "the node stopped or took too long over this request")
	}
	if e.Code == view.CodeInternal {
		s.log.Warn("API request failed", "method", r.Method, "path", r.URL.Path, "err", err)
	}
	s.write(w, status(e.Code), failure{e})
}

func (s *Server) write(w http.ResponseWriter, code int, v any) {
	if c, ok := v.(content); ok {
		w.Header().Set("Content-Type", c.kind)
		w.WriteHeader(code)
		w.Write(c.data)
		return
	}
	raw, err := json.Marshal(v)
	if err != nil {
		s.log.Error("API answer does not encode", "err", err)
		code, raw = http.StatusInternalServerError, []byte(`{"error":{"code":"internal","message":"the answer does not encode"}}`)
	}
	w.WriteHeader(code)
	w.Write(append(raw, '\n')) // a client that went away is its own concern
}
