package api

import (
	"encoding"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// A query carries a flat struct: its fields go by their JSON names, those of
// embedded structs among them, and a zero one is left out. Texts, switches,
// numbers and amounts can travel so; a pointer tells zero from missing.

// maxNumber bounds the numbers of a query: heights, counts and limits.
const maxNumber = 1<<31 - 1

// eachField calls fn with the name and the value of every field of v.
func eachField(v reflect.Value, fn func(name string, field reflect.Value)) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous {
			eachField(v.Field(i), fn)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		fn(name, v.Field(i))
	}
}

// encodeQuery writes q behind a path: "?limit=5&skip=2", "" when all is zero.
func encodeQuery(q any) string {
	values := make(url.Values)
	eachField(reflect.ValueOf(q), func(name string, f reflect.Value) {
		if f.IsZero() {
			return
		}
		if f.Kind() == reflect.Pointer {
			f = f.Elem()
		}
		values.Set(name, fmt.Sprint(f.Interface()))
	})
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

// readQuery reads a request's query into v. Names that v does not have, names
// given twice and values that do not parse are refused, as is a body.
func readQuery(r *http.Request, v any) error {
	if n, err := r.Body.Read(make([]byte, 1)); n > 0 || err == nil {
		return view.Errorf(view.CodeInvalid, "%s %s takes no body", r.Method, r.URL.Path)
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return view.Errorf(view.CodeInvalid, "malformed query")
	}
	known := make(map[string]reflect.Value)
	eachField(reflect.ValueOf(v).Elem(), func(name string, f reflect.Value) { known[name] = f })
	for name, given := range values {
		f, ok := known[name]
		if !ok {
			return view.Errorf(view.CodeInvalid, "%s takes no query value %q", r.URL.Path, name)
		}
		if len(given) != 1 {
			return view.Errorf(view.CodeInvalid, "query value %q is given twice", name)
		}
		if given[0] == "" {
			continue
		}
		if err := setField(f, given[0]); err != nil {
			return view.Errorf(view.CodeInvalid, "query value %s=%q is not %v", name, given[0], err)
		}
	}
	return nil
}

// setField reads one value; the error names what it should have been.
func setField(f reflect.Value, text string) error {
	switch f.Kind() {
	case reflect.Pointer:
		f.Set(reflect.New(f.Type().Elem()))
		return setField(f.Elem(), text)
	case reflect.String:
		f.SetString(text)
		return nil
	case reflect.Bool:
		if text != "true" && text != "false" {
			return fmt.Errorf("true or false")
		}
		f.SetBool(text == "true")
		return nil
	}
	if f.Type() == reflect.TypeFor[types.Amount]() {
		if err := f.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
			return fmt.Errorf("an amount of coins")
		}
		return nil
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return fmt.Errorf("a number from 0 to %d", maxNumber)
	}
	if f.CanUint() {
		f.SetUint(n)
	} else {
		f.SetInt(int64(n))
	}
	return nil
}
