"""Who is signed in, who is locked out, and how both outlive the process."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import threading
import time
from collections.abc import Callable
from typing import Final, TypeVar

import anyio

from core.errors import CorruptFileError
from core.models.access import AuthState, Session, SignInMethod, Visitor
from core.settings import Settings
from core.store.auth_file import AUTH_FILE, read_auth_state, stamp, write_auth_state
from core.store.files import set_aside
from core.web.auth.known_browsers import KnownBrowsers
from core.web.auth.lockout import Lockout
from core.web.auth.password import Password, new_salt, verifier
from core.web.auth.sessions import LONGEST_S, Sessions
from core.web.auth.sign_in_link import SignInLink

log = logging.getLogger(__name__)
T = TypeVar("T")

TICK_S: Final = 1.0
_SAVE_EVERY_S: Final = 60.0
_SAVE_WITHIN_S: Final = 2.0
_READ_WITHIN_S: Final = 3.0


class Authenticator:
    """Decides who is in.

    Threading: the event loop's thread, but for ``visitor`` and ``opens_by_link``, which are safe from any.
    """

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.sessions = Sessions(clock=clock)
        self.lockout = Lockout(clock=clock)
        self.known_browsers = KnownBrowsers(clock=clock)
        self.link = SignInLink(settings.auth_dir)
        self.password: Password | None = None
        self.may_serve: Callable[[], bool] = lambda: True
        """Whether anything may be answered; while there is no password, only on loopback addresses."""
        self._clock = clock
        self._sockets: dict[str, set[Callable[[], None]]] = {}
        self._stamp = (0, 0)
        self._saved_at = 0.0
        self._dirty = False
        self._on_disk: AuthState | None = None
        self._problem = ""
        self._other_salt = ("", "")
        self._saving = asyncio.Lock()

    @property
    def opens_by_link(self) -> bool:
        """Return True while there is neither password nor provider: the link proves the machine's user."""
        return not self.settings.password and self.settings.oidc is None

    def visitor(self, login: str) -> Visitor | None:
        """Return the visitor of that sign-in; None if it has ended."""
        session = self.sessions.by_login(login)
        return None if session is None else session.visitor

    # -- life ----------------------------------------------------------------------------------------------
    def prepare(self) -> None:
        """Read what an earlier process left. Blocks for about half a second: call it in a thread, once."""
        stored = self._read_soon()
        self.password = Password(self.settings.password, stored.salt if stored else new_salt())
        if stored is not None:
            self._adopt(stored)
            self.lockout.restore(stored.tallies, stored.budget)
            self._stamp = stamp(self.settings.auth_dir)
        self._dirty = stored is None or not hmac.compare_digest(stored.verifier, self.password.verifier)

    async def keep(self) -> None:
        """Forget what is too old, close its sockets, and keep the disk up to date, until cancelled."""
        while True:
            await asyncio.sleep(TICK_S)
            self.sessions.sweep()
            self._close_dead_sockets()
            now = self._clock()
            if self._dirty or now - self._saved_at >= _SAVE_EVERY_S:
                await self.save()
            else:
                with anyio.move_on_after(_SAVE_WITHIN_S):
                    await self._take_in()

    async def save(self) -> bool:
        """Bring memory and disk together. Return False if not done within 2 s; it is tried again then."""
        self._dirty = True
        with anyio.move_on_after(_SAVE_WITHIN_S):
            async with self._saving:
                await self._take_in()
                await self._write()
        return not self._dirty

    # -- sign-ins ------------------------------------------------------------------------------------------
    async def sign_in(self, how: SignInMethod, *, who: str, address: str) -> str:
        """Open a session; return what its cookie must hold."""
        token = self.sessions.open(how, who=who, address=address)
        await self.save()
        return token

    async def sign_out(self, session: Session) -> None:
        """End that session and close its sockets."""
        self.sessions.end(session.digest)
        self._close_dead_sockets()
        await self.save()

    async def sign_out_everywhere(self) -> None:
        """End all sessions and close all sockets.

        Browsers stay known: that opens nothing, and spares the owner from waiting behind guessers. Another
        password is what makes them strangers.
        """
        self.sessions.end_all()
        self._close_dead_sockets()
        await self.save()

    def changed(self) -> None:
        """Note that something was counted; it is stored within a second."""
        self._dirty = True

    # -- sockets -------------------------------------------------------------------------------------------
    def on_end(self, session: Session, close: Callable[[], None]) -> Callable[[], None]:
        """Have ``close`` called when that session ends; return a function that takes it back."""
        closers = self._sockets.setdefault(session.digest, set())
        closers.add(close)

        def take_back() -> None:
            closers.discard(close)
            if not closers and self._sockets.get(session.digest) is closers:
                del self._sockets[session.digest]

        return take_back

    def _close_dead_sockets(self) -> None:
        alive = {each.digest for each in self.sessions.all()}
        for digest in [each for each in self._sockets if each not in alive]:
            for close in list(self._sockets.get(digest, ())):
                close()

    # -- disk ----------------------------------------------------------------------------------------------
    def _read_soon(self) -> AuthState | None:
        """Read as ``_read``; None if the disk hangs: sign-in works from memory, and takes it in later."""
        found: list[AuthState | None] = []
        reader = threading.Thread(target=lambda: found.append(self._read()), name="auth-reader", daemon=True)
        reader.start()
        reader.join(_READ_WITHIN_S)
        return found[0] if found else None

    def _read(self) -> AuthState | None:
        try:
            return read_auth_state(self.settings.auth_dir)
        except CorruptFileError as error:
            with contextlib.suppress(OSError):
                kept = set_aside(self.settings.auth_dir / AUTH_FILE)
                log.error(
                    "door.json unreadable (%s), kept as %s; every visitor signs in anew", error.detail, kept
                )
        except OSError as error:
            log.warning("stored sign-ins cannot be read: %s", error.strerror or type(error).__name__)
        return None

    def _adopt(self, stored: AuthState) -> None:
        assert self.password is not None  # noqa: S101  # prepare() made it
        if not self._is_ours(stored):
            return  # opened with another password
        self.known_browsers.adopt(stored.devices)
        welcome = (each for each in stored.sessions if self._still_allowed(each))
        self.sessions.adopt(welcome, ended_before=stored.ended_before)
        self._close_dead_sockets()

    def _is_ours(self, stored: AuthState) -> bool:
        """Return whether the state was written under our password, or like ours without any."""
        assert self.password is not None  # noqa: S101  # prepare() made it
        if not (self.password.verifier or stored.verifier):
            return True
        return hmac.compare_digest(stored.verifier, self._own_verifier(stored.salt))

    def _own_verifier(self, salt: str) -> str:
        """Return the verifier of our password with another process's salt; the slow way once for each.

        Without a password it is that of an empty one: earlier versions stored that.
        """
        assert self.password is not None  # noqa: S101  # prepare() made it
        if salt == self.password.salt and self.password.verifier:
            return self.password.verifier
        if salt != self._other_salt[0]:
            self._other_salt = (salt, verifier(self.settings.password, salt))
        return self._other_salt[1]

    def _still_allowed(self, session: Session) -> bool:
        """Return whether the settings of now let that session in: they may have changed since."""
        if session.how is SignInMethod.PASSWORD:
            return bool(self.settings.password)
        if session.how is SignInMethod.LINK:
            return self.opens_by_link
        return self.settings.oidc is not None and self.settings.oidc.allows(session.who)

    async def _take_in(self) -> None:
        """Read what another process on the same disk wrote since."""
        seen = await _in_thread(stamp, self.settings.auth_dir)
        if seen == self._stamp:
            return
        if seen != (0, 0) and (stored := await _in_thread(self._read)) is not None:
            await _in_thread(self._is_ours, stored)  # which may take its time, once
            self._adopt(stored)
            self._on_disk = None
        self._stamp = seen

    async def _write(self) -> None:
        self._dirty = False
        self._saved_at = self._clock()
        state = self._state()
        if state == self._on_disk:
            return
        self._dirty = True  # until the disk has it; also when this is cancelled
        try:
            await _in_thread(write_auth_state, self.settings.auth_dir, state)
        except OSError as error:
            problem = error.strerror or type(error).__name__
            if problem != self._problem and not isinstance(error, FileNotFoundError):
                log.warning("sign-ins are kept in memory only: %s", problem)
            self._problem = problem
            return
        self._problem = ""
        self._on_disk = state
        self._dirty = state != self._state()  # what happened meanwhile
        self.sessions.stored(state.sessions)
        self._stamp = await _in_thread(stamp, self.settings.auth_dir)

    def _state(self) -> AuthState:
        assert self.password is not None  # noqa: S101  # prepare() made it
        now = self._clock()
        return AuthState(
            salt=self.password.salt,
            verifier=self.password.verifier,
            ended_before=self.sessions.ended_before if now - self.sessions.ended_before < LONGEST_S else 0.0,
            sessions=self.sessions.all(),
            devices=self.known_browsers.all(),
            tallies=self.lockout.tallies(),
            budget=self.lockout.budget(),
        )


async def _in_thread(work: Callable[..., T], *arguments: object) -> T:
    """Work in a thread: a disk that hangs holds up neither the event loop nor the one who waits for it."""
    return await anyio.to_thread.run_sync(work, *arguments, abandon_on_cancel=True)
