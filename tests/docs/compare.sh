# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
# shellcheck shell=bash
#
# Is this what the document shows? Text has to be the same. The numbers of a
# document stand for those of the machine that it is tried on: each for one, and
# no two for the same, from its first line to its last.

# What a line is cut into, the longest that fits: a time, the release of a
# kernel, an escape, a word, an id, a number, blanks, and all else.
readonly TIME='[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{4}'
readonly RELEASE='[0-9]+\.[0-9]+\.[0-9]+[-+][[:alnum:].+~-]+'
readonly ID='[0-9a-f]{12,64}'
readonly TOKEN="^($TIME|$RELEASE|\\\\[0-7]{3}|\\\\x[0-9a-f]{2}|[[:alpha:]_][[:alnum:]_]*|$ID|[0-9]+| +|[^[:alnum:]_\\\\ ]+|.)"

# Numbers that are the same on all machines: the first namespaces of each kind
# that the kernel numbers itself, and who has no user id.
declare -rA CONSTANTS=([4026531835]=cgroup [4026531836]=pid [4026531837]=user
	[4026531838]=uts [4026531839]=ipc [65534]=nobody)

# How far the count of processes may be off: those of the command itself, and
# threads of the kernel that come and go.
readonly SLACK=6

# The document's number, id or release to the machine's, and back.
declare -A real_of=() document_of=()
# The numbers that the document has typed without having seen them.
declare -A typed=()
# The last times, of the document and of the machine.
document_time='' real_time=''
# The processes of the first namespace, if they were counted, and what was first
# said of their number.
counted_least='' counted_most='' document_nprocs='' real_nprocs=''

# forget: begin another document.
forget() {
	real_of=() document_of=() typed=()
	document_time='' real_time=''
	counted_least='' counted_most='' document_nprocs='' real_nprocs=''
}

# tokenize LINE: sets tokens.
tokenize() {
	local rest=$1

	tokens=()
	while [[ $rest =~ $TOKEN ]]; do
		tokens+=("${BASH_REMATCH[1]}")
		rest=${rest:${#BASH_REMATCH[1]}}
	done
}

# kind_of TOKEN: sets kind to what a document may have another one for; numbers of
# one or two digits, or with a zero in front, are meant as they are.
kind_of() {
	kind=text
	if [[ $1 =~ ^$TIME$ ]]; then
		kind='time'
	elif [[ $1 =~ ^$RELEASE$ ]]; then
		kind=release
	elif [[ $1 =~ ^$ID$ ]]; then
		kind=id
	elif [[ $1 =~ ^40265[0-9]{5}$ ]]; then
		kind=inum
	elif [[ $1 =~ ^[1-9][0-9]{2,}$ ]]; then
		kind=number
	fi
}

# wrong WORDS: sets reason.
wrong() {
	reason=$*
	return 1
}

# in_order DOCUMENT REAL: whether numbers of this kind grow in the document as they
# do on the machine. Who was born later has the greater PID in both.
in_order() {
	local other wanted=$kind kind

	for other in "${!real_of[@]}"; do
		kind_of "$other"
		[ $kind = "$wanted" ] || continue
		[ $((other < $1)) -eq $((real_of[$other] < $2)) ] ||
			wrong "$1 stands for $2 and $other for ${real_of[$other]}: not in this order" ||
			return
	done
}

# bind DOCUMENT REAL: the one stands for the other from now on, or has so far.
bind() {
	if [ -n "${real_of[$1]:-}" ]; then
		[ "${real_of[$1]}" = "$2" ] ||
			wrong "$1 stood for ${real_of[$1]}, and is $2 here"
	elif [ -n "${document_of[$2]:-}" ]; then
		wrong "$2 was ${document_of[$2]}, and is $1 here"
	else
		real_of[$1]=$2
		document_of[$2]=$1
		added+=("$1")
	fi
}

# unbind: as if that line had not been compared.
unbind() {
	local each

	for each in "${added[@]}"; do
		unset "document_of[${real_of[$each]}]" "real_of[$each]"
	done
}

# same_time DOCUMENT REAL: neither goes back. All machines are in one zone.
same_time() {
	[ "${1: -5}" = "${2: -5}" ] || wrong "$1 is $2 here" || return
	[[ ! $1 < $document_time ]] || wrong "$1 is before $document_time" || return
	[[ ! $2 < $real_time ]] || wrong "it was $real_time, and is $2 here" ||
		return
	document_time=$1
	real_time=$2
}

# same_nprocs DOCUMENT REAL: the processes of the first namespace. There are never
# as many, but as many as were counted.
same_nprocs() {
	[[ $1 =~ ^[0-9]+$ && $2 =~ ^[0-9]+$ ]] || wrong "$1 or $2 is no number" ||
		return
	: "${document_nprocs:=$1}" "${real_nprocs:=$2}"
	[ $(($1 - document_nprocs)) -le $SLACK ] &&
		[ $((document_nprocs - $1)) -le $SLACK ] ||
		wrong "$1 processes, and $document_nprocs before" || return
	[ "$2" -ge $((${counted_least:-$real_nprocs} - SLACK)) ] &&
		[ "$2" -le $((${counted_most:-$real_nprocs} + SLACK)) ] ||
		wrong "$2 processes where ${counted_least:-$real_nprocs} were counted"
}

# same_id DOCUMENT REAL: an id of 12 digits is the start of one of 64.
same_id() {
	[ ${#1} -eq ${#2} ] || wrong "$1 is $2 here" || return
	bind "${1:0:12}" "${2:0:12}" &&
		{ [ ${#1} -eq 12 ] || bind "$1" "$2"; }
}

# same_number DOCUMENT REAL: as it was typed, or as it always is; else the one
# stands for the other.
same_number() {
	if [ -n "${real_of[$1]:-}" ]; then
		bind "$1" "$2"
	elif [ -n "${CONSTANTS[$1]:-}${CONSTANTS[$2]:-}${typed[$1]:-}$literal" ]; then
		[ "$1" = "$2" ] || wrong "$1 is $2 here"
	else
		bind "$1" "$2" && in_order "$1" "$2"
	fi
}

# same_token DOCUMENT REAL
same_token() {
	local kind real_kind

	kind_of "$2"
	real_kind=$kind
	kind_of "$1"
	if [ $kind = text ] || [ $kind != $real_kind ]; then
		[ "$1" = "$2" ] || wrong "'$1' is '$2' here"
		return
	fi
	case $kind in
	time) same_time "$1" "$2" ;;
	release) bind "$1" "$2" ;;
	id) same_id "$1" "$2" ;;
	*) same_number "$1" "$2" ;;
	esac
}

# is_nprocs START LINE: whether what follows this start of that line counts the
# processes of the first namespace.
is_nprocs() {
	local words

	[[ $1 =~ ^\ *$ && $2 =~ ^\ *[0-9]+\ pid:\[4026531836\]$ && ${2#"$1"} != ' '* ]] &&
		return
	[[ $1 =~ pid:\[4026531836\].*\ nprocs=$ ||
		$1 =~ \"ns\":4026531836,.*\"nprocs\":$ ]] && return
	[[ -n $nprocs_column && $1 = '4026531836 '* && $1 = *' ' ]] || return
	read -ra words <<<"$1"
	[ ${#words[@]} -eq "$nprocs_column" ]
}

# without REGEX LINE: sets line to it with what varies taken out.
without() {
	local rest=$2

	line=''
	while [[ -n $1 && $rest =~ $1 && -n ${BASH_REMATCH[0]} ]]; do
		line+=${rest%%"${BASH_REMATCH[0]}"*}…
		rest=${rest#*"${BASH_REMATCH[0]}"}
		# shellcheck disable=SC2034 # used by run.sh
		varied=yes
	done
	line+=$rest
}

# compare_line DOCUMENT REAL: word by word, blanks being one blank; sets reason
# where they differ, and wide where their words are not of the same length.
compare_line() {
	local i tokens expected start='' added=()

	reason=
	tokenize "${1//+( )/ }"
	expected=("${tokens[@]}")
	# Right-aligned numbers have blanks in front, or none when they are wide.
	tokenize "${2//+( )/ }"
	if [ "${expected[0]:-}" != "${tokens[0]:-}" ]; then
		[ "${expected[0]:-}" != ' ' ] || expected=("${expected[@]:1}")
		[ "${tokens[0]:-}" != ' ' ] || tokens=("${tokens[@]:1}")
	fi
	for i in "${!expected[@]}"; do
		[ -n "${tokens[i]+there}" ] || wrong "it ends before '${expected[i]}'" ||
			break
		if is_nprocs "$start" "$1"; then
			same_nprocs "${expected[i]}" "${tokens[i]}" || break
		else
			same_token "${expected[i]}" "${tokens[i]}" || break
		fi
		[ ${#expected[i]} -eq ${#tokens[i]} ] || wide=yes
		start+=${expected[i]}
	done
	[ -n "$reason" ] || [ ${#expected[@]} -eq ${#tokens[@]} ] ||
		wrong "it goes on with '${tokens[${#expected[@]}]}'"
	[ -z "$reason" ] || { unbind && return 1; }
}

# same_layout DOCUMENT REAL: the blanks of two lines whose words are the same. Where
# words are of another length, those between them may be, but not how far a line
# is indented, unless that aligns its first word.
same_layout() {
	local indent=${1%%[^ ]*} real_indent=${2%%[^ ]*} first real_first

	# What varies may be of any length.
	[[ $1 != *…* ]] || return 0
	if [ -z "$wide" ]; then
		[ "${1//[^ ]/x}" = "${2//[^ ]/x}" ] || wrong "other blanks"
		return
	fi
	[ ${#indent} -ne ${#real_indent} ] || return 0
	read -r first _ <<<"$1"
	read -r real_first _ <<<"$2"
	[ $((${#indent} + ${#first})) -eq $((${#real_indent} + ${#real_first})) ] ||
		wrong "other blanks in front"
}

# column_of NAME LINE: sets column to its place in that heading, from 0.
column_of() {
	local words i

	read -ra words <<<"$2"
	for i in "${!words[@]}"; do
		[ "${words[i]}" != "$1" ] || column=$i
	done
}

# split_output TEXT: sets lines, without blanks at their ends and empty ones at
# its.
split_output() {
	local i

	mapfile -t lines <<<"$1"
	for i in "${!lines[@]}"; do
		lines[i]=${lines[i]%%+([[:blank:]])}
	done
	while [ ${#lines[@]} -gt 0 ] && [ -z "${lines[-1]}" ]; do
		unset 'lines[-1]'
	done
}

# Whether numbers are meant as they are, such as those that a command ended with.
literal=

# compare_output EXPECTED GOT [REGEX]: whether what was printed is what the document
# shows, but for what varies; adds to difference what is not, line by line.
compare_output() {
	local i lines line expected got wide='' nprocs_column='' column reason
	local reasons=() different=0

	split_output "$1"
	expected=("${lines[@]}")
	split_output "$2"
	got=("${lines[@]}")

	for i in "${!expected[@]}"; do
		without "${3:-}" "${expected[i]}"
		expected[i]=$line
		[ $i -lt ${#got[@]} ] || continue
		without "${3:-}" "${got[i]}"
		got[i]=$line
		column=
		column_of NPROCS "${expected[i]}"
		nprocs_column=${column:-$nprocs_column}
		compare_line "${expected[i]}" "${got[i]}" || reasons[i]=$reason
	done
	for i in "${!expected[@]}"; do
		[ -z "${reasons[i]:-}" ] && [ $i -lt ${#got[@]} ] || continue
		same_layout "${expected[i]}" "${got[i]}" || reasons[i]=$reason
	done

	[ ${#reasons[@]} -gt 0 ] || [ ${#expected[@]} -ne ${#got[@]} ] || return 0
	for ((i = 0; i < ${#expected[@]} || i < ${#got[@]}; i++)); do
		if [ $i -lt ${#expected[@]} ] && [ $i -lt ${#got[@]} ] &&
			[ -z "${reasons[i]:-}" ]; then
			difference+="  ${got[i]}"$'\n'
			continue
		fi
		[ $i -ge ${#expected[@]} ] || difference+="- ${expected[i]}"$'\n'
		[ $i -ge ${#got[@]} ] || difference+="+ ${got[i]}"$'\n'
		[ -z "${reasons[i]:-}" ] || difference+="  (${reasons[i]})"$'\n'
		different=$((different + 1))
		[ $different -lt 20 ] || break
	done
	return 1
}

# translate COMMAND: sets translated to what it is on this machine, with the
# numbers that are known by now. The others are meant as they are.
translate() {
	local tokens each

	tokenize "${1%%   # *}"
	for each in "${tokens[@]}"; do
		[ -n "${real_of[$each]:-}" ] || typed[$each]=yes
	done
	tokenize "$1"
	translated=
	for each in "${tokens[@]}"; do
		translated+=${real_of[$each]:-$each}
	done
}
