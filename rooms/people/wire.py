"""How people appear to others."""

from rooms.commands import Result, Sent
from rooms.people.store import Person
from rooms.streams import Logged, OnePerson


class PublicPerson(Result, frozen=True):
    """A person as everyone in a room sees them."""

    id: int
    name: str
    organisation: str = ""
    country: str = ""
    stakeholder: str = ""
    roles: tuple[str, ...] = ()


class Rename(Sent, frozen=True):
    """Change one's own name."""

    name: str


class PersonChanged(Logged[OnePerson], frozen=True, kw_only=True, tag_field="type", tag="person.changed"):
    """One's own name is different now."""

    name: str


EVENTS = (PersonChanged,)


def public(person: Person, roles: tuple[str, ...] = ()) -> PublicPerson:
    """Show a person to everyone in a room."""
    return PublicPerson(
        id=person.id or 0,
        name=person.name,
        organisation=person.organisation,
        country=person.country,
        stakeholder=person.stakeholder,
        roles=roles,
    )
