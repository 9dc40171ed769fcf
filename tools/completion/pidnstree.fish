# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# Completion of pidnstree for fish, installed as
# .../vendor_completions.d/pidnstree.fish.
#
# Any user can choose names of processes and containers. This script neither
# expands nor evaluates names, and offers a name only if it is printable ASCII.

# Print two lines: the values of --proc and of --file on the command line. The
# second line is empty without --file. Do not expand variables.
function __pidnstree_source
    set -l directory /proc
    set -l file ''
    set -l option ''

    for word in (commandline -opc)[2..-1]
        set -l value (string replace -r '^--(proc|file)=' '' -- $word | string collect -a)
        switch $option$word
            case '--proc=*'
                set directory (string replace -r '^~/' $HOME/ -- $value | string collect -a)
            case '--file=*'
                set file (string replace -r '^~/' $HOME/ -- $value | string collect -a)
        end
        set option ''
        switch $word
            case --
                break
            case --proc
                set option --proc=
            case --file
                set option --file=
            case '-*'
                string match -qr '^-[aJdlrnuW]*f$' -- $word
                and set option --file=
        end
    end
    printf '%s\n' $directory $file
end

# Run pidnstree with the same --proc and --file to print some columns. Do not
# run it if it cannot read the file, or if the file is not regular, because that
# may block.
function __pidnstree_query
    set -l source (__pidnstree_source)
    set -l program (string replace -r '^~/' $HOME/ -- (commandline -opc)[1])
    set -l options --proc $source[1]
    set -l tree $source[1]/pidns_tree

    if test -n "$source[2]"
        set options --file $source[2]
        set tree $source[2]
    end
    command -q $program; and test -f "$tree"; and test -r "$tree"
    and command $program $options --raw --noheadings --output $argv 2>/dev/null </dev/null
end

# Print PIDs and names of processes without pidnstree.
function __pidnstree_procfs
    set -l source (__pidnstree_source)

    test -z "$source[2]"; or return
    set -l files $source[1]/*/comm
    set -q files[1]; or return
    command grep -aH '' -- $files 2>/dev/null </dev/null | LC_ALL=C command awk '
        match($0, /\/[0-9]+\/comm:/) {
            name = substr($0, RSTART + RLENGTH)
            gsub(/[^ -~]/, "?", name)
            print substr($0, RSTART + 1, RLENGTH - 7) "\t" name
        }'
end

# Print the PIDs in the root namespace, each with the prefix $argv[1].
function __pidnstree_pids
    set -l rows (__pidnstree_query PID,COMM --all)
    set -q rows[1]
    and set rows (printf '%s\n' $rows | command awk -F '[ ]' '
        $1 ~ /^[0-9]+$/ && !seen[$1]++ { print $1 "\t" $2 }')
    or set rows (__pidnstree_procfs)
    set -q rows[1]
    and printf '%s\n' "$argv[1]"$rows
end

# Print the PIDs in the namespace $argv[1]. The first row of the output is that
# namespace.
function __pidnstree_pids_in
    set -l rows (__pidnstree_query LEVEL,PIDS,COMM --all -- $argv[1] | command awk -F '[ ]' '
        NR == 1 { level = $1 }
        split($2, pids, ",") > level && !seen[pids[level + 1]]++ {
            print pids[level + 1] "\t" $3
        }')
    set -q rows[1]
    and printf '%s\n' "$argv[1]:"$rows
end

# Print inode numbers, IDs and names.
function __pidnstree_namespaces
    # A field of the output has no blanks, and a backslash only in \xHH.
    __pidnstree_query NS,CONTAINER,NAME,POD,PODNAME,COMM --all | command awk -F '[ ]' '
        function put(word, description, parts, count, i) {
            gsub(/\\\\x20/, " ", word)
            if (word == "" || word ~ /^[-@]/ || seen[word]++)
                return
            count = split(word, parts, /\\\\x5c/)
            word = parts[1]
            if (word ~ /\\\\/)
                return
            for (i = 2; i <= count; i++) {
                if (parts[i] ~ /\\\\/)
                    return
                word = word "\\\\" parts[i]
            }
            print word "\t" description
        }
        {
            put($1, "PID namespace of " $6)
            put($2, $3 == "" ? "container" : "container " $3)
            put($3, "container " $2)
            put($4, $5 == "" ? "pod" : "pod " $5)
            put($5, "pod " $4)
        }'
end

# Print the current word up to the cursor, without quotes and without
# '--OPTION='.
function __pidnstree_word
    for quote in '' \" \'
        set -l word (string unescape -- (commandline -ct)$quote)
        or continue
        string replace -r '^--[a-z-]+=' '' -- $word
        return
    end
end

# Print processes and namespaces; only processes if $argv[1] is "processes".
function __pidnstree_operands
    set -l word (__pidnstree_word)
    set -l before (string replace -r ':[^:]*$' '' -- "$word")

    switch "$word"
        case 'pid:*'
            if test "$before" = pid
                test "$argv[1]" = processes
                or printf 'pid:[%s]\n' (__pidnstree_query NS)
            else
                __pidnstree_pids_in $before
            end
        case '*:*'
            __pidnstree_pids_in $before
        case '@*'
            __pidnstree_pids @
        case '*'
            test "$argv[1]" = processes
            or __pidnstree_namespaces
            __pidnstree_pids ''
    end
end

# Complete a comma-separated list of columns, with or without a leading '+'.
function __pidnstree_columns
    set -l word (__pidnstree_word)
    set -l before (string replace -r '[^+,]*$' '' -- "$word")
    set -l used (string upper -- (string split , -- (string replace -r '^\\+' '' -- "$before")))
    set -l program (string replace -r '^~/' $HOME/ -- (commandline -opc)[1])

    command -q $program; or return
    for line in (command $program --list-columns 2>/dev/null </dev/null)
        set -l column (string split -m 1 ' ' -- $line)

        contains -- $column[1] $used
        or printf '%s\t%s\n' $before$column[1] (string trim -- $column[2])
    end
end

complete -c pidnstree -f -a '(__pidnstree_operands)'
complete -c pidnstree -s a -l all -d 'Also print every process'
complete -c pidnstree -l forest -d 'Print child processes below their parents'
complete -c pidnstree -l zombies -d 'Print only zombies and their namespaces'
complete -c pidnstree -l no-kthreads -d 'Hide kernel threads'
complete -c pidnstree -s p -l task -x -a '(__pidnstree_pids "")' -d 'Print the namespaces from the root to that of a process'
complete -c pidnstree -l pid -x -a '(__pidnstree_operands processes)' -d 'Print the PID of a process at each level'
complete -c pidnstree -l struct -x -a '(__pidnstree_operands processes)' -d 'Draw the kernel structures behind a process'
complete -c pidnstree -l pinned -d 'Print namespaces without processes and what pins them'
complete -c pidnstree -s J -l json -d 'Print JSON'
complete -c pidnstree -s d -l dot -d 'Print a graph in the DOT language of Graphviz'
complete -c pidnstree -s l -l list -d 'Print a list instead of a tree'
complete -c pidnstree -s r -l raw -d 'Print a list with one space between columns'
complete -c pidnstree -s n -l noheadings -d 'Do not print a header line'
complete -c pidnstree -s o -l output -x -a '(__pidnstree_columns)' -d 'Select the columns'
complete -c pidnstree -l output-all -d 'Print all columns'
complete -c pidnstree -s u -l notruncate -d 'Do not truncate lines'
complete -c pidnstree -s w -l watch -d 'Print changes, after events or at intervals'
complete -c pidnstree -l verbose -d 'Print how --watch waits for changes'
complete -c pidnstree -l metrics -d 'Print metrics for Prometheus'
complete -c pidnstree -l proc -x -a '(__fish_complete_directories)' -d 'Read another procfs mount or a saved directory'
complete -c pidnstree -l save -x -a '(__fish_complete_directories)' -d 'Copy the files that pidnstree reads to a new directory'
complete -c pidnstree -s f -l file -r -F -d 'Read only a saved copy of pidns_tree'
complete -c pidnstree -s t -l type -x -a pid -d 'For compatibility with lsns: type of namespace'
complete -c pidnstree -s T -l tree -d 'For compatibility with lsns: relation shown as a tree'
complete -c pidnstree -s W -l nowrap -d 'For compatibility with lsns: ignored'
complete -c pidnstree -s H -l list-columns -d 'List the columns'
complete -c pidnstree -s h -l help -d 'Print a summary of the options'
complete -c pidnstree -s V -l version -d 'Print the version'
