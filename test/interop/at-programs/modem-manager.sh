#!/bin/bash
# ModemManager on a bus of its own, in a mount namespace where /dev/ttyS0 is a pty: modem-manager.sh PTY APN
# It finds only serial ports that /sys knows, and leaves those alone that udev's notes do not point out: both are
# given here, to this namespace only. Run under `unshare -m`, as root. What mmcli says goes to stdout.
set -u
pty=$1 apn=$2
work=$(mktemp -d)
chmod 755 "$work"
mkdir "$work/dev"
mount -t tmpfs none "$work/dev"
mkdir "$work/dev/pts"
for node in null zero random urandom tty; do
  touch "$work/dev/$node"
  mount --bind "/dev/$node" "$work/dev/$node"
done
mount --rbind /dev/pts "$work/dev/pts"
ln -s "$pty" "$work/dev/ttyS0"
mount --move "$work/dev" /dev
mkdir -p /run/udev
mount -t tmpfs none /run/udev
mkdir /run/udev/data
printf 'I:1\nE:ID_MM_DEVICE_PROCESS=1\nE:ID_MM_CANDIDATE=1\n' >/run/udev/data/c4:64

cat >"$work/bus.conf" <<BUS
<busconfig>
  <type>system</type>
  <listen>unix:path=$work/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
BUS
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$work/bus
dbus-daemon --config-file="$work/bus.conf" --nofork >"$work/bus.log" 2>&1 &
bus=$!
while [ ! -S "$work/bus" ]; do sleep 0.1; done
/usr/lib/polkit-1/polkitd >"$work/polkit.log" 2>&1 &
polkit=$!
ModemManager --debug --no-auto-scan --test-no-suspend-resume >"$work/mm.log" 2>&1 &
manager=$!
end() {
  kill "$manager" "$polkit"
  wait "$manager" "$polkit"
  kill "$bus"
  wait "$bus"
  echo "--- log"
  grep -E '<(error|warn)' "$work/mm.log" | sed 's/^[^[]*\[[^]]*\] //'
  rm -rf --one-file-system "$work"
} 2>/dev/null
trap end EXIT

said() { echo "--- $1"; shift; "$@" 2>&1; }
for _ in $(seq 100); do mmcli -L >/dev/null 2>&1 && break; sleep 0.1; done
sleep 1
said report mmcli --report-kernel-event="action=add,subsystem=tty,name=ttyS0"
for _ in $(seq 60); do mmcli -L | grep -q Modem/0 && break; sleep 1; done
said modem mmcli -m any -K
said sim mmcli -i 0 -K
said enable mmcli -m any --enable
for _ in $(seq 30); do mmcli -m any -K | grep -q 'state *: registered' && break; sleep 1; done
said registered mmcli -m any -K
said connect mmcli -m any --simple-connect="apn=$apn"
said connected mmcli -m any -K
said bearer mmcli -b 0 -K
said disconnect mmcli -m any --simple-disconnect
said disable mmcli -m any --disable
