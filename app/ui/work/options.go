package work

import (
	"context"
	"strconv"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// renderOptions is the step at which a rendering is described. What is left
// empty is the scene's own, which stands in the field.
type renderOptions struct {
	env    *page.Env
	scope  *page.Scope
	draft  *renderDraft
	moved  func()
	submit func() // Enter was pressed in a field
	fields map[string]*kit.FieldBox

	frames, width, height, samples, rate, output *kit.EntryBox
	count                                        *kit.Text
	samplesBox, rateBox                          *kit.FieldBox
	denoise                                      *kit.SelectBox
	format                                       *kit.SelectBox
	object                                       fyne.CanvasObject
}

func newRenderOptions(env *page.Env, scope *page.Scope, d *renderDraft, moved, submit func()) *renderOptions {
	o := &renderOptions{env: env, scope: scope, draft: d, moved: moved, submit: submit, fields: make(map[string]*kit.FieldBox)}
	t := env.Text
	o.frames = o.line(&d.Frames, fieldFrames)
	o.count = kit.Small("").Wrap()
	o.fields[fieldFrames] = kit.Field(t.T("work.options.frames"), o.frames).Help(t.T("work.options.frames.help"))
	o.width, o.height = o.line(&d.Width, fieldSize), o.line(&d.Height, fieldSize)
	half := kit.Flow(kit.Secondary("25 %", func() { o.scaled(25) }).Small(), kit.Secondary("50 %", func() { o.scaled(50) }).Small(),
		kit.Secondary("100 %", func() { o.scaled(0) }).Small())
	size := kit.ColumnGap(6, kit.Row(kit.Grow(o.width), kit.Muted("×"), kit.Grow(o.height)), half)
	o.fields[fieldSize] = kit.Field(t.T("work.options.size"), size)
	o.samples = o.line(&d.Samples, fieldSamples)
	o.samplesBox = kit.Field(t.T("work.options.samples"), o.samples).Help(t.T("work.options.samples.help"))
	o.fields[fieldSamples] = o.samplesBox
	o.format = kit.Select(o.formats(""), d.Format, func(i int) { d.Format = i })
	o.denoise = kit.Select([]string{t.T("work.options.denoise.scene"), t.T("work.yes"), t.T("work.no")}, d.Denoise, func(i int) { d.Denoise = i })
	checks := kit.Radio([]kit.Choice{
		{Title: t.T("work.checks.usual"), Text: t.T("work.checks.usual.text")},
		{Title: t.T("work.checks.all"), Text: t.T("work.checks.all.text")},
		{Title: t.T("work.checks.off"), Text: t.T("work.checks.off.text")},
	}, d.Checks, func(i int) { d.Checks = i })
	label := kit.Entry(t.T("work.options.label.placeholder"))
	label.SetText(d.Label)
	label.OnChanged = func(s string) { d.Label = s }
	label.OnSubmitted = func(string) { submit() }
	o.object = kit.Form(
		kit.Columns(240, kit.ColumnGap(4, o.fields[fieldFrames], o.count), o.fields[fieldSize]),
		kit.Columns(200, o.samplesBox, kit.Field(t.T("work.options.format"), o.format), kit.Field(t.T("work.options.denoise"), o.denoise)),
		o.video(), kit.Field(t.T("work.options.checks"), checks), o.folder(),
		kit.Field(t.T("work.options.label"), label).Help(t.T("work.options.label.help")))
	return o
}

// line is an entry of a part of the draft.
func (o *renderOptions) line(value *string, field string) *kit.EntryBox {
	e := kit.Entry("")
	e.SetText(*value)
	e.OnSubmitted = func(string) { o.submit() }
	e.OnChanged = func(s string) {
		*value = s
		o.fields[field].SetError("")
		o.counted()
	}
	return e
}

// formats names the formats, the scene's own first.
func (o *renderOptions) formats(own string) []string {
	names := make([]string, len(formatChoices))
	for i, f := range formatChoices {
		names[i] = formatName(o.env.Text, f)
	}
	if own != "" {
		names[0] = o.env.T("work.format.own", "format", formatName(o.env.Text, own))
	}
	return names
}

func (o *renderOptions) video() fyne.CanvasObject {
	o.rate = o.line(&o.draft.Rate, fieldRate)
	o.rateBox = kit.Field(o.env.T("work.options.rate"), o.rate)
	o.fields[fieldRate] = o.rateBox
	if !o.draft.Video {
		o.rateBox.Hide()
	}
	row := kit.SwitchRow(o.env.T("work.options.video"), o.env.T("work.options.video.text"), o.draft.Video, func(on bool) {
		o.draft.Video = on
		if on {
			o.rateBox.Show()
		} else {
			o.rateBox.Hide()
		}
		o.moved()
	})
	return kit.Column(row, kit.MaxWidthLeft(240, o.rateBox))
}

// folder chooses where the frames go.
func (o *renderOptions) folder() fyne.CanvasObject {
	t := o.env.Text
	o.output = kit.Entry(t.T("work.options.output.placeholder"))
	o.output.SetText(o.draft.Output)
	o.output.OnChanged = func(s string) { o.draft.Output = s }
	choose := kit.Secondary(t.T("work.options.output.choose"), o.pick).Icon("folder_open")
	return kit.Field(t.T("work.options.output"), kit.Row(kit.Grow(o.output), choose)).Help(t.T("work.options.output.help"))
}

func (o *renderOptions) pick() {
	page.LoadKey(o.scope, "folder", func(ctx context.Context) (string, error) {
		return o.env.Host.OpenFolder(ctx, o.env.T("work.options.output.choose"))
	}, func(path string, err error) {
		switch {
		case err != nil && !page.Cancelled(err):
			o.env.Fail(err)
		case path != "":
			o.output.SetText(path)
		}
	})
}

// scene puts the scene's own values into the empty fields.
func (o *renderOptions) scene(s *view.RenderScene) {
	if s == nil {
		return
	}
	own := view.FrameRange{First: s.First, Last: s.Last, Step: max(s.Step, 1)}
	for e, v := range map[*kit.EntryBox]string{o.frames: own.String(), o.width: strconv.Itoa(s.Width), o.height: strconv.Itoa(s.Height),
		o.samples: strconv.Itoa(s.Samples), o.rate: rateText(s.Rate)} {
		e.SetPlaceHolder(v)
	}
	if s.Samples == 0 {
		o.samplesBox.Hide() // the engine has no such setting
	} else {
		o.samplesBox.Show()
	}
	o.format.SetOptions(o.formats(s.Format), o.draft.Format)
	o.counted()
}

// scaled fills in a part of the scene's size, 0 its own.
func (o *renderOptions) scaled(percent int) {
	w, _ := strconv.Atoi(o.width.PlaceHolder)
	h, _ := strconv.Atoi(o.height.PlaceHolder)
	if percent == 0 || w == 0 || h == 0 {
		o.width.SetText("")
		o.height.SetText("")
		return
	}
	o.width.SetText(strconv.Itoa(max(1, (w*percent+50)/100)))
	o.height.SetText(strconv.Itoa(max(1, (h*percent+50)/100)))
}

// counted tells how many frames are asked for.
func (o *renderOptions) counted() {
	if o.count == nil || o.frames == nil {
		return
	}
	s := o.frames.Text
	if s == "" {
		s = o.frames.PlaceHolder
	}
	ranges, err := view.ParseFrames(s)
	if err != nil || len(ranges) == 0 {
		o.count.Set("")
		return
	}
	o.count.Set(o.env.N("work.frames", countFrames(ranges)))
}

// check shows what is wrong at its field; true: nothing is.
func (o *renderOptions) check() bool {
	_, wrong := o.draft.request(o.env.Text)
	ok := true
	for name, f := range o.fields {
		f.SetError(wrong[name])
		ok = ok && wrong[name] == ""
	}
	o.moved()
	return ok
}
