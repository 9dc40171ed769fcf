#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# Run tests/vm/guest/containers, which compares the module and pidnstree with
# real container engines. Prints KTAP. Writes the pictures of the guest to
# tests/logs/pictures.

. "$(dirname "$0")/../vm/lib.sh"

readonly LOGS=$TOP/tests/logs
readonly PICTURES=$LOGS/pictures

# extract_pictures: copy standard input to standard output, except for the
# pictures. Write these to files.
extract_pictures() {
	awk -v directory="$PICTURES" '
		/^# picture / { command = "base64 -d >\"" directory "/" $3 "\""; next }
		/^# end of picture$/ { close(command); command = ""; next }
		command { sub(/^# /, ""); print | command; next }
		{ print; fflush() }'
}

mkdir -p "$PICTURES" || die "cannot create $PICTURES"
rm -f "$PICTURES"/*
"$TOP/tests/vm/vm.sh" --kernel containers --log "$LOGS/containers.dmesg" \
	./containers | extract_pictures
