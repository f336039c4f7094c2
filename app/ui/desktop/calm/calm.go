// Package calm owns one line of the environment: it tells the toolkit the
// language of systems that have none.
//
// On those, LANG is C.UTF-8, as on most servers and in containers, the toolkit
// complains on standard error while the program is loaded, also to scripts that
// only ask for a balance. So this has to happen before the toolkit's own
// package is initialised. Go initialises packages in the order of their paths
// as soon as what they import is (spec, “Package initialization”): this one
// imports next to nothing, the toolkit's needs text/template, which comes after
// it in the alphabet. The end-to-end test looks at standard error.
package calm

import (
	"os"
	"strings"
)

// Language is the system's as the toolkit is told; "" when it was left alone.
var Language = settle(os.Getenv, os.Setenv)

// settle names English as the language of a locale that is none. LANGUAGE is
// only for programs' messages, so nothing else changes by it.
func settle(getenv func(string) string, setenv func(k, v string) error) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		v := getenv(name)
		if v == "" {
			continue
		}
		if strings.HasPrefix(v, "C.") && getenv("LANGUAGE") == "" && setenv("LANGUAGE", "en") == nil {
			return "en"
		}
		break
	}
	return ""
}
