"""What the rounds of a café did so far, proved from who sat where and told to everyone."""

import msgspec

from rooms.cafe import proofs, rotation_proof
from rooms.cafe.store import Cafe
from rooms.seats import dealing
from rooms.seats import store as seats
from rooms.streams import everyone_in
from rooms.work import Work

LEAST_TABLES = 5
"""Of fewer tables nothing is told that could be one person's."""


def shown(proof: rotation_proof.Proof) -> proofs.Proof:
    """Show a proof as the wire does; of a few tables alone it would tell what people keep to themselves."""
    found = {name: getattr(proof, name) for name in proofs.Proof.__struct_fields__}
    return proofs.Proof(**(found if proof.mixed_of >= LEAST_TABLES else found | {"mixed": None}))


async def prove(work: Work, cafe: Cafe) -> None:
    """Prove what the rounds of this run did so far, and tell everyone."""
    await work.db.flush()
    seatings = await seats.sittings(work.db, cafe.room_id, cafe.before)
    ids = {person for seating in seatings for at_table in seating.values() for person in at_table}
    known = await dealing.guests(work, ids)
    before = await seats.met(work.db, ids) - rotation_proof.meetings(seatings)
    tell(work, cafe, shown(rotation_proof.prove(list(known.values()), seatings, before)) if ids else None)


def tell(work: Work, cafe: Cafe, proof: proofs.Proof | None) -> None:
    """Keep a proof, or that there is none, and tell everyone where it is another than before."""
    if proof != proofs.proved(cafe):
        cafe.proof = msgspec.to_builtins(proof) if proof else None
        work.db.add(cafe)
        work.tell(everyone_in(cafe.room_id), proofs.CafeProved(proof=proof))
