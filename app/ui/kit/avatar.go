package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/look"
	"supercomputing/app/ui/text"
	"supercomputing/app/view/avatar"
)

// AvatarImage is the picture of an address.
type AvatarImage struct {
	widget.BaseWidget
	address string
	px      float32
}

// Avatar shows the picture of an address, px wide and high.
func Avatar(address string, px float32) *AvatarImage {
	a := &AvatarImage{address: address, px: px}
	a.ExtendBaseWidget(a)
	return a
}

// Set shows another address.
func (a *AvatarImage) Set(address string) {
	if a.address != address {
		a.address = address
		a.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (a *AvatarImage) CreateRenderer() fyne.WidgetRenderer {
	r := &avatarRenderer{a: a, img: canvas.NewImageFromImage(nil)}
	r.img.FillMode = canvas.ImageFillContain
	r.Refresh()
	return r
}

type avatarRenderer struct {
	a     *AvatarImage
	img   *canvas.Image
	drawn string
}

func (r *avatarRenderer) Destroy()                     {}
func (r *avatarRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.img} }
func (r *avatarRenderer) MinSize() fyne.Size           { return fyne.NewSquareSize(r.a.px) }
func (r *avatarRenderer) Layout(size fyne.Size)        { r.img.Resize(size) }

func (r *avatarRenderer) Refresh() {
	if r.a.address != r.drawn && r.a.address != "" {
		r.drawn = r.a.address
		r.img.Image = avatar.Image(r.a.address, int(r.a.px*2))
		r.img.Refresh()
	}
}

// AddressLine shows an address: avatar, name or short form, copy button. A tap
// opens it.
type AddressLine struct {
	composite
	OnTap func()
}

// Address shows an address with its name; "" when it has none.
func (k *Kit) Address(address, name string) *AddressLine {
	a := &AddressLine{}
	a.OnTap = func() {
		if k.Open != nil {
			k.Open(address)
		}
	}
	words := ColumnGap(0)
	if name != "" {
		words.Add(Strong(name).Truncate())
		words.Add(Mono(text.Short(address)).Sized(look.SizeSmall).Tone(look.Muted).Truncate())
	} else {
		words.Add(Mono(text.Short(address)).Truncate())
	}
	tap := Tap(PadXY(4, 4, RowGap(10, Avatar(address, 28), Grow(words))), func() { a.OnTap() }).SetLabel(address)
	a.content = RowGap(4, Grow(tap), k.Copy(address))
	a.ExtendBaseWidget(a)
	return a
}

// Copy is a button that copies value and says so.
func (k *Kit) Copy(value string) *Button { return k.copyButton(value, false) }

// CopySecret is Copy of something that the clipboard must forget soon.
func (k *Kit) CopySecret(value string) *Button { return k.copyButton(value, true) }

func (k *Kit) copyButton(value string, secret bool) *Button {
	return k.IconButton("content_copy", k.Text.T("kit.copy"), func() {
		k.copyText(value, secret)
		k.Toast(look.Success, k.Text.T("kit.copied"))
	})
}

// CopyLine shows a value in monospace, wrapping, with a copy button.
func (k *Kit) CopyLine(value string) *fyne.Container {
	return Stack(Surface(look.Raised, look.Size(look.RadiusBox)),
		PadXY(12, 6, Row(Grow(Mono(value).Wrap()), k.Copy(value))))
}
