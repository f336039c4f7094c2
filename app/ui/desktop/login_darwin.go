package desktop

import (
	"bytes"
	"encoding/xml"
	"os"
	"path/filepath"
)

// loginLabel names the agent towards launchd.
const loginLabel = "org.supercomputing.app"

func loginEntry() (loginFile, error) {
	home, err := os.UserHomeDir()
	return loginFile{path: filepath.Join(home, "Library", "LaunchAgents", loginLabel+".plist")}, err
}

func startsAtLogin() (bool, error) {
	e, err := loginEntry()
	if err != nil {
		return false, err
	}
	return e.on()
}

func startAtLogin(on bool, command []string) error {
	e, err := loginEntry()
	if err != nil || !on {
		if err == nil {
			err = e.set(nil)
		}
		return err
	}
	var b bytes.Buffer
	b.WriteString(xml.Header + `<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>Label</key><string>` + loginLabel + `</string>
<key>RunAtLoad</key><true/>
<key>ProgramArguments</key><array>
`)
	for _, arg := range command {
		b.WriteString("<string>")
		if err := xml.EscapeText(&b, []byte(arg)); err != nil {
			return err
		}
		b.WriteString("</string>\n")
	}
	b.WriteString("</array></dict></plist>\n")
	return e.set(b.Bytes())
}
