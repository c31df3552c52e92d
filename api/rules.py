"""What a public model says of a value that breaks one of its rules, in the language of the output.

In: an error as pydantic tells it. Out: the rule in words. Next: ``api.cli.match``, ``api.http.problems`` and ``api.settings`` tell it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph.language import N_, _, told

_RULES = {
    "missing": N_("Field required"),
    "extra_forbidden": N_("Extra inputs are not permitted"),
    "less_than_equal": N_("Input should be less than or equal to {le}"),
    "greater_than_equal": N_("Input should be greater than or equal to {ge}"),
    "greater_than": N_("Input should be greater than {gt}"),
    "string_too_long": N_("String should have at most {max_length} characters"),
    "string_too_short": N_("String should have at least {min_length} character"),
    "string_type": N_("Input should be a valid string"),
    "int_type": N_("Input should be a valid integer"),
    "int_parsing": N_("Input should be a valid integer, unable to parse string as an integer"),
    "int_from_float": N_("Input should be a valid integer, got a number with a fractional part"),
    "float_type": N_("Input should be a valid number"),
    "float_parsing": N_("Input should be a valid number, unable to parse string as a number"),
    "finite_number": N_("Input should be a finite number"),
    "bool_type": N_("Input should be a valid boolean"),
    "bool_parsing": N_("Input should be a valid boolean, unable to interpret input"),
    "list_type": N_("Input should be a valid list"),
    "too_long": N_("List should have at most {max_length} items after validation, not {actual_length}"),
    "enum": N_("Input should be {expected}"),
    "literal_error": N_("Input should be {expected}"),
}
"""By pydantic's name of a rule, its own words for it."""


def rule_of(error: Mapping[str, Any]) -> str:
    """The rule that ``error`` (one of ``ValidationError.errors()``) says is broken; in pydantic's English where it is not listed here."""
    values = error.get("ctx", {})
    if error["type"] == "value_error":
        return told(str(values["error"]))
    rule = _RULES.get(error["type"])
    if rule is None:
        return str(error["msg"])
    if "expected" in values:
        values = {"expected": str(values["expected"]).replace(" or ", _(" or "))}
    return _(rule, **values)
