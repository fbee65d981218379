"""What people do to their own entry."""

from rooms.commands import Command, Done
from rooms.members.rules import SIGN_IN
from rooms.people import rules, store, wire
from rooms.streams import only
from rooms.work import Work


async def rename(work: Work, sent: wire.Rename) -> Done:
    """Change the actor's own name; what they wrote before keeps the former one."""
    if work.actor.person_id is None:
        raise SIGN_IN()
    person = await store.person(work.db, work.actor.person_id)
    if person is None:
        raise rules.UNKNOWN()
    person.name = rules.clean_name(sent.name)
    work.db.add(person)
    work.tell(only(work.actor.person_id), wire.PersonChanged(name=person.name))
    return Done()


COMMANDS = (Command("person.rename", "Change your own name.", wire.Rename, Done, rename),)
