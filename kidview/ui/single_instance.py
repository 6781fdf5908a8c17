"""One running program a user: a second start hands its files over and ends."""

from __future__ import annotations

import getpass
import hashlib
import json
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from kidview.session.settings import config_dir

TIMEOUT_MS = 500


def server_name() -> str:
    """The same for every start by this user with this settings folder."""
    owner = f"{getpass.getuser()} {config_dir().absolute()}"
    return "kidview-" + hashlib.sha256(owner.encode()).hexdigest()[:12]


def hand_over(paths: list[Path], name: str, demo: bool = False) -> bool:
    """Give paths, or the wish for the demonstration, to the running program; False: none runs."""
    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(TIMEOUT_MS):
        return False
    wish = {"paths": [str(path.absolute()) for path in paths], "demo": demo}
    socket.write(json.dumps(wish).encode() + b"\n")
    sent = socket.waitForBytesWritten(TIMEOUT_MS)
    socket.disconnectFromServer()
    return sent


class Listener(QObject):
    """Waits for other starts.

    Signal `received` brings their paths (list of Path, may be empty), and whether they want
    the demonstration case (bool).
    """

    received = Signal(object, bool)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._sockets: list[QLocalSocket] = []
        self._server.newConnection.connect(self._on_connection)
        # No socket options: with user access only, a second start would take the name over.
        QLocalServer.removeServer(name)  # left behind by a crash; nobody answered there
        self.is_listening = self._server.listen(name)

    def close(self) -> None:
        """Wait no longer."""
        self._server.close()

    def _on_connection(self) -> None:
        socket = self._server.nextPendingConnection()
        self._sockets.append(socket)
        socket.readyRead.connect(self._read)
        socket.disconnected.connect(self._read)
        self._read()

    def _read(self) -> None:
        for socket in tuple(self._sockets):
            while socket.canReadLine():
                try:
                    wish = json.loads(bytes(socket.readLine().data()))
                    paths = [Path(str(name)) for name in wish["paths"]]
                except (ValueError, TypeError, KeyError):
                    continue  # not from KidView
                self.received.emit(paths, wish.get("demo") is True)
            if socket.state() == QLocalSocket.LocalSocketState.UnconnectedState:
                self._sockets.remove(socket)
                socket.deleteLater()
