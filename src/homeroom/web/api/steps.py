"""What happens to a call, verb by verb: one visible list each, in the order of the ODS/API's checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from homeroom.web.api.calls import Step
from homeroom.web.api.changing import delete, parse_draft, read_body, write
from homeroom.web.api.deciding import (
    authenticate,
    check_body_type,
    check_rate,
    check_snapshot,
    decide_delete,
    decide_read,
    decide_read_changes,
    decide_write,
    find_item,
    find_resource,
    find_stored_item,
    forbid_item,
    forbid_list,
)
from homeroom.web.api.profiled import choose_read_profile, choose_write_profile, merge_with_stored
from homeroom.web.api.reading import parse_list, parse_parts, read_item, read_list, read_parts
from homeroom.web.api.tracking import read_changed_keys, read_deleted
from homeroom.web.api.years import check_deleted_year, check_replaced_year, check_year

_OPENING: Final = (authenticate, check_rate, find_resource, check_snapshot)
_WRITING: Final = (
    read_body,
    parse_draft,
    decide_write,
    check_replaced_year,
    merge_with_stored,
    check_year,
    write,
)

ITEM: Final[Mapping[str, tuple[Step, ...]]] = {
    "GET": (*_OPENING, choose_read_profile, find_item, decide_read, read_item),
    "PUT": (*_OPENING, check_body_type, choose_write_profile, find_stored_item, *_WRITING),
    "DELETE": (*_OPENING, find_stored_item, decide_delete, check_deleted_year, delete),
    "POST": (*_OPENING, forbid_item),
}
LIST: Final[Mapping[str, tuple[Step, ...]]] = {
    "GET": (*_OPENING, choose_read_profile, parse_list, decide_read, read_list),
    "POST": (*_OPENING, check_body_type, choose_write_profile, *_WRITING),
    "PUT": (*_OPENING, forbid_list),
    "DELETE": (*_OPENING, forbid_list),
}
PARTITIONS: Final[Mapping[str, tuple[Step, ...]]] = {
    "GET": (*_OPENING, parse_parts, decide_read, read_parts),
}
DELETES: Final[Mapping[str, tuple[Step, ...]]] = {
    "GET": (*_OPENING, decide_read_changes, read_deleted),
}
KEY_CHANGES: Final[Mapping[str, tuple[Step, ...]]] = {
    "GET": (*_OPENING, decide_read_changes, read_changed_keys),
}
BELOW: Final[Mapping[str, Mapping[str, tuple[Step, ...]]]] = {
    "partitions": PARTITIONS,
    "deletes": DELETES,
    "keychanges": KEY_CHANGES,
}
