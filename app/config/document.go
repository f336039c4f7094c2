package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
)

// document is a settings file before it is typed. A migration works on it, for
// the types of an older version are gone.
type document map[string]json.RawMessage

// migrations[i] changes a document of version i+1 into one of version i+2. It
// moves and rewrites keys; migrate sets the version. Steps are only added.
var migrations = []func(document) error{}

// migrate brings a document to version want, step by step.
func migrate(doc document, steps []func(document) error, want int) error {
	raw, ok := doc["version"]
	if !ok {
		return bad("version", "missing; this program writes %d", want)
	}
	var have int
	if err := json.Unmarshal(raw, &have); err != nil || have < 1 {
		return bad("version", "%s is not a version", raw)
	}
	if have > want {
		return bad("version", "%d was written by a newer program; this one reads up to %d", have, want)
	}
	for ; have < want; have++ {
		if err := steps[have-1](doc); err != nil {
			return fmt.Errorf("settings of version %d: %w", have, err)
		}
	}
	doc["version"] = json.RawMessage(fmt.Sprint(want))
	return nil
}

// parseObject reads one JSON object, each key at most once, nothing behind it.
func parseObject(raw []byte) (document, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	fail := func(err error) (document, error) { return nil, fmt.Errorf("%w: not a JSON object: %v", ErrConfig, err) }
	if tok, err := d.Token(); err != nil || tok != json.Delim('{') {
		return fail(errors.New("it does not start with {"))
	}
	doc := make(document)
	for d.More() {
		tok, err := d.Token()
		if err != nil {
			return fail(err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return fail(err)
		}
		key := tok.(string) // the decoder accepts nothing else here
		if _, twice := doc[key]; twice {
			return nil, bad(key, "given twice")
		}
		doc[key] = value
	}
	if _, err := d.Token(); err != nil {
		return fail(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fail(errors.New("something follows it"))
	}
	return doc, nil
}

// fill sets the fields of c that doc names, and refuses any other key.
func fill(doc document, c *Config) error {
	return fillStruct(doc, reflect.ValueOf(c).Elem(), "")
}

func fillStruct(doc document, v reflect.Value, prefix string) error {
	fields := make(map[string]reflect.Value, v.NumField())
	for i := range v.NumField() {
		fields[v.Type().Field(i).Tag.Get("json")] = v.Field(i)
	}
	keys := make([]string, 0, len(doc))
	for k := range doc {
		keys = append(keys, k)
	}
	slices.Sort(keys) // the same file gives the same error each time
	for _, k := range keys {
		f, ok := fields[k]
		if !ok {
			return bad(prefix+k, "there is no such setting")
		}
		if err := fillValue(doc[k], f, prefix+k); err != nil {
			return err
		}
	}
	return nil
}

func fillValue(raw json.RawMessage, f reflect.Value, key string) error {
	if string(raw) == "null" {
		return bad(key, "null is no value; leave the key out for the default")
	}
	if f.Kind() == reflect.Struct {
		inner, err := parseObject(raw)
		if err != nil {
			var ke *KeyError
			if errors.As(err, &ke) {
				return bad(key+"."+ke.Key, "%s", ke.Reason)
			}
			return bad(key, "not an object")
		}
		return fillStruct(inner, f, key+".")
	}
	if err := json.Unmarshal(raw, f.Addr().Interface()); err != nil {
		var te *json.UnmarshalTypeError
		if errors.As(err, &te) {
			return bad(key, "%s is not %s", raw, kindName(f))
		}
		return bad(key, "%v", err)
	}
	return nil
}

// kindName says in words what a field takes.
func kindName(f reflect.Value) string {
	switch f.Interface().(type) {
	case Size:
		return `a size in quotes, such as "10 GiB"`
	case Memory:
		return `a size in quotes, such as "8 GiB", or "half"`
	case Rate:
		return `a rate in quotes, such as "8 MiB/s"`
	case Cores:
		return `a number in quotes, such as "4", or "all" or "half"`
	case Hours:
		return `hours in quotes, such as "mon-fri 18-24, sat-sun 0-24", or "always"`
	case Span:
		return `a time in quotes, such as "3 min"`
	}
	switch f.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Slice:
		return "a list of texts"
	}
	return "a text in quotes"
}
