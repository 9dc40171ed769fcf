# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
# shellcheck shell=bash
#
# KTAP output of tests that are shell scripts, on the host and in a guest.

# The number of the last test.
number=0

# report NAME OUTPUT STATUS: print the KTAP line of a test. If the test failed,
# print its output before the line.
report() {
	number=$((number + 1))
	if [ "$3" -eq 0 ]; then
		echo "ok $number $1"
	else
		printf '%s\n' "$2" "ended with status $3" | tail -n 100 | sed 's/^/# /'
		echo "not ok $number $1"
	fi
}

# try NAME COMMAND...: run a test, which passes if the command's status is 0.
try() {
	local name=$1 output
	shift

	output=$("$@" 2>&1)
	report "$name" "$output" $?
}

# relay FORMAT COMMAND...: run a command that prints KTAP, and print its tests
# with new numbers. FORMAT is a format of printf for the names. Print the
# command's comments, and the whole output of a test that failed. If the command
# fails but all its tests passed, report one more test as failed.
relay() {
	local format=$1 line name notes='' output='' all_passed=yes status
	shift

	while IFS= read -r line; do
		# shellcheck disable=SC2059 # the caller passes a format
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

# plan: print the number of tests.
plan() {
	echo "1..$number"
}
