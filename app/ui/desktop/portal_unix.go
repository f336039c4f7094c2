//go:build unix && !darwin

package desktop

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"strings"
	"unicode"

	"github.com/godbus/dbus/v5"

	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// The names of the portal, through which every desktop shows its own dialogs
// (https://flatpak.github.io/xdg-desktop-portal).
const (
	portalName    = "org.freedesktop.portal.Desktop"
	portalPath    = "/org/freedesktop/portal/desktop"
	portalChooser = "org.freedesktop.portal.FileChooser"
	portalRequest = "org.freedesktop.portal.Request"
)

// chooseNative shows the desktop's own dialog. known is false where there is
// none.
func chooseNative(ctx context.Context, c Choice, words *text.Catalog) (path string, known bool, err error) {
	bus, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return "", false, nil
	}
	defer bus.Close()
	portal := bus.Object(portalName, portalPath)
	if v, err := portal.GetProperty(portalChooser + ".version"); err != nil || v.Value() == nil {
		return "", false, nil // none is installed
	}
	path, err = askPortal(ctx, bus, portal, c, words)
	if err != nil && ctx.Err() == nil {
		return "", false, nil // it is there, but has no dialogs
	}
	return path, true, err
}

// errPortal says that a portal ended a dialog by itself.
var errPortal = errors.New("the desktop's dialog ended")

// askPortal shows one dialog and waits for the answer.
func askPortal(ctx context.Context, bus *dbus.Conn, portal dbus.BusObject, c Choice, words *text.Catalog) (string, error) {
	token := "supercomputing" + rand.Text()
	sender := strings.ReplaceAll(strings.TrimPrefix(bus.Names()[0], ":"), ".", "_")
	request := dbus.ObjectPath(portalPath + "/request/" + sender + "/" + token)
	// Before the call: the answer must not be there first.
	answers := make(chan *dbus.Signal, 4)
	bus.Signal(answers)
	if err := bus.AddMatchSignalContext(ctx, dbus.WithMatchObjectPath(request), dbus.WithMatchInterface(portalRequest)); err != nil {
		return "", err
	}
	method, options := portalCall(c, token, words)
	if err := portal.CallWithContext(ctx, portalChooser+"."+method, 0, "", c.Title, options).Err; err != nil {
		return "", err
	}
	for {
		select {
		case <-ctx.Done():
			bus.Object(portalName, request).Call(portalRequest+".Close", dbus.FlagNoReplyExpected)
			return "", ctx.Err()
		case s, open := <-answers:
			switch {
			case !open:
				return "", errPortal
			case s.Path == request && s.Name == portalRequest+".Response":
				return portalAnswer(s.Body)
			}
		}
	}
}

// portalCall writes a choice as the portal takes it.
func portalCall(c Choice, token string, words *text.Catalog) (method string, options map[string]dbus.Variant) {
	options = map[string]dbus.Variant{"handle_token": dbus.MakeVariant(token), "modal": dbus.MakeVariant(true)}
	if c.Save != "" {
		options["current_name"] = dbus.MakeVariant(c.Save)
		return "SaveFile", options
	}
	if c.Folder {
		options["directory"] = dbus.MakeVariant(true)
	}
	if len(c.Kinds) > 0 {
		var filters []portalFilter
		for _, k := range c.Kinds {
			filters = append(filters, filterOf(k, words))
		}
		options["filters"] = dbus.MakeVariant(filters)
	}
	return "OpenFile", options
}

// portalFilter is a kind of files: its name and patterns, of type 0 for names.
type portalFilter struct {
	Name  string
	Rules []portalRule
}

type portalRule struct {
	Type    uint32
	Pattern string
}

func filterOf(k view.FileKind, words *text.Catalog) portalFilter {
	f := portalFilter{Name: k.Name}
	if len(k.Extensions) == 0 {
		if f.Name == "" {
			f.Name = words.T("desktop.dialog.all")
		}
		f.Rules = append(f.Rules, portalRule{Pattern: "*"})
	}
	for _, e := range k.Extensions {
		f.Rules = append(f.Rules, portalRule{Pattern: "*" + anyCase(e)})
	}
	return f
}

// anyCase makes ".png" the pattern ".[pP][nN][gG]": portals mind the case.
func anyCase(extension string) string {
	var b strings.Builder
	for _, r := range extension {
		if lo, up := unicode.ToLower(r), unicode.ToUpper(r); lo != up {
			b.WriteString("[" + string(lo) + string(up) + "]")
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// portalAnswer reads the body of a Response: 0 and the URIs, or another number
// when it was cancelled.
func portalAnswer(body []any) (string, error) {
	if len(body) != 2 {
		return "", errPortal
	}
	code, ok := body[0].(uint32)
	results, _ := body[1].(map[string]dbus.Variant)
	if !ok {
		return "", errPortal
	}
	if code != 0 {
		return "", nil
	}
	uris, _ := results["uris"].Value().([]string)
	if len(uris) == 0 {
		return "", nil
	}
	u, err := url.Parse(uris[0])
	if err != nil || u.Scheme != "file" {
		return "", view.Errorf(view.CodeInvalid, "%s is not on this computer", uris[0])
	}
	return u.Path, nil
}
