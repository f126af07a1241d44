"""Settings: what an operator can set from outside. Each is an environment variable with the prefix SIGNALFEED_."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where the service listens, where it keeps what it knows, and its limits."""

    model_config = SettingsConfigDict(env_prefix="SIGNALFEED_", env_ignore_empty=True, frozen=True)

    host: str = Field("127.0.0.1", description="The address to listen on.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(8000, description="The port to listen on; 0 takes a free one.")
    workers: Annotated[int, Field(ge=1)] = Field(1, description="Worker processes.")
    redis_url: Annotated[str, Field(pattern=r"^(redis|rediss|unix)://")] | None = Field(
        None,
        description="A Redis or Valkey server: redis://, rediss:// or unix://. "
        "Without one, a private durable server is started in the data directory.",
    )
    data_dir: Path = Field(Path("signalfeed-data"), description="Where the private server keeps its files.")
    reader_ttl_days: Annotated[int, Field(ge=1)] = Field(
        730, description="A reader who has adjusted nothing for so many days is forgotten."
    )
    catalog_poll_seconds: Annotated[float, Field(gt=0)] = Field(
        0.25, description="How often a worker looks for new, changed and deleted events."
    )
    max_body_bytes: Annotated[int, Field(ge=1)] = Field(16_000_000, description="The largest body that is accepted.")
