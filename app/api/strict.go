package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// decodeStrict reads exactly one JSON object into v. It refuses unknown keys,
// keys given twice (two readers could disagree about which one counts), and
// anything behind the object.
func decodeStrict(data []byte, v any) error {
	data = bytes.Trim(data, " \t\r\n") // what JSON counts as space, and no more
	if len(data) == 0 || data[0] != '{' {
		return errors.New("the body is not a JSON object")
	}
	if err := checkRepeats(data); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is something behind the JSON object")
	}
	return nil
}

// checkRepeats refuses an object that holds a key twice. Keys are compared
// without case, as encoding/json matches them to fields.
func checkRepeats(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	type level struct {
		keys  map[string]bool // nil for an array
		value bool            // in an object: a value comes next
	}
	var open []level
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("not JSON: %w", err)
		}
		top := len(open) - 1
		if delim, ok := tok.(json.Delim); ok {
			switch delim {
			case '{':
				open = append(open, level{keys: make(map[string]bool)})
			case '[':
				open = append(open, level{})
			default:
				open = open[:top]
				if top > 0 {
					open[top-1].value = false
				}
			}
			continue
		}
		if top < 0 || open[top].keys == nil {
			continue
		}
		if open[top].value {
			open[top].value = false
			continue
		}
		key := strings.ToLower(tok.(string))
		if open[top].keys[key] {
			return fmt.Errorf("key %q is given twice", tok)
		}
		open[top].keys[key] = true
		open[top].value = true
	}
}
