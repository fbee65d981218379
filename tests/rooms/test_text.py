"""What people wrote: one normal form, nothing invisible that deceives, and every living script passes."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.errors import Refused
from rooms.people.rules import NAME_LIMIT, clean_name
from rooms.text import MARKS_IN_A_ROW, clean, clean_line

LIMIT = 100


def refusal(text: str, limit: int = LIMIT) -> str:
    with pytest.raises(Refused) as caught:
        clean(text, limit)
    return caught.value.code


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "\n\t \r\n", "\u00a0\u2003\u3000"),
        *("\u200b", "\u200c\u200d", "\u200e\u200f", "\u00ad", " \u200b\n"),
        *("\u0301", "\ufe0f"),
        *("\u2800", "\u3164", "\u115f\u1160", "\uffa0"),
    ],
    ids=ascii,
)
def test_a_text_without_anything_to_see_is_empty(text: str) -> None:
    assert refusal(text) == "text.empty"


@pytest.mark.parametrize("letter", [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))], ids=ascii)
def test_bidirectional_overrides_embeddings_and_isolates_are_refused(letter: str) -> None:
    assert refusal(f"pay {letter}001 CHF") == "text.control"


@pytest.mark.parametrize(
    "letter",
    ["\x00", "\x07", "\x0b", "\x1b", "\x7f", "\x85", "\u2028", "\u2060", "\ufeff", "\U000e0041", "\ud800", chr(0xDFFF)],
    ids=ascii,
)
def test_control_characters_and_lone_surrogates_are_refused(letter: str) -> None:
    assert refusal(f"a{letter}b") == "text.control"


@pytest.mark.parametrize(
    "text",
    [
        "👩🏽‍💻 and 🏳️‍🌈 and 🇳🇬",
        "می‌خواهم",
        "ที่นี่ กำลังเรียนรู้",
        "בְּרֵאשִׁ֖ית בָּרָ֣א אֱלֹהִ֑ים",
        "السَّلَامُ عَلَيْكُمْ",
        "क्षत्रिय ज़िन्दगी",
        "བསྒྲུབས་",
        "ភាសាខ្មែរ",
        "Việt Nam",
        "知识咖啡馆",
        "1️⃣ first",
    ],
)
def test_every_living_script_passes_unharmed(text: str) -> None:
    assert clean(text, LIMIT) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("mark", ["\u0301", "\u0489", "\u0e47", "\u0e49", "\u0335\u034f", "\u0301\u200d"], ids=ascii)
def test_towers_of_marks_are_refused(mark: str) -> None:
    assert clean("a" + mark, LIMIT)
    assert refusal("a" + mark * (MARKS_IN_A_ROW + 1)) == "text.marks"


@pytest.mark.parametrize("text", ["a" + "\u0301" * 1_000_000, "a" * 1_000_000, " " * 1_000_000], ids=len)
def test_a_million_characters_are_refused_quickly(text: str) -> None:
    begun = time.perf_counter()
    assert refusal(text, 2000) == "text.too_long"
    assert time.perf_counter() - begun < 2


def test_the_longest_text_that_is_read_is_refused_quickly() -> None:
    begun = time.perf_counter()
    assert refusal("a" + "\u0301" * 7999, 2000) == "text.marks"
    assert time.perf_counter() - begun < 2


def test_the_limit_counts_the_stored_form() -> None:
    assert clean("x" * LIMIT, LIMIT) == "x" * LIMIT
    assert refusal("x" * (LIMIT + 1)) == "text.too_long"
    assert clean("e\u0301" * LIMIT, LIMIT) == "é" * LIMIT
    assert clean(" " + "x" * LIMIT + " \n", LIMIT) == "x" * LIMIT
    assert clean("😀" * LIMIT, LIMIT) == "😀" * LIMIT


def test_texts_are_stored_composed() -> None:
    assert clean("E\u0301milie", LIMIT) == "Émilie"


def test_breaks_are_plain_and_gaps_are_small() -> None:
    assert clean("a\r\nb\rc\n\n\n\nd \t e \n f", LIMIT) == "a\nb\nc\n\nd e\nf"


def test_a_line_has_no_breaks() -> None:
    assert clean_line(" Amina \n\t Okafor ", LIMIT) == "Amina Okafor"


def test_a_name_has_a_limit_of_its_own() -> None:
    assert clean_name("x" * NAME_LIMIT)
    with pytest.raises(Refused):
        clean_name("x" * (NAME_LIMIT + 1))


@given(st.text(max_size=LIMIT))
def test_what_passed_once_passes_again_unchanged(text: str) -> None:
    try:
        once = clean(text, LIMIT)
    except Refused:
        return
    assert clean(once, LIMIT) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once == once.strip()
