#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# run.sh MACHINE [DOCUMENT...]: type the commands in the blocks of these documents (or
# of all) that run on this machine, and compare the output with the document. Prints a
# KTAP line for each block.
#
# run.sh --count MACHINE [DOCUMENT...]: print the number of these blocks.
# run.sh --places [DOCUMENT...]: list blocks without exactly one place, and places
# without a block.
# run.sh --transcript FILE DOCUMENT: compare FILE with the blocks for `demo`.
# run.sh --names: print the names of all documents, README.md first.
#
# In a block, "$ " begins a command of a user and "# " one of root, and "> " continues
# it; the other lines are its output. One shell on one terminal runs all commands of a
# document. A block that begins like /proc/pidns_tree is an example of that file.
# tests/docs/setup has scripts that prepare the machine for the documents of their
# names. A comment before a block, <!-- before: COMMAND -->, is a command that the
# block needs but the reader does not.
#
# PTY is the path of the program pty.

shopt -s extglob

# The documents have line-drawing characters.
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

# fail_document REASON: report a document that cannot be read, and exit.
fail_document() {
	echo "not ok $((number + 1)) $document: $*"
	exit 1
}

# result NAME DIFFERENCE: print a KTAP line, after the difference if there is one.
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

# split_block TEXT: sets commands, the prompts that they were typed at, and their
# expected outputs. Lines before the first command are the output of element 0, an
# empty command. The first and the last line of /proc/pidns_tree are output.
split_block() {
	local line lines typing=''

	commands=('') prompts=('') outputs=('')
	mapfile -t lines < <(printf '%s' "$1")
	for line in "${lines[@]}"; do
		case $line in
		'# pidns_tree '* | '# end') ;;
		['$#']' '*)
			commands+=("${line:2}")
			prompts+=("${line::1}")
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

# run_text TEXT: check an example of /proc/pidns_tree, and parse it with pidnstree. A
# backslash at the end of a line joins it with the next one.
run_text() {
	local text=${1//\\$'\n'/} output

	output=$(printf '%s' "$text" | awk -f tests/docs/text.awk &&
		printf '%s' "$text" | pidnstree --file - 2>&1) ||
		difference=$output$'\n'
}

# check_prompt PROMPT: compare the prompt of the next command with the shell's. Adds to
# difference.
check_prompt() {
	[ -z "$prompt" ] || [ "$1" = "$prompt" ] ||
		difference+="the prompt is '$prompt', not '$1'"$'\n'
}

# type_command PROMPT COMMAND EXPECTED VARIES: type a command and compare its output.
type_command() {
	local translated output counting='' counts=() literal=''
	local before

	check_prompt "$1"
	before=$difference
	difference="$1 $2"$'\n'
	shift
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
	# Without /proc, bash has no process substitution.
	if [ -n "$counting" ]; then
		count_processes
		mapfile -t counts < <(printf '%s\n' "${counts[@]}" | sort -n)
		counted_least=${counts[0]} counted_most=${counts[-1]}
	fi
	[[ $1 != *'echo $?'* ]] || literal=yes
	if compare_output "$2" "$output" "${3%% *}"; then
		difference=$before
	else
		difference=$before$difference
	fi
}

# run_commands TEXT VARIES: type the commands of a block and compare their outputs.
run_commands() {
	local i commands prompts outputs varied=''

	split_block "$1"
	[ ${#commands[@]} -gt 1 ] || difference+="no command"$'\n'
	[ -z "${outputs[0]}" ] ||
		difference+="output before the first command: ${outputs[0]}"
	for ((i = 1; i < ${#commands[@]}; i++)); do
		type_command "${prompts[i]}" "${commands[i]}" "${outputs[i]}" "$2"
		[ -z "$lost" ] || return
	done
	[ -z "$2" ] || [ -n "$varied" ] ||
		difference+="nothing matches ${2%% *}"$'\n'
}

# run_silent TEXT: type the commands of a block that shows no output. Each must exit
# with 0.
run_silent() {
	local i commands prompts outputs output translated

	local wrong_prompts

	split_block "$1"
	for ((i = 1; i < ${#commands[@]}; i++)); do
		check_prompt "${prompts[i]}"
	done
	wrong_prompts=$difference
	for ((i = 1; i < ${#commands[@]}; i++)); do
		translate "${commands[i]}"
		run_typed "$translated" || lost=yes
		difference+="${prompts[i]} ${commands[i]}"$'\n'$output$'\n'
		[ -z "$lost" ] || return
		run_typed 'echo "status $?"' || lost=yes
		[ "${output%%$'\n'*}" = "status 0" ] || {
			difference+=$output$'\n'
			return
		}
	done
	difference=$wrong_prompts
}

# run_targets TEXT: check that make has the targets of a block for the host. Other tests
# run them.
run_targets() {
	local commands prompts outputs words i

	split_block "$1"
	for ((i = 1; i < ${#commands[@]}; i++)); do
		read -ra words <<<"${commands[i]%%+( )# *}"
		[ "${words[0]}" = make ] && [ ${#words[@]} -gt 1 ] &&
			make -n "${words[@]:1}" >/dev/null ||
			difference+="not a target of make: ${words[*]}"$'\n'
	done
	[ ${#commands[@]} -gt 1 ] || difference+="no command"$'\n'
}

# start_document: start the shell of the document, and run its setup script.
start_document() {
	local setup=$top/tests/docs/setup/${document##*/} output

	reset_bindings
	start_shell || fail_document "the shell did not start: $output"
	[ -e "$setup" ] || return
	run_typed ". $setup" && [ -z "$output" ] ||
		fail_document "the setup script failed: $output"
}

# run_before COMMAND: run what a block needs, if anything. It must print nothing.
run_before() {
	local output

	[ -n "$1" ] || return
	run_typed "$1" && [ -z "$output" ] ||
		difference+="$1"$'\n'$output$'\n'
}

# run_block BLOCK: run a block in the way of its kind; sets difference.
run_block() {
	local text=${block_texts[$1]}

	if [ "$wanted" = host ]; then
		run_targets "$text"
	elif [[ $text = '# pidns_tree 1'$'\n'* ]]; then
		run_text "$text"
	elif [ -n "$lost" ]; then
		difference="an earlier command lost the shell"$'\n'
	else
		[ -n "$shell" ] || start_document
		run_before "${block_befores[$1]}"
		if [ "$wanted" = whole ] && [ -z "$(grep -v '^[$#>] ' <<<"$text")" ]; then
			run_silent "$text"
		else
			run_commands "$text" "${block_varies[$1]}"
		fi
	fi
}

# run_document: run the document's blocks for the wanted machine, in one shell.
run_document() {
	local i machine block_name difference lost='' shell=''

	for i in "${!block_texts[@]}"; do
		find_place "$document" "$i"
		[ "$machine" = "$wanted" ] || continue
		name_block "$document" "$i"
		[ -z "${block_varies[i]}" ] ||
			echo "# $block_name varies: ${block_varies[i]}"
		difference=''
		run_block "$i"
		result "$block_name" "$difference"
	done
	[ -z "$shell" ] || end_shell 2>/dev/null
}

# count_document: add the number of these blocks to number.
count_document() {
	local i machine

	for i in "${!block_texts[@]}"; do
		find_place "$document" "$i"
		[ "$machine" != "$wanted" ] || number=$((number + 1))
	done
}

# check_places: print the blocks of the document without exactly one place.
check_places() {
	local i machine block_name

	for i in "${!block_texts[@]}"; do
		find_place "$document" "$i"
		name_block "$document" "$i"
		case $machine in
		guest | whole | install | host | demo | none) continue ;;
		'') echo "$block_name: no place, or more than one" ;;
		*) echo "$block_name: no machine '$machine'" ;;
		esac
		failed=$((failed + 1))
	done
}

# check_unused: print the places without a block.
check_unused() {
	local i

	for i in "${!place_used[@]}"; do
		[ "${place_used[i]}" -eq 0 ] || continue
		# The document may not exist yet.
		compgen -G "${place_documents[i]}" >/dev/null || continue
		echo "no block at ${place_documents[i]}, ${place_sections[i]}, ${place_beginnings[i]}"
		failed=$((failed + 1))
	done
}

# compare_transcript TEXT: compare a transcript, commands and output, with the blocks for
# `demo`. It must have all of their commands and no other.
compare_transcript() {
	local i j at=0 machine block_name difference commands prompts outputs last=''
	local line shown=() printed

	split_block "$1"
	for i in "${!commands[@]}"; do
		shown+=("${prompts[i]} ${commands[i]}")
	done
	printed=("${outputs[@]}")
	reset_bindings
	for i in "${!block_texts[@]}"; do
		find_place "$document" "$i"
		[ "$machine" != demo ] || last=$i
	done
	for i in "${!block_texts[@]}"; do
		find_place "$document" "$i"
		[ "$machine" = demo ] || continue
		split_block "${block_texts[i]}"
		difference=''
		for j in "${!commands[@]}"; do
			# Element 0 counts only in the first block: output before any command.
			[ "$j" -gt 0 ] || [ $at -eq 0 ] || continue
			line="${prompts[j]} ${commands[j]}"
			[ "$line" = "${shown[at]:-}" ] ||
				difference+="- $line"$'\n'"+ ${shown[at]:-}"$'\n'
			compare_output "${outputs[j]}" "${printed[at]:-}"
			at=$((at + 1))
		done
		[ "$i" != "$last" ] || [ $at -eq ${#shown[@]} ] ||
			difference+="unexpected command: ${shown[at]:-}"$'\n'
		name_block "$document" "$i"
		result "$block_name" "$difference"
	done
}

# list_names: print the names of all documents. Each README.md in a subdirectory is
# optional, and may have no blocks.
list_names() {
	grep -l '^```' README.md {module,tests,tests/bench}/README.md 2>/dev/null
	printf '%s\n' tests/lessons/*.md tests/lessons/exercises/{,*/}README.md \
		tests/lessons/break/README.md tools/*.[1-9]
}

mode=run
case ${1:-} in
--count | --names | --places | --transcript) mode=${1#--} && shift ;;
esac
case $mode in
places | names) ;;
transcript) wanted=demo transcript=$(cat "$1") && shift ;;
*) wanted=$1 && shift ;;
esac

cd "$top" || exit 1
read_places tests/docs/where
[ $# -gt 0 ] || {
	shopt -s nullglob
	mapfile -t names < <(list_names)
	set -- "${names[@]}"
}
[ "$mode" != names ] || {
	printf '%s\n' "$@"
	exit
}
[[ $mode != run && $mode != transcript ]] || echo "KTAP version 1"
for document; do
	read_document "$document"
	case $mode in
	run) run_document ;;
	count) count_document ;;
	places) check_places ;;
	transcript) compare_transcript "$transcript" ;;
	esac
done

case $mode in
count) echo $number ;;
places) check_unused ;;
*) echo "1..$number" && [ $number -gt 0 ] ;;
esac && [ $failed -eq 0 ]
