"""`openclaw completion`: a script that lets a shell complete commands and options, made of the parsers themselves.

The script is a table of words and starts nothing, so that completing costs no process. Its key is the path of commands
typed so far. A value that follows an option is completed where the option has choices, else by the shell's files.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

from openclaw_gateway.cli.console import Console, Exit
from openclaw_gateway.cli.options import common_options

SHELLS = ("bash", "zsh", "fish")


@dataclass(frozen=True, slots=True)
class Words:
    """What may follow a path of commands. path: "" or "gateway call". choices: option -> its values.

    values: options that take a value, whose next word is no command.
    """

    path: str
    commands: tuple[str, ...]
    options: tuple[str, ...]
    values: tuple[str, ...]
    choices: dict[str, tuple[str, ...]]


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The options of `completion`."""
    parser = subparsers.add_parser(
        "completion", help="print a script that completes commands in a shell", parents=[common_options()]
    )
    parser.add_argument("shell", choices=SHELLS, help="the shell that reads it")


def run(args: argparse.Namespace, console: Console) -> int:
    """Print the script."""
    from openclaw_gateway.cli.main import COMMANDS, build_parser

    root = build_parser([])
    words = [_words("", root, tuple(COMMANDS))]
    for name in COMMANDS:
        for parser in _children(build_parser([name])).values():
            words += _below(name, parser)
    console.answer({"bash": _bash, "zsh": _zsh, "fish": _fish}[args.shell](words))
    return Exit.OK


def _below(path: str, parser: argparse.ArgumentParser) -> Iterator[Words]:
    children = _children(parser)
    yield _words(path, parser, tuple(children))
    for name, child in children.items():
        yield from _below(f"{path} {name}", child)


def _children(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:  # noqa: SLF001 - argparse shows its parsers in no other way
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            return dict(action.choices)
    return {}


def _words(path: str, parser: argparse.ArgumentParser, commands: tuple[str, ...]) -> Words:
    actions = [action for action in parser._actions if action.option_strings]  # noqa: SLF001
    plain = [
        str(choice)
        for action in parser._actions  # noqa: SLF001
        if not action.option_strings and not isinstance(action, argparse._SubParsersAction)  # noqa: SLF001
        for choice in action.choices or ()
    ]
    return Words(
        path,
        (*commands, *plain),
        tuple(option for action in actions for option in action.option_strings if option.startswith("--")),
        tuple(option for action in actions if action.nargs != 0 for option in action.option_strings),
        {
            option: tuple(map(str, action.choices))
            for action in actions
            if action.choices
            for option in action.option_strings
        },
    )


def _cases(words: list[Words]) -> str:
    """The table for bash and zsh. All words are ours: letters, digits and dashes."""
    lines = []
    for entry in words:
        for option, choices in entry.choices.items():
            lines.append(f'    "{entry.path}|{option}") words="{" ".join(choices)}" ;;')
        if entry.values:
            after = "|".join(f'"{entry.path}|{option}"' for option in entry.values if option not in entry.choices)
            lines += [f'    {after}) words="" ;;'] if after else []
        lines.append(f'    "{entry.path}|"*) words="{" ".join((*entry.commands, *entry.options))}" ;;')
    return "\n".join(lines)


def _walk(words: list[Words]) -> tuple[str, str]:
    """(paths that a word may lead to, options whose value is no command), as patterns."""
    paths = "|".join(f'"{entry.path}"' for entry in words if entry.path)
    values = "|".join(sorted({option for entry in words for option in entry.values}))
    return paths, values


def _bash(words: list[Words]) -> str:
    paths, values = _walk(words)
    return f"""# bash completion of openclaw. Load it with: source <(openclaw completion bash)
_openclaw() {{
  local path="" words="" word before="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${{COMP_WORDS[i]}}"
    case "$before" in {values}) before=""; continue ;; esac
    before="$word"
    case "${{path:+$path }}$word" in {paths}) path="${{path:+$path }}$word" ;; esac
  done
  case "$path|$before" in
{_cases(words)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F _openclaw openclaw"""


def _zsh(words: list[Words]) -> str:
    paths, values = _walk(words)
    return f"""#compdef openclaw
# zsh completion of openclaw. Load it after compinit with: source <(openclaw completion zsh)
_openclaw() {{
  local at="" list="" word before="" i
  for ((i = 2; i < CURRENT; i++)); do
    word="${{words[i]}}"
    case "$before" in ({values}) before=""; continue ;; esac
    before="$word"
    case "${{at:+$at }}$word" in ({paths}) at="${{at:+$at }}$word" ;; esac
  done
  case "$at|$before" in
{_cases(words).replace(") words=", ") list=").replace('    "', '    ("')}
  esac
  if [[ -n "$list" ]]; then compadd -- ${{=list}}; else _files; fi
}}
compdef _openclaw openclaw"""


def _fish(words: list[Words]) -> str:
    paths, values = _walk(words)
    lines = [
        "# fish completion of openclaw. Load it with: openclaw completion fish | source",
        "function __openclaw_path",
        '  set -l at ""; set -l before ""',
        "  for word in (commandline -opc)[2..-1]",
        f'    if contains -- "$before" {values.replace("|", " ")}; set before ""; continue; end',
        "    set before $word",
        '    set -l next (string trim -- "$at $word")',
        f'    if contains -- "$next" {paths.replace("|", " ")}; set at $next; end',
        "  end",
        '  test "$at" = "$argv[1]"',
        "end",
    ]
    for entry in words:
        condition = f"complete -c openclaw -n '__openclaw_path \"{entry.path}\"'"
        if entry.commands:
            lines.append(f"{condition} -f -a '{' '.join(entry.commands)}'")
        for option in entry.options:
            value = f" -x -a '{' '.join(entry.choices[option])}'" if option in entry.choices else ""
            needs = value or (" -r" if option in entry.values else "")
            lines.append(f"{condition} -l {option.removeprefix('--')}{needs}")
    return "\n".join(lines)
