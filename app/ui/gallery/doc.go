// Package gallery owns the pictures of all that the windows show: each page and
// tab, the screens around them and their dialogs, in light and dark, English
// and Chinese, wide and narrow, over the same world. Its test draws them into a
// folder with a contact sheet:
//
//	CGO_ENABLED=0 go test ./app/ui/gallery -run Pictures -timeout 1h -args -out DIR
//
// Without -out everything is laid out once and not drawn.
package gallery
