#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# Remove the cache, whose files belong to root. Wait until no script uses it.

. "$(dirname "$0")/lib.sh"

[ -d "$CACHE" ] || exit 0
exec 9>"$CACHE/lock"
flock 9 || die "cannot lock $CACHE"
as_root rm -rf --one-file-system "$CACHE"
