#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# documents.sh: run the command blocks of all documents, and compare the output
# with the output that the documents show. Also test the programs that do so.
# Prints KTAP.
# documents.sh --count: print the number of tests.

. "$(dirname "$0")/../vm/lib.sh"

readonly RUN=$TOP/tests/docs/run.sh
readonly SELF_TESTS=63

if [ "${1:-}" = --count ]; then
	echo $((1 + SELF_TESTS + $("$RUN" --count host) + $("$RUN" --count guest) +
		$("$RUN" --count whole)))
	exit
fi

# self_test: run self-test.sh in a Debian, which has a compiler. The mount of
# devpts separates its terminals from those of this machine.
self_test() {
	in_debian "$ROOT" sh -c 'mount -t devpts devpts /dev/pts &&
		exec /documents/tests/docs/self-test.sh'
}

readonly LOGS=$TOP/tests/logs

mkdir -p "$LOGS" || die "cannot create $LOGS"
lock "$DEFAULT_KERNEL"
ensure_kernel "$DEFAULT_KERNEL"
copy_sources "$ROOT/documents" tests/docs

echo "KTAP version 1"
relay %s self_test
unlock "$DEFAULT_KERNEL"
try "every block has one place" "$RUN" --places
relay %s "$RUN" host
# Each document gets a fresh guest. The guest with containers is slow to boot,
# so the documents share it. README.md unloads the module and therefore is the
# last one.
cd "$TOP" || exit 1
mapfile -t documents < <("$RUN" --names)
for document in "${documents[@]}"; do
	processors=${PIDNS_CPUS:-2}
	# The lesson on RCU keeps one processor busy.
	[[ $document != */10-rcu.md ]] || processors=2
	[ "$("$RUN" --count guest "$document")" -eq 0 ] ||
		PIDNS_CPUS=$processors relay %s "$TOP/tests/vm/vm.sh" --kernel "$DEFAULT_KERNEL" \
			--log "$LOGS/${document##*/}.dmesg" \
			documents/tests/docs/run.sh guest "$document"
done
relay %s "$TOP/tests/vm/vm.sh" --kernel containers --log "$LOGS/documents.dmesg" \
	env COMMAND_SECONDS=600 \
	documents/tests/docs/run.sh whole "${documents[@]:1}" "${documents[0]}"
plan
