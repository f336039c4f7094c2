package view_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
)

// Every model that a Backend method returns survives JSON whole: the API and
// the desktop app must see the same values.
func TestModelsSurviveJSON(t *testing.T) {
	b := reflect.TypeFor[view.Backend]()
	for i := range b.NumMethod() {
		m := b.Method(i)
		if m.Type.NumOut() != 2 {
			continue
		}
		t.Run(m.Name, func(t *testing.T) {
			in := reflect.New(m.Type.Out(0))
			viewtest.Fill(in.Interface())
			raw, err := json.Marshal(in.Interface())
			if err != nil {
				t.Fatal(err)
			}
			out := reflect.New(m.Type.Out(0))
			if err := json.Unmarshal(raw, out.Interface()); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(in.Interface(), out.Interface()) {
				t.Fatalf("changed on the way:\n in %+v\nout %+v", in.Elem(), out.Elem())
			}
		})
	}
}

func TestErrors(t *testing.T) {
	base := view.Errorf(view.CodeFunds, "%d coins short", 3).WithHint("wait for %s", "payouts")
	wrapped := fmt.Errorf("send: %w", base)
	if !errors.Is(wrapped, view.ErrFunds) {
		t.Error("a wrapped error does not match its code's sentinel")
	}
	if errors.Is(wrapped, view.ErrNotFound) {
		t.Error("an error matches another code's sentinel")
	}
	if got := view.AsError(wrapped); got.Hint != "wait for payouts" || got.Message != "3 coins short" {
		t.Errorf("AsError lost something: %+v", got)
	}
	if got := view.AsError(errors.New("disk on fire")); got.Code != view.CodeInternal || got.Message != "disk on fire" {
		t.Errorf("a foreign error became %+v", got)
	}
	if view.AsError(nil) != nil {
		t.Error("nil became an error")
	}
	plain := view.Errorf(view.CodeDisk, "full")
	if hinted := plain.WithHint("x"); plain.Hint != "" || hinted.Hint != "x" {
		t.Error("WithHint changed its receiver")
	}
}
