//go:build !windows

package main

// attachConsole joins the console that the program was started from, which
// needs doing on Windows only.
func attachConsole() {}
