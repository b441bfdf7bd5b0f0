"""`openclaw doctor`: what is wrong with an installation, and what to do; `--fix` does what is safe to do."""

import argparse

import msgspec

from openclaw_gateway.cli.console import CommandFailed, Console, Exit
from openclaw_gateway.cli.doctor_checks import CHECKS, DEEP, SEVERITIES, Finding, examine, private_paths
from openclaw_gateway.cli.launch import config_failure, launch_options
from openclaw_gateway.cli.options import common_options
from openclaw_gateway.config.issues import ConfigInvalid
from openclaw_gateway.config.load import Paths, locate, read_environment


class _Report(msgspec.Struct, rename="camel"):
    """The document of `doctor --json`. ok: nothing was found that counts."""

    ok: bool
    checks_run: int
    checks_skipped: int
    findings: list[Finding]
    schema_version: int = 1


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The options of `doctor`."""
    parser = subparsers.add_parser("doctor", help="find out what is wrong, and what to do", parents=[common_options()])
    parser.add_argument("--lint", action="store_true", help="exit with 1 when something is found")
    parser.add_argument("--fix", "--repair", action="store_true", help="take rights to private files from other users")
    parser.add_argument("--generate-gateway-token", action="store_true", help="write a token where none is configured")
    parser.add_argument("--deep", action="store_true", help="also ask the providers in use whether they are there")
    parser.add_argument("--only", metavar="CHECK", action="append", choices=[*CHECKS], help="this check (repeatable)")
    parser.add_argument(
        "--skip", metavar="CHECK", action="append", choices=[*CHECKS], help="not this check (repeatable)"
    )
    parser.add_argument("--severity-min", choices=SEVERITIES, default="info", help="what counts from there on (info)")
    parser.add_argument("--all", action="store_true", help="accepted: all checks are done")
    for name in ("--yes", "--non-interactive", "--force"):
        parser.add_argument(name, action="store_true", help="accepted: nothing is asked")


def run(args: argparse.Namespace, console: Console) -> int:
    """Mend what was asked to be mended, then look at everything."""
    options, environment = launch_options(args), read_environment()
    try:
        paths = locate(options, environment)
    except ConfigInvalid as invalid:
        raise config_failure(invalid) from invalid
    if args.fix:
        _close_to_others(paths, console)
    if args.generate_gateway_token:
        _generate_token(args, console)
    patient = examine(options, environment, paths)
    chosen = [name for name in CHECKS if _is_chosen(args, name)]
    with console.working("Looking"):
        findings = [finding for name in chosen for finding in CHECKS[name](patient)]
    least = SEVERITIES.index(args.severity_min)
    counted = [finding for finding in findings if SEVERITIES.index(finding.severity) >= least]
    report = _Report(not counted, len(chosen), len(CHECKS) - len(chosen), counted)
    if console.is_json:
        console.document(report)
    else:
        _tell(report, console)
    return Exit.FAILED if args.lint and counted else Exit.OK


def _is_chosen(args: argparse.Namespace, name: str) -> bool:
    if name in (args.skip or ()):
        return False
    return name in args.only if args.only else args.deep or name not in DEEP


def _tell(report: _Report, console: Console) -> None:
    for finding in report.findings:
        place = f" ({finding.path})" if finding.path else ""
        console.answer(f"{finding.severity:<7}  {finding.check_id}: {finding.message}{place}")
        if finding.fix_hint:
            console.answer(f"         do: {finding.fix_hint}")
    if report.ok:
        console.answer(f"Nothing was found by {report.checks_run} checks.")


def _close_to_others(paths: Paths, console: Console) -> None:
    for path in private_paths(paths):
        mode = path.stat().st_mode & 0o7777
        if mode & 0o077:
            try:
                path.chmod(mode & 0o7700)
            except OSError as error:
                console.warn(f"{path} cannot be changed: {error.strerror}")
            else:
                console.note(f"Only this user may use {path} now.")


def _generate_token(args: argparse.Namespace, console: Console) -> None:
    from openclaw_gateway.cli.config_file import ConfigFile
    from openclaw_gateway.cli.first_config import gateway_section, new_token, tools_section
    from openclaw_gateway.config.key_path import look_up

    file = ConfigFile(args)
    place = ("gateway", "auth", "token")
    if look_up(file.read().source.tree, place)[0]:
        raise CommandFailed("gateway.auth.token is set already, and was left")
    if file.exists:
        file.merge({"gateway": {"auth": {"token": new_token()}}})
    else:
        file.make_folders()
        file.merge({"gateway": gateway_section(), "tools": tools_section()})
    console.note(f"Wrote a token to {file.path}, under gateway.auth.token.")
