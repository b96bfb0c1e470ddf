"""``/login`` and ``/logout``: the way in with a password, and the way out."""

from __future__ import annotations

import base64
import hmac
import math
import secrets
from typing import Final
from urllib.parse import parse_qs

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from core.brand import mark_address
from core.locale import translation
from core.models.access import Session, SignInMethod, Visitor
from core.models.audit import Action
from core.models.codes import SignInCode
from core.services import audit
from core.settings import LANGUAGES, Settings
from core.web.app_language import in_language
from core.web.auth import request as client
from core.web.auth.authenticator import Authenticator
from core.web.auth.cookies import Cookies
from core.web.auth.forms import FormError, FormReader
from core.web.auth.headers import closed_policy
from core.web.auth.known_browsers import DEVICE_S
from core.web.auth.password import BusyError
from core.web.auth.public_paths import ICON as ICON_PATH
from core.web.auth.public_paths import SIGN_IN, SIGN_OUT, TYPEFACE
from core.web.auth.sessions import LONGEST_S, digest_of
from core.web.auth.sign_in_page import (
    PageFrame,
    SignInForm,
    no_password_page,
    preferred_language,
    sign_in_page,
    sign_out_page,
)
from core.web.requests.origin import is_foreign
from core.web.typeface import typeface

APP_ICON: Final = "/favicon.png"
"""Where Streamlit's pages look for theirs."""
FORM_VALID_S: Final = 3600
LANGUAGE_KEPT_S: Final = 3600
_REFUSAL: Final = (
    "Peça ao dono deste aplicativo que defina uma senha. Sem ela, o aplicativo só pode ser aberto no próprio "
    "computador em que roda, com um link de entrada: lá, make link mostra um.\n"
    "Ask the owner of this app to set a password. Without one, it can only be opened on the computer it runs "
    "on, with a sign-in link: there, make link prints one.\n"
    "Pide al dueño de esta aplicación que defina una contraseña. Sin ella, solo se puede abrir en la "
    "computadora donde funciona, con un enlace de entrada: allí, make link muestra uno.\n"
)


def local_only_response(scope: Scope, settings: Settings) -> Response:
    """Tell a visitor from elsewhere why nothing opens while there is no password, and what to do."""
    if "text/html" not in client.header(scope, b"accept"):
        return PlainTextResponse(_REFUSAL, 403)
    return no_password_page(frame_of(scope, settings))


def language_of(scope: Scope, settings: Settings) -> str:
    """Return the language for a visitor who has not chosen one in the app yet."""
    chosen = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("lang", [""])[0]
    return preferred_language(client.header(scope, b"accept-language"), settings.language, chosen)


def frame_of(scope: Scope, settings: Settings) -> PageFrame:
    """Return what surrounds a page for that visitor."""
    return PageFrame.of(settings, language_of(scope, settings))


class SignIn:
    """The pages of signing in and out. Threading: the event loop's thread."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator
        self._cookies = Cookies(authenticator.settings)
        self._reader = FormReader()
        # Forms are for this process only: a restart makes an open one expire, and no key has to be kept.
        self._forms = URLSafeTimedSerializer(secrets.token_hex(32), salt="sign-in-form")

    def routes(self) -> list[Route]:
        """Return what the app has to serve."""
        return [
            Route(SIGN_IN, self._show, methods=["GET"]),
            Route(SIGN_IN, self._enter, methods=["POST"]),
            Route(SIGN_OUT, self._ask, methods=["GET"]),
            Route(SIGN_OUT, self._leave, methods=["POST"]),
            Route(ICON_PATH, self._icon, methods=["GET"]),
            Route(APP_ICON, self._icon, methods=["GET"]),
            Route(TYPEFACE, typeface, methods=["GET"]),
        ]

    def frame(self, request: Request) -> PageFrame:
        """Return what surrounds a page: the language pressed on this one or an earlier one comes first."""
        settings, kept = self._authenticator.settings, self._cookies.get(request, client.LANGUAGE_COOKIE)
        pressed = request.query_params.get("lang") in LANGUAGES
        if kept in LANGUAGES and not pressed:
            return PageFrame.of(settings, kept)
        return frame_of(request.scope, settings)

    def keep_language(self, request: Request, response: Response) -> None:
        """Have the browser remember which language was pressed, until the visitor is in."""
        if (pressed := request.query_params.get("lang", "")) in LANGUAGES:
            self._cookies.put(request, response, client.LANGUAGE_COOKIE, pressed, LANGUAGE_KEPT_S)

    # -- in ------------------------------------------------------------------------------------------------
    async def _show(self, request: Request) -> Response:
        wanted = client.safe_next(request.query_params.get("next", "/"))
        if request.scope.get("visitor") is not None:
            return RedirectResponse(wanted, 303)
        _ = translation(self.frame(request).language).gettext
        note = _("You are signed out.") if SignInCode.OUT in request.query_params else ""
        error = _("That account may not come in here.") if SignInCode.REFUSED in request.query_params else ""
        if SignInCode.FAILED in request.query_params:
            error = _("Signing in with your organisation did not work. Try again.")
        if SignInCode.BUSY in request.query_params:
            error = _("Many people are signing in right now. Try again in a moment.")
        return self._form(request, wanted, error=error, note=note)

    def _form(self, request: Request, wanted: str, *, error: str = "", note: str = "") -> Response:
        """Return the sign-in page with a fresh form."""
        settings = self._authenticator.settings
        nonce = secrets.token_urlsafe(24)
        shown = SignInForm(
            token=str(self._forms.dumps(nonce)),
            next=wanted,
            password=bool(settings.password),
            oidc=settings.oidc is not None,
            error=error,
            note=note,
        )
        response = sign_in_page(self.frame(request), shown)
        self.keep_language(request, response)
        self._cookies.put(request, response, client.FORM_COOKIE, nonce, FORM_VALID_S)
        return response

    def _refuse(self, request: Request, wanted: str, error: str, status: int, wait: int = 0) -> Response:
        """Return the form with an error, and how many seconds to wait before the next try."""
        response = self._form(request, wanted, error=error)
        response.status_code = status
        if wait:
            response.headers["Retry-After"] = str(wait)
        return response

    async def _enter(self, request: Request) -> Response:
        _ = translation(self.frame(request).language).gettext
        try:
            fields = await self._reader.read(request)
        except FormError:
            return self._refuse(request, "/", _("The form could not be read."), 413)
        wanted = client.safe_next(fields.get("next", "/"))
        if (
            not self._is_our_form(request, fields.get("token", ""))
            or not self._authenticator.settings.password
        ):
            expired = _("The page had been open for too long. Please try again.")
            return self._refuse(request, wanted, expired, 403)
        return await self._try(request, fields.get("password", ""), wanted)

    async def _try(self, request: Request, typed: str, wanted: str) -> Response:
        _ = translation(self.frame(request).language).gettext
        authenticator, address = (
            self._authenticator,
            client.address(request.scope, self._authenticator.settings),
        )
        device = self._cookies.get(request, client.DEVICE_COOKIE)
        known = authenticator.known_browsers.knows(device)
        who = f"device {digest_of(device)[:32]}" if known else client.lockout_key(address)
        visitor = Visitor(SignInMethod.PASSWORD, "", address, 0.0)
        wait = math.ceil(authenticator.lockout.begin(who, known=known))
        if wait:
            busy = _("Too many wrong passwords. Try again in {seconds} seconds.").format(seconds=wait)
            return self._refuse(request, wanted, busy, 429, wait)
        authenticator.changed()
        try:
            assert authenticator.password is not None  # noqa: S101  # made before the first request
            right = await authenticator.password.matches(typed)
        except BusyError:
            authenticator.lockout.take_back(who, known=known)
            busy = _("Many people are signing in right now. Try again in a moment.")
            return self._refuse(request, wanted, busy, 503, 2)
        if not right:
            locked = authenticator.lockout.locked(who)
            audit.note(Action.LOCKED_OUT if locked else Action.SIGN_IN_REFUSED, visitor=visitor)
            return self._refuse(request, wanted, _("That is not the password."), 401)
        authenticator.lockout.succeed(who, known=known)
        return await self.admit(request, SignInMethod.PASSWORD, who="", wanted=wanted)

    async def admit(self, request: Request, how: SignInMethod, *, who: str, wanted: str) -> Response:
        """Sign a visitor in who has proved who they are, and send them on."""
        address = client.address(request.scope, self._authenticator.settings)
        response = RedirectResponse(self._in_chosen_language(request, wanted), 303)
        device = self._cookies.get(request, client.DEVICE_COOKIE)
        if not self._authenticator.known_browsers.knows(device):
            self._cookies.put(
                request,
                response,
                client.DEVICE_COOKIE,
                self._authenticator.known_browsers.add(),
                int(DEVICE_S),
            )
        before = request.scope.get("visitor")
        if isinstance(before, Session):
            await self._authenticator.sign_out(before)
        token = await self._authenticator.sign_in(how, who=who, address=address)
        self._cookies.put(request, response, client.SESSION_COOKIE, token, int(LONGEST_S))
        for spent in (client.FORM_COOKIE, client.LANGUAGE_COOKIE):
            self._cookies.put(request, response, spent, "", 0)
        audit.note(Action.SIGNED_IN, visitor=Visitor(how, who, address, 0.0))
        return response

    def _in_chosen_language(self, request: Request, wanted: str) -> str:
        chosen = self._cookies.get(request, client.LANGUAGE_COOKIE)
        if chosen not in LANGUAGES:
            return wanted
        return in_language(wanted, chosen, self._authenticator.settings.language)

    def _is_our_form(self, request: Request, token: str) -> bool:
        nonce = self._cookies.get(request, client.FORM_COOKIE)
        try:
            signed = str(self._forms.loads(token, max_age=FORM_VALID_S))
        except BadSignature:
            return False
        # Compared as bytes: a cookie may hold letters that are not ASCII.
        return bool(nonce) and hmac.compare_digest(signed.encode(), nonce.encode()) and self._own(request)

    # -- out -----------------------------------------------------------------------------------------------
    async def _ask(self, request: Request) -> Response:
        if not isinstance(request.scope.get("visitor"), Session):
            return RedirectResponse("/login", 303)
        return sign_out_page(self.frame(request))

    async def _leave(self, request: Request) -> Response:
        session = request.scope.get("visitor")
        if not isinstance(session, Session):
            return RedirectResponse("/login", 303)
        if not self._own(request):
            return sign_out_page(self.frame(request))
        try:
            everywhere = bool((await self._reader.read(request)).get("everywhere"))
        except FormError:
            everywhere = False
        if everywhere:
            await self._authenticator.sign_out_everywhere()
        else:
            await self._authenticator.sign_out(session)
        action = Action.SIGNED_OUT_EVERYWHERE if everywhere else Action.SIGNED_OUT
        audit.note(action, visitor=session.visitor)
        response = RedirectResponse(f"/login?{SignInCode.OUT}", 303)
        self._cookies.put(request, response, client.SESSION_COOKIE, "", 0)
        return response

    def _own(self, request: Request) -> bool:
        return not is_foreign(
            request.scope, secure=client.is_secure(request.scope, self._authenticator.settings)
        )

    async def _icon(self, _request: Request) -> Response:
        """Answer with the mark. Opened as a page it runs no script (``closed_policy``)."""
        kind, _, data = mark_address(self._authenticator.settings.app_logo).partition(";base64,")
        policy = {"Content-Security-Policy": closed_policy(())}
        return Response(base64.b64decode(data), media_type=kind.removeprefix("data:"), headers=policy)
