#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# Run tests/vm/guest/containers, which compares the module and pidnstree with
# real container engines. Prints KTAP. The guest writes pictures to
# tests/logs/pictures.

. "$(dirname "$0")/../vm/lib.sh"

readonly LOGS=$TOP/tests/logs
readonly PICTURES=$LOGS/pictures

mkdir -p "$PICTURES" || die "cannot create $PICTURES"
rm -f "$PICTURES"/*
"$TOP/tests/vm/vm.sh" --kernel containers --log "$LOGS/containers.dmesg" \
	--with "$PICTURES" ./containers
