# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
# shellcheck shell=bash
#
# Functions of check.sh and of its tests, which source tests/vm/lib.sh first:
# build exercises, and take the requirements from what a guest prints.

# Parameters of the kernel. Slab debugging makes the counts of objects exact,
# and overwrites freed objects.
# shellcheck disable=SC2034 # used by check.sh and exercises.sh
readonly EXERCISE_BOOT="slab_nomerge slub_debug=FZP,pid*,task_struct"

# find_exercise NUMBER: set EXERCISE to the directory of that exercise.
find_exercise() {
	local found

	mapfile -t found < <(compgen -G "$TOP/tests/lessons/exercises/$1-*/")
	[[ $1 =~ ^[0-9]+$ ]] && [ ${#found[@]} -eq 1 ] || return
	EXERCISE=${found[0]%/}
}

# add_exercise PLACE FILE: copy a module's source to the directory PLACE of
# $MODULES, with a Kbuild file. CONFIG_PROVE_RCU_LIST affects macros only,
# which check with lockdep that a list is iterated in an RCU section.
add_exercise() {
	local directory=$MODULES/$1

	mkdir -p "$directory" &&
		cp "$2" "$directory/exercise.c" &&
		cat >"$directory/Kbuild" <<'END'
obj-m := exercise.o
ccflags-$(CONFIG_PROVE_RCU) += -DCONFIG_PROVE_RCU_LIST
END
}

# build_exercises ARGUMENT...: build all modules of $MODULES with these
# arguments of make, each one in its directory. Print the messages of the
# compiler, but not those of sudo, which can warn on stderr. Fails if a build
# fails.
#
# The compiler runs as the owner of $MODULES, and not as root: a #include can
# name any file, also below /proc/1/root, and the compiler quotes it. In a user
# namespace, that owner is root, without more rights than the user.
build_exercises() {
	[ "$(id -u)" -ne 0 ] || chown -R 65534:65534 "$MODULES" || return
	# shellcheck disable=SC2016 # expanded by the inner shell
	BIND=$MODULES in_debian "$ROOT" sh -c '
		exec 2>&1
		headers=$1
		shift
		cd /mnt && owner=$(stat -c %u .) && group=$(stat -c %g .) || exit
		as=
		[ "$owner" -eq 0 ] ||
			as="setpriv --reuid $owner --regid $group --clear-groups"
		ls | $as xargs -P "$(nproc)" -I "{}" make -s -C "$headers" \
			M="/mnt/{}" "$@" modules' \
		sh "/lib/modules/$VERSION/build" "$@" |
		{ grep -v '^Skipping BTF generation\|^make.*: \(Entering\|Leaving\) ' || true; }
}
