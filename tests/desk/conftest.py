"""The doors' cache, command line and centre serve the tests of the desk too."""

from tests.api.conftest import centre, centre_settings, centre_url, own_cache, run

__all__ = ["centre", "centre_settings", "centre_url", "own_cache", "run"]
