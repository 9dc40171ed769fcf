# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
# shellcheck shell=bash
#
# An interactive shell on a terminal, for the commands of a document.

# The prompt: it marks the end of a command's output. Bash adds the user ID, other
# shells add nothing. PROMPT_COMMAND sets it in nested shells too, even if the machine
# configures another prompt.
readonly PROMPT=$'\036'

# The timeout of a command, and the longest wait for background processes.
readonly COMMAND_SECONDS=${COMMAND_SECONDS:-300}
readonly QUIET_SECONDS=${QUIET_SECONDS:-10}

# A terminal without input: read -t on it sleeps without creating a process.
exec {nothing}<>/dev/ptmx

# start_shell
start_shell() {
	exec {terminal}<>/dev/ptmx
	(
		cd ~ || exit
		# The programs of `make shell`.
		[ ! -x debian ] || ./debian >/dev/null 2>&1
		# shellcheck disable=SC2016 # expanded by the shell that prints it
		export PS1=$PROMPT'${EUID:-}'$'\n' PS2='' HISTFILE=/dev/null
		export PROMPT_COMMAND="PS1='$PS1'"
		# Bash disables line editing in Emacs, so it echoes nothing.
		export TERM=dumb INSIDE_EMACS=yes TYPED_BY=$$
		unset OLDPWD
		exec "$PTY" bash --norc -i
	) <&"$terminal" {terminal}>&- {nothing}>&- &
	shell=$!
	read_output
}

# end_shell: hang up, and kill every process that was started in the shell.
end_shell() {
	local environ

	exec {terminal}>&-
	for environ in $(grep -lsz "^TYPED_BY=$$\$" /proc/[0-9]*/environ); do
		environ=${environ#/proc/}
		kill -KILL "${environ%/environ}" 2>/dev/null
	done
	wait "$shell" 2>/dev/null
}

# read_stat FILE: parse /proc/PID/stat. Sets pid, comm and fields, of which the first
# is the state. Fails if the process does not exist any more.
read_stat() {
	local line

	{ IFS= read -r line <"$1"; } 2>/dev/null || return
	pid=${line%% *}
	comm=${line#*\(}
	comm=${comm%)*}
	read -ra fields <<<"${line##*) }"
}

# The stat files of kernel threads that were found so far.
declare -A kernel_threads=()

# scan_processes: sets seen to all processes except kernel threads and this shell, and
# busy if one of them is running.
scan_processes() {
	local stat pid comm fields

	seen='' busy=''
	for stat in /proc/[0-9]*/stat; do
		[ -z "${kernel_threads[$stat]:-}" ] && read_stat "$stat" || continue
		if [ "$pid" -eq 2 ] || [ "${fields[1]}" -eq 2 ]; then
			kernel_threads[$stat]=yes
		fi
		[ -z "${kernel_threads[$stat]:-}" ] && [ "$pid" -ne $$ ] || continue
		seen+="$pid $comm ${fields[0]} "
		[[ ${fields[0]} != [RD] ]] || busy=yes
	done
}

# wait_until_quiet: wait until background processes have started, as a user does who
# types slowly: no process runs, and three scans find the same processes.
wait_until_quiet() {
	local seen busy before='' same=0 end=$((SECONDS + QUIET_SECONDS))

	while [ $same -lt 3 ] && [ $SECONDS -lt $end ]; do
		scan_processes
		if [ -z "$busy" ] && [ "$seen" = "$before" ]; then
			same=$((same + 1))
		else
			same=0
		fi
		before=$seen
		read -r -t 0.05 -u "$nothing"
	done
}

# read_output: sets output to what the shell prints up to the next prompt, and prompt to
# # for root, $ for other users, or nothing if the shell does not say. It reads whole
# lines, because bash changes the terminal settings for other kinds of read.
read_output() {
	local line status

	output=
	while :; do
		IFS= read -r -t "$COMMAND_SECONDS" -u "$terminal" line
		status=$?
		[ $status -eq 0 ] || break
		# Remove colours.
		line=${line//$'\e['*([0-9;])m/}
		output+=${line%"$PROMPT"*([0-9])}
		# shellcheck disable=SC2034 # used by run.sh
		case $line in
		*"$PROMPT"0) prompt='#' && return ;;
		*"$PROMPT"+([0-9])) prompt='$' && return ;;
		*"$PROMPT") prompt='' && return ;;
		esac
		output+=$'\n'
	done
	if [ $status -eq 1 ]; then
		output+="$line(the shell has exited)"
	else
		output+="$line(no output for $COMMAND_SECONDS seconds)"
	fi
	return 1
}

# run_typed COMMAND: type a command; sets output to what it prints.
run_typed() {
	wait_until_quiet
	printf '%s\n' "$1" >&"$terminal"
	read_output
}

# count_processes: count the processes of the initial PID namespace, and add the
# number to counts.
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
