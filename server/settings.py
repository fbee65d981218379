"""What an operator can set, by MAJLIS_* variables or a .env file."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything that can be set; the defaults run the embedded server on this machine alone."""

    model_config = SettingsConfigDict(env_prefix="MAJLIS_", env_file=".env", extra="ignore")

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8023, description="Port to listen on; 0 takes a free one.")
    origin: str = Field(
        default="", description="Public address, such as https://forum.example; empty: what the browser says."
    )
    data: Path = Field(default=Path("data"), description="Folder of the embedded database and the server's secret.")
    database_url: str = Field(default="", description="postgresql+asyncpg://…; empty: SQLite in the data folder.")
    redis_url: str = Field(default="", description="redis://…; empty: events stay in this one process.")
    redis_prefix: str = Field(
        default="majlis", description="Prefix of all channels, where several forums share one Redis."
    )
    secret: SecretStr = Field(
        default=SecretStr(""), description="Signs form tokens; empty: made and kept in the data folder."
    )
    trusted_proxies: str = Field(
        default="", description="Addresses whose X-Forwarded-For is believed, separated by commas."
    )
    demo: bool = Field(default=False, description="Sample forum with one-click entry; never for real people.")
    quiet: bool = Field(default=False, description="No simulated people in the demo.")
    dev: bool = Field(default=False, description="Read templates and assets afresh for each request.")
    migrate: bool = Field(default=True, description="Apply migrations at start (always safe on the embedded database).")
    sign_in_days: int = Field(default=30, description="Days until a sign-in ends by itself.")
    frame_bytes: int = Field(default=40 * 1024, description="Largest frame or request body that is read.")
    outbox_frames: int = Field(default=256, description="Most frames that wait for one connection.")
    outbox_bytes: int = Field(default=256 * 1024, description="Most bytes that wait for one connection.")
    connections_per_person: int = Field(default=20, description="Most open connections of one person.")
    calls: bool = Field(default=True, description="Run a media process for calls as soon as somebody joins one.")
    media_addresses: str = Field(
        default="", description="Public addresses of this machine for calls behind NAT, separated by commas."
    )
    turn_urls: str = Field(
        default="", description="TURN servers such as turn:turn.example:3478, separated by commas; empty: none."
    )
    turn_secret: SecretStr = Field(
        default=SecretStr(""), description="Secret shared with the TURN servers (coturn: static-auth-secret)."
    )
    turn_relay_only: bool = Field(
        default=False, description="Calls go through the TURN servers alone; addresses of people stay unknown."
    )
    log_level: str = Field(default="info", description="debug, info, warning or error.")

    @property
    def secure(self) -> bool:
        return self.origin.startswith("https://")
