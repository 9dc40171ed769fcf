# SPDX-License-Identifier: GPL-2.0
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

# relay SUFFIX COMMAND...: the lines of KTAP of that command as our own, with what
# it says of those that failed, and one more if it fails without.
relay() {
	local suffix=$1 line output='' all_passed=yes status
	shift

	while IFS= read -r line; do
		case $line in
		'ok '*) report "${line#ok * }$suffix" '' 0 ;;
		'not ok '*)
			report "${line#not ok * }$suffix" "$output" 1
			all_passed=
			;;
		'1..'*) ;;
		*) output+=${line#\# }$'\n' && continue ;;
		esac
		output=
	done < <("$@" 2>&1)
	wait $!
	status=$?
	[ $status -eq 0 ] || [ -z "$all_passed" ] || report "$1" "$output" $status
}

# plan: how many there were.
plan() {
	echo "1..$number"
}
