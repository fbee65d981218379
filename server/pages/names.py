"""Names of what is listed by code: formats, modes, action lines, goals, groups, roles, states and reasons."""

from server.i18n import N_

FORMATS = {
    "policy-statements": N_("Policy statements"),
    "high-level-dialogue": N_("Interactive high-level dialogue"),
    "prizes-ceremony": N_("WSIS Prizes ceremony"),
    "ministerial-round-table": N_("Ministerial round table"),
    "action-line-meeting": N_("WSIS action line facilitation meeting"),
    "country-workshop": N_("Country workshop"),
    "thematic-workshop": N_("Thematic workshop"),
    "training": N_("Training session"),
    "special-track": N_("Special track"),
    "knowledge-cafe": N_("Knowledge Café"),
    "hackathon": N_("Hackathon"),
    "exhibition": N_("Exhibition"),
    "open-space": N_("Open space talk"),
    "closing-ceremony": N_("Closing ceremony"),
}
TRACKS = {"high-level": N_("High-Level Track"), "forum": N_("Forum Track")}
MODES = {
    "physical": N_("On site"),
    "virtual": N_("Online"),
    "hybrid": N_("On site and online"),
}
ACTION_LINES = {
    "C1": N_("The role of governments and all stakeholders in the promotion of ICTs for development"),
    "C2": N_("Information and communication infrastructure"),
    "C3": N_("Access to information and knowledge"),
    "C4": N_("Capacity building"),
    "C5": N_("Building confidence and security in use of ICTs"),
    "C6": N_("Enabling environment"),
    "C7-e-government": N_("ICT applications: benefits in all aspects of life — E-government"),
    "C7-e-business": N_("ICT applications: benefits in all aspects of life — E-business"),
    "C7-e-learning": N_("ICT applications: benefits in all aspects of life — E-learning"),
    "C7-e-health": N_("ICT applications: benefits in all aspects of life — E-health"),
    "C7-e-employment": N_("ICT applications: benefits in all aspects of life — E-employment"),
    "C7-e-environment": N_("ICT applications: benefits in all aspects of life — E-environment"),
    "C7-e-agriculture": N_("ICT applications: benefits in all aspects of life — E-agriculture"),
    "C7-e-science": N_("ICT applications: benefits in all aspects of life — E-science"),
    "C8": N_("Cultural diversity and identity, linguistic diversity and local content"),
    "C9": N_("Media"),
    "C10": N_("Ethical dimensions of the Information Society"),
    "C11": N_("International and regional cooperation"),
}
"""The WSIS action lines by their official English names (Geneva Plan of Action, 2003)."""
SDGS = {
    "1": N_("No Poverty"),
    "2": N_("Zero Hunger"),
    "3": N_("Good Health and Well-being"),
    "4": N_("Quality Education"),
    "5": N_("Gender Equality"),
    "6": N_("Clean Water and Sanitation"),
    "7": N_("Affordable and Clean Energy"),
    "8": N_("Decent Work and Economic Growth"),
    "9": N_("Industry, Innovation and Infrastructure"),
    "10": N_("Reduced Inequalities"),
    "11": N_("Sustainable Cities and Communities"),
    "12": N_("Responsible Consumption and Production"),
    "13": N_("Climate Action"),
    "14": N_("Life Below Water"),
    "15": N_("Life on Land"),
    "16": N_("Peace, Justice and Strong Institutions"),
    "17": N_("Partnerships for the Goals"),
}
"""The Sustainable Development Goals by their official short names (United Nations resolution 70/1)."""
STAKEHOLDERS = {
    "government": N_("Governments"),
    "private": N_("Private sector"),
    "civil": N_("Civil society"),
    "academia": N_("Academia and technical community"),
    "international": N_("International organizations"),
}
ROLES = {
    "participant": N_("Participant"),
    "speaker": N_("Speaker"),
    "seated": N_("At the table"),
    "table_host": N_("Table host"),
    "host": N_("Host"),
    "moderator": N_("Moderator"),
    "organiser": N_("Organiser"),
}
STATES = {
    "pending": N_("Waiting for a moderator"),
    "open": N_("Open"),
    "live": N_("Being answered now"),
    "answered": N_("Answered"),
    "dismissed": N_("Not accepted"),
    "hidden": N_("Hidden by a moderator"),
    "withdrawn": N_("Withdrawn"),
}
DISMISSALS = {
    "off_topic": N_("Off topic"),
    "duplicate": N_("Asked already"),
    "unclear": N_("Not clear enough"),
    "offensive": N_("Offensive"),
    "personal": N_("About a private person"),
    "promotion": N_("Advertising"),
    "no_time": N_("No time left"),
}
PHASES = {"live": N_("Live now"), "next": N_("Coming"), "over": N_("Over")}
CAFE_PHASES = {
    "draft": N_("Not begun"),
    "ready": N_("Ready?"),
    "seating": N_("Seating"),
    "opening": N_("Begins soon"),
    "open": N_("Talking"),
    "closing": N_("Closing"),
    "closed": N_("Break"),
    "plenary": N_("Plenary"),
    "over": N_("Over"),
}
CAFE_SAYS = {
    "": N_("There is no café in this room yet."),
    "draft": N_("Stay on this page: when the host begins, you are asked whether you are ready."),
    "ready": N_("The café begins. Are you ready?"),
    "seating": N_("The seats are being arranged. You will be at your table in a moment."),
    "opening": N_("A round begins. You do not sit at a table yet."),
    "open": N_("A round is on. You do not sit at a table."),
    "closing": N_("The round closes soon. You do not sit at a table."),
    "closed": N_("The round is over. The next one begins soon, and you will be seated."),
    "plenary": N_("Everybody is back from the tables."),
    "over": N_("This café is over. Thank you for taking part."),
}
NAMES: dict[str, dict[str, str]] = {
    "format": FORMATS,
    "track": TRACKS,
    "mode": MODES,
    "line": ACTION_LINES,
    "sdg": SDGS,
    "stakeholder": STAKEHOLDERS,
    "role": ROLES,
    "state": STATES,
    "dismissal": DISMISSALS,
    "phase": PHASES,
    "cafe-phase": CAFE_PHASES,
    "cafe-says": CAFE_SAYS,
}


def english(kind: str, key: object) -> str:
    """Give the English name of a code, which the catalogues translate; an unknown code stands for itself.

    Raises:
        KeyError: there is no such kind.
    """
    return NAMES[kind].get(str(key), str(key))
