"""Settings: what an operator can set from outside. Each is an environment variable with the prefix SIGNALFEED_."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ranking.params import Params
from service.parameters import InvalidParams, read_params


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
    crowd: Annotated[int, Field(ge=0)] = Field(
        100_000, description="How many likings of all readers are kept, to tell what is popular and who is alike."
    )
    params_file: Path | None = Field(
        None,
        description="A TOML file of ranking parameters, as `signalfeed tune` writes it; without one, the defaults.",
    )
    diversity: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None, description="How much of the scale an event loses for repeating one above it, 0 to 1."
    )
    explore_every: Annotated[int, Field(ge=0)] | None = Field(
        None, description="Every so many places one goes to a draw, to learn more; 0 for none."
    )
    learn_from_opens: bool | None = Field(None, description="Whether to open an event is a weak wish for more of it.")
    reports_dir: Path | None = Field(
        None,
        description="The folder of evaluation reports that the operator's page lists; without one, `reports` in the "
        "data directory.",
    )
    catalog_poll_seconds: Annotated[float, Field(gt=0)] = Field(
        0.25, description="How often a worker looks for new, changed and deleted events."
    )
    max_body_bytes: Annotated[int, Field(ge=1)] = Field(16_000_000, description="The largest body that is accepted.")

    @field_validator("params_file")
    @classmethod
    def _can_be_read(cls, path: Path | None) -> Path | None:
        """Reads the file once to see that it can be; raises ValueError."""
        if path is not None:
            try:
                read_params(path)
            except InvalidParams as error:
                raise ValueError(str(error)) from error
        return path

    @property
    def reports(self) -> Path:
        """The folder of evaluation reports."""
        return self.reports_dir or self.data_dir / "reports"

    @property
    def params(self) -> Params:
        """The parameters of the ranking: those of the file, with what is set by itself in their place."""
        params = read_params(self.params_file) if self.params_file is not None else Params()
        alone = {name: getattr(self, name) for name in ("diversity", "explore_every", "learn_from_opens")}
        return replace(params, **{name: value for name, value in alone.items() if value is not None})
