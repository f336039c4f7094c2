package main

import (
	"strings"
	"testing"
)

func TestCompare(t *testing.T) {
	in := `goos: linux
BenchmarkA-2   	       7	 100 ns/op	      6093 spends/s
BenchmarkA-2   	       7	 900 ns/op
BenchmarkA-2   	       7	 200 ns/op
BenchmarkB-2   	       7	 300 ns/op
BenchmarkB-2   	       7	 500 ns/op
PASS
`
	var out strings.Builder
	if err := compare(strings.NewReader(in), &out, "BenchmarkA", "BenchmarkB"); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), in) || !strings.HasSuffix(out.String(), "\nratio 2.00\n") {
		t.Fatalf("%s", out.String())
	}
	if err := compare(strings.NewReader(in), &out, "BenchmarkA", "BenchmarkC"); err == nil {
		t.Fatal("compared with nothing")
	}
}
