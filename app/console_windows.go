package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// attachConsole joins the console that the program was started from. A program
// with windows has none of its own on Windows, and would not print anything
// where somebody types its commands.
func attachConsole() {
	if _, err := os.Stdout.Stat(); err == nil {
		return // it goes somewhere: into a file, a pipe, or a console already
	}
	const parent = ^uintptr(0) // ATTACH_PARENT_PROCESS
	if ok, _, _ := windows.NewLazySystemDLL("kernel32.dll").NewProc("AttachConsole").Call(parent & 0xffffffff); ok == 0 {
		return // it was started from a menu
	}
	if out, err := os.OpenFile("CONOUT$", os.O_RDWR, 0); err == nil {
		os.Stdout, os.Stderr = out, out
	}
	if in, err := os.OpenFile("CONIN$", os.O_RDWR, 0); err == nil {
		os.Stdin = in
	}
}
