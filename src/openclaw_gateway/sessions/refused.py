"""Why a state folder cannot be used. Said at start on stderr, never to a peer."""


class StoreRefused(Exception):
    """The sessions in this folder cannot be opened; the message says why and what to do."""


class FolderLocked(StoreRefused):
    """Another gateway owns the folder. pid: its process, None if it did not say."""

    def __init__(self, message: str, *, pid: int | None) -> None:
        super().__init__(message)
        self.pid = pid
