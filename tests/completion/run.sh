#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# run.sh PIDNSTREE [SHELL...]: test which words the completions of bash, zsh and
# fish offer for the program PIDNSTREE. Prints a line of KTAP for each test.
#
# The saved directory has names that a shell would run as commands, and names
# with escape sequences for a terminal.

PATH=$(dirname "$(realpath -e "$1")"):$PATH || exit 1
shift
[ $# -gt 0 ] || set -- bash zsh fish
shells=("$@")
cd "$(dirname "$0")" || exit 1
here=$PWD
completions=$(realpath -e ../../tools/completion) || exit 1
export LC_ALL=C.UTF-8
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cp -r saved "$work/saved" && cp -r saved "$work/my procs" &&
	mkfifo "$work/fifo" && mkdir "$work/blocks" &&
	mkfifo "$work/blocks/pidns_tree" && mkdir "$work/none" "$work/none/"{7,42} &&
	echo old-shell >"$work/none/7/comm" &&
	echo init >"$work/none/42/comm" && cd "$work" || exit 1
# If a shell runs a command in a name, the command creates another file.
listing=$(ls)
number=0
failed=0

# offer SHELL LINE: print each word that SHELL offers on a line after '@',
# without '--OPTION=', and all other output of the shell.
offer() {
	case $1 in
	bash) bash --norc "$here/bash" "$completions/pidnstree.bash" "$2" ;;
	zsh) zsh -f "$here/zsh" "$completions" "$2" ;;
	fish)
		# shellcheck disable=SC2016 # expanded by fish
		HOME=$work fish --no-config -c 'source $argv[1]
			complete -C $argv[2]' \
			"$completions/pidnstree.fish" "$2" |
			sed 's/^/@/; s/\t.*//'
		;;
	esac 2>&1 </dev/null | sed 's/^@--[a-z]*=/@/'
}

# result NAME DIFFERENCE: print the result of a test, which passes without
# DIFFERENCE.
result() {
	number=$((number + 1))
	if [ -z "$2" ]; then
		echo "ok $number $1"
	else
		printf '%s\n' "$2" | sed 's/^/# /'
		echo "not ok $number $1"
		failed=$((failed + 1))
	fi
}

# offers LINE WORD...: test that each shell offers exactly these words, in any
# order.
offers() {
	local line=$1 shell
	shift

	for shell in "${shells[@]}"; do
		result "$shell: $line" "$(diff \
			<([ $# -eq 0 ] || printf '@%s\n' "$@" | LC_ALL=C sort) \
			<(offer "$shell" "$line" | LC_ALL=C sort -u) 2>&1)"
	done
}

# only SHELL LINE WORD...: the same test for one shell.
only() {
	local shells=("$1")

	shift
	offers "$@"
}

# Test that each long option of the program is offered.
all_options() {
	local options

	mapfile -t options < <(pidnstree --help |
		sed -n 's/^  \(-., \|    \)\(--[a-z-]*\).*/\2/p')
	options+=(--type --tree --nowrap)
	offers 'pidnstree --' "${options[@]}"
}

all_columns() {
	local columns

	mapfile -t columns < <(pidnstree --list-columns | cut -d ' ' -f 1)
	offers 'pidnstree --output ' "${columns[@]}"
}

echo "KTAP version 1"
all_options
all_columns
offers 'pidnstree --nof'
offers 'pidnstree --no-' --no-kthreads
offers 'pidnstree --output NS,CONT' NS,CONTAINER
offers 'pidnstree -o +con' +CONTAINER
offers 'pidnstree --output=PIDS,NS,P' PIDS,NS,P{NS,IDMAX,ID,PID,GID,OD,ODNAME}
offers 'pidnstree --type ' pid
offers 'pidnstree --proc saved web:' web:1 web:7
offers 'pidnstree --proc=saved 301' 3010 3011
offers 'pidnstree --proc saved @301' @3010 @3011
offers 'pidnstree --proc saved @3000:' @3000:{1,7,70}
offers 'pidnstree --proc saved 4026532600:7' 4026532600:7 4026532600:70
offers 'pidnstree --proc saved --task 301' 3010 3011
offers 'pidnstree --proc saved --pid web:' web:1 web:7
offers 'pidnstree --proc saved --struct web:' web:1 web:7
offers 'pidnstree --proc saved aaaa' aaaaaaaaaaaa
offers 'pidnstree --proc saved default/' default/shop-7d8e9f
offers 'pidnstree --proc saved 402653260' 4026532600
offers 'pidnstree --proc "my procs" 402653260' 4026532600
offers 'pidnstree --proc my\ procs 402653260' 4026532600
offers 'pidnstree --file saved/pidns_tree 301' 3010 3011
offers 'pidnstree -af saved/pidns_tree 301' 3010 3011
# shellcheck disable=SC2016 # names that look like expansions
{
	only bash 'pidnstree --proc saved my' 'my web$HOME`id`*'
	only zsh 'pidnstree --proc saved my' 'my web$HOME`id`*' \
		'my $(touch pwned)*'\''"\x41'
	only fish 'pidnstree --proc saved my' 'my web$HOME`id`*' \
		'my $(touch pwned)*'\''"\x41'
	offers 'pidnstree --proc saved my\ web\$HOME\`id\`\*:' \
		'my web$HOME`id`*:1'
}
only bash 'pidnstree --proc saved pid:[402653260' 'pid:[4026532600]'
only fish 'pidnstree --proc saved pid:[402653260' 'pid:[4026532600]'
# An unquoted bracket begins a subscript in zsh.
only zsh "pidnstree --proc saved 'pid:[402653260" 'pid:[4026532600]'
# If the source cannot be read, offer no words of this machine, and do not
# block.
offers 'pidnstree --proc /nonexistent 4'
offers 'pidnstree --proc blocks 4'
offers 'pidnstree --file fifo 4'
# Without pidns_tree, offer the processes of the procfs mount.
offers 'pidnstree --proc none 4' 42
offers 'pidnstree --proc none --task ' 7 42
only bash 'pidnstree --save ' '(dirnames)'
only bash 'pidnstree --file ' '(default)'
only zsh 'pidnstree --file saved/pidns' pidns_tree
only zsh 'pidnstree --save sav' saved
only fish 'pidnstree --file saved/pidns' saved/pidns_tree
only fish 'pidnstree --proc saved/30' saved/3000/ saved/3010/
[ "$(ls)" = "$listing" ] || result "no command is run" "$(ls)"
echo "1..$number"
[ $failed -eq 0 ]
