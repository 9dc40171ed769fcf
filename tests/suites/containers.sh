#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# Containers of real engines, a line of KTAP for each thing that is compared; the
# pictures that are drawn of them are put into tests/logs/pictures.

. "$(dirname "$0")/../vm/lib.sh"

readonly LOGS=$TOP/tests/logs
readonly PICTURES=$LOGS/pictures

# Take out of the lines what is the text of a file.
take_pictures() {
	awk -v directory="$PICTURES" '
		/^# picture / { command = "base64 -d >\"" directory "/" $3 "\""; next }
		/^# end of picture$/ { close(command); command = ""; next }
		command { sub(/^# /, ""); print | command; next }
		{ print; fflush() }'
}

mkdir -p "$PICTURES" || die "cannot make $PICTURES"
rm -f "$PICTURES"/*
"$TOP/tests/vm/vm.sh" --kernel containers --log "$LOGS/containers.dmesg" \
	./containers | take_pictures
