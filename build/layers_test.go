// Package build owns what holds for the whole repository: which package may
// import which, that every package says what it owns, and that every
// dependency has its reasons. It has no code besides these tests.
package build

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "supercomputing"

// pkg is what `go list -json` tells of a package.
type pkg struct {
	ImportPath   string
	Dir          string
	Name         string
	GoFiles      []string
	CgoFiles     []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// path is the package's path inside the module.
func (p *pkg) path() string { return inside(p.ImportPath) }

func inside(path string) string { return strings.TrimPrefix(strings.TrimPrefix(path, module), "/") }

func ours(path string) bool { return path == module || strings.HasPrefix(path, module+"/") }

// list asks the go command for all packages of the module.
func list(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,Name,GoFiles,CgoFiles,Imports,TestImports,XTestImports", module+"/...").Output()
	if err != nil {
		var ee *exec.ExitError
		if errors.As(err, &ee) {
			t.Fatalf("go list: %v\n%s", err, ee.Stderr)
		}
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("go list found only %d packages", len(all))
	}
	return all
}

// layer says what of ours a package may import. A pattern ending in "/…" stands
// for a folder and everything below it.
type layer struct {
	path string
	may  []string
	why  string // not more
}

// layers is the map of the repository. The first entry that fits a package
// counts.
var layers = []layer{
	{"chain/types", nil, "plain data that every node agrees on; whoever uses it must not drag in the rest"},
	{"chain/secp", nil, "the group behind every key and signature; arithmetic alone"},
	{"chain/consensus/internal/…", []string{"chain/types", "chain/consensus"}, "generators and parts of consensus"},
	{"chain/consensus", []string{"chain/types", "chain/secp", "chain/consensus/internal/…"}, "consensus is arithmetic: no disk, network, clock or manager can be reached from a rule"},
	{"chain/networks", []string{"chain/types", "chain/consensus"}, "networks are values"},
	{"chain/store", []string{"chain", "chain/types", "chain/consensus"}, "the disk sits below the interface that chain declares"},
	{"chain/gossip/…", []string{"chain", "chain/gossip/…", "chain/types", "chain/consensus"}, "peers ask the chain, never the wallet or the market"},
	{"chain/chaintest", []string{"chain/…"}, "it generates and simulates the chain only"},
	{"chain", []string{"chain/types", "chain/consensus"}, "the manager knows neither its peers nor its disk"},
	{"wallet/keys", []string{"chain/types", "chain/secp"}, "secrets know no chain"},
	{"wallet/safetext", nil, "what strangers write is judged by its letters alone"},
	{"wallet/descriptor", []string{"chain/types"}, "public keys and scripts, no secrets"},
	{"wallet/cosign", []string{"wallet/keys", "wallet/descriptor", "chain/types"}, "signing together is a function of a PSBT, wherever it comes from"},
	{"wallet/seal", []string{"wallet/keys", "chain/types", "chain/secp"}, "a cipher knows neither chain nor conversation"},
	{"wallet/talk", []string{"chain/types"}, "it carries bytes between two addresses over connections that it is handed"},
	{"wallet/vault", []string{"wallet", "chain/types"}, "a sealed store is a store"},
	{"wallet/messages/envelope", []string{"chain/types"}, "the form of what is written, wherever it travels and rests"},
	{"wallet/messages/history", []string{"wallet", "wallet/messages/envelope", "chain/types"}, "what is kept, under no policy"},
	{"wallet/messages", []string{"wallet", "wallet/keys", "wallet/vault", "wallet/seal", "wallet/talk", "wallet/safetext", "wallet/messages/…", "chain/types", "chain/consensus"}, "conversations pay through an interface"},
	{"wallet/market", []string{"wallet", "wallet/safetext", "chain/types", "chain/consensus"}, "advertisements and channels are read from the chain"},
	{"wallet/accounts", []string{"wallet", "wallet/vault", "wallet/keys", "wallet/descriptor", "wallet/cosign", "wallet/safetext", "chain/types", "chain/consensus"}, "members reach each other through an interface"},
	{"wallet", []string{"wallet/keys", "chain/types", "chain/consensus"}, "the wallet pulls from a Chain interface"},
	{"miner", []string{"chain/types", "chain/consensus"}, "the slot loop is handed chain, keys and registrar"},
	{"nat/wire", []string{"chain/types"}, "the form of an identity, no connections"},
	{"nat/…", []string{"nat/…", "chain/types"}, "paths between addresses carry anything, so they know nothing of it"},
	{"tasks/journal", nil, "a file of checked lines, whatever they say"},
	{"tasks/sandbox", nil, "it runs any program within limits"},
	{"tasks/render/picture", nil, "pixels, wherever they come from"},
	{"tasks/render/ffmpeg", []string{"tasks/render/picture"}, "what is made of finished frames"},
	{"tasks/render/engine", []string{"tasks/render/picture", "tasks/sandbox"}, "a rendering program knows no market"},
	{"tasks/render/blender", []string{"tasks/render/engine", "tasks/render/picture", "tasks/sandbox"}, "a rendering program knows no market"},
	{"tasks/render/povray", []string{"tasks/render/engine", "tasks/render/picture", "tasks/sandbox"}, "a rendering program knows no market"},
	{"tasks/render/sample", nil, "scenes for tests and the demo, as text"},
	{"tasks/render", []string{"tasks", "tasks/journal", "tasks/sandbox", "tasks/render/picture", "tasks/render/engine", "chain/types"}, "the market of tiles sees engines through their interface"},
	{"tasks", []string{"tasks/journal", "chain/types"}, "the market sees chain and wallet through Ledger"},
	{"tasks/…", []string{"tasks", "chain/types"}, "a dapp is one implementation of tasks.Dapp and knows no other"},
	{"app/config", nil, "settings are read before anything else exists"},
	{"app/view/avatar", nil, "a picture is a function of an address"},
	{"app/view/viewtest", []string{"app/view", "chain/types"}, "a fake of the view's Backend"},
	{"app/view", []string{"chain/types"}, "view models are plain data for any skin"},
	{"app/ui/look", []string{"assets"}, "how things look, whatever they say"},
	{"app/ui/text", []string{"assets", "app/view", "chain/types"}, "words and numbers for people, no widgets"},
	{"app/ui/page", []string{"app/view", "app/ui/kit", "app/ui/text", "app/ui/look", "chain/types"}, "what every page is handed"},
	{"app/ui/kit", []string{"app/view", "app/view/avatar", "app/ui/look", "app/ui/text", "assets", "chain/types"}, "widgets know no page and hold no rules"},
	{"app/ui/uitest", []string{"app/view", "app/view/viewtest", "app/ui/look", "app/ui/text", "app/ui/page", "app/ui/kit", "assets", "chain/types"}, "eyes and hands of the windows' tests"},
	{"app/ui/desktop", []string{"app/ui", "app/ui/…", "app/view", "app/api", "app/config", "app/node", "app/demo", "assets", "chain/types"}, "the program's windows: the one place that knows both node and screen"},
	{"app/ui", []string{"app/ui/…", "app/view", "chain/types", "assets"}, "the frame that pages stand in"},
	{"build/e2e", []string{"app/ui/text", "assets", "chain/types"}, "a person sees words and amounts on the screen, nothing else of the program"},
	{"app/ui/wallet/ledger", []string{"app/view", "chain/types"}, "a history is a list, whoever shows it"},
	{"app/ui/wallet/qrscan", nil, "a picture in, text out"},
	{"app/ui/wallet", []string{"app/ui/wallet/…", "app/view", "app/view/avatar", "app/ui/look", "app/ui/text", "app/ui/page", "app/ui/kit", "chain/types"}, "a page, with parts of its own that know no widget"},
	{"app/ui/…", []string{"app/view", "app/view/avatar", "app/ui/look", "app/ui/text", "app/ui/page", "app/ui/kit", "chain/types"}, "a page sees view models, a Backend and a Host, and no other page"},
	{"assets", nil, "files"},
	{"app/api", []string{"app/view", "chain/types"}, "the API serves a Backend, wherever it comes from"},
	{"app/node", []string{"app/config", "app/api", "app/view", "chain/…", "wallet/…", "miner", "nat", "tasks/…"}, "the wiring never reaches up to commands or windows"},
	{"app/demo", []string{"tasks/render/…", "tasks/sandbox", "app/config", "app/api", "app/view", "app/node", "chain/types", "chain/consensus", "chain/networks", "wallet/keys"}, "the demo talks to real processes through their API"},
	{"app", []string{"app/…", "chain/types"}, "commands use the Backend; the domains are app/node's"},
	{"build/…", nil, "about the repository, not part of it"},
}

// testsMayAlso lists what the tests of a package may import beyond its layer.
var testsMayAlso = []struct {
	path string
	more []string
}{
	{"chain/…", []string{"chain/…"}},
	{"wallet/…", []string{"chain/…"}},
	{"wallet/market", []string{"wallet/keys"}},
	{"wallet/talk", []string{"nat/…"}},
	{"miner", []string{"chain/…"}},
	{"nat/…", []string{"wallet/keys", "chain/networks"}},
	{"tasks/…", []string{"nat/…", "chain/networks", "chain/consensus"}},
	{"tasks/render/…", []string{"tasks/render/…", "tasks/sandbox"}},
	{"app/view", []string{"app/view/viewtest"}},
	{"app/ui/…", []string{"app/view/viewtest", "app/ui/…", "assets"}},
	{"app/api", []string{"app/view/viewtest"}},
	{"app/node", []string{"app/view/viewtest"}},
	{"app/demo", []string{"chain/…"}},
	{"app", []string{"chain/…", "wallet/…"}},
}

func fits(pattern, path string) bool {
	if below, ok := strings.CutSuffix(pattern, "/…"); ok {
		return path == below || strings.HasPrefix(path, below+"/")
	}
	return pattern == path
}

func anyFits(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return fits(p, path) })
}

func TestImportsPointDown(t *testing.T) {
	for _, p := range list(t) {
		path := p.path()
		i := slices.IndexFunc(layers, func(l layer) bool { return fits(l.path, path) })
		if i < 0 {
			t.Errorf("%s is in no layer: add it to the map in %s", path, "build/layers_test.go")
			continue
		}
		l := layers[i]
		for _, imp := range p.Imports {
			if ours(imp) && !anyFits(l.may, inside(imp)) {
				t.Errorf("%s imports %s: %s", path, inside(imp), l.why)
			}
		}
		var extra []string
		for _, x := range testsMayAlso {
			if fits(x.path, path) {
				extra = append(extra, x.more...)
			}
		}
		for _, imp := range append(slices.Clone(p.TestImports), p.XTestImports...) {
			in := inside(imp)
			if ours(imp) && in != path && !anyFits(l.may, in) && !anyFits(extra, in) {
				t.Errorf("a test of %s imports %s, which neither %s nor its tests may", path, in, path)
			}
		}
	}
}

// fence keeps a dependency inside the packages that are made for it.
type fence struct {
	prefix string   // of import paths
	inside []string // patterns of packages that may
	reason string
}

var fences = []fence{
	{"fyne.io/fyne/v2/app", []string{"app/ui/desktop", "mobile"}, "only a program with a screen links OpenGL; pages are tested without"},
	{"fyne.io/", []string{"app/ui/…", "mobile"}, "the node runs without a screen, and the toolkit can be replaced"},
	{"github.com/cockroachdb/", []string{"chain/store"}, "a storage engine stays behind the consumer's interface"},
	{"github.com/anacrolix/", []string{"tasks/download"}, "BitTorrent is where content is moved, nowhere else"},
	{"github.com/spf13/", []string{"app"}, "command lines end in package app"},
	{"github.com/btcsuite/btcd/v2transport", []string{"chain/gossip/…"}, "peers' encryption"},
	{"github.com/oasisprotocol/", []string{"chain/consensus/…"}, "the VRF is a rule"},
	{"github.com/tyler-smith/go-bip39", []string{"wallet/keys"}, "recovery words"},
	{"github.com/shirou/gopsutil/", []string{"miner", "tasks/download", "tasks/render"}, "what this machine has"},
	{"net/http", []string{"app/api", "app/ui/…", "tasks/web"}, "nothing else serves or fetches over HTTP"},
	{"github.com/jezek/xgb", []string{"app/ui/desktop/…", "miner"}, "X11 is one desktop of several: what asks it stands behind an interface"},
	{"github.com/godbus/dbus", []string{"app/ui/desktop/…", "miner"}, "the desktop's bus is asked where sensors and dialogs are made"},
	{"unsafe", []string{"miner"}, "nothing here is worth it but a structure for Windows' time of the last input"},
	{"C", nil, "node packages build without cgo, for phones and cross-compilation"},
}

func TestFences(t *testing.T) {
	for _, p := range list(t) {
		for _, imp := range p.Imports {
			for _, f := range fences {
				if (imp == f.prefix || strings.HasPrefix(imp, strings.TrimSuffix(f.prefix, "/")+"/")) && !anyFits(f.inside, p.path()) {
					t.Errorf("%s imports %s: %s", p.path(), imp, f.reason)
				}
			}
		}
		if len(p.CgoFiles) > 0 {
			t.Errorf("%s uses cgo in %v", p.path(), p.CgoFiles)
		}
	}
}

// Consensus is arithmetic: a rule that could read a clock, a disk, the network
// or random numbers would come out differently on two nodes.
func TestConsensusIsPure(t *testing.T) {
	forbidden := []string{"os", "net", "log", "log/slog", "sync", "sync/atomic", "math/rand", "math/rand/v2", "crypto/rand", "io/fs", "path/filepath", "context"}
	for _, p := range list(t) {
		if p.path() != "chain/types" && p.path() != "chain/consensus" {
			continue
		}
		for _, imp := range p.Imports {
			if slices.Contains(forbidden, imp) {
				t.Errorf("%s imports %s", p.path(), imp)
			}
		}
	}
}
