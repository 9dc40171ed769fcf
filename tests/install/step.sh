#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# The steps of machine.sh, which run in the machine: one function for each boot.
# machine.sh appends the call of a function. The machine has no network.

export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
cd /run/test || exit 1
exec >/dev/ttyS1 2>&1
cat >apt.conf <<'END'
APT::Get::Assume-Yes "true";
Dpkg::Use-Pty "0";
END

# try NAME COMMAND...: check that a command succeeds, and print its output.
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

# readme BEGINNING: run the command of README.md, in a block or in the prose, that begins
# like this. README.md must have exactly one. apt.conf answers apt's questions with yes.
readme() {
	local command

	command=$({
		sed -n 's/^[$#] //p' README.md
		grep -o '`sudo [^`]*`' README.md | tr -d '`'
	} | sed 's/\bsudo //g' | grep -e "^$1")
	[ "$(wc -l <<<"$command")" -eq 1 ] || return
	echo "# $command"
	APT_CONFIG=apt.conf bash -c "$command" </dev/null
}

is_loaded() {
	[ "$(cat /sys/module/pidns_tree/version)" = "$1" ]
}

# The file is complete and begins with the initial PID namespace.
file_is_good() {
	local content

	content=$(cat /proc/pidns_tree)
	[ "$(head -n 1 <<<"$content")" = "# pidns_tree 1" ] &&
		[ "$(tail -n 1 <<<"$content")" = "# end" ] &&
		grep -q "^  1 .* comm=systemd$" <<<"$content" &&
		[ "$(readlink /proc/self/ns/pid)" = "$(sed -n '2s/ .*//p' <<<"$content")" ]
}

# Run pidnstree as root and as a user, who gets a limited view.
tool_is_good() {
	pidnstree && pidnstree --pid $$ &&
		setpriv --reuid nobody --regid nogroup --clear-groups pidnstree 2>&1 |
		grep -q 'limited view'
}

# is_built VERSION COUNT: check that DKMS installed only this version, for that many
# kernels.
is_built() {
	dkms status
	[ "$(dkms status | grep -c "^pidns_tree/$1, .*installed")" -eq "$2" ] &&
		[ "$(dkms status | wc -l)" -eq "$2" ]
}

# Check that the journal of this boot has no message about the module, except those
# that the kernel prints for each out-of-tree module and systemd for each module.
no_messages() {
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
	try "DKMS built it for the running kernel" is_built 0.0.1 1
	try "the module is loaded without a reboot" is_loaded 0.0.1
	try "the file is complete" file_is_good
	try "pidnstree works" tool_is_good

	# A process reads the file during the upgrade.
	exec 9</proc/pidns_tree
	read -r -u 9
	mkdir -p tools/packaging/out
	cp newer/*.deb tools/packaging/out
	mv newer/*.deb .
	try "the newer version replaces it" readme 'apt install \./'
	try "DKMS built the newer version" is_built 0.2 1
	try "a process with the open file can read on" grep -q '^# end$' <&9
	exec 9<&-
	try "the older module stays loaded" is_loaded 0.0.1
	try "the module is unloaded and loaded" \
		sh -c 'modprobe -r pidns_tree && modprobe pidns_tree'
	try "the newer module is loaded" is_loaded 0.2
	echo "end of install"
}

step_upgrade() {
	local next

	next=$(cat next)
	uname -r
	uname -r >/first-kernel
	try "the module is loaded at boot" is_loaded 0.2
	try "the file is complete" file_is_good
	try "pidnstree works" tool_is_good
	try "the journal has no messages" no_messages
	try "no service failed" nothing_failed
	try "another kernel is installed" apt install -y "linux-image-$next" \
		"linux-headers-$next"
	try "DKMS built it for both kernels" is_built 0.2 2
	echo "end of upgrade"
}

step_purge() {
	uname -r
	try "the other kernel runs" \
		sh -c '[ "$(uname -r)" != "$(cat /first-kernel)" ]'
	try "the module is loaded at boot" is_loaded 0.2
	try "the file is complete" file_is_good
	try "pidnstree works" tool_is_good
	try "the journal has no messages" no_messages
	try "the parameter public is configured" readme 'tee /etc/modprobe.d'
	try "the module is unloaded and loaded with the parameter" readme 'modprobe -r'
	try "the parameter public is set" grep -qx Y \
		/sys/module/pidns_tree/parameters/public
	rm /etc/modprobe.d/pidns-tree-public.conf
	try "the packages are purged" readme 'apt purge'
	try "the module is not loaded" sh -c '! grep pidns_tree /proc/modules && ! ls /proc/pidns_tree'
	try "no file is left" nothing_left
	try "DKMS has no version" is_built 0.2 0
	echo "end of purge"
}

step_afterwards() {
	try "the module is not loaded" sh -c '! grep pidns_tree /proc/modules'
	try "no file is left" nothing_left
	try "the journal has no messages" no_messages
	try "no service failed" nothing_failed
	echo "end of afterwards"
}

