"""The version, as the installed package says it."""

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("dovetail")
except PackageNotFoundError:  # run from a source tree that was never installed
    VERSION = "0+source"
