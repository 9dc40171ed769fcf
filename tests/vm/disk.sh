# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
# shellcheck shell=bash
#
# Machines with a whole Debian on a disk, which come up as any machine does, with
# an initrd and systemd. Sourced by lib.sh.

# What such a Debian has at least.
# shellcheck disable=SC2034 # used by those who make one
readonly DISK_PACKAGES=apt,bash,initramfs-tools,kmod,procps,systemd-sysv,udev,zstd

# Where its kernel finds the disk.
# shellcheck disable=SC2034 # used by those who boot it
readonly DISK_ROOT="root=/dev/vda rw systemd.show_status=0"

# add_service ROOT: when it has come up it does what /init of a tar file is for,
# which is its second disk; then it goes down.
add_service() {
	local root=$1

	as_root tee "$root/etc/systemd/system/pidns-test.service" >/dev/null <<'END' &&
[Unit]
Description=What the test is to do after this boot
After=multi-user.target

[Service]
Type=oneshot
IgnoreSIGPIPE=no
StandardError=journal+console
ExecStart=/bin/sh -c 'tar -C / --no-overwrite-dir --no-same-owner -xf /dev/vdb && exec /init'
ExecStopPost=/bin/systemctl --no-block poweroff

[Install]
WantedBy=default.target
END
		as_root chroot "$root" systemctl -q enable pidns-test.service &&
		as_root chroot "$root" systemctl -q mask serial-getty@hvc0.service &&
		echo /dev/vda / ext4 defaults 0 0 |
		as_root tee "$root/etc/fstab" >/dev/null
}

# ensure_disk: see that there is a disk of the Debian that ensure_debian found; sets
# DISK and INITRD.
ensure_disk() {
	local hash work=$CACHE/new.disk-${ROOT##*/}

	# shellcheck disable=SC2034 # used by those who boot it
	INITRD=$(echo "$ROOT"/boot/initrd.img-*)
	hash=$(declare -f ensure_disk add_service | sha256sum)
	DISK=$ROOT/boot/disk-${hash:0:16}
	[ -e "$DISK" ] && return

	need mke2fs=e2fsprogs
	say "making a disk of it (once)"
	as_root rm -rf "$work" "$ROOT"/boot/disk-* "$ROOT/src"
	add_service "$ROOT" &&
		as_root truncate -s 6G "$work" &&
		as_root mke2fs -q -t ext4 -d "$ROOT" "$work" &&
		as_root chmod a+r "$ROOT"/boot/{vmlinuz,initrd.img}-* "$work" &&
		as_root mv "$work" "$DISK" ||
		die "could not make a disk of $ROOT"
}
