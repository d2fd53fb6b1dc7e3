#!/bin/sh
# Builds a tiny machine that runs Debian's pppd: build.sh DIRECTORY gives DIRECTORY/vmlinuz and DIRECTORY/initrd.gz.
# Needs a Debian with apt-get, apt-cache, dpkg, cpio, xz; nothing is installed. The tests run it in qemu-system-x86_64.
set -eu
out=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out" "$work/packages" "$work/files"

kernel=$(apt-cache depends linux-image-amd64 | awk '/Depends:/ { print $2; exit }')
# Whatever libraries the programs may need; which of them they do need is seen below.
libraries=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
  --no-enhances curl ppp | grep -E '^(lib|zlib)' | grep -vE 'perl|debian-installer|pam-' | sort -u)
# shellcheck disable=SC2086
(cd "$work/packages" && apt-get download -q "$kernel" ppp curl busybox-static $libraries)
for package in "$work"/packages/*.deb; do
  dpkg -x "$package" "$work/files"
done

root=$work/root
mkdir -p "$root/bin" "$root/usr/sbin" "$root/proc" "$root/sys" "$root/dev" "$root/etc/ppp/peers" "$root/modules" \
  "$root/run" "$root/var/run" "$root/tmp" "$root/lib" "$root/lib64"
cp "$work/files/bin/busybox" "$root/bin/"
cp "$work/files/usr/sbin/pppd" "$work/files/usr/sbin/chat" "$work/files/usr/bin/curl" "$root/usr/sbin/"
cp -L "$work"/files/lib64/ld-linux-x86-64.so.2 "$root/lib64/"
for program in pppd chat curl; do
  "$root/lib64/ld-linux-x86-64.so.2" --list --library-path \
    "$work/files/lib/x86_64-linux-gnu:$work/files/usr/lib/x86_64-linux-gnu" "$root/usr/sbin/$program"
done | awk '$2 == "=>" { print $3 }' | sort -u | xargs -I LIBRARY cp -L LIBRARY "$root/lib/"
for module in slhc ppp_generic ppp_async bsd_comp ppp_deflate; do
  find "$work/files/lib/modules" -name "$module.ko*" -exec cp {} "$root/modules/" \;
done
xz -d "$root"/modules/*.xz 2>/dev/null || true
cp "$here/init" "$root/init"
chmod 755 "$root/init"
(cd "$root" && find . | cpio --quiet -o -H newc | gzip -1) > "$out/initrd.gz"
cp "$work"/files/boot/vmlinuz-* "$out/vmlinuz"
