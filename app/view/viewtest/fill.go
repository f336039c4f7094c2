package viewtest

import (
	"fmt"
	"reflect"
	"time"
)

// Fill sets every field below the pointer v to a distinct non-zero value, the
// same on each call, so that a field lost on the way shows.
func Fill(v any) {
	n := 0
	fill(reflect.ValueOf(v).Elem(), "value", &n)
}

func fill(v reflect.Value, name string, n *int) {
	*n++
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(time.Date(2026, 1, 2, 3, 4, *n%60, 0, time.UTC)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("%s-%d", name, *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64, reflect.Int32:
		v.SetInt(int64(1000 + *n))
	case reflect.Uint8:
		v.SetUint(uint64(*n % 256))
	case reflect.Uint, reflect.Uint64, reflect.Uint32:
		v.SetUint(uint64(1000 + *n))
	case reflect.Float64:
		v.SetFloat(float64(*n) + 0.5)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), name, n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), name, n)
		fill(v.Index(1), name, n)
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), name, n)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), v.Type().Field(i).Name, n)
		}
	default:
		panic(fmt.Sprintf("viewtest: cannot fill %v", v.Type()))
	}
}
