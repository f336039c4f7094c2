package kit

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/look"
)

// ItemRow is a ready-made row of a list: something small at the left, a title
// with a line under it, a value with a line under it at the right, a state.
type ItemRow struct {
	composite
	icon     *IconImage
	avatar   *AvatarImage
	back     *SurfaceBox
	badge    *fyne.Container
	title    *Text
	sub      *Text
	value    *Text
	valueSub *Text
	pill     *PillMark
}

// Item makes an empty row.
func Item() *ItemRow {
	r := &ItemRow{
		icon: Icon("", look.Primary), avatar: Avatar("", 36), back: Surface(look.AccentSoft, 18),
		title: Strong("").Truncate(), sub: Small("").Truncate(),
		value: Strong("").Align(fyne.TextAlignTrailing), valueSub: Small("").Align(fyne.TextAlignTrailing),
		pill: Pill(look.Plain, ""),
	}
	r.badge = Stack(MinSize(36, 36, r.back), Middle(r.icon))
	r.avatar.Hide()
	r.badge.Hide()
	left := ColumnGap(2, r.title, r.sub)
	right := ColumnGap(2, r.value, r.valueSub)
	r.content = PadXY(12, 10, RowGap(12, r.avatar, r.badge, Grow(left), r.pill, right))
	r.ExtendBaseWidget(r)
	return r
}

// Icon puts an icon at the left. It returns r, as all that follow do.
func (r *ItemRow) Icon(name string, tone look.Tone) *ItemRow {
	r.icon.Set(name, tone)
	r.back.SetFill(tone.Soft())
	r.badge.Show()
	r.avatar.Hide()
	return r
}

// Avatar puts the avatar of an address at the left.
func (r *ItemRow) Avatar(address string) *ItemRow {
	r.avatar.Set(address)
	r.avatar.Show()
	r.badge.Hide()
	return r
}

// Title sets the title and the line under it.
func (r *ItemRow) Title(title, sub string) *ItemRow {
	r.title.Set(title)
	r.sub.Set(sub)
	show(r.sub, sub != "")
	return r
}

// Value sets the value at the right and the line under it.
func (r *ItemRow) Value(value, sub string) *ItemRow {
	r.value.Set(value)
	r.valueSub.Set(sub)
	show(r.value, value != "")
	show(r.valueSub, sub != "")
	return r
}

// ValueTone colours the value.
func (r *ItemRow) ValueTone(tone look.Tone) *ItemRow { r.value.SetTone(tone); return r }

// Strong makes the title stand out or not, as unread ones do.
func (r *ItemRow) Strong(b bool) *ItemRow {
	if r.title.style.Bold != b {
		r.title.style.Bold = b
		r.title.Refresh()
	}
	return r
}

// Pill shows a state; "" shows none.
func (r *ItemRow) Pill(tone look.Tone, s string) *ItemRow { r.pill.Set(tone, s); return r }

// Done lays the row out anew after it was filled.
func (r *ItemRow) Done() { r.Refresh() }
