# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
# shellcheck shell=bash
#
# Read the blocks of documents, and find the machine where each block runs.

# The current document, one element per block: its first line, the heading above it,
# its content, and the regular expression of what varies in it.
block_lines=()
block_sections=()
block_texts=()
block_varies=()
block_befores=()

# add_block LINE SECTION TEXT VARIES BEFORE
add_block() {
	block_lines+=("$1")
	block_sections+=("$2")
	block_texts+=("$3")
	block_varies+=("$4")
	block_befores+=("${5:-}")
}

# read_markdown FILE: add the blocks between fences. A comment before a block,
# <!-- varies: REGEX reason -->, matches what differs from run to run.
read_markdown() {
	local line number=0 section='' fence='' text varies='' before='' begin

	while IFS= read -r line || [ -n "$line" ]; do
		number=$((number + 1))
		if [ -n "$fence" ]; then
			if [ "$line" = "$fence" ]; then
				add_block "$begin" "$section" "$text" "$varies" \
					"$before"
				fence='' varies='' before=''
			else
				text+=$line$'\n'
			fi
			continue
		fi
		case $line in
		'```'*) fence='```' text='' begin=$number ;;
		'#'*) section=${line##+(\#) } ;;
		'<!-- varies: '*' -->')
			varies=${line#<!-- varies: }
			varies=${varies% -->}
			;;
		'<!-- before: '*' -->')
			before=${line#<!-- before: }
			before=${before% -->}
			;;
		'') ;;
		*) varies='' before='' ;;
		esac
	done <"$1"
	[ -z "$fence" ] || fail_document "unterminated block at line $begin"
}

# Characters that mdoc needs an escape for, even in a literal display.
declare -rA ESCAPES=(
	['(aq']="'" ['(ti']='~' ['(ha']='^' ['(ga']='`' ['(dq']='"' [e]='\' [-]='-'
	['&']='' ['[u251C]']='├' ['[u2500]']='─' ['[u2514]']='└' ['[u2502]']='│'
)

# unescape LINE: sets unescaped to the line as mandoc prints it.
unescape() {
	local rest=$1

	unescaped=''
	while [[ $rest =~ ^([^\\]*)\\(\(..|\[[^]]*\]|.)(.*)$ ]]; do
		[ -n "${ESCAPES[${BASH_REMATCH[2]}]+known}" ] ||
			fail_document "unknown escape: $1"
		unescaped+=${BASH_REMATCH[1]}${ESCAPES[${BASH_REMATCH[2]}]:-}
		rest=${BASH_REMATCH[3]}
	done
	unescaped+=$rest
}

# read_mdoc FILE: add the literal displays. A comment before one,
# .\" varies: REGEX reason, has the meaning of the one in Markdown.
read_mdoc() {
	local line number=0 section='' inside='' text varies='' begin unescaped

	while IFS= read -r line || [ -n "$line" ]; do
		number=$((number + 1))
		case $line in
		'.Bd -literal'*) inside=yes text='' begin=$number ;;
		'.Ed')
			[ -z "$inside" ] ||
				add_block "$begin" "$section" "$text" "$varies"
			inside='' varies=''
			;;
		'.\" varies: '*) varies=${line#.\\\" varies: } ;;
		.S[hs]' '*) section=${line#.S? } ;;
		.*)
			[ -z "$inside" ] ||
				fail_document "macro in a literal display: $line"
			;;
		*)
			[ -n "$inside" ] || continue
			unescape "$line"
			text+=$unescaped$'\n'
			;;
		esac
	done <"$1"
	[ -z "$inside" ] || fail_document "unterminated block at line $begin"
}

# read_document NAME: read the blocks of a document. It must have at least one.
read_document() {
	block_lines=() block_sections=() block_texts=() block_varies=() block_befores=()
	case $1 in
	*.md) read_markdown "$1" ;;
	*.[1-9]) read_mdoc "$1" ;;
	*) fail_document "unknown format, expected Markdown or a manual page" ;;
	esac
	[ ${#block_lines[@]} -gt 0 ] || fail_document "no block"
}

# The table of places (tests/docs/where), one element per row.
place_documents=()
place_sections=()
place_beginnings=()
place_machines=()
place_used=()

# read_places FILE
read_places() {
	local document section beginning machine

	# The shell splits at any number of tabs.
	while IFS=$'\t' read -r document section beginning machine; do
		[[ $document != '' && $document != '#'* ]] || continue
		place_documents+=("$document")
		place_sections+=("$section")
		place_beginnings+=("$beginning")
		place_machines+=("${machine%%[[:blank:]]*}")
		place_used+=(0)
	done <"$1"
}

# find_place DOCUMENT BLOCK: sets machine to the machine where this block of the current
# document runs. It is empty unless exactly one row matches. Rows with a beginning
# take precedence over rows without.
find_place() {
	local i rows=() others=()

	machine=
	for i in "${!place_documents[@]}"; do
		# Only the name of the document is a pattern.
		# shellcheck disable=SC2053
		[[ $1 == ${place_documents[i]} ]] || continue
		[[ ${place_sections[i]} = '*' ||
			${place_sections[i]} = "${block_sections[$2]}" ]] || continue
		if [ "${place_beginnings[i]}" = '*' ]; then
			others+=("$i")
		elif [[ ${block_texts[$2]} == "${place_beginnings[i]}"* ]]; then
			rows+=("$i")
		fi
	done
	[ ${#rows[@]} -gt 0 ] || rows=("${others[@]}")
	[ ${#rows[@]} -eq 1 ] || return
	machine=${place_machines[rows[0]]}
	place_used[rows[0]]=1
}

# name_block DOCUMENT BLOCK: sets block_name to the name of the block in results: its
# line number, and its first command or, without commands, its first line.
name_block() {
	local first=${block_texts[$2]%%$'\n'*}

	if [[ $'\n'${block_texts[$2]} =~ $'\n''$ '([^$'\n']*) ]]; then
		first=${BASH_REMATCH[1]}
	fi
	# In KTAP, a # begins a directive.
	first=${first#\# }
	first=${first%%+( )# *}
	# shellcheck disable=SC2034 # used by run.sh
	block_name="$1:${block_lines[$2]} ${first//#/}"
}
