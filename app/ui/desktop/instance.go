package desktop

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// instanceFile tells, in a data directory, how to reach the window that is
// open on it: host:port and a secret. It is for this user only.
const instanceFile = "app-window"

// instancePatience is how long the window has to answer.
const instancePatience = 2 * time.Second

// instance is this program as the one window of its data directory. Loopback
// serves every system; a socket's path could be too long.
type instance struct {
	path   string
	secret string
	ln     net.Listener
}

// raiseOther shows the window that is open on a data directory already, and
// reports whether there is one.
func raiseOther(ctx context.Context, dir string) bool {
	raw, err := os.ReadFile(filepath.Join(dir, instanceFile))
	if err != nil {
		return false
	}
	address, secret, ok := strings.Cut(strings.TrimSpace(string(raw)), " ")
	host, _, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); !ok || err != nil || ip == nil || !ip.IsLoopback() {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, instancePatience)
	defer cancel()
	c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return false // it has ended, and not by itself
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(instancePatience))
	if _, err := fmt.Fprintf(c, "%s raise\n", secret); err != nil {
		return false
	}
	line, err := bufio.NewReaderSize(c, 64).ReadString('\n')
	return err == nil && line == "shown\n"
}

// claim makes this program the window of a data directory.
func claim(dir string) (*instance, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("one window per data directory: %w", err)
	}
	i := &instance{path: filepath.Join(dir, instanceFile), secret: rand.Text(), ln: ln}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	if err := replaceFile(i.path, []byte(i.content())); err != nil { // mode 0600
		return nil, errors.Join(err, ln.Close())
	}
	return i, nil
}

// run answers later starts until close. raise shows the window.
func (i *instance) run(raise func()) {
	for {
		c, err := i.ln.Accept()
		if err != nil {
			return
		}
		go i.answer(c, raise)
	}
}

func (i *instance) answer(c net.Conn, raise func()) {
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(instancePatience))
	line, err := bufio.NewReaderSize(c, 256).ReadSlice('\n')
	if err != nil || subtle.ConstantTimeCompare(line, []byte(i.secret+" raise\n")) != 1 {
		return
	}
	raise()
	fmt.Fprint(c, "shown\n")
}

// close gives the data directory up, unless another window has it by now: two
// that start at once do not see each other.
func (i *instance) close() {
	if raw, err := os.ReadFile(i.path); err == nil && string(raw) == i.content() {
		os.Remove(i.path)
	}
	i.ln.Close()
}

func (i *instance) content() string { return fmt.Sprintf("%s %s\n", i.ln.Addr(), i.secret) }
