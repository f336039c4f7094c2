#!/bin/sh
# Rebuilds the fonts of this folder from the npm packages below. It needs npm
# and Debian's fonttools.
set -eu
cd "$(dirname "$0")"
here=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# fetch PACKAGE VERSION puts a package of npm in a folder of its last name.
fetch() {
	name=${1##*/}
	mkdir "$work/$name"
	(cd "$work/$name" && npm pack --silent "$1@$2" >/dev/null && tar xzf ./*.tgz --strip-components=1)
}

fetch @expo-google-fonts/inter 0.4.2
fetch @expo-google-fonts/noto-sans-sc 0.4.3
fetch @expo-google-fonts/jetbrains-mono 0.4.1

cp "$work/inter/LICENSE_FONT" "$here/Inter-LICENSE.txt"
cp "$work/noto-sans-sc/LICENSE_FONT" "$here/NotoSansSC-LICENSE.txt"
cp "$work/jetbrains-mono/LICENSE_FONT" "$here/JetBrainsMono-LICENSE.txt"

/usr/bin/python3 "$here/cut.py" "$work" "$here"
