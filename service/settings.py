"""Settings: what an operator can set from outside. Each is an environment variable with the prefix SIGNALFEED_."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from ranking.params import Params

_DEFAULTS = Params()


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
    snapshot_ttl_seconds: Annotated[int, Field(ge=1)] = Field(
        1800, description="How long the order of a feed is kept for a reader who pages through it."
    )
    impressions: Annotated[int, Field(ge=0)] = Field(
        100_000, description="How many impressions are kept, over all readers; 0 keeps none."
    )
    diversity: Annotated[float, Field(ge=0, le=1)] = Field(
        _DEFAULTS.diversity, description="How much of the scale an event loses for repeating one above it, 0 to 1."
    )
    explore_every: Annotated[int, Field(ge=0)] = Field(
        _DEFAULTS.explore_every, description="Every so many places one goes to a draw, to learn more; 0 for none."
    )
    learn_from_opens: bool = Field(
        _DEFAULTS.learn_from_opens, description="Whether to open an event is a weak wish for more of it."
    )
    catalog_poll_seconds: Annotated[float, Field(gt=0)] = Field(
        0.25, description="How often a worker looks for new, changed and deleted events."
    )
    max_body_bytes: Annotated[int, Field(ge=1)] = Field(16_000_000, description="The largest body that is accepted.")

    @property
    def params(self) -> Params:
        """The parameters of the ranking."""
        return Params(
            diversity=self.diversity, explore_every=self.explore_every, learn_from_opens=self.learn_from_opens
        )
