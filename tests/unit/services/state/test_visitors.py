"""The visitor of the page that runs in a thread."""

from __future__ import annotations

import threading

from core.models.access import SignInMethod, Visitor
from core.services.state.visitors import Visitors

ANA = Visitor(SignInMethod.OIDC, "ana@example.test", "203.0.113.9", 1.0)


class OneSignIn:
    """Ana's, by a link."""

    opens_by_link = True

    def visitor(self, login: str) -> Visitor | None:
        """Ana, for her sign-in."""
        return ANA if login == "ana" else None


def test_a_visitor_is_found_by_the_sign_in_of_the_thread() -> None:
    """In the thread of the page, and in no other."""
    visitors, page = Visitors(OneSignIn()), threading.local()
    visitors.current_login = lambda: str(getattr(page, "login", ""))
    assert visitors.current is None
    page.login = "ana"
    assert visitors.current == ANA
    elsewhere: list[Visitor | None] = []
    thread = threading.Thread(target=lambda: elsewhere.append(visitors.current))
    thread.start()
    thread.join()
    assert elsewhere == [None]
    assert visitors.open_by_link


def test_what_is_carried_into_another_thread_belongs_to_whom_it_was_begun_by() -> None:
    """Also once she has signed out; what runs in that thread afterwards does not."""
    visitors, page = Visitors(OneSignIn()), threading.local()
    visitors.current_login = lambda: str(getattr(page, "login", ""))
    page.login = "ana"
    ask = visitors.carried(lambda: visitors.current)
    page.login = ""
    elsewhere: list[Visitor | None] = []
    thread = threading.Thread(target=lambda: elsewhere.extend([ask(), visitors.current]))
    thread.start()
    thread.join()
    assert elsewhere == [ANA, None]
    assert visitors.current is None


def test_without_sign_ins_there_is_no_visitor() -> None:
    """As in a process that serves no pages."""
    assert Visitors().current is None
    assert not Visitors().open_by_link
