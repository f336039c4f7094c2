package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Setting is one setting as text.
type Setting struct {
	Key, Value string
}

// Settings lists every setting in the order of the file.
func (c *Config) Settings() []Setting {
	return list(reflect.ValueOf(c).Elem(), "")
}

func list(v reflect.Value, prefix string) (out []Setting) {
	for i := range v.NumField() {
		key := prefix + v.Type().Field(i).Tag.Get("json")
		if f := v.Field(i); f.Kind() == reflect.Struct {
			out = append(out, list(f, key+".")...)
		} else {
			out = append(out, Setting{key, text(f)})
		}
	}
	return out
}

func text(f reflect.Value) string {
	if l, ok := f.Interface().([]string); ok {
		return strings.Join(l, ",")
	}
	return fmt.Sprint(f.Interface())
}

// Get gives one setting as text.
func (c *Config) Get(key string) (string, error) {
	f, err := c.field(key)
	if err != nil {
		return "", err
	}
	return text(f), nil
}

// Set changes one setting from text: lists are separated by commas. The result
// is validated; on an error nothing has changed.
func (c *Config) Set(key, value string) error { return c.SetAll([]Setting{{key, value}}) }

// SetAll changes several settings, all or none: those that depend on each other
// may pass through values that would not do alone.
func (c *Config) SetAll(changes []Setting) error {
	changed := *c
	seen := make(map[string]bool)
	for _, s := range changes {
		if s.Key == "version" {
			return bad(s.Key, "the program sets it")
		}
		if seen[s.Key] {
			return bad(s.Key, "given twice")
		}
		seen[s.Key] = true
		f, err := changed.field(s.Key)
		if err != nil {
			return err
		}
		if err := setText(f, s.Value); err != nil {
			return bad(s.Key, "%v", err)
		}
	}
	if err := changed.Validate(); err != nil {
		return err
	}
	*c = changed
	return nil
}

func setText(f reflect.Value, value string) error {
	if u, ok := f.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(value))
	}
	switch f.Kind() {
	case reflect.Bool:
		switch value {
		case "true", "yes", "on":
			f.SetBool(true)
		case "false", "no", "off":
			f.SetBool(false)
		default:
			return fmt.Errorf("%q is not true or false", value)
		}
	case reflect.Int:
		n, err := strconv.Atoi(value)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", value)
		}
		f.SetInt(int64(n))
	case reflect.Slice:
		items := []string{}
		for item := range strings.SplitSeq(value, ",") {
			if item = strings.TrimSpace(item); item != "" {
				items = append(items, item)
			}
		}
		f.Set(reflect.ValueOf(items))
	default:
		f.SetString(value)
	}
	return nil
}

// field finds the field of a dotted key.
func (c *Config) field(key string) (reflect.Value, error) {
	v := reflect.ValueOf(c).Elem()
	for part := range strings.SplitSeq(key, ".") {
		next := reflect.Value{}
		for i := 0; v.Kind() == reflect.Struct && i < v.NumField(); i++ {
			if v.Type().Field(i).Tag.Get("json") == part {
				next = v.Field(i)
			}
		}
		if !next.IsValid() {
			return next, bad(key, "there is no such setting")
		}
		v = next
	}
	if v.Kind() == reflect.Struct {
		return v, bad(key, "that is a group of settings; name one of them")
	}
	return v, nil
}
