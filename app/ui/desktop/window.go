//go:build cgo && !headless

package desktop

import (
	"context"
	"fmt"
	stdlog "log"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/driver/desktop"

	"supercomputing/app/config"
	"supercomputing/app/ui"
	"supercomputing/app/ui/desktop/calm"
	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/assets"
)

// appID is the program's name towards desktops.
const appID = "org.supercomputing.app"

// title is what window managers show, and what desktops find the menu entry by.
const title = "Supercomputing"

// The window's size when none is remembered.
const (
	firstWidth  = 1180
	firstHeight = 760
)

// stopPatience is how long the node may take to end.
const stopPatience = 30 * time.Second

// window is the program while it shows windows.
type window struct {
	o      Options
	app    fyne.App
	main   fyne.Window
	ui     *ui.UI
	host   *Host
	prefs  *page.Prefs
	log    *slog.Logger
	tray   *tray
	ending atomic.Bool // nothing is shown any more
}

// Run shows the windows until they are closed for good, or ctx is done, which
// is no error. It has to be called on the main goroutine.
func Run(ctx context.Context, o Options) error {
	if raiseOther(ctx, o.Dir) {
		return nil
	}
	// On a disk that is full or read-only the window still opens: it is where a
	// person reads what is wrong.
	mine, unclaimed := claim(o.Dir)
	if unclaimed == nil {
		defer mine.close()
	}
	level := new(slog.LevelVar)
	log, closeLog, err := openLog(o, level)
	if err != nil {
		return asView(err)
	}
	defer closeLog()
	w := &window{o: o, log: log.With("part", "app")}
	if unclaimed != nil {
		w.log.Warn("another start would open another window", "err", unclaimed)
	}
	crash, err := watchCrashes(o.Dir)
	if err != nil {
		w.log.Warn("a crash would not be written down", "err", err)
	}
	panicked := true
	defer func() {
		if !panicked { // else the report of it stays
			crash.end()
		}
	}()
	err = w.begin(ctx, mine, unclaimed, crash.before, log, level)
	panicked = false
	return err
}

// begin fills the window and shows it, until the program ends.
func (w *window) begin(ctx context.Context, mine *instance, unclaimed error, before string, log *slog.Logger, level *slog.LevelVar) (err error) {
	o := w.o
	if w.prefs, err = page.LoadPrefs(o.Dir); err != nil {
		w.log.Warn("the app begins with its usual settings", "err", err)
	}
	w.host = NewHost(o, w.prefs, w, log, level)
	var passphrase []byte
	if o.Demo {
		if passphrase, err = w.host.demoWallet(ctx); err != nil {
			return err
		}
	}
	if err := w.make(passphrase); err != nil {
		return err
	}
	if unclaimed == nil {
		go mine.run(func() { w.post(w.raise) })
	}
	return w.run(ctx, before)
}

// openLog opens the log of the data directory, by its settings; without its file
// where that cannot be.
func openLog(o Options, level *slog.LevelVar) (*slog.Logger, func(), error) {
	c, err := config.Load(o.Dir)
	if err != nil {
		c = config.Default() // the first page shows what is wrong with it
	}
	log, done, err := o.OpenLog(o.Dir, c.Log, level)
	if err != nil && c.Log.File {
		c.Log.File = false
		log, done, err = o.OpenLog(o.Dir, c.Log, level)
	}
	return log, done, err
}

// make makes the window with all that is in it, and shows nothing yet.
func (w *window) make(passphrase []byte) (err error) {
	w.settleToolkit()
	app.SetMetadata(fyne.AppMetadata{ID: appID, Name: title, Version: w.o.Version, Icon: icon()})
	w.app = app.NewWithID(appID)
	w.app.SetIcon(icon())
	w.main = w.app.NewWindow(title)
	w.main.SetPadded(false)
	w.main.SetMaster()
	w.main.SetIcon(icon())
	w.ui, err = ui.New(ui.Options{
		Host: w.host, Prefs: w.prefs, Post: w.post, Window: w.main, SetTheme: w.app.Settings().SetTheme,
		Language: w.host.system, Log: w.log, Attach: w.o.Attach, Passphrase: passphrase, Raise: w.raise, Quit: w.quit,
	})
	if err != nil {
		return fmt.Errorf("make the window: %w", err)
	}
	w.main.SetContent(w.ui.Object())
	size := fyne.NewSize(firstWidth, firstHeight)
	if p := w.prefs.Get(); p.WindowWidth > 0 && p.WindowHeight > 0 {
		size = fyne.NewSize(p.WindowWidth, p.WindowHeight)
	}
	w.main.Resize(size)
	w.main.SetCloseIntercept(w.closed)
	return nil
}

// settleToolkit sends what the toolkit prints to the log, and makes the folder
// in which it makes its own.
func (w *window) settleToolkit() {
	w.log.Debug("the toolkit begins", "language", calm.Language)
	stdlog.SetFlags(0)
	stdlog.SetOutput(toLog{w.log})
	if dir, err := os.UserCacheDir(); err == nil {
		_ = os.MkdirAll(dir, 0o700) // it will say so itself when it cannot
	}
	// Where the desktop does not tell, the toolkit would choose the dark theme.
	if os.Getenv("FYNE_THEME") == "" && !tellsTheme() {
		_ = os.Setenv("FYNE_THEME", "light")
	}
}

// toLog writes lines of the standard log to ours. What the toolkit complains
// of, such as a session without notifications, is nothing to act on.
type toLog struct{ log *slog.Logger }

func (t toLog) Write(b []byte) (int, error) {
	t.log.Debug(strings.TrimSpace(string(b)), "from", "toolkit")
	return len(b), nil
}

func icon() fyne.Resource { return fyne.NewStaticResource("supercomputing.png", assets.LogoPNG(256)) }

// run shows the window and returns when the program shall end.
func (w *window) run(ctx context.Context, crashed string) error {
	inspected, err := serveInspection(w.main.Canvas(), w.post)
	if err != nil {
		return fmt.Errorf("inspection: %w", err)
	}
	if inspected != nil {
		defer inspected.Close()
	}
	if d, ok := w.app.(desktop.App); ok && w.HasTray() && w.prefs.Get().Tray {
		w.tray = &tray{app: d}
		w.ui.OnTray(w.tray.show)
	}
	if !w.o.Hidden || w.tray == nil {
		w.main.Show()
	} else {
		w.ui.Hidden(true)
	}
	stop := context.AfterFunc(ctx, func() { w.post(w.quit) })
	defer stop()
	w.app.Lifecycle().SetOnStarted(func() {
		w.ui.Start()
		if crashed != "" {
			w.tellCrash(crashed)
		}
	})
	w.app.Run()
	w.ending.Store(true)
	w.remember()
	end, cancel := context.WithTimeout(context.Background(), stopPatience)
	defer cancel()
	if err := w.host.Stop(end); err != nil {
		return fmt.Errorf("the node did not end well: %w", err)
	}
	return nil
}

// post runs fn on the UI thread, later, while there is one.
func (w *window) post(fn func()) {
	if !w.ending.Load() {
		fyne.Do(fn)
	}
}

// closed is what the window's own button does.
func (w *window) closed() {
	if w.tray != nil && w.prefs.Get().CloseToTray {
		w.remember()
		w.main.Hide()
		w.ui.Hidden(true)
		return
	}
	w.quit()
}

// quit ends the program. The window goes at once, the node as soon as it can.
func (w *window) quit() {
	if w.ending.Swap(true) {
		return
	}
	w.remember()
	w.host.forgetCopied()
	w.main.Hide()
	w.ui.Stop()
	w.app.Quit()
}

func (w *window) raise() {
	w.main.Show()
	w.main.RequestFocus()
	w.ui.Hidden(false)
}

// remember keeps the window's size for the next start.
func (w *window) remember() {
	size := w.main.Canvas().Size()
	if p := w.prefs.Get(); size.Width < 1 || p.WindowWidth == size.Width && p.WindowHeight == size.Height {
		return
	}
	if err := w.prefs.Set(func(p *page.Preferences) { p.WindowWidth, p.WindowHeight = size.Width, size.Height }); err != nil {
		w.log.Warn("the window's size was not kept", "err", err)
	}
}

// tellCrash says that the last run ended badly, and where that is written.
func (w *window) tellCrash(file string) {
	words := w.host.catalog()
	k := &kit.Kit{Text: words, Canvas: w.main.Canvas(), Post: w.post, Now: time.Now}
	var s *kit.Sheet
	s = k.Sheet(kit.SheetOptions{Title: words.T("desktop.crash.title"), Text: words.T("desktop.crash.text", "file", file),
		Actions: []*kit.Button{kit.Primary(words.T("desktop.ok"), func() { s.Close() })}})
}
