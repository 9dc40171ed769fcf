# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
# shellcheck shell=bash
#
# Compare the output of a command with the output in a document. Words must be equal.
# Numbers (PIDs, inode numbers), IDs and kernel releases of the document are bound to
# those of the machine: one to one, from the first line of the document to its last.

# A line is split into tokens: a time, the release of a kernel, an escape, a word, an
# ID, a number, blanks, and other characters. The longest match wins.
readonly TIME='[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{4}'
readonly RELEASE='[0-9]+\.[0-9]+\.[0-9]+[-+][[:alnum:].+~-]+'
readonly ID='[0-9a-f]{12,64}'
readonly TOKEN="^($TIME|$RELEASE|\\\\[0-7]{3}|\\\\x[0-9a-f]{2}|[[:alpha:]_][[:alnum:]_]*|$ID|[0-9]+| +|[^[:alnum:]_\\\\ ]+|.)"

# Numbers that are equal on all machines: the inode numbers of the initial namespaces,
# and the overflow user ID.
declare -rA CONSTANTS=([4026531835]=cgroup [4026531836]=pid [4026531837]=user
	[4026531838]=uts [4026531839]=ipc [65534]=nobody)

# The tolerance for the number of processes in the initial PID namespace: the command
# itself has some, and kernel threads start and exit.
readonly SLACK=6

# Bindings of the document's numbers, IDs and releases to the machine's, and back.
declare -A real_of=() document_of=()
# Numbers in commands of the document that no output before had: they are literal.
declare -A typed=()
# The last time in the document and on the machine.
document_time='' real_time=''
# The number of processes in the initial PID namespace, counted before and after the
# command, and the first such number in the document and on the machine.
counted_least='' counted_most='' document_nprocs='' real_nprocs=''

# reset_bindings: start a new document.
reset_bindings() {
	real_of=() document_of=() typed=()
	document_time='' real_time=''
	counted_least='' counted_most='' document_nprocs='' real_nprocs=''
}

# tokenize LINE: sets tokens to the tokens of a line.
tokenize() {
	local rest=$1

	tokens=()
	while [[ $rest =~ $TOKEN ]]; do
		tokens+=("${BASH_REMATCH[1]}")
		rest=${rest:${#BASH_REMATCH[1]}}
	done
}

# kind_of TOKEN: sets kind to the kind of a token that may differ, or to text. Numbers
# of one or two digits, and numbers with a leading zero, are text.
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

# mismatch REASON: sets reason and fails.
mismatch() {
	reason=$*
	return 1
}

# in_order DOCUMENT REAL: succeed if the document and the machine order this number and
# every bound number of its kind in the same way. In both, a process that was created
# later has the higher PID.
in_order() {
	local other wanted=$kind kind

	for other in "${!real_of[@]}"; do
		kind_of "$other"
		[ $kind = "$wanted" ] || continue
		[ $((other < $1)) -eq $((real_of[$other] < $2)) ] ||
			mismatch "$1 is $2 here and $other is ${real_of[$other]}: wrong order" ||
			return
	done
}

# bind DOCUMENT REAL: bind the two, or check the binding that exists.
bind() {
	if [ -n "${real_of[$1]:-}" ]; then
		[ "${real_of[$1]}" = "$2" ] ||
			mismatch "$1 was ${real_of[$1]} before, and is $2 here"
	elif [ -n "${document_of[$2]:-}" ]; then
		mismatch "$2 was ${document_of[$2]} before, and is $1 here"
	else
		real_of[$1]=$2
		document_of[$2]=$1
		added+=("$1")
	fi
}

# unbind: remove the bindings of the current line.
unbind() {
	local each

	for each in "${added[@]}"; do
		unset "document_of[${real_of[$each]}]" "real_of[$each]"
	done
}

# same_time DOCUMENT REAL: both have the same time zone, and neither goes back.
same_time() {
	[ "${1: -5}" = "${2: -5}" ] || mismatch "$1 is $2 here" || return
	[[ ! $1 < $document_time ]] || mismatch "$1 is before $document_time" || return
	[[ ! $2 < $real_time ]] || mismatch "it was $real_time, and is $2 here" ||
		return
	document_time=$1
	real_time=$2
}

# same_nprocs DOCUMENT REAL: the number of processes in the initial PID namespace. It
# differs between machines, but must be close to the number that was counted.
same_nprocs() {
	[[ $1 =~ ^[0-9]+$ && $2 =~ ^[0-9]+$ ]] || mismatch "$1 or $2 is not a number" ||
		return
	: "${document_nprocs:=$1}" "${real_nprocs:=$2}"
	[ $(($1 - document_nprocs)) -le $SLACK ] &&
		[ $((document_nprocs - $1)) -le $SLACK ] ||
		mismatch "the document has $1 processes, and $document_nprocs before" || return
	[ "$2" -ge $((${counted_least:-$real_nprocs} - SLACK)) ] &&
		[ "$2" -le $((${counted_most:-$real_nprocs} + SLACK)) ] ||
		mismatch "$2 processes, but ${counted_least:-$real_nprocs} were counted"
}

# same_id DOCUMENT REAL: an ID of 12 digits is the prefix of one of 64 digits.
same_id() {
	[ ${#1} -eq ${#2} ] || mismatch "$1 is $2 here" || return
	bind "${1:0:12}" "${2:0:12}" &&
		{ [ ${#1} -eq 12 ] || bind "$1" "$2"; }
}

# same_number DOCUMENT REAL: constants and numbers of commands must be equal, others
# are bound.
same_number() {
	if [ -n "${real_of[$1]:-}" ]; then
		bind "$1" "$2"
	elif [ -n "${CONSTANTS[$1]:-}${CONSTANTS[$2]:-}${typed[$1]:-}$literal" ]; then
		[ "$1" = "$2" ] || mismatch "$1 is $2 here"
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
		[ "$1" = "$2" ] || mismatch "'$1' is '$2' here"
		return
	fi
	case $kind in
	time) same_time "$1" "$2" ;;
	release) bind "$1" "$2" ;;
	id) same_id "$1" "$2" ;;
	*) same_number "$1" "$2" ;;
	esac
}

# is_nprocs START LINE: succeed if the token after this start of the line is the number
# of processes in the initial PID namespace.
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

# mask REGEX LINE: sets line to the line with every match replaced by an ellipsis.
mask() {
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

# compare_line DOCUMENT REAL: compare the tokens of two lines. Any number of blanks
# counts as one. Sets reason if they differ, and wide if two equal tokens have
# different lengths.
compare_line() {
	local i tokens expected start='' added=()

	reason=
	tokenize "${1//+( )/ }"
	expected=("${tokens[@]}")
	# A right-aligned number that fills its column has no blank before it.
	tokenize "${2//+( )/ }"
	if [ "${expected[0]:-}" != "${tokens[0]:-}" ]; then
		[ "${expected[0]:-}" != ' ' ] || expected=("${expected[@]:1}")
		[ "${tokens[0]:-}" != ' ' ] || tokens=("${tokens[@]:1}")
	fi
	for i in "${!expected[@]}"; do
		[ -n "${tokens[i]+there}" ] || mismatch "missing '${expected[i]}'" ||
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
		mismatch "unexpected '${tokens[${#expected[@]}]}'"
	[ -z "$reason" ] || { unbind && return 1; }
}

# same_layout DOCUMENT REAL: compare the blanks of two lines with equal tokens. If
# tokens have different lengths (wide), only the indentation must be equal, or else the
# end of the first word, for a column that is right-aligned.
same_layout() {
	local indent=${1%%[^ ]*} real_indent=${2%%[^ ]*} first real_first

	# A masked part can have any length.
	[[ $1 != *…* ]] || return 0
	if [ -z "$wide" ]; then
		[ "${1//[^ ]/x}" = "${2//[^ ]/x}" ] || mismatch "different blanks"
		return
	fi
	[ ${#indent} -ne ${#real_indent} ] || return 0
	read -r first _ <<<"$1"
	read -r real_first _ <<<"$2"
	[ $((${#indent} + ${#first})) -eq $((${#real_indent} + ${#real_first})) ] ||
		mismatch "different indentation"
}

# column_of NAME LINE: sets column to the index of that name in a table header.
column_of() {
	local words i

	read -ra words <<<"$2"
	for i in "${!words[@]}"; do
		[ "${words[i]}" != "$1" ] || column=$i
	done
}

# split_output TEXT: sets lines, without trailing blanks and trailing empty lines.
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

# If set, numbers must be equal, for example exit statuses.
literal=

# compare_output EXPECTED GOT [REGEX]: compare two outputs, except what REGEX matches.
# If they differ, fail and append the lines to difference.
compare_output() {
	local i lines line expected got wide='' nprocs_column='' column reason
	local reasons=() different=0

	split_output "$1"
	expected=("${lines[@]}")
	split_output "$2"
	got=("${lines[@]}")

	for i in "${!expected[@]}"; do
		mask "${3:-}" "${expected[i]}"
		expected[i]=$line
		[ $i -lt ${#got[@]} ] || continue
		mask "${3:-}" "${got[i]}"
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

# translate COMMAND: sets translated to the command with bound numbers replaced. Other
# numbers are literal.
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
