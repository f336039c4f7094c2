#!/bin/sh
# Rebuilds the icons of this folder from the npm package of Material Symbols
# (rounded, weight 400). A line of names.txt is a symbol's name, or the name
# that the app uses and the symbol's present one. "-fill" gives the filled form.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --silent @material-symbols/svg-400@0.48.2 >/dev/null && tar xzf ./*.tgz --strip-components=1)

rm -f ./*.svg
cp "$work/LICENSE" LICENSE.txt
while read -r name symbol; do
	cp "$work/rounded/${symbol:-$name}.svg" "$name.svg"
done <names.txt
