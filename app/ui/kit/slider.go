package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// SliderOptions describe a slider.
type SliderOptions struct {
	Min, Max, Step, Value float64
	Low, High             string                 // words at its ends; may be empty
	Format                func(v float64) string // the value above it; nil: none
	Changed               func(v float64)        // while it moves
	Ended                 func(v float64)        // when it was let go
}

// SliderBox is a slider with its value above it and words at its ends.
type SliderBox struct {
	composite
	slider *widget.Slider
	value  *Text
	o      SliderOptions
}

// Slider makes a slider.
func Slider(o SliderOptions) *SliderBox {
	s := &SliderBox{o: o, value: Heading(""), slider: widget.NewSlider(o.Min, o.Max)}
	if o.Step > 0 {
		s.slider.Step = o.Step
	}
	s.slider.Value = o.Value
	s.slider.OnChanged = func(v float64) {
		s.show(v)
		if o.Changed != nil {
			o.Changed(v)
		}
	}
	s.slider.OnChangeEnded = o.Ended
	s.content = ColumnGap(2, s.value, s.slider)
	if o.Low != "" || o.High != "" {
		s.content.(*fyne.Container).Add(Row(Small(o.Low), Spacer(), Small(o.High)))
	}
	s.ExtendBaseWidget(s)
	s.show(o.Value)
	return s
}

func (s *SliderBox) show(v float64) {
	if s.o.Format != nil {
		s.value.Set(s.o.Format(v))
	}
	show(s.value, s.o.Format != nil)
}

// Value is where the slider stands.
func (s *SliderBox) Value() float64 { return s.slider.Value }

// Set moves the slider, without telling anybody.
func (s *SliderBox) Set(v float64) {
	changed, ended := s.slider.OnChanged, s.slider.OnChangeEnded
	s.slider.OnChanged, s.slider.OnChangeEnded = nil, nil
	s.slider.SetValue(v)
	s.slider.OnChanged, s.slider.OnChangeEnded = changed, ended
	s.show(v)
}

// Drag moves the slider as a person would.
func (s *SliderBox) Drag(v float64) { s.slider.SetValue(v) }
