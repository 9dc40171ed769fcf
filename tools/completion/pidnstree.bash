# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
# shellcheck shell=bash
#
# Completion of pidnstree for bash, installed as
# .../bash-completion/completions/pidnstree. Works without bash-completion.
#
# Any user can choose names of containers. This script neither expands nor
# evaluates names, and offers a name only if it is printable ASCII.

# Set words to the words up to the cursor. Join the pieces of '--proc=DIR' and
# 'NS:PID', because bash splits words at the characters of COMP_WORDBREAKS.
_pidnstree_words()
{
	local line=${COMP_LINE:0:COMP_POINT} i word

	words=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		if ((i == 0)) || [[ $line == [[:space:]]* ]]; then
			words+=('')
			line=${line#"${line%%[![:space:]]*}"}
		fi
		word=${COMP_WORDS[i]}
		((i < COMP_CWORD)) || word=$line
		words[${#words[@]} - 1]+=$word
		line=${line#"$word"}
	done
}

# Set unquoted to a word without its quotes. Fail if the shell would expand a
# variable or a command in the word.
_pidnstree_unquote()
{
	local plain=${1//\\?/}

	unquoted=$1
	case $plain in
	*[\$\`]*)
		return 1
		;;
	\"*\" | \'*\')
		unquoted=${1:1:${#1}-2}
		return
		;;
	*[\"\']*)
		return 1
		;;
	esac
	[[ $1 != '~'/* ]] || unquoted=$HOME/${1#*/}
	# Without -r, read removes the backslashes of the shell.
	# shellcheck disable=SC2162
	[[ $plain == "$1" ]] || IFS= read unquoted <<<"$unquoted"
}

# Store the value of an option if it is --proc or --file.
_pidnstree_store_option()
{
	local unquoted

	case $1 in
	--proc)
		_pidnstree_unquote "$2" || unquoted=
		directory=$unquoted
		;;
	-f | --file)
		_pidnstree_unquote "$2" || unquoted=/
		file=$unquoted
		;;
	esac
}

# Set cur to the last word. If the word is the value of an option, set prev to
# that option, and cur to the value.
_pidnstree_parse()
{
	local last=$((${#words[@]} - 1)) i word

	for ((i = 1; i < last; i++)); do
		word=${words[i]}
		if [[ -n $prev ]]; then
			_pidnstree_store_option "$prev" "$word"
			prev=
			continue
		fi
		case $word in
		--)
			operands=yes
			break
			;;
		--*=*)
			_pidnstree_store_option "${word%%=*}" "${word#*=}"
			;;
		--task | --pid | --struct | --output | --proc | --save | --file | \
			--type)
			prev=$word
			;;
		-*)
			# The last of several short options may take a value.
			[[ $word =~ ^-[aJdlrnuW]*([poft])(.*)$ ]] || continue
			prev=-${BASH_REMATCH[1]}
			[[ -n ${BASH_REMATCH[2]} ]] || continue
			_pidnstree_store_option "$prev" "${BASH_REMATCH[2]}"
			prev=
			;;
		esac
	done
	cur=${words[last]}
	if [[ -z $prev && -z $operands && $cur == --*=* ]]; then
		prev=${cur%%=*}
		cur=${cur#*=}
	fi
}

# Prepend $1 to each line of standard input, and offer the lines that begin with
# cur.
_pidnstree_offer()
{
	local line skip=

	# Readline replaces only the part after the last colon.
	[[ $COMP_WORDBREAKS != *:* || $cur != *:* ]] ||
		skip=${cur%"${cur##*:}"}
	while IFS= read -r line; do
		line=$1$line
		[[ $line != "$cur"* ]] || COMPREPLY+=("${line#"$skip"}")
	done
}

# Run pidnstree with the same --proc and --file to print some columns. Do not
# run it if it cannot read the file, or if the file is not regular, because that
# may block.
_pidnstree_query()
{
	local tree=${file:-$directory/pidns_tree} source=(--proc "$directory")

	[[ -f $tree && -r $tree ]] || return
	[[ -z $file ]] || source=(--file "$file")
	"$program" "${source[@]}" --raw --noheadings --output "$@" \
		2>/dev/null </dev/null
}

_pidnstree_list_pids()
{
	{
		_pidnstree_query PID --all ||
			[[ -n $file ]] || command ls -- "$directory" 2>/dev/null
	} | command grep -x '[0-9][0-9]*' | command sort -nu
}

# Print the PIDs in a namespace. The first row of the output is that namespace.
_pidnstree_list_pids_in()
{
	_pidnstree_query LEVEL,PIDS --all -- "$1" | command awk '
		NR == 1 { level = $1 }
		split($2, pids, ",") > level && !seen[pids[level + 1]]++ {
			print pids[level + 1]
		}'
}

# Print inode numbers, IDs and names, one per line, quoted for the shell.
_pidnstree_list_namespaces()
{
	local word

	# A field of the output has no blanks, and a backslash only in \xHH.
	_pidnstree_query NS,CONTAINER,NAME,POD,PODNAME --all |
		command awk -F '[ ]' '
		function put(word, parts, count, i) {
			gsub(/\\x20/, " ", word)
			if (word == "" || seen[word]++)
				return
			count = split(word, parts, /\\x5c/)
			word = parts[1]
			if (word ~ /\\/)
				return
			for (i = 2; i <= count; i++) {
				if (parts[i] ~ /\\/)
					return
				word = word "\\" parts[i]
			}
			print word
		}
		{ for (i = 1; i <= 5; i++) put($i) }' |
		while IFS= read -r word; do
			# Skip a word that pidnstree would parse as an option or
			# a process, or that readline would split.
			[[ $word != -* && $word != *[:=@\"\'\<\>\;\|\&\(]* ]] ||
				continue
			printf '%q\n' "$word"
		done
}

# Complete a process or a namespace; only a process if $1 is "processes".
_pidnstree_operands()
{
	local before=${cur%:*} unquoted

	if [[ $cur == pid:* && $before != *:* ]]; then
		[[ -n $1 ]] || _pidnstree_offer 'pid:[' \
			< <(_pidnstree_query NS | command sed 's/$/]/')
	elif [[ $cur == *:* ]]; then
		! _pidnstree_unquote "$before" || _pidnstree_offer "$before:" \
			< <(_pidnstree_list_pids_in "$unquoted")
	elif [[ $cur == @* ]]; then
		_pidnstree_offer @ < <(_pidnstree_list_pids)
	else
		# Offer PIDs only after a digit, because there may be many.
		[[ -z $1 && $cur != [0-9]* ]] ||
			_pidnstree_offer '' < <(_pidnstree_list_pids)
		[[ -n $1 ]] ||
			_pidnstree_offer '' < <(_pidnstree_list_namespaces)
	fi
}

# Complete a comma-separated list of columns, with or without a leading '+'.
_pidnstree_columns()
{
	local typed=${cur##*[+,]} before word

	before=${cur%"$typed"}
	while IFS=' ' read -r word _; do
		[[ $word == "${typed^^}"* &&
			,${before^^} != *[,+]"$word",* ]] || continue
		COMPREPLY+=("$before$word")
	done < <("$program" --list-columns 2>/dev/null </dev/null)
	compopt -o nospace 2>/dev/null
}

_pidnstree()
{
	local program=${1:-pidnstree} directory=/proc file='' operands=''
	local words=() cur='' prev=''
	local options=(--all --forest --zombies --no-kthreads --task --pid --struct
		--pinned --json --dot --list --raw --noheadings --output --output-all
		--notruncate --watch --verbose --metrics --proc --save --file --type
		--tree --nowrap --list-columns --help --version)

	COMPREPLY=()
	# The word after a redirection is a file name.
	if [[ ${COMP_WORDS[COMP_CWORD - 1]-} == *[\<\>]* ]]; then
		compopt -o default 2>/dev/null
		return
	fi
	_pidnstree_words
	_pidnstree_parse

	case $prev in
	-p | --task)
		_pidnstree_offer '' < <(_pidnstree_list_pids)
		;;
	--pid | --struct)
		_pidnstree_operands processes
		;;
	-o | --output)
		_pidnstree_columns
		;;
	-f | --file)
		compopt -o default 2>/dev/null
		;;
	--proc | --save)
		compopt -o dirnames 2>/dev/null
		;;
	-t | --type)
		_pidnstree_offer '' <<<pid
		;;
	--tree)
		_pidnstree_offer '' <<<parent
		;;
	'')
		if [[ -z $operands && $cur == -* ]]; then
			_pidnstree_offer '' < <(printf '%s\n' "${options[@]}")
		else
			_pidnstree_operands ''
		fi
		;;
	esac
}

complete -F _pidnstree pidnstree
