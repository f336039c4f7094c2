package miner

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"supercomputing/chain/types"
)

// ErrGuard says that the record of signed slots does not read. Signing without
// it could sign a slot twice, which costs a producer its weight for 32 epochs
// (PROTOCOL §4), so nothing is signed until a person has looked.
var ErrGuard = errors.New("record of signed slots is unreadable")

// errSigned says that this slot, or a later one, has been signed for already.
var errSigned = errors.New("slot has been signed for already")

// guard remembers on disk the last slot its address signed a block for. Slots
// of signed blocks only ever rise, so one number per address is enough: it
// survives restarts, crashes between signing and sending, and clocks that are
// set back.
type guard struct {
	path    string
	network types.NetworkID
	address types.Address
	signed  bool // something was signed; slot is valid
	slot    uint64
}

const guardFormat = "signed 1\nnetwork %x\naddress %x\nslot %d\nblock %s\n"

// openGuard reads the guard of one address on one network in dir, which is
// made when missing.
func openGuard(dir string, network types.NetworkID, address types.Address) (*guard, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("folder for signed slots: %w", err)
	}
	g := &guard{
		path:    filepath.Join(dir, fmt.Sprintf("signed-%x-%x.txt", network[:4], address[:8])),
		network: network, address: address,
	}
	text, err := os.ReadFile(g.path)
	if errors.Is(err, fs.ErrNotExist) {
		return g, nil
	}
	if err != nil {
		return nil, fmt.Errorf("signed slots: %w", err)
	}
	var netID, addr []byte
	var block string
	if _, err := fmt.Sscanf(string(text), guardFormat, &netID, &addr, &g.slot, &block); err != nil {
		return nil, fmt.Errorf("%w: %s: %v", ErrGuard, g.path, err)
	}
	if string(netID) != string(network[:]) || string(addr) != string(address[:]) {
		return nil, fmt.Errorf("%w: %s is of another network or address", ErrGuard, g.path)
	}
	g.signed = true
	return g, nil
}

// allows reports whether a block for slot may still be signed.
func (g *guard) allows(slot uint64) bool { return !g.signed || slot > g.slot }

// claim records, durably, that the block is about to be signed for slot. It
// fails with errSigned when the slot has passed, and with the disk's error
// when the record cannot be kept: then nothing must be signed. After a crash
// the slot stays claimed even if nothing was signed, which loses one block.
func (g *guard) claim(slot uint64, block types.Hash) error {
	if !g.allows(slot) {
		return fmt.Errorf("%w: slot %d, last signed %d", errSigned, slot, g.slot)
	}
	text := fmt.Sprintf(guardFormat, g.network[:], g.address[:], slot, block)
	if err := writeSynced(g.path, []byte(text)); err != nil {
		return fmt.Errorf("signed slots: %w", err)
	}
	g.signed, g.slot = true, slot
	return nil
}

// writeSynced replaces a file so that after a power loss it holds either the
// old or the new content, and the new one once writeSynced has returned.
func writeSynced(path string, data []byte) error {
	tmp := path + ".new"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a rename in dir durable. Windows has no such call: its file
// system journals renames.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
