"""Every address that answers with a page, a form's redirect or a calendar."""

from starlette.convertors import Convertor, register_url_convertor
from starlette.routing import BaseRoute, Route

from server.house import House
from server.i18n import LANGUAGES
from server.pages import cafe, cafe_host, calendar, entry, forum, outcome, plain, programme, rooms


class LanguageConvertor(Convertor[str]):
    """One of the six languages at the beginning of a path."""

    regex = "|".join(LANGUAGES)

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


class NumberConvertor(Convertor[int]):
    """A public number that a database can hold."""

    regex = "[1-9][0-9]{0,8}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("language", LanguageConvertor())
register_url_convertor("number", NumberConvertor())

ROUTES: tuple[Route, ...] = (
    Route("/", forum.root),
    Route("/forum.ics", calendar.forum),
    Route("/sessions/{number:number}.ics", calendar.session),
    Route("/{lang:language}/", forum.start),
    Route("/{lang:language}/programme", programme.programme),
    Route("/{lang:language}/sessions/{number:number}", programme.session),
    Route("/{lang:language}/rooms/{room:number}", rooms.room),
    Route("/{lang:language}/rooms/{room:number}/desk", rooms.desk),
    Route("/{lang:language}/rooms/{room:number}/cafe", cafe.cafe),
    Route("/{lang:language}/rooms/{room:number}/cafe/host", cafe_host.page),
    Route("/{lang:language}/rooms/{room:number}/cafe/screen", cafe.screen),
    Route("/{lang:language}/rooms/{room:number}/outcome", outcome.page),
    Route("/{lang:language}/rooms/{room:number}/outcome.{kind}", outcome.file),
    Route("/{lang:language}/help", plain.help_page),
    Route("/{lang:language}/sign-in", entry.sign_in),
    Route("/{lang:language}/enter", entry.enter, methods=["POST"]),
    Route("/{lang:language}/sign-out", entry.sign_out, methods=["POST"]),
    Route("/{lang:language}/zone", entry.zone, methods=["POST"]),
)


def routes(house: House) -> list[BaseRoute]:
    """List the pages of a house."""
    return list(ROUTES)
