"""Installs what the interop tests run beside the gateway: model servers in `.venv-interop`, the Node client by npm."""

import subprocess
import venv
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
FOLDER = CHECKOUT / ".venv-interop"
PYTHON = FOLDER / "bin" / "python"
LOCK = CHECKOUT / "requirements-interop.lock"
NODE_FOLDER = Path(__file__).resolve().parent / "node"


def install() -> None:
    """Install what is not there yet; the lock's own text tells whether it is."""
    stamp = FOLDER / "installed.lock"
    if not stamp.exists() or stamp.read_bytes() != LOCK.read_bytes():
        venv.create(FOLDER, with_pip=True)
        print("Installing model servers; llama.cpp builds for some minutes the first time.", flush=True)
        command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(LOCK)]
        subprocess.run(command, check=True)
        stamp.write_bytes(LOCK.read_bytes())
    if not (NODE_FOLDER / "node_modules" / "openai").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=NODE_FOLDER, check=True)
