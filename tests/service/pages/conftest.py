"""Services that the tests of the pages call."""

from tests.service.api.conftest import app, client  # noqa: F401 -- fixtures
