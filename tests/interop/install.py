"""Installs what the interop tests run beside the gateway: `.venv-interop` for Python, npm's folder for Node."""

import subprocess
import venv
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
FOLDER = CHECKOUT / ".venv-interop"
PYTHON = FOLDER / "bin" / "python"
LOCK = CHECKOUT / "requirements-interop.lock"
NODE_FOLDER = Path(__file__).resolve().parent / "node"
# The original and its reference client, with the Node that they need.
ORIGINAL_FOLDER = Path(__file__).resolve().parent / "original"
STAMP = "installed.lock"


def install() -> None:
    """Install what is not there yet; a copy of the lock beside what was installed tells whether it is."""
    if not is_installed(LOCK, FOLDER):
        _tell("model servers and clients for Python; llama.cpp is built for some minutes the first time", LOCK)
        venv.create(FOLDER, with_pip=True)
        command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(LOCK)]
        subprocess.run(command, check=True)
        note_installed(LOCK, FOLDER)
    for folder, what in ((NODE_FOLDER, "clients for Node"), (ORIGINAL_FOLDER, "the original, its client and its Node")):
        if not is_installed(folder / "package-lock.json", folder / "node_modules"):
            _tell(what, folder / "package-lock.json")
            subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)
            note_installed(folder / "package-lock.json", folder / "node_modules")


def _tell(what: str, lock: Path) -> None:
    """Say what begins; it is out before the step's own output."""
    print(f"interop: installing {what} ({lock.relative_to(CHECKOUT)})", flush=True)


def is_installed(lock: Path, folder: Path) -> bool:
    """Whether the folder holds what this lock names."""
    stamp = folder / STAMP
    return stamp.exists() and stamp.read_bytes() == lock.read_bytes()


def note_installed(lock: Path, folder: Path) -> None:
    """Remember it."""
    (folder / STAMP).write_bytes(lock.read_bytes())
