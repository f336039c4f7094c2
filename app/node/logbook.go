package node

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"supercomputing/app/view"
)

const (
	// maxLogged bounds the records that are kept in memory, and maxLogText each
	// one's text in bytes.
	maxLogged  = 2000
	maxLogText = 2 << 10
	// usualLog is how many are told when no number is asked for.
	usualLog = 200
)

// logBook keeps the newest log records, a ring of at most maxLogged.
type logBook struct {
	mu sync.Mutex
	// guarded by mu:
	ring []logRecord
	next int // where the next goes once the ring is full
}

type logRecord struct {
	at    time.Time
	level slog.Level
	text  string
}

func (b *logBook) add(r logRecord) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.ring) < maxLogged {
		b.ring = append(b.ring, r)
		return
	}
	b.ring[b.next] = r
	b.next = (b.next + 1) % maxLogged
}

// newest gives up to limit records of at least a level, oldest first.
func (b *logBook) newest(least slog.Level, limit int) []logRecord {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []logRecord
	for i := len(b.ring) - 1; i >= 0 && len(out) < limit; i-- {
		if r := b.ring[(b.next+i)%len(b.ring)]; r.level >= least {
			out = append(out, r)
		}
	}
	slices.Reverse(out)
	return out
}

// openLog makes the node's log: what it is told goes to the caller's log and
// into memory.
func (n *Node) openLog(o Options) {
	n.logged, n.logLevel = new(logBook), o.LogLevel
	next := slog.Handler(slog.DiscardHandler)
	if o.Log != nil {
		next = o.Log.Handler()
	}
	level := o.LogLevel
	if level == nil {
		level = new(slog.LevelVar)
	}
	if l, err := parseLevel(o.Config.Log.Level); err == nil {
		level.Set(l)
	}
	n.log = slog.New(&bookHandler{book: n.logged, level: level, next: next})
}

func parseLevel(s string) (l slog.Level, err error) {
	err = l.UnmarshalText([]byte(s))
	return l, err
}

// bookHandler writes into a book and passes on.
type bookHandler struct {
	book  *logBook
	level slog.Leveler
	next  slog.Handler
	attrs string // " key=value" of With
	group string // "group." of WithGroup
}

// Enabled implements slog.Handler.
func (h *bookHandler) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= h.level.Level() || h.next.Enabled(ctx, l)
}

// Handle implements slog.Handler.
func (h *bookHandler) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= h.level.Level() {
		var b strings.Builder
		b.WriteString(r.Message)
		b.WriteString(h.attrs)
		r.Attrs(func(a slog.Attr) bool {
			writeAttr(&b, h.group, a)
			return b.Len() < maxLogText
		})
		h.book.add(logRecord{r.Time, r.Level, cutText(b.String(), maxLogText)})
	}
	if h.next.Enabled(ctx, r.Level) {
		return h.next.Handle(ctx, r)
	}
	return nil
}

// WithAttrs implements slog.Handler.
func (h *bookHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	var b strings.Builder
	for _, a := range attrs {
		writeAttr(&b, h.group, a)
	}
	c.attrs, c.next = h.attrs+b.String(), h.next.WithAttrs(attrs)
	return &c
}

// WithGroup implements slog.Handler.
func (h *bookHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	c := *h
	c.group, c.next = h.group+name+".", h.next.WithGroup(name)
	return &c
}

// writeAttr writes " key=value", quoted where it has to be.
func writeAttr(b *strings.Builder, group string, a slog.Attr) {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			group += a.Key + "."
		}
		for _, in := range v.Group() {
			writeAttr(b, group, in)
		}
		return
	}
	if a.Equal(slog.Attr{}) {
		return
	}
	text := v.String()
	if v.Kind() == slog.KindAny {
		text = fmt.Sprint(v.Any())
	}
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == '"' || r == '=' || !strconv.IsPrint(r) }) {
		text = strconv.Quote(text)
	}
	b.WriteString(" " + group + a.Key + "=" + text)
}

// cutText cuts a text to so many bytes, between two characters.
func cutText(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}

// Log implements view.Owner.
func (n *Node) Log(_ context.Context, q view.LogQuery) ([]view.LogEntry, error) {
	least := slog.Level(-1 << 10)
	if q.Level != "" {
		l, err := parseLevel(q.Level)
		if err != nil {
			return nil, view.Errorf(view.CodeInvalid, "%q is not a level: debug, info, warn or error", q.Level)
		}
		least = l
	}
	limit := q.Limit
	if limit <= 0 {
		limit = usualLog
	}
	out := []view.LogEntry{}
	for _, r := range n.logged.newest(least, limit) {
		out = append(out, view.LogEntry{Time: r.at.UTC(), Level: strings.ToLower(r.level.String()), Text: r.text})
	}
	return out, nil
}
