# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
# shellcheck shell=bash
#
# A shell on a terminal, as somebody has it who types what a document says.

# The line that the shell prints when it waits for a command. Nested shells have
# it too, even where a machine has a prompt of its own for them.
readonly PROMPT=$'\036'

# How long a command may take, and how long to wait for the machine to be quiet.
readonly COMMAND_SECONDS=${COMMAND_SECONDS:-60}
readonly QUIET_SECONDS=${QUIET_SECONDS:-10}

# A terminal that nobody is at: to wait for without a process.
exec {nothing}<>/dev/ptmx

# start_shell
start_shell() {
	exec {terminal}<>/dev/ptmx
	(
		cd ~ || exit
		export PS1=$PROMPT$'\n' PS2='' HISTFILE=/dev/null
		export PROMPT_COMMAND="PS1='$PS1'"
		# In a window of Emacs, no shell edits lines: nothing is echoed.
		export TERM=dumb INSIDE_EMACS=yes TYPED_BY=$$
		unset OLDPWD
		exec "$PTY" bash --norc -i
	) <&"$terminal" {terminal}>&- {nothing}>&- &
	shell=$!
	read_output
}

# end_shell: hang up, and leave no process behind that was started there.
end_shell() {
	local environ

	exec {terminal}>&-
	for environ in $(grep -lsz "^TYPED_BY=$$\$" /proc/[0-9]*/environ); do
		environ=${environ#/proc/}
		kill -KILL "${environ%/environ}" 2>/dev/null
	done
	wait "$shell" 2>/dev/null
}

# read_stat FILE: sets pid, comm and fields, the first of which is the state; fails
# when that process is gone.
read_stat() {
	local line

	{ IFS= read -r line <"$1"; } 2>/dev/null || return
	pid=${line%% *}
	comm=${line#*\(}
	comm=${comm%)*}
	read -ra fields <<<"${line##*) }"
}

# The threads of the kernel that were met.
declare -A of_kernel=()

# look: sets seen to the processes that there are, but for the kernel's and us,
# and busy if one of them is at work.
look() {
	local stat pid comm fields

	seen='' busy=''
	for stat in /proc/[0-9]*/stat; do
		[ -z "${of_kernel[$stat]:-}" ] && read_stat "$stat" || continue
		if [ "$pid" -eq 2 ] || [ "${fields[1]}" -eq 2 ]; then
			of_kernel[$stat]=yes
		fi
		[ -z "${of_kernel[$stat]:-}" ] && [ "$pid" -ne $$ ] || continue
		seen+="$pid $comm ${fields[0]} "
		[[ ${fields[0]} != [RD] ]] || busy=yes
	done
}

# wait_until_quiet: what was started in the background gets where it wants to be
# before anybody who types looks at it.
wait_until_quiet() {
	local seen busy before='' same=0 end=$((SECONDS + QUIET_SECONDS))

	while [ $same -lt 3 ] && [ $SECONDS -lt $end ]; do
		look
		if [ -z "$busy" ] && [ "$seen" = "$before" ]; then
			same=$((same + 1))
		else
			same=0
		fi
		before=$seen
		read -r -t 0.05 -u "$nothing"
	done
}

# read_output: sets output to all that comes until the shell waits again. By lines:
# to read in another way, bash would change the settings of the terminal.
read_output() {
	local line status

	output=
	while :; do
		IFS= read -r -t "$COMMAND_SECONDS" -u "$terminal" line
		status=$?
		[ $status -eq 0 ] || break
		# Colours are no text.
		line=${line//$'\e['*([0-9;])m/}
		output+=${line%"$PROMPT"}
		[[ $line != *"$PROMPT" ]] || return 0
		output+=$'\n'
	done
	if [ $status -eq 1 ]; then
		output+="$line(the shell has gone)"
	else
		output+="$line(nothing came for $COMMAND_SECONDS seconds)"
	fi
	return 1
}

# run_typed COMMAND: type it and read what it prints; sets output.
run_typed() {
	wait_until_quiet
	printf '%s\n' "$1" >&"$terminal"
	read_output
}

# count_processes: adds how many there are in the first namespace to counts.
count_processes() {
	local status line count=0

	for status in /proc/[0-9]*/status; do
		while read -r line; do
			[[ $line = NSpid:* ]] || continue
			[[ $line =~ ^NSpid:[[:blank:]]*[0-9]+$ ]] && count=$((count + 1))
			break
		done 2>/dev/null <"$status"
	done 2>/dev/null
	counts+=("$count")
}
