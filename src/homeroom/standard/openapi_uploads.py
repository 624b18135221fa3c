"""The published description of uploads: files that programs send, and what became of them."""

from __future__ import annotations

from typing import Final

import msgspec

from homeroom.standard.openapi_forms import Form, Interface, writer_of
from homeroom.standard.openapi_operations import (
    Answer,
    Body,
    Json,
    JsonObject,
    Method,
    Operation,
    Parameter,
    Path,
)
from homeroom.standard.openapi_schemas import PROBLEM

_TAG: Final = "batches"
_TEXT: Final[JsonObject] = {"type": "string"}
_WHOLE: Final[JsonObject] = {"type": "integer", "format": "int64"}
_WHEN: Final[JsonObject] = {"type": "string", "format": "date-time"}
_ANY: Final[JsonObject] = {"type": "object"}
_STATES: Final = ("received", "running", "asking", "finished", "failed", "cancelled", "undone")


def render_uploads(*, root_url: str, form: Form = Form.OPENAPI_3) -> bytes:
    """The document of uploads."""
    interface = Interface(
        title="Homeroom: uploads",
        description="Files sent by programs. Each request makes one batch, which loads in the background.",
        data_url=f"{root_url}/uploads/v1",
        token_url=f"{root_url}/oauth/token",
        tags={_TAG: "What was sent, and what became of it."},
        paths=(Path("/batches", _TAG, (_SEND,)), Path("/batches/{id}", _TAG, (_ASK,))),
    )
    schemas = {"upload_file": _FILE, "upload_batch": _BATCH, "problem": PROBLEM}
    return msgspec.json.encode(writer_of(form).write(interface, schemas))


def _array(of: JsonObject) -> JsonObject:
    return {"type": "array", "items": of}


_FILE: Final[JsonObject] = {"type": "string", "format": "binary"}
_MEMBERS: Final[dict[str, Json]] = {
    "id": _WHOLE,
    "state": {"type": "string", "enum": list(_STATES)},
    "stage": _TEXT,
    "stages": _array(_TEXT),
    "files": _array(_TEXT),
    "feed": _TEXT,
    "spec": _TEXT,
    "specVersion": _WHOLE,
    "isTrial": {"type": "boolean"},
    "receivedAt": _WHEN,
    "finishedAt": _WHEN,
    "progress": {"type": "object", "properties": {"resource": _TEXT, "rows": _WHOLE}},
    "questions": _array(_ANY),
    "waiting": _array(_ANY),
    "report": _ANY,
}
_BATCH: Final[JsonObject] = {"type": "object", "properties": _MEMBERS}
_SEND: Final = Operation(
    Method.POST,
    "postBatch",
    "Sends a file, or several in a zip.",
    "The body is the file as it is; its name stands in Content-Disposition. Several files may come as a zip, or as "
    "multipart/form-data, which may hold the parameters as fields. The same files sent again give the first batch.",
    (
        Parameter("feed", "query", _TEXT, "The feed that the files are of, by name."),
        Parameter(
            "spec", "query", _TEXT, "The mapping spec to read them by; without it they are recognised."
        ),
        Parameter("parameter", "query", _TEXT, "A parameter of the spec as name=value; may be repeated."),
        Parameter("trial", "query", {"type": "boolean"}, "Nothing is kept; the report tells what would be."),
    ),
    (
        Answer(202, "Taken in; Location tells where to ask after it.", Body("upload_batch"), ("Location",)),
        Answer(200, "The same came before; this is its batch.", Body("upload_batch"), ("Location",)),
    ),
    (400, 401, 403, 413, 429, 507),
    accepts=Body("upload_file", media_type="application/octet-stream"),
)
_ASK: Final = Operation(
    Method.GET,
    "getBatch",
    "Tells how a batch stands.",
    "State, stage and progress, and the report as soon as there is one. Batches of other clients are not found.",
    (Parameter("id", "path", _WHOLE, "The number of the batch.", is_required=True),),
    (Answer(200, "The batch.", Body("upload_batch")),),
    (401, 403, 404, 429),
)
