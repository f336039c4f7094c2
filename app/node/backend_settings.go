package node

import (
	"context"
	"errors"
	"slices"
	"strings"

	"supercomputing/app/config"
	"supercomputing/app/view"
)

// atOnce reports whether a change of a setting counts while the node runs; all
// others are read when it starts.
func (n *Node) atOnce(key string) bool {
	switch key {
	case "log.level":
		return n.logLevel != nil
	case "publish.upload":
		return true
	case "contribute.dir", "contribute.unsandboxed":
		return false
	}
	return strings.HasPrefix(key, "contribute.")
}

// Settings implements view.Owner.
func (n *Node) Settings(context.Context) ([]view.Setting, error) {
	n.mu.Lock()
	now, wanted := n.settings, n.wanted
	n.mu.Unlock()
	usual := config.Default()
	out := []view.Setting{}
	for _, s := range wanted.Settings() {
		if s.Key == "version" {
			continue // nobody changes it
		}
		v := view.Setting{Key: s.Key, Value: s.Value, Restart: !n.atOnce(s.Key)}
		v.Default, _ = usual.Get(s.Key)
		inForce, _ := now.Get(s.Key)
		v.Pending = inForce != s.Value
		out = append(out, v)
	}
	return out, nil
}

// ChangeSettings implements view.Owner.
func (n *Node) ChangeSettings(ctx context.Context, changes []view.SettingChange) ([]view.Setting, error) {
	list := make([]config.Setting, len(changes))
	for i, c := range changes {
		list[i] = config.Setting{Key: c.Key, Value: c.Value}
	}
	before, after, err := n.saveSettings(list)
	if err != nil {
		return nil, err
	}
	if err := n.applySettings(before, after, list); err != nil {
		return nil, explain(err)
	}
	return n.Settings(ctx)
}

// saveSettings writes changes to the settings file, all or none, and takes up
// those that count at once. What was set for this run only (--set) stays out of
// the file.
func (n *Node) saveSettings(list []config.Setting) (before, after config.Config, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	wanted := n.wanted
	if err := wanted.SetAll(list); err != nil {
		return before, after, badSetting(err)
	}
	for _, c := range list {
		if err := n.checkSetting(c.Key, &wanted); err != nil {
			return before, after, err
		}
	}
	file, err := config.Load(n.dir)
	if err != nil {
		return before, after, view.Errorf(view.CodeInvalid, "%v", err).WithHint("repair the settings file; nothing was changed")
	}
	if err := file.SetAll(list); err != nil {
		return before, after, badSetting(err)
	}
	now := n.settings
	if err := now.SetAll(slices.DeleteFunc(slices.Clone(list), func(c config.Setting) bool { return !n.atOnce(c.Key) })); err != nil {
		return before, after, badSetting(err)
	}
	if err := file.Save(n.dir); err != nil {
		return before, after, explain(err)
	}
	before = n.settings
	n.settings, n.wanted = now, wanted
	return before, now, nil
}

// badSetting explains a value that cannot work; the text names the key.
func badSetting(err error) error {
	e := view.Errorf(view.CodeInvalid, "%v", err)
	var ke *config.KeyError
	if errors.As(err, &ke) {
		e = e.WithHint("nothing was changed; “supercomputing config show” lists every setting")
	}
	return e
}

// checkSetting refuses what would keep the node from starting again.
func (n *Node) checkSetting(key string, c *config.Config) error {
	if key == "network" {
		p, err := LoadNetwork(c.Network)
		if err != nil {
			return err
		}
		if p.ID != n.params.ID {
			return view.Errorf(view.CodeConflict, "setting network: the data directory %s belongs to the network %s", n.dir, n.params.Name).
				WithHint("give each network its own data directory; nothing was changed")
		}
		return nil
	}
	if !strings.HasPrefix(key, "listen.") {
		return nil
	}
	address, err := c.Get(key)
	if err != nil || address == "" {
		return err
	}
	return checkLocal(address, key, onlyLocal(n.params))
}

// applySettings makes changes count that need no restart.
func (n *Node) applySettings(before, after config.Config, list []config.Setting) error {
	if before.Log.Level != after.Log.Level && n.logLevel != nil {
		if l, err := parseLevel(after.Log.Level); err == nil {
			n.logLevel.Set(l)
		}
		n.log.Info("the log's level was changed", "level", after.Log.Level)
	}
	if n.market == nil || !slices.ContainsFunc(list, func(c config.Setting) bool {
		return c.Key != "log.level" && n.atOnce(c.Key)
	}) {
		return nil
	}
	return n.applyContribution()
}
