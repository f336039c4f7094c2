package api

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"

	"supercomputing/app/view"
)

// handler answers one request with a value for JSON, or with content.
type handler func(r *http.Request) (any, error)

// content is an answer that is sent as it is.
type content struct {
	kind string // its Content-Type
	data []byte
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

// query answers a request whose arguments are in its query.
func query[Q, T any](fn func(context.Context, Q) (T, error)) handler {
	return func(r *http.Request) (any, error) {
		var q Q
		if err := readQuery(r, &q); err != nil {
			return nil, err
		}
		return fn(r.Context(), q)
	}
}

// bodyAt is body for a request that takes one of its values from the path. The
// body may repeat that, not differ.
func bodyAt[Q, T any](name string, field func(*Q) *string, fn func(context.Context, Q) (T, error)) handler {
	return func(r *http.Request) (any, error) {
		var q Q
		if err := readBody(r, &q); err != nil {
			return nil, err
		}
		if err := fromPath(r, name, field(&q)); err != nil {
			return nil, err
		}
		return fn(r.Context(), q)
	}
}

// bodyOrNone is bodyAt for a request that may come without a body: then only the
// value of the path counts.
func bodyOrNone[Q, T any](name string, field func(*Q) *string, fn func(context.Context, Q) (T, error)) handler {
	with := bodyAt(name, field, fn)
	return func(r *http.Request) (any, error) {
		if r.ContentLength != 0 {
			return with(r)
		}
		if err := empty(r); err != nil {
			return nil, err
		}
		var q Q
		*field(&q) = r.PathValue(name)
		return fn(r.Context(), q)
	}
}

// queryAt is query for a request that takes one of its values from the path.
func queryAt[Q, T any](name string, field func(*Q) *string, fn func(context.Context, Q) (T, error)) handler {
	return func(r *http.Request) (any, error) {
		var q Q
		if err := readQuery(r, &q); err != nil {
			return nil, err
		}
		if err := fromPath(r, name, field(&q)); err != nil {
			return nil, err
		}
		return fn(r.Context(), q)
	}
}

// fromPath sets a field from the path, unless the field says something else.
func fromPath(r *http.Request, name string, field *string) error {
	v := r.PathValue(name)
	if *field != "" && *field != v {
		return view.Errorf(view.CodeInvalid, "the request names another %s than its path", name)
	}
	*field = v
	return nil
}

// done makes an answer without content of a method that has none.
func done[Q any](fn func(context.Context, Q) error) func(context.Context, Q) (noBody, error) {
	return func(ctx context.Context, q Q) (noBody, error) { return noBody{}, fn(ctx, q) }
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
		return view.Errorf(view.CodeTooLarge, "the body is larger than %d bytes", tooBig.Limit)
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
