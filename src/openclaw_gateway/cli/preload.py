"""Importing what a start did not need, once the gateway listens.

Most modules are imported when they are first used, which keeps the start short. An upgrade under a running gateway
would then mix new modules with old ones, or find none; so the rest is read in the background, 70 ms and 6 MB.
"""

import importlib
import logging
import pkgutil

import openclaw_gateway

logger = logging.getLogger(__name__)

# Other processes than a running gateway use these.
_ELSEWHERE = ("__main__", "cli", "client", "attachments.pdf_worker")


def import_rest() -> None:
    """Import every module that a running gateway may come to need. Blocking: call it on a thread."""
    root = openclaw_gateway.__name__
    skipped = tuple(f"{root}.{name}" for name in _ELSEWHERE)
    for module in pkgutil.walk_packages(openclaw_gateway.__path__, f"{root}."):
        if not module.name.startswith(skipped):
            try:
                importlib.import_module(module.name)
            except ImportError as error:
                logger.warning("%s cannot be imported: %s", module.name, error)
    logger.debug("all modules are imported")
