#!/bin/sh
# Builds a tiny machine that runs Debian's pppd: build.sh DIRECTORY gives DIRECTORY/vmlinuz and DIRECTORY/initrd.gz.
# Needs a Debian with apt-get, dpkg, cpio; nothing is installed. The test runs it in qemu-system-x86_64.
set -eu
out=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out" "$work/packages" "$work/files"

kernel=$(apt-cache depends linux-image-amd64 | awk '/Depends:/ { print $2; exit }')
libraries="libpcap0.8 libpam0g libssl3 libc6 libdbus-1-3 libsystemd0 libcap2 liblzma5 libzstd1 liblz4-1
  libgcrypt20 libgpg-error0 libaudit1 libcap-ng0 libcrypt1"
# shellcheck disable=SC2086
(cd "$work/packages" && apt-get download "$kernel" ppp busybox-static $libraries)
for package in "$work"/packages/*.deb; do
  dpkg -x "$package" "$work/files"
done

root=$work/root
mkdir -p "$root/bin" "$root/usr/sbin" "$root/proc" "$root/sys" "$root/dev" "$root/etc/ppp" "$root/modules" \
  "$root/run" "$root/var/run" "$root/tmp" "$root/lib" "$root/lib64" "$root/usr/lib"
cp "$work/files/bin/busybox" "$root/bin/"
cp "$work/files/usr/sbin/pppd" "$root/usr/sbin/"
cp -a "$work/files/lib/x86_64-linux-gnu" "$root/lib/"
cp -a "$work/files/usr/lib/x86_64-linux-gnu" "$root/usr/lib/"
cp "$work"/files/lib64/* "$root/lib64/"
for module in slhc ppp_generic ppp_async bsd_comp ppp_deflate; do
  find "$work/files/lib/modules" -name "$module.ko*" -exec cp {} "$root/modules/" \;
done
cp "$here/init" "$root/init"
chmod 755 "$root/init"
(cd "$root" && find . | cpio --quiet -o -H newc | gzip -1) > "$out/initrd.gz"
cp "$work"/files/boot/vmlinuz-* "$out/vmlinuz"
