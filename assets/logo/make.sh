#!/bin/sh
# Draws the PNGs of this folder from ../logo.svg and ../tray-*.svg. It needs
# Debian's librsvg2-bin.
set -eu
cd "$(dirname "$0")"

for size in 16 22 24 32 48 64 128 256 512; do
	rsvg-convert -w $size -h $size -o $size.png ../logo.svg
done

# draw STATE COLOUR: both colours can be told from light and from dark panels.
draw() {
	sed "s/<path /<path fill=\"$2\" /" "../tray-$1.svg" | rsvg-convert -w 64 -h 64 -o "tray-$1.png"
}
draw working '#12b5a0'
draw paused '#8a97a6'
draw offline '#8a97a6'
