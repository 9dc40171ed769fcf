#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
"""Mutate C sources: change one operator, constant or statement by a rule.

A mutant is a source with one such change. Rules apply to the tokens of function
bodies. Comments, strings and preprocessor directives are not changed, and
neither are the initializers of global variables.

A mutant has a number, which changes if the sources change, and a name, which
does not depend on line numbers: the file, the function, the rule, and the first
changed line before and after the change.

The order of the mutants is that of the files and their lines. A sample depends
on the names only, so a change of one function does not affect the sample of the
others.
"""

import argparse
import difflib
import hashlib
import os
import re
import sys

TOKEN = re.compile(r'''
      (?P<directive> ^[ \t]*\# (?: \\\n | /\*.*?\*/ | [^\n] )* )
    | (?P<space>     [^\S\n]+ | \n | //[^\n]* | /\*.*?\*/ )
    | (?P<string>    "(?: \\. | [^"\\\n] )*" )
    | (?P<char>      '(?: \\. | [^'\\\n] )+' )
    | (?P<number>    \.?\d (?: [eEpP][+-] | [\w.] )* )
    | (?P<name>      [A-Za-z_]\w* )
    | (?P<operator>  <<= | >>= | \.\.\. | -> | \+\+ | -- | << | >> | <= | >=
                   | == | != | && | \|\| | [-+*/%&|^]= | . )
''', re.S | re.M | re.X)

INTEGER = re.compile(r'(0[xX][0-9a-fA-F]+|\d+)([uUlL]*)$')

# The rules for operators.
BOUNDARY = {'<': '<=', '<=': '<', '>': '>=', '>=': '>'}
EQUALITY = {'==': '!=', '!=': '=='}
LOGIC = {'&&': '||', '||': '&&'}
STEP = {'++': '--', '--': '++', '+=': '-=', '-=': '+='}
# A "*" can belong to a declaration. Of the others, "+", "-" and "&" can have one
# operand only.
ARITHMETIC = {'+': '-', '-': '+', '/': '*', '%': '/', '&': '|', '|': '&',
              '<<': '>>', '>>': '<<', '&=': '|=', '|=': '&='}
BINARY_PAIRS = set(BOUNDARY) | set(EQUALITY)

# The name of a function can follow a type only, so these begin no call.
KEYWORDS = {'if', 'while', 'for', 'switch', 'return', 'sizeof', 'do', 'else',
            'goto', 'case', 'typeof', 'alignof', '_Alignof'}
TYPES = {'struct', 'enum', 'union', 'const', 'void', 'char', 'short', 'int',
         'long', 'unsigned', 'signed', 'bool', 'size_t', 'ssize_t', 'pid_t',
         'u8', 'u32', 'u64', 'uint32_t', 'uint64_t', 'intmax_t', 'uintmax_t'}

# Functions and macros that are not changed, and neither are calls of them. They
# have no effect that a test can find: without them, the code is slower, delays
# other tasks, lacks an assertion, or has a race that needs another machine.
NO_EFFECT = re.compile(r'prefetch\w*|cond_resched|smp_rmb|RCU_LOCKDEP_WARN|'
                       r'WARN_ON_ONCE|static_assert|BUILD_BUG_ON')


class Token:
    def __init__(self, kind, text, start):
        self.kind = kind
        self.text = text
        self.start = start
        self.end = start + len(text)

    def is_operand(self):
        """Return whether the token can be the end of an operand."""
        if self.kind == 'name':
            return self.text not in KEYWORDS
        return self.kind in ('number', 'char', 'string') or \
            self.text in (')', ']')


class Mutant:
    def __init__(self, path, function, rule, source, edits):
        """The edits are tuples: start, end and the new text."""
        self.path = path
        self.source = source
        self.edits = sorted(edits)
        start, end = self.edits[0][0], self.edits[-1][1]
        self.line = source.count('\n', 0, start) + 1
        # The whole lines that change.
        first = source.rfind('\n', 0, start) + 1
        last = source.find('\n', end) + 1
        before, after = (' '.join(text.split('\n', 1)[0].split()) for text in
                         (source[first:last], self.apply(first, last)))
        self.name = f'{path}: {function}(): {rule}: {before} -> {after}'

    def apply(self, first=0, last=None):
        """Return the source from first to last, with the edits."""
        last = len(self.source) if last is None else last
        text = ''
        for start, end, new in self.edits:
            text += self.source[first:start] + new
            first = end
        return text + self.source[first:last]

    def in_sample(self, every):
        digest = hashlib.sha256(self.name.encode()).hexdigest()
        return int(digest[:8], 16) % every == 0


class Function:
    """The tokens of a function body, from "{" to "}"."""

    def __init__(self, path, source, name, returns_bool, tokens):
        self.path = path
        self.source = source
        self.name = name
        self.returns_bool = returns_bool
        self.tokens = tokens
        self.partner = {}
        # The semicolons in the parentheses of "for".
        self.for_parts = set()
        opened = []
        for i, token in enumerate(tokens):
            if token.text == ';' and self.text(opened[-1]) == '(':
                self.for_parts.add(i)
            elif token.text in ('(', '[', '{'):
                opened.append(i)
            elif token.text in (')', ']', '}'):
                self.partner[i] = opened.pop()
                self.partner[self.partner[i]] = i
        # The tokens "!" that the rule "negate" removes.
        self.negated = set()

    def text(self, i):
        return self.tokens[i].text

    def mutant(self, rule, *edits):
        return Mutant(self.path, self.name, rule, self.source, edits)

    def replace(self, rule, i, new):
        token = self.tokens[i]
        return self.mutant(rule, (token.start, token.end, new))

    def remove(self, rule, first, last):
        """Replace a statement, with its semicolon, by an empty one."""
        start, end = self.tokens[first].start, self.tokens[last].end
        lines = self.source.count('\n', start, end)
        return self.mutant(rule, (start, end, ';' + '\n' * lines))

    def top_level(self, first, last):
        """Return the tokens of an expression that are in no parentheses."""
        tokens = []
        i = first
        while i <= last:
            if self.text(i) in ('(', '[', '{'):
                i = self.partner[i]
            else:
                tokens.append(self.tokens[i])
            i += 1
        return tokens

    def is_binary(self, i):
        """Return whether the operator has two operands."""
        if i == 0 or not self.tokens[i - 1].is_operand():
            return False
        return self.text(i - 1) != ')' or not self.is_cast(i - 1)

    def is_cast(self, i):
        """Return whether the closing parenthesis ends a cast."""
        names = self.tokens[self.partner[i] + 1:i]
        return bool(names) and names[0].text in TYPES and \
            all(t.kind == 'name' or t.text == '*' for t in names)

    def negate(self, rule, first, last):
        """Negate an expression, unless another rule does the same."""
        operators = {t.text for t in self.top_level(first, last)
                     if t.kind == 'operator'}
        if operators & set(EQUALITY) and not operators & (set(LOGIC) | {'?'}):
            return
        if self.text(first) == '!' and \
                not operators & (BINARY_PAIRS | set(LOGIC) | {'?', '='}):
            self.negated.add(first)
            yield self.replace(rule, first, '')
            return
        yield self.mutant(rule,
                          (self.tokens[first].start,) * 2 + ('!(',),
                          (self.tokens[last].end,) * 2 + (')',))

    def conditions(self, i):
        """Negate the condition of a statement or of "?"."""
        text = self.text(i)
        if text in ('if', 'while') and self.text(i + 1) == '(':
            yield from self.negate('negate', i + 2, self.partner[i + 1] - 1)
        elif text == 'for' and self.text(i + 1) == '(':
            ends = [j for j in range(i + 2, self.partner[i + 1])
                    if self.text(j) == ';']
            if len(ends) == 2 and ends[1] > ends[0] + 1:
                yield from self.negate('negate', ends[0] + 1, ends[1] - 1)
        elif text == '?':
            first = i
            while True:
                before = self.text(first - 1)
                if before in (')', ']'):
                    first = self.partner[first - 1]
                elif before in ('(', '[', '{', ',', ';', '=', '+=', '-=', '|=',
                                '&=', '?', ':', 'return'):
                    break
                else:
                    first -= 1
            yield from self.negate('negate', first, i - 1)

    def operators(self, i):
        token = self.tokens[i]
        text = token.text
        if token.kind != 'operator':
            return
        for rule, table in (('boundary', BOUNDARY), ('equality', EQUALITY),
                            ('logic', LOGIC), ('step', STEP)):
            if text in table:
                yield self.replace(rule, i, table[text])
        if text in ARITHMETIC and self.is_binary(i):
            yield self.replace('arithmetic', i, ARITHMETIC[text])
        if text == '!' and i not in self.negated:
            yield self.replace('not', i, '')

    def constants(self, i):
        token = self.tokens[i]
        if token.kind == 'char':
            yield self.replace('constant', i, f'({token.text} + 1)')
        elif token.kind == 'number' and INTEGER.match(token.text):
            digits, suffix = INTEGER.match(token.text).groups()
            if len(digits) > 1 and digits[0] == '0':
                yield self.replace('constant', i, f'({token.text} + 1)')
                return
            number = int(digits)
            yield self.replace('constant', i, f'{number + 1}{suffix}')
            if number:
                yield self.replace('constant', i, f'{number - 1}{suffix}')
        elif token.text in ('true', 'false'):
            new = 'false' if token.text == 'true' else 'true'
            yield self.replace('constant', i, new)

    def statement_end(self, i):
        """Return the index of the semicolon of the statement that begins at i.

        Return None if it is no statement, but a loop of a macro or a value in
        braces.
        """
        if 'for_each' in self.text(i):
            return None
        while self.text(i) != ';':
            if self.text(i) == '}':
                return None
            i = self.partner[i] + 1 if self.text(i) in ('(', '[', '{') else i + 1
        return i

    def begins_statement(self, i):
        before = self.text(i - 1)
        if i - 1 in self.for_parts:
            return False
        if before == ')':
            before = self.text(self.partner[i - 1] - 1)
            return before in ('if', 'while', 'for') or 'for_each' in before
        if before == ':':
            # A label, but not a branch of "?".
            j = i - 1
            while self.text(j) not in (';', '{', '}', '?'):
                j -= 1
            return self.text(j) != '?'
        return before in (';', '{', '}', 'else', 'do')

    def statements(self, i):
        if not self.begins_statement(i):
            return
        text = self.text(i)
        if text in ('break', 'continue', 'goto'):
            yield self.remove('jump', i, self.statement_end(i))
        elif text == 'return':
            yield from self.returns(i)
        elif text == '*' or (self.tokens[i].kind == 'name' and
                             text not in KEYWORDS and text not in TYPES):
            yield from self.expression(i)

    def expression(self, i):
        """Leave out a call or a store to memory."""
        end = self.statement_end(i)
        if end is None:
            return
        top = [t.text for t in self.top_level(i, end - 1)]
        assigns = [t for t in top if re.fullmatch(r'(<<|>>|[-+*/%&|^])?=', t)]
        if assigns:
            target = self.tokens[i:next(
                j for j in range(i, end) if self.text(j) == assigns[0])]
            # Without its value, a local variable can be undefined.
            if assigns[0] != '=' or \
                    any(t.text in ('->', '.', '[', '*') for t in target):
                # A declaration is no store.
                if not (len(target) > 1 and target[0].kind == 'name' and
                        (target[1].kind == 'name' or target[1].text == '*')):
                    yield self.remove('store', i, end)
        elif self.text(end - 1) == ')' and '(' not in top and \
                all(t in ('->', '.') or re.match(r'\w', t) for t in top) and \
                not any(a.isidentifier() and b.isidentifier()
                        for a, b in zip(top, top[1:])):
            yield self.remove('call', i, end)

    def returns(self, i):
        end = self.statement_end(i)
        if end == i + 1:
            yield self.remove('jump', i, end)
            return
        if self.returns_bool:
            if self.text(i + 1) not in ('true', 'false'):
                yield from self.negate('return', i + 1, end - 1)
        elif end > i + 2 or self.tokens[i + 1].kind == 'name' and \
                self.text(i + 1) not in ('NULL', 'true', 'false'):
            first, last = self.tokens[i + 1], self.tokens[end - 1]
            lines = self.source.count('\n', first.start, last.end)
            yield self.mutant('return', (first.start, last.end,
                                         '0' + '\n' * lines))

    def mutants(self):
        i = 1
        while i < len(self.tokens) - 1:
            if NO_EFFECT.fullmatch(self.text(i)):
                i = self.partner[i + 1]
            else:
                yield from self.statements(i)
                yield from self.conditions(i)
                yield from self.operators(i)
                yield from self.constants(i)
            i += 1


def tokenize(source):
    return [Token(m.lastgroup, m.group(), m.start())
            for m in TOKEN.finditer(source)
            if m.lastgroup not in ('space', 'directive')]


def functions(path, source):
    """Find the functions: a body follows a name with parameters."""
    tokens = tokenize(source)
    head = []
    i = 0
    while i < len(tokens):
        if tokens[i].text == ';':
            head = []
        elif tokens[i].text == '{':
            first, depth = i, 0
            while True:
                depth += {'{': 1, '}': -1}.get(tokens[i].text, 0)
                if not depth:
                    break
                i += 1
            if head and head[-1].text == ')':
                name = next(j for j, t in enumerate(head) if t.kind == 'name' and
                            t.text != '__attribute__' and
                            head[j + 1].text == '(')
                types = [t.text for t in head[:name]]
                yield Function(path, source, head[name].text,
                               'bool' in types and '*' not in types,
                               tokens[first:i + 1])
                head = []
        else:
            head.append(tokens[i])
        i += 1


def find_mutants(paths):
    """Return all mutants. Those with equal names get a number each."""
    mutants = []
    for path in paths:
        with open(path, encoding='utf-8') as file:
            source = file.read()
        for function in functions(path, source):
            if not NO_EFFECT.fullmatch(function.name):
                mutants.extend(sorted(function.mutants(),
                                      key=lambda m: m.line))
    counts = {}
    for mutant in mutants:
        counts[mutant.name] = counts.get(mutant.name, 0) + 1
        if counts[mutant.name] > 1:
            mutant.name += f' #{counts[mutant.name]}'
    return mutants


def main():
    parser = argparse.ArgumentParser(
        description='Without --show and --apply, list the mutants: number, '
        'line and name, separated by tabs.')
    parser.add_argument('file', nargs='+')
    parser.add_argument('--every', type=int, default=1, metavar='N',
                        help='list a sample of about one in N mutants')
    parser.add_argument('--show', type=int, metavar='NUMBER',
                        help='print the difference to the source')
    parser.add_argument('--apply', type=int, metavar='NUMBER',
                        help='write the changed file to each directory of --to')
    parser.add_argument('--to', action='append', metavar='DIRECTORY')
    arguments = parser.parse_args()

    mutants = find_mutants(arguments.file)
    chosen = arguments.show or arguments.apply
    if chosen is None:
        for number, mutant in enumerate(mutants, 1):
            if mutant.in_sample(arguments.every):
                print(number, mutant.line, mutant.name, sep='\t')
        return
    if not 1 <= chosen <= len(mutants):
        sys.exit(f'mutate.py: no mutant {chosen}; there are {len(mutants)}')
    mutant = mutants[chosen - 1]
    if arguments.show:
        print(mutant.name)
        sys.stdout.writelines(difflib.unified_diff(
            mutant.source.splitlines(True), mutant.apply().splitlines(True),
            'a/' + mutant.path, 'b/' + mutant.path))
        return
    for directory in arguments.to:
        with open(os.path.join(directory, mutant.path), 'w',
                  encoding='utf-8') as file:
            file.write(mutant.apply())


if __name__ == '__main__':
    main()
