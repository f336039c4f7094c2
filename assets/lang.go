package assets

import (
	"embed"
	"io/fs"
)

//go:embed lang/*/*.json
var langs embed.FS

// Lang holds the translations: LANGUAGE/PACKAGE.json, each a flat object from
// key to text. The package that uses the keys owns their files.
func Lang() fs.FS {
	sub, err := fs.Sub(langs, "lang")
	if err != nil {
		panic(err) // the folder's name is written above
	}
	return sub
}
