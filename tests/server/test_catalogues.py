"""The catalogues' tool: which texts it finds, what it keeps, and each fault that it reports."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server import catalogues
from server.catalogues import main, problems, template, update
from server.extraction import ExtractionError, Said, in_browser, in_python, in_template, said
from server.i18n import LANGUAGES
from server.messages import po_path

TREE = {
    "rooms/questions/rules.py": 'LONG = reason("question.too_long", 422, "At most {limit} characters, please.")\n',
    "server/templates/room.html": '<h1>{{ _("Questions") }}</h1>',
    "static/js/room.js": 'say(tn("{n} vote", "{n} votes", count));\n',
}
FRENCH = {"At most {limit} characters, please.": "{limit} signes au plus.", "Questions": "Questions"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in TREE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    update(tmp_path, tmp_path / "locales")
    return tmp_path


def french(tree: Path) -> Path:
    return po_path(tree / "locales", "fr")


def fill(tree: Path) -> None:
    text = french(tree).read_text("utf-8")
    for english, own in FRENCH.items():
        text = text.replace(f'msgid "{english}"\nmsgstr ""', f'msgid "{english}"\nmsgstr "{own}"')
    text = text.replace('msgstr[0] ""', 'msgstr[0] "{n} voix"').replace('msgstr[1] ""', 'msgstr[1] "{n} voix"')
    french(tree).write_text(text, "utf-8")


def broken(tree: Path, old: str, new: str) -> list[str]:
    """Fill the French catalogue, break it in one place, and say what is wrong with it."""
    fill(tree)
    assert problems("fr", tree, tree / "locales") == []
    text = french(tree).read_text("utf-8")
    assert old in text
    french(tree).write_text(text.replace(old, new), "utf-8")
    return problems("fr", tree, tree / "locales")


def test_python_texts_are_found_wherever_they_are_called() -> None:
    source = """
A = reason("a.b", 422, "Third " "argument")
B = [N_("Marked"), _("Outer {x}", x=_("inner")), spoken.ngettext("one", "many", n), spoken.gettext("Method")]
C = other("Not this"), _(variable), reason("too few", 1)
"""
    texts = {(item.text, item.many) for item in in_python(source, "a.py")}
    assert texts == {
        ("Third argument", None),
        ("Marked", None),
        ("Outer {x}", None),
        ("inner", None),
        ("one", "many"),
        ("Method", None),
    }


def test_template_texts_are_found_wherever_they_are_called() -> None:
    source = """{% macro row() %}<p title="{{ _('Title') }}">{{ _html("Hello {name}", name=name) }}</p>{% endmacro %}
    {% set x = {"a": _("In a dict")} %}{{ ngettext("{n} vote", "{n} votes", votes) }}{# _("no") #}{{ _(label) }}"""
    assert {(item.text, item.many) for item in in_template(source, "a.html")} == {
        ("Title", None),
        ("Hello {name}", None),
        ("In a dict", None),
        ("{n} vote", "{n} votes"),
    }


def test_browser_texts_are_found_wherever_they_are_called() -> None:
    source = r"""
// t("In a comment")
/* t("In another") */
function t(text) {}
const quote = /t\("In a regex"\)/;
const said = "t('In a string')";
show(t("Plain"), t('Quoted \'so\' \u00e9'), `${t("In a template")} t("Not this")`, at("Nor this"), x.t("Nor that"));
tn("one", 'many', counted(t("Inside")), { who: t( "Spaced" ) });
t(variable);
"""
    assert {(item.text, item.many) for item in in_browser(source, "a.js")} == {
        ("Plain", None),
        ("Quoted 'so' é", None),
        ("In a template", None),
        ("one", "many"),
        ("Inside", None),
        ("Spaced", None),
    }


@pytest.mark.parametrize(
    ("reader", "source"),
    [
        (in_python, '_(f"Hello {name}")'),
        (in_python, 'reason("a", 1, "put " + "together")'),
        (in_template, '{{ _("put" ~ name) }}'),
        (in_template, '{{ _("put %s" % name) }}'),
        (in_browser, 't("put" + name)'),
        (in_browser, "t(`Hello ${name}`)"),
        (in_browser, 'tn("one", many, n)'),
    ],
)
def test_a_text_put_together_from_pieces_is_refused(reader: Callable[[str, str], Iterator[Said]], source: str) -> None:
    with pytest.raises(ExtractionError):
        list(reader(source, "a"))


def test_every_part_of_the_tree_is_read(tree: Path) -> None:
    assert [(item.text, item.path) for item in said(tree)] == [
        ("At most {limit} characters, please.", "rooms/questions/rules.py"),
        ("Questions", "server/templates/room.html"),
        ("{n} vote", "static/js/room.js"),
    ]


def test_a_text_that_stands_alone_and_counted_is_one_message() -> None:
    found = template([Said("vote", None, "b.py"), Said("vote", "votes", "a.js")])
    assert [(message.id, message.locations) for message in found.values()] == [
        (("vote", "votes"), [("a.js", 0), ("b.py", 0)])
    ]


def test_two_plurals_of_one_text_are_refused() -> None:
    with pytest.raises(ExtractionError, match="two plurals"):
        template([Said("vote", "votes", "a.js"), Said("vote", "voices", "b.js")])


@pytest.mark.parametrize("text", ["{0} votes", "{} votes", "{Name}", "{a.b}", "{n:d}", "lone }"])
def test_a_placeholder_must_be_a_plain_name(text: str) -> None:
    with pytest.raises(ExtractionError, match="plain_name"):
        template([Said(text, None, "a.js")])


def test_update_makes_six_catalogues_and_english_is_the_text_itself(tree: Path) -> None:
    assert sorted(path.name for path in (tree / "locales").iterdir()) == sorted(LANGUAGES)
    assert problems("en", tree, tree / "locales") == []
    assert 'msgstr[0] "{n} vote"\nmsgstr[1] "{n} votes"' in po_path(tree / "locales", "en").read_text("utf-8")


def test_update_keeps_translations_and_comments_and_drops_what_is_no_longer_said(tree: Path) -> None:
    fill(tree)
    french(tree).write_text(french(tree).read_text("utf-8").replace("#: server", "# A title.\n#: server"), "utf-8")
    (tree / "rooms/questions/rules.py").write_text('A = N_("New")', "utf-8")
    update(tree, tree / "locales")
    text = french(tree).read_text("utf-8")
    assert 'msgid "New"\nmsgstr ""' in text
    assert '# A title.\n#: server/templates/room.html\nmsgid "Questions"\nmsgstr "Questions"' in text
    assert 'msgstr[1] "{n} voix"' in text
    assert "At most" not in text


def test_update_forgets_the_translation_of_a_text_that_now_counts(tree: Path) -> None:
    fill(tree)
    (tree / "static/js/room.js").write_text('tn("Questions", "{n} questions", n)', "utf-8")
    update(tree, tree / "locales")
    assert 'msgid_plural "{n} questions"\nmsgstr[0] ""\nmsgstr[1] ""' in french(tree).read_text("utf-8")


def test_update_changes_nothing_that_is_up_to_date(tree: Path) -> None:
    fill(tree)
    before = french(tree).read_bytes()
    update(tree, tree / "locales")
    assert french(tree).read_bytes() == before


def test_catalogues_hold_files_but_neither_lines_nor_dates(tree: Path) -> None:
    text = french(tree).read_text("utf-8")
    assert "#: static/js/room.js\n" in text
    assert "Date" not in text
    assert "obsolete" not in text


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('msgstr "Questions"', 'msgstr ""', "fr: not translated: 'Questions'"),
        ('msgstr "Questions"', 'msgstr "  "', "fr: not translated: 'Questions'"),
        ('msgstr[1] "{n} voix"\n', "", "fr: not translated: '{n} vote'"),
        ('msgid "Questions"', '#, fuzzy\nmsgid "Questions"', "fr: fuzzy: 'Questions'"),
        ("{limit} signes", "{limite} signes", "fr: placeholders differ from"),
        ("{limit} signes", "signes", "fr: placeholders differ from"),
        ("{limit} signes", "{limit} {signes", "fr: placeholders differ from"),
        ('msgstr[0] "{n} voix"', 'msgstr[0] "une voix"', "fr: placeholders differ from"),
        ('msgid "Questions"', 'msgid "Old"', "fr: not in the catalogue: 'Questions'"),
        ('msgid "Questions"', 'msgid "Old"', "fr: no longer used: 'Old'"),
        ("nplurals=2; plural=(n > 1)", "nplurals=2; plural=(n != 1)", "fr: out of date"),
        ("#: static/js/room.js", "#: static/js/desk.js", "fr: out of date"),
    ],
)
def test_check_reports_each_fault(tree: Path, old: str, new: str, problem: str) -> None:
    found = broken(tree, old, new)
    assert any(line.startswith(problem) for line in found), found


def test_a_form_that_only_one_number_takes_may_say_it_in_a_word(tree: Path) -> None:
    spanish = po_path(tree / "locales", "es")
    text = spanish.read_text("utf-8").replace('msgstr ""\n\n', 'msgstr "x"\n\n')
    text = text.replace('msgstr[0] ""', 'msgstr[0] "un voto"').replace('msgstr[1] ""', 'msgstr[1] "{n} votos"')
    spanish.write_text(text, "utf-8")
    assert not [line for line in problems("es", tree, tree / "locales") if "votes" in line]


def test_english_that_says_something_else_is_reported(tree: Path) -> None:
    english = po_path(tree / "locales", "en")
    english.write_text(english.read_text("utf-8").replace('msgstr "Questions"', 'msgstr "Asks"'), "utf-8")
    assert problems("en", tree, tree / "locales") == ["en: English must be the text itself: 'Questions'"]


def test_the_command_line_answers_with_its_status(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(catalogues, "SOURCE", tree)
    assert main(["check"]) == 1
    assert capsys.readouterr().out.splitlines()[0].endswith("majlis.po is missing")
    assert main(["update"]) == 0
    assert main(["check"]) == 1
    assert "ar: not translated: 'Questions'" in capsys.readouterr().out
    (tree / "static/js/room.js").write_text("t(`x`)", "utf-8")
    assert [main(["check"]), main([]), main(["forget"])] == [1, 2, 2]
