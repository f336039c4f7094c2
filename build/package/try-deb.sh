#!/bin/bash
# try-deb.sh PACKAGE: installs the package with apt in a bare Debian of its own,
# looks for its menu entry, starts it from there on a screen that nobody sees,
# removes it, and looks for what is left. Needs root and debootstrap. The bare
# Debian is kept in CACHE for the next time.
set -euo pipefail
deb=$(realpath "$1")
suite=${SUITE:-bookworm}
mirror=${MIRROR:-http://deb.debian.org/debian}
cache=${CACHE:-/var/tmp/supercomputing-$suite}

fail() { echo "try-deb: $*" >&2; exit 1; }
step() { echo "== $*"; }
[ "$(id -u)" = 0 ] || exec sudo -E "$0" "$@"
command -v debootstrap > /dev/null || fail "debootstrap is missing (apt install debootstrap)"

if [ ! -e "$cache/.ready" ]; then
  step "a bare $suite in $cache"
  rm -rf "$cache"
  debootstrap --variant=minbase --include=ca-certificates "$suite" "$cache" "$mirror"
  # This machine's proxy, where it has one.
  grep -rhE '^ *Acquire::[a-z]+::Proxy' /etc/apt/apt.conf.d > "$cache/etc/apt/apt.conf.d/proxy" || true
  cp /etc/resolv.conf "$cache/etc/resolv.conf" 2>/dev/null || true
  touch "$cache/.ready"
fi

root=$(mktemp -d /var/tmp/try-deb-XXXXXX)
inside() { chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
cleanup() {
  umount -l "$root/proc" "$root/dev" 2>/dev/null || true
  rm -rf --one-file-system "$root"
}
trap cleanup EXIT
cp -a "$cache/." "$root/"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"

step "install"
cp "$deb" "$root/tmp/supercomputing.deb"
inside apt-get update -q
inside dpkg-query -W -f '${Package}\n' | sort > "$root/tmp/before"
inside apt-get install -y -q --no-install-recommends /tmp/supercomputing.deb
inside supercomputing version
missing=$(inside ldd /usr/bin/supercomputing | grep "not found" || true)
[ -z "$missing" ] || fail "libraries are missing: $missing"

step "menu"
inside apt-get install -y -q --no-install-recommends desktop-file-utils xvfb xauth openbox x11-utils libgl1-mesa-dri
inside desktop-file-validate /usr/share/applications/supercomputing.desktop
exec=$(sed -n 's/^Exec=//p' "$root/usr/share/applications/supercomputing.desktop")
icon=$(sed -n 's/^Icon=//p' "$root/usr/share/applications/supercomputing.desktop")
[ -e "$root/usr/share/icons/hicolor/48x48/apps/$icon.png" ] || fail "there is no icon $icon"

step "start “$exec”"
cat > "$root/tmp/start.sh" <<INNER
set -e
Xvfb :9 -screen 0 1280x900x24 >/tmp/xvfb.log 2>&1 & x=\$!
export DISPLAY=:9
for i in \$(seq 100); do xdpyinfo >/dev/null 2>&1 && break; sleep 0.1; done
openbox >/dev/null 2>&1 & o=\$!
$exec >/tmp/app.log 2>&1 & app=\$!
for i in \$(seq 200); do
  xprop -name Supercomputing WM_CLASS >/tmp/window 2>/dev/null && break
  kill -0 \$app 2>/dev/null || break
  sleep 0.1
done
cat /tmp/window
kill \$app
wait \$app
echo "ended with \$?"
kill \$o \$x
INNER
inside bash /tmp/start.sh > "$root/tmp/started" || { cat "$root/tmp/started" "$root/tmp/app.log"; fail "it does not start"; }
cat "$root/tmp/started"
grep -q 'WM_CLASS.*"Supercomputing"' "$root/tmp/started" || { cat "$root/tmp/app.log"; fail "no window of the class that the menu entry names"; }
grep -q "ended with 0" "$root/tmp/started" || { cat "$root/tmp/app.log"; fail "it did not end well"; }

step "remove"
inside apt-get purge -y -q supercomputing
left=$(cd "$root" && find usr etc var/lib -name '*supercomputing*' ! -path 'var/lib/apt/*' ! -path 'var/lib/dpkg/*' | head)
[ -z "$left" ] || fail "it left: $left"
if inside dpkg-query -W supercomputing > /dev/null 2>&1; then fail "the package is still known"; fi
[ -d "$root/root/.local/share/supercomputing" ] || fail "the person's data went with it"
step "passed"
