#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# run.sh MACHINE [DOCUMENT...]: type what these documents, or all, show in their
# blocks for that machine, and compare what is printed with what they show. A
# line of KTAP for each block.
#
# run.sh --count MACHINE [DOCUMENT...]: how many that are.
# run.sh --places [DOCUMENT...]: tell of blocks without exactly one place, and of
# places without a block.
# run.sh --transcript FILE DOCUMENT: compare that text with the blocks for `demo`.
#
# In a block, "$ " begins a command, and "> " goes on with it; all else is what it
# prints. One shell on one terminal has all commands of a document. A block that
# begins as the file does is a text of it. What documents find when they begin,
# if anything, is done by the file of their name in setup.
#
# PTY says where the program of that name is.

shopt -s extglob

# Letters and signs are the same for everybody.
LC_ALL=C.UTF-8

PTY=$(realpath -m "${PTY:-pty}")
top=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR source=document.sh
. "$top/tests/docs/document.sh"
# shellcheck source-path=SCRIPTDIR source=compare.sh
. "$top/tests/docs/compare.sh"
# shellcheck source-path=SCRIPTDIR source=session.sh
. "$top/tests/docs/session.sh"

number=0
failed=0

# fail_document WORDS: it cannot even be read.
fail_document() {
	echo "not ok $((number + 1)) $document: $*"
	exit 1
}

# result NAME DIFFERENCE: a line of KTAP, and what is different if something is.
result() {
	number=$((number + 1))
	if [ -z "$2" ]; then
		echo "ok $number $1"
	else
		printf '%s' "$2" | sed 's/^/# /'
		echo "not ok $number $1"
		failed=$((failed + 1))
	fi
}

# split_block TEXT: sets commands, and outputs to what each is to print. What
# comes before the first is that of no command.
split_block() {
	local line lines typing=''

	commands=('') outputs=('')
	mapfile -t lines < <(printf '%s' "$1")
	for line in "${lines[@]}"; do
		case $line in
		'$ '*)
			commands+=("${line#$ }")
			outputs+=('')
			typing=yes
			continue
			;;
		'> '*)
			[ -z "$typing" ] || {
				commands[-1]+=$'\n'${line#> }
				continue
			}
			;;
		esac
		typing=''
		outputs[-1]+=$line$'\n'
	done
}

# run_text TEXT: look at what the block shows of the file, and have the tool read it.
# Lines that are broken with a backslash are one.
run_text() {
	local text=${1//\\$'\n'/} output

	output=$(printf '%s' "$text" | awk -f tests/docs/text.awk &&
		printf '%s' "$text" | pidnstree --file - 2>&1) ||
		difference=$output$'\n'
}

# type_command COMMAND EXPECTED VARIES: and compare what it prints.
type_command() {
	local translated output counting='' counts=() literal=''
	local before=$difference

	difference="\$ $1"$'\n'
	translate "$1"
	counted_least='' counted_most=''
	[[ $2 != *[nN][pP][rR][oO][cC][sS]* && $2 != *[0-9]' pid:['* ]] ||
		counting=yes
	[ -z "$counting" ] || count_processes
	if ! run_typed "$translated"; then
		difference=$before$difference$output$'\n'
		lost=yes
		return
	fi
	[ -z "$counting" ] || count_processes
	mapfile -t counts < <(printf '%s\n' "${counts[@]}" | sort -n)
	counted_least=${counts[0]} counted_most=${counts[-1]}
	[[ $1 != *'echo $?'* ]] || literal=yes
	if compare_output "$2" "$output" "${3%% *}"; then
		difference=$before
	else
		difference=$before$difference
	fi
}

# run_commands TEXT VARIES: type them, one after the other.
run_commands() {
	local i commands outputs varied=''

	split_block "$1"
	[ ${#commands[@]} -gt 1 ] || difference+="there is no command in it"$'\n'
	[ -z "${outputs[0]}" ] ||
		difference+="this is of no command: ${outputs[0]}"
	for ((i = 1; i < ${#commands[@]}; i++)); do
		type_command "${commands[i]}" "${outputs[i]}" "$2"
		[ -z "$lost" ] || return
	done
	[ -z "$2" ] || [ -n "$varied" ] ||
		difference+="nothing in it varies so: ${2%% *}"$'\n'
}

# run_unseen TEXT: the document shows nothing of what these print, so each has to end
# well.
run_unseen() {
	local i commands outputs output translated

	split_block "$1"
	for ((i = 1; i < ${#commands[@]}; i++)); do
		translate "${commands[i]}"
		run_typed "$translated" || lost=yes
		difference+="\$ ${commands[i]}"$'\n'$output$'\n'
		[ -z "$lost" ] || return
		run_typed 'echo "status $?"' || lost=yes
		[ "${output%%$'\n'*}" = "status 0" ] || {
			difference+=$output$'\n'
			return
		}
	done
	difference=
}

# run_targets TEXT: what is run on the machine itself has make run it. That there is
# such a target is all that is looked at here: tests of their own run them.
run_targets() {
	local commands outputs words i

	split_block "$1"
	for ((i = 1; i < ${#commands[@]}; i++)); do
		read -ra words <<<"${commands[i]%%+( )# *}"
		[ "${words[0]}" = make ] && [ ${#words[@]} -gt 1 ] &&
			make -n "${words[@]:1}" >/dev/null ||
			difference+="no such target: ${words[*]}"$'\n'
	done
	[ ${#commands[@]} -gt 1 ] || difference+="there is no command in it"$'\n'
}

# begin: a shell for the document, and what it finds there.
begin() {
	local setup=$top/tests/docs/setup/${document##*/} output

	forget
	start_shell || fail_document "no shell came up: $output"
	[ -e "$setup" ] || return
	run_typed ". $setup" && [ -z "$output" ] ||
		fail_document "its set-up failed: $output"
}

# run_block BLOCK: sets difference.
run_block() {
	local text=${block_texts[$1]}

	if [ "$wanted" = host ]; then
		run_targets "$text"
	elif [[ $text = '# pidns_tree 1'$'\n'* ]]; then
		run_text "$text"
	elif [ -n "$lost" ]; then
		difference="the shell was lost before"$'\n'
	else
		[ -n "$shell" ] || begin
		if [ "$wanted" = whole ] && [ -z "$(grep -v '^[$>] ' <<<"$text")" ]; then
			run_unseen "$text"
		else
			run_commands "$text" "${block_varies[$1]}"
		fi
	fi
}

# run_document: the blocks for the machine that is wanted, in one shell.
run_document() {
	local i machine block_name difference lost='' shell=''

	for i in "${!block_texts[@]}"; do
		place "$document" "$i"
		[ "$machine" = "$wanted" ] || continue
		name_block "$document" "$i"
		[ -z "${block_varies[i]}" ] ||
			echo "# $block_name varies: ${block_varies[i]}"
		difference=''
		run_block "$i"
		result "$block_name" "$difference"
	done
	[ -z "$shell" ] || end_shell
}

# count_document: how many blocks that would be.
count_document() {
	local i machine

	for i in "${!block_texts[@]}"; do
		place "$document" "$i"
		[ "$machine" != "$wanted" ] || number=$((number + 1))
	done
}

# see_places: which of the blocks have not exactly one.
see_places() {
	local i machine block_name

	for i in "${!block_texts[@]}"; do
		place "$document" "$i"
		name_block "$document" "$i"
		case $machine in
		guest | whole | install | host | demo | none) continue ;;
		'') echo "$block_name: none or more than one place" ;;
		*) echo "$block_name: there is no machine '$machine'" ;;
		esac
		failed=$((failed + 1))
	done
}

# see_unused: which places are those of no block.
see_unused() {
	local i

	for i in "${!place_used[@]}"; do
		[ "${place_used[i]}" -eq 0 ] || continue
		# A row may be for documents that are yet to come.
		compgen -G "${place_documents[i]}" >/dev/null || continue
		echo "no block at ${place_documents[i]}, ${place_sections[i]}, ${place_beginnings[i]}"
		failed=$((failed + 1))
	done
}

# compare_transcript TEXT: what was shown elsewhere, with the commands, is what the
# blocks for the demo show, all of it.
compare_transcript() {
	local i j at=0 machine block_name difference commands outputs last=''
	local shown printed

	split_block "$1"
	shown=("${commands[@]}") printed=("${outputs[@]}")
	forget
	for i in "${!block_texts[@]}"; do
		place "$document" "$i"
		[ "$machine" != demo ] || last=$i
	done
	for i in "${!block_texts[@]}"; do
		place "$document" "$i"
		[ "$machine" = demo ] || continue
		split_block "${block_texts[i]}"
		difference=''
		for j in "${!commands[@]}"; do
			# Only the first of them has something in front.
			[ "$j" -gt 0 ] || [ $at -eq 0 ] || continue
			[ "${commands[j]}" = "${shown[at]:-}" ] ||
				difference+="- ${commands[j]}"$'\n'"+ ${shown[at]:-}"$'\n'
			compare_output "${outputs[j]}" "${printed[at]:-}"
			at=$((at + 1))
		done
		[ "$i" != "$last" ] || [ $at -eq ${#shown[@]} ] ||
			difference+="it goes on: ${shown[at]:-}"$'\n'
		name_block "$document" "$i"
		result "$block_name" "$difference"
	done
}

mode=run
case ${1:-} in
--count | --places | --transcript) mode=${1#--} && shift ;;
esac
case $mode in
places) ;;
transcript) wanted=demo transcript=$(cat "$1") && shift ;;
*) wanted=$1 && shift ;;
esac

cd "$top" || exit 1
read_places tests/docs/where
[ $# -gt 0 ] || {
	shopt -s nullglob
	set -- README.md tools/*.[1-9] tests/lessons/*.md
}
[[ $mode != run && $mode != transcript ]] || echo "KTAP version 1"
for document; do
	read_document "$document"
	case $mode in
	run) run_document ;;
	count) count_document ;;
	places) see_places ;;
	transcript) compare_transcript "$transcript" ;;
	esac
done

case $mode in
count) echo $number ;;
places) see_unused ;;
*) echo "1..$number" && [ $number -gt 0 ] ;;
esac && [ $failed -eq 0 ]
