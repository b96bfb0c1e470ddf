"""What a log may show: the end of a number, no QR; and the one line that must stay exact."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.logs import redact, set_up_logging

QR = "2@Zx9-_kLmNoPqRsTuVwXyZ01234567,AbCd/ef+gh==,IjKlMnOp+/qrst==,UvWx/yz0+12==,1"

number = st.integers(10_000_000, 999_999_999_999_999).map(str)


@given(
    number, st.sampled_from(["{}", "+{}", "to {} failed", "({})", "'{}'", "jid={}", "{}, {}", "número:{}"])
)
def test_a_telephone_number_shows_its_end_only(digits: str, where: str) -> None:
    """Eight to fifteen digits, wherever they stand in a sentence."""
    text = redact(where.replace("{}", digits))
    assert text == where.replace("+{}", "{}").replace("{}", f"…{digits[-4:]}")


@given(
    number,
    st.sampled_from(
        [
            "{}@s.whatsapp.net",
            "{}:12@s.whatsapp.net",
            "{}.0:12@s.whatsapp.net",
            "{}@lid",
            "{}:3@lid",
            "{}@c.us",
        ]
    ),
)
def test_addresses_of_people_show_their_end_only(digits: str, address: str) -> None:
    """JIDs and LIDs, with a device or without."""
    text = redact(f"handling <{address.replace('{}', digits)}> now")
    assert text == f"handling <{address.replace('{}', f'…{digits[-4:]}')}> now"


@given(number, st.integers(1_000_000_000, 1_999_999_999))
def test_an_old_groups_address_does_not_tell_its_founder(digits: str, created: int) -> None:
    """Those begin with the founder's number."""
    assert redact(f"group {digits}-{created}@g.us") == f"group …{digits[-4:]}@g.us"


@pytest.mark.parametrize(
    "shown", ["+55 11 91234-5678", "+1 202-555-0123", "+49 30 901820", "+54 9 11 2345-6789"]
)
def test_a_number_as_people_write_it_shows_its_end_only(shown: str) -> None:
    """The international form that pages show is masked as well."""
    text = redact(f"to {shown}: refused")
    assert shown not in text
    digits = "".join(filter(str.isdigit, shown))
    assert "".join(filter(str.isdigit, text)) == digits[-4:]


@given(
    st.data(),
    st.integers(10**9, 10**12),
    st.sampled_from(
        ["\u00a0", "\u2009", "\u202f", "\t", "\u2011", "\u2013", "\u200b", "\u2060", "\u202e", ")\u00a0("]
    ),
)
def test_blanks_and_marks_of_any_kind_do_not_hide_a_number(
    data: st.DataObject, number: int, sign: str
) -> None:
    """What copying from a page brings along."""
    written = "".join(data.draw(st.sampled_from(["", sign])) + digit for digit in str(number)).lstrip(sign)
    assert "".join(filter(str.isdigit, redact(f"to +{written}: refused"))) == str(number)[-4:]
    unseen = "\u200b".join(str(number))
    assert "".join(filter(str.isdigit, redact(f"to {unseen}: refused"))) == str(number)[-4:]


@pytest.mark.parametrize("where", ["{}", "qr={}", "['{}']", '{"code":"{}"}', "Login event: code {} next"])
def test_a_qr_is_never_shown(where: str) -> None:
    """Whoever can read it owns the session: no part of it stays."""
    text = redact(where.replace("{}", QR))
    assert "[qr]" in text
    for part in QR.split(","):
        assert len(part) < 4 or part not in text


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-23 22:04:05,123 INFO core.registry.registry using auth directory /data with 20 instances",
        "worker 1234567 ended with -9",
        "version 2.3000.1015901307",
        "loja-5678-k7m2xq stopped",
        "took 12.3456789 s",
        "wrote 1073741824 bytes",
        "2026-11-23T22:04:05+00:00",
    ],
)
def test_what_is_no_number_stays(line: str) -> None:
    """Times, process ids, versions and instance ids are what a log is for."""
    assert redact(line) == line


paths = st.lists(
    number
    | st.sampled_from(
        ["/", " ", "-", "_", ".", "@", "+", "=", ",", "(", "á", "2@", "@g.us", "instance 5 at", "Xy"]
    ),
    min_size=1,
    max_size=8,
).map(lambda parts: "/" + "".join(parts))


@given(paths, st.sampled_from(["loja-k7m2xq", "5678-234567", "instance-bcdfgh"]))
def test_the_line_of_a_new_instance_is_never_altered(auth_dir: str, instance_id: str) -> None:
    """People are told to look for it and copy the path: digits in it, even a number's worth, stay."""
    line = f"Created new auth directory for instance {instance_id} at {auth_dir}/{instance_id}"
    assert redact(f"2026-11-23 22:04:05,123 INFO core.store.instance_file {line}").endswith(line)


@pytest.mark.parametrize("where", ["{}", "GET {} HTTP/1.1", '"{}"', "{}&lang=en", "see <{}>"])
def test_a_sign_in_link_is_never_shown(where: str) -> None:
    """Should a library ever log the address that was asked for; what stands around it stays."""
    address, word = "http://localhost:8501/login?link=", "Ab0-_" * 8 + "xyz"
    assert redact(where.format(address + word)) == where.format(address + "[link]")


@pytest.mark.parametrize("where", ["{}", "GET {} HTTP/1.1", '"{}"', "see <{}>"])
def test_a_pairing_link_is_never_shown(where: str) -> None:
    """Its id opens nothing, and may stay."""
    address, word = "https://zap.example.test/pair?l=Ab0-_xyzQ12#", "Ab0-_" * 8 + "xyz"
    assert redact(where.format(address + word)) == where.format(address + "[link]")


@given(st.text())
def test_masking_twice_changes_nothing_more(text: str) -> None:
    """A worker's line is masked there and again by who passes it on."""
    assert redact(redact(text)) == redact(text)


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    """The root logger, put back as it was afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)


def logged(root: logging.Logger) -> io.StringIO:
    """What the one handler of ours writes from now on."""
    stream = io.StringIO()
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    return stream


def test_values_exceptions_and_stacks_are_masked_too(root_logger: logging.Logger) -> None:
    """The finished line is masked, so nothing slips past through an argument or a traceback."""
    set_up_logging("INFO")
    stream = logged(root_logger)
    try:
        raise ValueError(f"bad 5511912345678 and {QR}")
    except ValueError:
        logging.getLogger("x").exception("to %s", "5511987654321", stack_info=True)
    text = stream.getvalue()
    assert "Traceback" in text
    assert "55119" not in text
    assert "2@Zx9" not in text
    assert "…5678" in text


def test_a_line_names_its_instance(root_logger: logging.Logger) -> None:
    """Whoever reads the log of twenty instances can follow one; lines without one end without one."""
    set_up_logging("INFO")
    stream = logged(root_logger)
    logging.getLogger("x").info("connected", extra={"instance": "loja-k7m2xq"})
    logging.getLogger("x").info("plain")
    first, second = stream.getvalue().splitlines()
    assert first.endswith("x connected instance=loja-k7m2xq")
    assert second.endswith("x plain")


def test_ours_is_the_only_handler_and_the_level_counts(root_logger: logging.Logger) -> None:
    """Handlers that libraries installed would write unmasked; setting up twice writes nothing twice."""
    root_logger.addHandler(logging.NullHandler())
    set_up_logging("ERROR")
    set_up_logging("WARNING")
    stream = logged(root_logger)
    logging.getLogger("x").info("no")
    logging.getLogger("x").warning("yes")
    assert stream.getvalue().count("\n") == 1
    assert logging.getLogger("httpx").level == logging.WARNING
