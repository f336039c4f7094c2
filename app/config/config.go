// Package config owns the settings file of a node: one JSON object in the data
// directory, typed, versioned and migrated. A key that is unknown, repeated or
// holds a value that cannot work is refused by name, because a misspelt limit
// that is silently ignored is worse than none. It knows nothing of the rest of
// the program.
package config

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Version is the version of the file that this program writes.
const Version = 1

// FileName is the settings file's name in a data directory.
const FileName = "config.json"

// Config is all settings. Default gives each its usual value; a file needs to
// name only those that differ.
type Config struct {
	Version    int        `json:"version"`
	Network    string     `json:"network"`  // "test", "local", or the path of a network file
	Listen     Listen     `json:"listen"`   //
	Contact    string     `json:"contact"`  // host:port where nodes reach listen.contact from outside; empty: its own address
	Seeds      []string   `json:"seeds"`    // host:port of first peers, besides those of the network file
	Outbound   int        `json:"outbound"` // connections to peers that are kept up
	Produce    bool       `json:"produce"`  // register as a producer and make blocks
	DHT        bool       `json:"dht"`      // announce files in the DHT; on a local network it is one among its own nodes, on loopback
	Contribute Contribute `json:"contribute"`
	Publish    Publish    `json:"publish"`
	Engines    Engines    `json:"engines"`
	Messages   Messages   `json:"messages"`
	Log        Log        `json:"log"`
}

// Listen holds the addresses the node listens on, as host:port; empty means
// closed. Port 0 takes any free port.
type Listen struct {
	Gossip     string `json:"gossip"`     // the chain's peers; a node works without it
	API        string `json:"api"`        // the local API, loopback only
	Remote     string `json:"remote"`     // the same API for programs elsewhere, encrypted; closed unless the owner opens it
	Contact    string `json:"contact"`    // nodes that work on our jobs, opened while there are some, and messages.listen
	BitTorrent string `json:"bittorrent"` // moves files; opened while there are some
}

// Engines holds the paths of programs that rendering needs; empty means that
// the program is looked for on the PATH.
type Engines struct {
	Blender string `json:"blender"`
	POVRay  string `json:"povray"`
	FFmpeg  string `json:"ffmpeg"` // for videos of finished frames, and to denoise them
}

// Publish limits the node's own jobs.
type Publish struct {
	Upload Rate `json:"upload"` // of the files that we publish
}

// Messages says how this wallet is reached by other wallets.
type Messages struct {
	// Listen opens listen.contact whenever there is a wallet, so that others can
	// write to it directly: free and at once. Without it, messages still come
	// over the chain, and over connections that this node opens itself.
	Listen bool `json:"listen"`
}

// Log says what is written down.
type Log struct {
	Level  string `json:"level"`  // debug, info, warn or error
	Format string `json:"format"` // text or json
	File   bool   `json:"file"`   // also to node.log in the data directory
	Size   Size   `json:"size"`   // of the file, before it is put aside; one older file is kept
}

// Default gives the settings of a node that was told nothing.
func Default() Config {
	return Config{
		Version:    Version,
		Network:    "test",
		Listen:     Listen{API: "127.0.0.1:7402", Contact: "0.0.0.0:7403", BitTorrent: "0.0.0.0:7404"},
		Seeds:      []string{},
		Outbound:   8,
		Produce:    true,
		DHT:        true,
		Contribute: defaultContribute(),
		Messages:   Messages{Listen: true},
		Log:        Log{Level: "info", Format: "text", File: true, Size: 16 << 20},
	}
}

// ErrConfig is wrapped by every error about what a settings file says.
var ErrConfig = errors.New("settings")

// KeyError says what is wrong with one setting.
type KeyError struct {
	Key    string // dotted, such as "contribute.disk"
	Reason string
}

// Error implements error.
func (e *KeyError) Error() string { return fmt.Sprintf("setting %s: %s", e.Key, e.Reason) }

// Unwrap makes every KeyError an ErrConfig.
func (e *KeyError) Unwrap() error { return ErrConfig }

func bad(key, format string, args ...any) error {
	return &KeyError{key, fmt.Sprintf(format, args...)}
}

// Validate names the first setting that cannot work.
func (c *Config) Validate() error {
	if c.Version != Version {
		return bad("version", "%d is not %d", c.Version, Version)
	}
	if c.Network == "" || strings.ContainsFunc(c.Network, unicode.IsControl) {
		return bad("network", "give local, test, or the path of a network file")
	}
	if err := c.checkAddresses(); err != nil {
		return err
	}
	if err := c.checkEngines(); err != nil {
		return err
	}
	if err := c.Contribute.validate(); err != nil {
		return err
	}
	switch {
	case c.Outbound < 0 || c.Outbound > 64:
		return bad("outbound", "%d is not from 0 to 64", c.Outbound)
	case c.Publish.Upload < 0:
		return bad("publish.upload", "negative")
	case !slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level):
		return bad("log.level", "%q is not debug, info, warn or error", c.Log.Level)
	case c.Log.Format != "text" && c.Log.Format != "json":
		return bad("log.format", "%q is not text or json", c.Log.Format)
	case c.Log.Size < 64<<10:
		return bad("log.size", "less than 64 KiB")
	}
	return nil
}

func (c *Config) checkEngines() error {
	for _, e := range []struct{ key, path string }{
		{"engines.blender", c.Engines.Blender}, {"engines.povray", c.Engines.POVRay}, {"engines.ffmpeg", c.Engines.FFmpeg},
	} {
		if e.path != "" && !filepath.IsAbs(e.path) {
			return bad(e.key, "%q is not the absolute path of the program", e.path)
		}
	}
	return nil
}

func (c *Config) checkAddresses() error {
	for _, l := range []struct{ key, address string }{
		{"listen.gossip", c.Listen.Gossip}, {"listen.api", c.Listen.API}, {"listen.remote", c.Listen.Remote},
		{"listen.contact", c.Listen.Contact}, {"listen.bittorrent", c.Listen.BitTorrent},
	} {
		if l.address == "" && l.key != "listen.api" {
			continue
		}
		host, err := hostPort(l.address, 0)
		if err != nil {
			return bad(l.key, "%q: %v", l.address, err)
		}
		ip := net.ParseIP(host)
		if host != "" && host != "localhost" && ip == nil {
			return bad(l.key, "%q: listen on an IP address of this machine", l.address)
		}
		if l.key == "listen.api" && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return bad(l.key, "%q is not a loopback address: the API gives away the wallet", l.address)
		}
	}
	if c.Contact != "" {
		if host, err := hostPort(c.Contact, 1); err != nil || host == "" {
			return bad("contact", "%q is not host:port as seen from outside", c.Contact)
		}
	}
	if len(c.Seeds) > 64 {
		return bad("seeds", "%d of them, at most 64", len(c.Seeds))
	}
	for _, s := range c.Seeds {
		if host, err := hostPort(s, 1); err != nil || host == "" {
			return bad("seeds", "%q is not host:port", s)
		}
	}
	return nil
}

// hostPort splits an address whose port is a number of at least least.
func hostPort(address string, least int) (host string, err error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", errors.New("not host:port")
	}
	if n, err := strconv.Atoi(port); err != nil || n < least || n > 65535 {
		return "", fmt.Errorf("port %q is not a number from %d to 65535", port, least)
	}
	if len(host) > 253 || strings.ContainsFunc(host, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return "", errors.New("malformed host")
	}
	return host, nil
}
