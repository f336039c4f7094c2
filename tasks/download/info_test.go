package download

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"strings"
	"testing"

	"github.com/anacrolix/torrent/bencode"
	"github.com/anacrolix/torrent/metainfo"
)

// testInfo is a good dictionary of two files in three pieces.
func testInfo() metainfo.Info {
	return metainfo.Info{
		Name: "folder", PieceLength: MinPieceLength, Pieces: make([]byte, 3*sha1.Size),
		Files: []metainfo.FileInfo{
			{Path: []string{"a"}, Length: MinPieceLength},
			{Path: []string{"sub", "b"}, Length: MinPieceLength + 1},
			{Path: []string{"sub", "empty"}},
		},
	}
}

func TestParseInfo(t *testing.T) {
	good, _ := bencode.Marshal(testInfo())
	l, err := ParseInfo(good)
	if err != nil || l.Pieces() != 3 || l.PieceSize(2) != 1 || l.Size != 2*MinPieceLength+1 || l.InfoHash != sha1.Sum(good) {
		t.Fatalf("%+v, %v", l, err)
	}
	private := func(elements ...string) func(*metainfo.Info) {
		return func(i *metainfo.Info) { i.Files[1].Path = elements }
	}
	for name, change := range map[string]func(*metainfo.Info){
		"parent":                    private("..", "..", "etc", "passwd"),
		"parent inside":             private("sub", "..", "..", "x"),
		"separator":                 private("../../etc/passwd"),
		"backslash":                 private(`..\..\boot.ini`),
		"drive":                     private("c:"),
		"empty element":             private(""),
		"no element":                private(),
		"nul":                       private("a\x00b"),
		"not UTF-8":                 private("\xff"),
		"long element":              private(strings.Repeat("x", MaxName+1)),
		"deep":                      private(strings.Split(strings.Repeat("d/", MaxDepth)+"x", "/")...),
		"long path":                 private(strings.Split(strings.Repeat(strings.Repeat("d", 200)+"/", 30)+"x", "/")...),
		"twice":                     private("a"),
		"file as folder":            private("a", "b"),
		"name leads up":             func(i *metainfo.Info) { i.Name = ".." },
		"name is a path":            func(i *metainfo.Info) { i.Name = "/etc" },
		"no name":                   func(i *metainfo.Info) { i.Name = "" },
		"negative length":           func(i *metainfo.Info) { i.Files[0].Length = -1 },
		"lengths overflow":          func(i *metainfo.Info) { i.Files[0].Length, i.Files[1].Length = 1<<62, 1<<62 },
		"no bytes":                  func(i *metainfo.Info) { i.Files, i.Pieces = nil, nil },
		"pieces missing":            func(i *metainfo.Info) { i.Pieces = i.Pieces[:sha1.Size] },
		"pieces cut":                func(i *metainfo.Info) { i.Pieces = i.Pieces[1:] },
		"no piece length":           func(i *metainfo.Info) { i.PieceLength = 0 },
		"negative piece length":     func(i *metainfo.Info) { i.PieceLength = -MinPieceLength },
		"odd piece length":          func(i *metainfo.Info) { i.PieceLength++ },
		"too many pieces":           func(i *metainfo.Info) { i.Pieces = make([]byte, (MaxPieces+1)*sha1.Size) },
		"version 2":                 func(i *metainfo.Info) { i.MetaVersion = 2 },
		"dictionary over the limit": func(i *metainfo.Info) { i.Source = strings.Repeat("x", MaxInfo) },
	} {
		i := testInfo()
		change(&i)
		b, err := bencode.Marshal(i)
		if err != nil {
			t.Fatal(name, err)
		}
		if _, err := ParseInfo(b); !errors.Is(err, ErrMetainfo) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, raw := range []string{"", "d", "le", "i5e", string(good[:len(good)-1]), string(good) + "x"} {
		if _, err := ParseInfo([]byte(raw)); !errors.Is(err, ErrMetainfo) {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func FuzzParseInfo(f *testing.F) {
	good, _ := bencode.Marshal(testInfo())
	f.Add(good)
	f.Add([]byte("d6:lengthi16384e4:name1:x12:piece lengthi16384e6:pieces20:01234567890123456789e"))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := ParseInfo(b)
		if err != nil {
			return
		}
		var sum int64
		for _, file := range l.Files {
			if file.Offset != sum || strings.HasPrefix(file.Path, "/") || strings.Contains("/"+file.Path+"/", "/../") {
				t.Errorf("file %+v", file)
			}
			sum += file.Length
		}
		if sum != l.Size || l.Size == 0 || l.PieceSize(l.Pieces()-1) <= 0 || !bytes.Equal(l.Info, b) {
			t.Errorf("layout %+v", l)
		}
	})
}

func TestBitfield(t *testing.T) {
	b := NewBitfield(11)
	b.Set(0)
	b.Set(10)
	if !b.Has(0) || b.Has(1) || !b.Has(10) || b.Has(-1) || b.Has(99) || b.Count() != 2 || !b.fits(11) {
		t.Errorf("%08b", b)
	}
	if b.fits(10) || b.fits(17) || !b.fits(16) || !FullBitfield(11).fits(11) {
		t.Error("fits")
	}
	l := &Layout{Size: 10*MinPieceLength + 1, PieceLength: MinPieceLength, Hashes: make([]byte, 11*sha1.Size)}
	if got := l.HeldBytes(b); got != MinPieceLength+1 {
		t.Errorf("held %d", got)
	}
	if got := l.HeldBytes(FullBitfield(11)); got != l.Size {
		t.Errorf("held %d", got)
	}
}
