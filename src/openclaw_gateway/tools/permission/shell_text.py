"""What a text would start if a POSIX shell read it: its simple commands, or why that cannot be told.

The grammar is a library's (tree-sitter's bash), and no grammar is the shell itself. So nothing is believed that could
be read in two ways: every leaf of the tree has to look like what it is taken for, and between two leaves there may
only be blanks. What bash, dash and zsh do differently, what depends on values, and every form that is not listed here
makes the text one that only a person can allow.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

MAX_TEXT_CHARS: Final = 16_384
MAX_DEPTH: Final = 40
MAX_COMMANDS: Final = 200
# Of thousands that are never closed the parser makes seconds of work.
MAX_BRACKETS: Final = 200


class Unclear(Exception):
    """It cannot be told what the text would start; the text of this says which part of it is why."""


@dataclass(frozen=True, slots=True)
class SimpleCommand:
    """One program with its arguments. words: None for one whose value is known only when it runs.

    assignments: names of variables that are set for it, or for the shell if there are no words.
    """

    words: tuple[str | None, ...]
    assignments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShellText:
    """What the text would start, in its order. writes: files that it redirects into; reads: those that it reads so."""

    commands: tuple[SimpleCommand, ...]
    writes: tuple[str, ...]
    reads: tuple[str, ...] = ()


# Between two parts of a statement. A newline would end the statement, so it is only allowed between statements.
_BLANK: Final = re.compile(r"(?:[ \t]|\\\n)*").fullmatch
_BLANK_LINES: Final = re.compile(r"(?:[ \t\n]|\\\n)*").fullmatch
_NOTHING: Final = re.compile("").fullmatch
_QUOTED: Final = re.compile(r'(?:[^"`$\\]|\\[^\x00])*').fullmatch

_WORD: Final = re.compile(r"(?:[A-Za-z0-9_@%+=:,./^~*?!\[\]{}-]|\\[ -~])+").fullmatch
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9_./:][A-Za-z0-9_./+-]*").fullmatch
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*").fullmatch
_NUMBER: Final = re.compile(r"-?[0-9]+").fullmatch
_DESCRIPTOR: Final = re.compile(r"[0-9]").fullmatch
_SPECIAL_VARIABLE: Final = re.compile(r"[?#$!@*0-9_-]").fullmatch
# Shells put file names, a home or several words in the place of these.
_GLOB: Final = re.compile(r"^[~=]|[=:]~|[*?\[\]]|\{.*\}")
_ESCAPE: Final = re.compile(r"\\(.)")
_QUOTED_ESCAPE: Final = re.compile(r'\\(\n|[$`"\\])')

# Nodes whose children are statements and the words between them.
_STATEMENTS: Final = frozenset(
    {
        "program", "list", "pipeline", "compound_statement", "subshell", "if_statement", "elif_clause", "else_clause",
        "while_statement", "do_group", "command_substitution", "process_substitution", "negated_command",
    }
)  # fmt: skip
_STATEMENT_TOKENS: Final = frozenset(
    {
        ";", "&", "&&", "||", "|", "|&", "(", ")", "{", "}", "!", "$(", "<(", ">(", "if", "then", "elif", "else", "fi",
        "while", "until", "do", "done",
    }
)  # fmt: skip
_SPELLED: Final = {
    "heredoc_redirect": "a here-document",
    "herestring_redirect": "a here-string",
    "function_definition": "a function",
    "for_statement": "a for loop",
    "c_style_for_statement": "a for loop",
    "case_statement": "a case statement",
    "test_command": "a test in brackets",
    "declaration_command": "a declaration",
    "unset_command": "unset",
    "ansi_c_string": "a string with escapes",
    "translated_string": "a translated string",
    "arithmetic_expansion": "arithmetic",
    "brace_expression": "a brace expansion",
    "array": "an array",
    "subscript": "an array",
    "comment": "a comment",
    "`": "backquotes",
    "ERROR": "something that is no shell syntax",
}


def read_shell_text(text: str) -> ShellText:
    """The simple commands of a text. Raises Unclear."""
    if len(text) > MAX_TEXT_CHARS:
        raise Unclear(f"it is longer than {MAX_TEXT_CHARS} characters")
    if text.count("(") + text.count("{") > MAX_BRACKETS:
        raise Unclear(f"it holds more than {MAX_BRACKETS} brackets")
    if not text.replace("\n", "").replace("\t", "").isprintable():
        raise Unclear("it holds control characters")
    try:
        source = text.encode()
    except UnicodeEncodeError:
        raise Unclear("it is not valid Unicode") from None
    root = _parser().parse(source).root_node
    if root.has_error:
        raise Unclear("it is no shell syntax that could be read")
    reading = _Reading(source)
    reading.read_statement(root, 0)
    return ShellText(tuple(reading.commands), tuple(reading.writes), tuple(reading.reads))


@cache
def _parser() -> "Parser":
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


class _Reading:
    """One walk through a tree; each method takes the nodes of one kind."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        self.commands: list[SimpleCommand] = []
        self.writes: list[str] = []
        self.reads: list[str] = []

    def read_statement(self, node: "Node", depth: int) -> None:
        if depth > MAX_DEPTH:
            raise Unclear("it is nested too deeply")
        match node.type:
            case kind if kind in _STATEMENTS:
                self._check_gaps(node, _BLANK_LINES)
                for child in node.children:
                    if child.is_named:
                        self.read_statement(child, depth + 1)
                    else:
                        self._check_token(child)
            case "command" | "variable_assignment":
                self._read_command(node, depth)
            case "redirected_statement":
                self._check_gaps(node, _BLANK)
                for child in node.children:
                    if child.type == "file_redirect":
                        self._read_redirect(child)
                    else:
                        self.read_statement(child, depth + 1)
            case _:
                raise _unclear(node)

    def _read_command(self, node: "Node", depth: int) -> None:
        words: list[str | None] = []
        assignments: list[str] = []
        parts = [node] if node.type == "variable_assignment" else node.children
        if node.type == "command":
            self._check_gaps(node, _BLANK, is_spaced=True)
        for part in parts:
            if part.type == "variable_assignment":
                assignments.append(self._read_assignment(part, depth))
            elif part.type == "file_redirect":
                self._read_redirect(part)
            elif part.type == "command_name":
                words.append(self._read_name(part))
            else:
                words.append(self._read_word(part, depth))
        self.commands.append(SimpleCommand(tuple(words), tuple(assignments)))
        if len(self.commands) > MAX_COMMANDS:
            raise Unclear(f"it holds more than {MAX_COMMANDS} commands")

    def _read_name(self, node: "Node") -> str:
        """What is run: only ever a name that stands there as it is."""
        text = self._text(node)
        if len(node.children) != 1 or node.children[0].type not in ("word", "number") or not _PLAIN_NAME(text):
            raise Unclear("the name of a command is made while it runs")
        return text

    def _read_assignment(self, node: "Node", depth: int) -> str:
        self._check_gaps(node, _NOTHING)
        name, sign, *value = node.children
        if name.type != "variable_name" or not _VARIABLE(self._text(name)) or sign.type != "=" or len(value) > 1:
            raise Unclear("it sets a variable in an unusual way")
        for part in value:
            self._read_word(part, depth)
        return self._text(name)

    def _read_redirect(self, node: "Node") -> None:
        self._check_gaps(node, _BLANK)
        parts = [(part.type, self._text(part)) for part in node.children]
        if parts and parts[0][0] == "file_descriptor" and _DESCRIPTOR(parts[0][1]):
            del parts[0]
        match parts:
            case [(">&" | "<&", _), ("number", number)] if _DESCRIPTOR(number):
                return
            case [("<" | ">" | ">>" | ">|" | "&>" | "&>>" as sign, _), (kind, _)] if kind in _WORD_KINDS:
                target = self._read_word(node.children[-1], 0)
            case _:
                raise Unclear("it redirects in an unusual way")
        if target is None:
            raise Unclear("it redirects to a file whose name is made while it runs")
        if target == "/dev/null":
            return
        # bash opens connections for names of this kind.
        if sign != "<" or target.startswith("/dev/"):
            self.writes.append(target)
        else:
            self.reads.append(target)

    def _read_word(self, node: "Node", depth: int) -> str | None:
        """The value of a word, None if it is known only when it runs; what runs to make it is noted."""
        if depth > MAX_DEPTH:
            raise Unclear("it is nested too deeply")
        text = self._text(node)
        match node.type:
            case "word" if _WORD(text) and not node.children:
                return None if _GLOB.search(text) and text != "{}" else _ESCAPE.sub(r"\1", text)
            case "number" if _NUMBER(text) and not node.children:
                return text
            case "raw_string" if text[:1] == text[-1:] == "'" and "'" not in text[1:-1] and len(text) > 1:
                return text[1:-1]
            case "string":
                return self._read_quoted(node, depth)
            case "concatenation":
                self._check_gaps(node, _NOTHING)
                values = [self._read_word(part, depth + 1) for part in node.children]
                # A pattern may be spread over several leaves.
                if text != "{}" and _GLOB.search(_without_quoted(node, self._source)):
                    return None
                return None if None in values else "".join([value or "" for value in values])
            case "simple_expansion" | "expansion":
                self._check_expansion(node)
                return None
            case "command_substitution" | "process_substitution":
                self.read_statement(node, depth + 1)
                return None
            case _:
                raise _unclear(node)

    def _read_quoted(self, node: "Node", depth: int) -> str | None:
        """A string in double quotes. Blanks in it may lie outside of all leaves, so its value comes from the text."""
        self._check_gaps(node, _QUOTED)
        children = node.children
        if len(children) < 2 or self._text(children[0]) != '"' or self._text(children[-1]) != '"':
            raise _unclear(node)
        is_static = True
        for part in children[1:-1]:
            if part.type != "string_content":
                self._read_word(part, depth + 1)
                is_static = False
            elif not _QUOTED(self._text(part)):
                raise _unclear(part)
        inside = self._text(node)[1:-1]
        return _QUOTED_ESCAPE.sub(lambda match: match[1].strip("\n"), inside) if is_static else None

    def _check_expansion(self, node: "Node") -> None:
        """Only the value of a variable: everything else between braces can run commands or set variables."""
        leaves = [self._text(part).strip(" ") for part in node.children]
        match leaves:
            case ["$", name] | ["${", name, "}"] if _VARIABLE(name) or _SPECIAL_VARIABLE(name):
                return
        raise Unclear("it uses a variable in an unusual way")

    def _check_token(self, node: "Node") -> None:
        if node.type not in _STATEMENT_TOKENS or self._text(node) != node.type:
            raise _unclear(node)

    def _check_gaps(self, node: "Node", is_gap: Callable[[str], object], *, is_spaced: bool = False) -> None:
        """Whether what lies between, before and behind the children of a node has no meaning."""
        end = node.start_byte
        for index, child in enumerate(node.children):
            gap = self._source[end : child.start_byte].decode()
            if not is_gap(gap) or (is_spaced and index > 0 and not gap):
                raise _unclear(node)
            end = child.end_byte
        if node.children and not is_gap(self._source[end : node.end_byte].decode()):
            raise _unclear(node)

    def _text(self, node: "Node") -> str:
        return self._source[node.start_byte : node.end_byte].decode()


_WORD_KINDS: Final = frozenset({"word", "number", "raw_string", "string", "concatenation"})


def _without_quoted(node: "Node", source: bytes) -> str:
    """The text of a word, with what is quoted in it replaced, so that patterns in it can be seen."""
    return "".join(
        ["_" if part.type in ("string", "raw_string") else source[part.start_byte : part.end_byte].decode() for part in
         node.children]
    )  # fmt: skip


def _unclear(node: "Node") -> Unclear:
    return Unclear(f"it holds {_SPELLED.get(node.type, 'syntax that can be read in several ways')}")
