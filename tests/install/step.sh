#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# What the machine is to do after it has been booted, a function for each boot;
# machine.sh adds a call of one. There is no network.

export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
cd /run/test || exit 1
exec >/dev/ttyS1 2>&1
cat >apt.conf <<'END'
APT::Get::Assume-Yes "true";
Dpkg::Use-Pty "0";
END

# try NAME COMMAND...: a command that ends well. What it prints is shown.
try() {
	local name=$1
	shift

	if "$@"; then
		echo "ok $name"
	else
		echo "status $?"
		echo "not ok $name"
	fi 2>&1
}

apt() {
	echo "\$ apt-get $*"
	apt-get -q -o Dpkg::Use-Pty=0 "$@" </dev/null
}

# readme BEGINNING: the command that README shows, and that begins so. Nobody is
# there to say yes.
readme() {
	local command

	command=$(sed -n 's/^\$ //p' README.md | grep -e "^$1")
	[ "$(wc -l <<<"$command")" -eq 1 ] || return
	echo "\$ $command"
	APT_CONFIG=apt.conf bash -c "$command" </dev/null
}

is_loaded() {
	[ "$(cat /sys/module/pidns_tree/version)" = "$1" ]
}

# The file is there, whole, and has what it should.
is_good() {
	local text

	text=$(cat /proc/pidns_tree)
	[ "$(head -n 1 <<<"$text")" = "# pidns_tree 1" ] &&
		[ "$(tail -n 1 <<<"$text")" = "# end" ] &&
		grep -q "^  1 .* comm=systemd$" <<<"$text" &&
		[ "$(readlink /proc/self/ns/pid)" = "$(sed -n '2s/ .*//p' <<<"$text")" ]
}

# As root and as somebody else, who is told that it is not all.
tool_is_good() {
	pidnstree && pidnstree --pid $$ &&
		setpriv --reuid nobody --regid nogroup --clear-groups pidnstree 2>&1 |
		grep -q 'limited view'
}

# is_built VERSION KERNELS: DKMS has that, for so many kernels, and no other.
is_built() {
	dkms status
	[ "$(dkms status | grep -c "^pidns_tree/$1, .*installed")" -eq "$2" ] &&
		[ "$(dkms status | wc -l)" -eq "$2" ]
}

# What the journal of this boot says of it, but for what the kernel says of each
# module from outside its source, and systemd of each that it loads.
no_noise() {
	! journalctl -b -o cat | grep -v 'pidns-test' | grep -iE 'pidns[_-]tree' |
		grep -vE "loading out-of-tree module|module verification failed|^Inserted module 'pidns_tree'\$"
}

nothing_failed() {
	! systemctl --failed --no-legend | grep .
}

nothing_left() {
	! find / -xdev \( -iname '*pidns*' -o -iname '*pidnstree*' \) \
		! -path '/run/*' ! -name 'pidns-test.service' \
		! -path '/var/log/*' | grep .
}

step_install() {
	touch /before
	try "the older version is installed" \
		apt install -y ./older/*.deb linux-headers-amd64
	try "built for the kernel that runs" is_built 0.0.1 1
	try "loaded without a boot" is_loaded 0.0.1
	try "the file" is_good
	try "the tool" tool_is_good

	# In use, while it is replaced.
	exec 9</proc/pidns_tree
	read -r -u 9
	mv newer/*.deb .
	try "the newer version replaces it" readme 'apt install'
	try "built anew" is_built 0.1 1
	try "who has the file open can go on" grep -q '^# end$' <&9
	exec 9<&-
	try "the older one is there until the next boot" is_loaded 0.0.1
	try "unloaded and loaded, it is the newer one" \
		sh -c 'modprobe -r pidns_tree && modprobe pidns_tree'
	try "that is so" is_loaded 0.1
	echo "end of install"
}

step_upgrade() {
	local next

	next=$(cat next)
	uname -r
	uname -r >/first-kernel
	try "loaded at boot" is_loaded 0.1
	try "the file" is_good
	try "the tool" tool_is_good
	try "no noise in the journal" no_noise
	try "nothing has failed" nothing_failed
	try "another kernel is installed" apt install -y "linux-image-$next" \
		"linux-headers-$next"
	try "built for that as well" is_built 0.1 2
	echo "end of upgrade"
}

step_purge() {
	uname -r
	try "another kernel runs" \
		sh -c '[ "$(uname -r)" != "$(cat /first-kernel)" ]'
	try "loaded at boot" is_loaded 0.1
	try "the file" is_good
	try "the tool" tool_is_good
	try "no noise in the journal" no_noise
	try "an example is there" readme 'cp /usr'
	try "unloaded and loaded" readme 'modprobe -r'
	try "public, as the example has it" grep -qx Y \
		/sys/module/pidns_tree/parameters/public
	rm /etc/modprobe.d/pidns-tree-public.conf
	try "purged" readme 'apt purge'
	try "no module" sh -c '! grep pidns_tree /proc/modules && ! ls /proc/pidns_tree'
	try "no file" nothing_left
	try "nothing in DKMS" is_built 0.1 0
	echo "end of purge"
}

step_afterwards() {
	try "no module" sh -c '! grep pidns_tree /proc/modules'
	try "no file" nothing_left
	try "no noise in the journal" no_noise
	try "nothing has failed" nothing_failed
	echo "end of afterwards"
}

