package ui

import "supercomputing/app/ui/kit"

// closeOverlays closes dialogs and menus: they belong to what is left.
func (u *UI) closeOverlays() {
	all := u.o.Canvas.Overlays()
	for top := all.Top(); top != nil; top = all.Top() {
		if s, ok := top.(*kit.Sheet); ok {
			s.Close()
			if all.Top() == top { // it had been closed before
				all.Remove(top)
			}
			continue
		}
		top.Hide()
		if all.Top() == top {
			all.Remove(top)
		}
	}
}
