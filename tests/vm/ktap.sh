# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
# shellcheck shell=bash
#
# Lines of KTAP, for tests that are scripts, here and in a guest.

# Of the lines of KTAP so far.
number=0

# report NAME OUTPUT STATUS: a line of KTAP for something that was tried, and why
# when it failed.
report() {
	number=$((number + 1))
	if [ "$3" -eq 0 ]; then
		echo "ok $number $1"
	else
		printf '%s\n' "$2" "ended with status $3" | tail -n 100 | sed 's/^/# /'
		echo "not ok $number $1"
	fi
}

# try NAME COMMAND...: a command that ends well.
try() {
	local name=$1 output
	shift

	output=$("$@" 2>&1)
	report "$name" "$output" $?
}

# relay FORMAT COMMAND...: the lines of KTAP of that command as our own, named by
# that format of printf, with what it notes of each and all that it says of those
# that failed; and one more if it fails without.
relay() {
	local format=$1 line name notes='' output='' all_passed=yes status
	shift

	while IFS= read -r line; do
		# shellcheck disable=SC2059 # it is a format
		printf -v name "$format" "${line#*ok * }"
		case $line in
		'ok '*)
			printf '%s' "$notes"
			report "$name" '' 0
			;;
		'not ok '*)
			report "$name" "$output" 1
			all_passed=
			;;
		'1..'*) continue ;;
		*)
			[ "$line" = "${line#\# }" ] || notes+=$line$'\n'
			output+=${line#\# }$'\n'
			continue
			;;
		esac
		notes='' output=''
	done < <("$@" 2>&1)
	wait $!
	status=$?
	[ $status -eq 0 ] || [ -z "$all_passed" ] || report "$*" "$output" $status
}

# plan: how many there were.
plan() {
	echo "1..$number"
}
