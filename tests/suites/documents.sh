#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# documents.sh: that what documents show is what is printed; a line of KTAP for
# each of their blocks, and for what tries them. `documents.sh --count` says how
# many there are to be.

. "$(dirname "$0")/../vm/lib.sh"

readonly RUN=$TOP/tests/docs/run.sh
readonly SELF_TESTS=63

if [ "${1:-}" = --count ]; then
	echo $((1 + SELF_TESTS + $("$RUN" --count host) + $("$RUN" --count guest) +
		$("$RUN" --count whole)))
	exit
fi

# In a Debian, where there is a compiler; its terminals are its own.
self_test() {
	in_debian "$ROOT" sh -c 'mount -t devpts devpts /dev/pts &&
		exec /documents/tests/docs/self-test.sh'
}

readonly LOGS=$TOP/tests/logs

mkdir -p "$LOGS" || die "cannot make $LOGS"
lock "$DEFAULT_KERNEL"
ensure_kernel "$DEFAULT_KERNEL"
copy_sources "$ROOT/documents" tests/docs

echo "KTAP version 1"
relay %s self_test
unlock "$DEFAULT_KERNEL"
try "every block has its place" "$RUN" --places
relay %s "$RUN" host
# Each of them begins with a machine that was just booted. The one with containers
# takes long for that: there they share it, and README, which unloads the module,
# is the last.
cd "$TOP" || exit 1
mapfile -t documents < <("$RUN" --names)
for document in "${documents[@]}"; do
	[ "$("$RUN" --count guest "$document")" -eq 0 ] ||
		relay %s "$TOP/tests/vm/vm.sh" --kernel "$DEFAULT_KERNEL" \
			--log "$LOGS/${document##*/}.dmesg" \
			documents/tests/docs/run.sh guest "$document"
done
relay %s "$TOP/tests/vm/vm.sh" --kernel containers --log "$LOGS/documents.dmesg" \
	env COMMAND_SECONDS=600 \
	documents/tests/docs/run.sh whole "${documents[@]:1}" "${documents[0]}"
plan
