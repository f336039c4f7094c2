#!/bin/bash
# Makes what people install: a Debian package, an archive that runs where it is
# unpacked, the program for Windows, and their checksums, in dist. Times in the
# archives are the last commit's, so that the same sources give the same files.
set -euo pipefail
cd "$(dirname "$0")/../.."

GO=${GO:-go}
VERSION=${VERSION:-$(git describe --tags --always --dirty 2>/dev/null || echo 0.1.0)}
LEAN=${LEAN:-nosqlite,disable_libutp}
WINDOW=${WINDOW:--trimpath -tags migrated_fynedo,no_animations,$LEAN} # the flags of “make build”
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
ARCH=$(dpkg --print-architecture)
NAME="supercomputing-$VERSION"
umask 022

# Packages of Debian have versions that begin with a digit and sort by age:
# tags give them, a commit without one comes after 0.1.0 by its time.
DEBVERSION=${VERSION#v}
case $DEBVERSION in
  [0-9]*.*) DEBVERSION=${DEBVERSION//-/+} ;;
  *) DEBVERSION="0.1.0+$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d%H%M%S)+$DEBVERSION"; DEBVERSION=${DEBVERSION//-/.} ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p dist
rm -f dist/supercomputing* dist/SHA256SUMS

say() { echo "== $*"; }
stamp() { find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +; }
tarball() { # tarball FOLDER FILE: with nothing in it of this machine or hour
  stamp "$1"
  tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -C "$(dirname "$1")" -c "$(basename "$1")" | xz -6 -T1 > "$2"
}

say "the program"
build() { # build OUTPUT [FLAG…], with a window
  local out=$1
  shift
  CGO_ENABLED=1 $GO build $WINDOW -ldflags "-s -w -X main.version=$VERSION $*" -o "$out" ./app
}
build "$work/supercomputing"
CGO_ENABLED=0 $GO build -trimpath -tags "headless,$LEAN" -ldflags "-s -w -X main.version=$VERSION" -o "$work/supercomputing-node" ./app

# share puts beside the program what desktops and shells look for.
share() {
  local to=$1 size
  mkdir -p "$to/applications" "$to/bash-completion/completions" "$to/zsh/vendor-completions" "$to/fish/vendor_completions.d"
  install -m 644 build/package/supercomputing.desktop "$to/applications/supercomputing.desktop"
  for size in 16 22 24 32 48 64 128 256 512; do
    install -D -m 644 "assets/logo/$size.png" "$to/icons/hicolor/${size}x$size/apps/supercomputing.png"
  done
  install -D -m 644 assets/logo.svg "$to/icons/hicolor/scalable/apps/supercomputing.svg"
  "$work/supercomputing-node" completion bash > "$to/bash-completion/completions/supercomputing"
  "$work/supercomputing-node" completion zsh > "$to/zsh/vendor-completions/_supercomputing"
  "$work/supercomputing-node" completion fish > "$to/fish/vendor_completions.d/supercomputing.fish"
}

say "Debian package $DEBVERSION"
deb=$work/deb
install -D -m 755 "$work/supercomputing" "$deb/usr/bin/supercomputing"
share "$deb/usr/share"
install -D -m 644 build/package/copyright "$deb/usr/share/doc/supercomputing/copyright"
gzip -9n < <(printf 'supercomputing (%s) stable; urgency=medium\n\n  * Version %s.\n\n -- %s  %s\n' "$DEBVERSION" "$VERSION" \
  "Supercomputing <packages@supercomputing.invalid>" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")") > "$work/changelog.gz"
install -m 644 "$work/changelog.gz" "$deb/usr/share/doc/supercomputing/changelog.gz"
# What the program is linked to is found out; the rest it opens while it runs.
mkdir -p "$work/debian"
touch "$work/debian/control"
linked=$(cd "$work" && dpkg-shlibdeps -O --ignore-missing-info deb/usr/bin/supercomputing 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
[ -n "$linked" ] || { echo "dpkg-shlibdeps found no libraries: is dpkg-dev there?" >&2; exit 1; }
opened="libx11-6, libxcursor1, libxi6, libxinerama1, libxrandr2, libxxf86vm1, libxkbcommon0, libegl1, libwayland-cursor0, libwayland-egl1"
mkdir -p "$deb/DEBIAN"
cat > "$deb/DEBIAN/control" <<CONTROL
Package: supercomputing
Version: $DEBVERSION
Architecture: $ARCH
Maintainer: Supercomputing <packages@supercomputing.invalid>
Installed-Size: $(du -sk --apparent-size "$deb/usr" | cut -f1)
Depends: $linked, $opened
Recommends: aria2, blender, bubblewrap, ffmpeg, povray, xdg-utils, xdg-desktop-portal
Suggests: gnome-shell-extension-appindicator
Section: net
Priority: optional
Homepage: https://supercomputing.invalid
Description: one market for useful computing work
 Idle computers earn coins by rendering, keeping and spreading files; anyone
 with a job gets it done by them. The app has wallet, messages, market, jobs and
 an explorer of the chain; the same program runs a node without a screen.
CONTROL
(cd "$deb" && find usr -type f -print0 | sort -z | xargs -0 md5sum > DEBIAN/md5sums)
stamp "$deb"
dpkg-deb --root-owner-group -Zxz -z6 -b "$deb" "dist/supercomputing_${DEBVERSION}_$ARCH.deb" > /dev/null

say "portable archive"
portable=$work/$NAME-linux-$ARCH
install -D -m 755 "$work/supercomputing" "$portable/supercomputing"
install -m 755 "$work/supercomputing-node" "$portable/supercomputing-node"
install -m 644 README.md LICENSE "$portable/"
share "$portable/share"
tarball "$portable" "dist/$NAME-linux-$ARCH.tar.xz"

if command -v x86_64-w64-mingw32-gcc > /dev/null; then
  say "Windows program"
  build/package/windows.sh "$work" "$VERSION"
  # The linker puts the object into the program; it must not stay in the sources.
  trap 'rm -rf "$work" app/rsrc_windows_amd64.syso' EXIT
  cp "$work/rsrc.syso" app/rsrc_windows_amd64.syso
  GOOS=windows GOARCH=amd64 CC=x86_64-w64-mingw32-gcc build "$work/Supercomputing.exe" -H=windowsgui
  rm -f app/rsrc_windows_amd64.syso
  win=$work/$NAME-windows-amd64
  install -D -m 755 "$work/Supercomputing.exe" "$win/Supercomputing.exe"
  install -m 644 README.md LICENSE "$win/"
  stamp "$win"
  (cd "$work" && find "$(basename "$win")" -type f | sort | zip -9 -X -q -@ "$OLDPWD/dist/$NAME-windows-amd64.zip")
else
  echo "no mingw here: the Windows program is left out (apt install gcc-mingw-w64-x86-64-win32)" >&2
fi

(cd dist && sha256sum supercomputing* > SHA256SUMS && cat SHA256SUMS)
ls -l dist | awk 'NR > 1 { printf "%8.1f MiB  %s\n", $5 / 1048576, $9 }'
