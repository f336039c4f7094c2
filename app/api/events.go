package api

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"supercomputing/app/view"
)

// writeTime bounds one write to an event stream: a client that does not read
// is cut off instead of holding its slot.
const writeTime = 10 * time.Second

// events serves Watch as server-sent events (WHATWG HTML §9.2): each event is
// one "data" line of JSON, with comments in between as signs of life.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		s.fail(w, r, view.Errorf(view.CodeUnavailable, "%d event streams are open already", maxStreams))
		return
	}
	if err := empty(r); err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	st := stream{w: w, c: http.NewResponseController(w)}
	if st.send(": hello\n\n") != nil {
		return
	}
	stop := make(chan struct{})
	var beat sync.WaitGroup
	beat.Go(func() { s.beat(&st, stop) })
	err := s.backend.Watch(r.Context(), func(e view.Event) error {
		raw, err := json.Marshal(e)
		if err != nil {
			return err
		}
		return st.send("data: " + string(raw) + "\n\n")
	})
	close(stop)
	beat.Wait()
	if err != nil && r.Context().Err() == nil {
		s.log.Debug("event stream ended", "err", err)
	}
}

// beat keeps a quiet stream alive until stop is closed.
func (s *Server) beat(st *stream, stop <-chan struct{}) {
	tick := time.NewTicker(s.heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			if st.send(":\n\n") != nil {
				return // the server notices the broken connection and ends Watch
			}
		}
	}
}

// stream serialises writes of events and signs of life.
type stream struct {
	mu sync.Mutex
	// guarded by mu:
	w http.ResponseWriter
	c *http.ResponseController
}

func (s *stream) send(text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.c.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return err
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.c.Flush()
}
