"""Elements of Ed-Fi XML that could not be read when they came: read again, alone, as the standard is now."""

from __future__ import annotations

import io
import re
from typing import Final

import msgspec

from homeroom.interop.edfi_xml import EdfiXmlReader
from homeroom.interop.xml_record import XmlRecord
from homeroom.standard.model import Model

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_OPENING: Final = re.compile(rb'\s*<[A-Za-z][\w.-]*(?=[\s>/])[^>]*?\sxmlns="(http://ed-fi\.org/[\w./-]*)"')


class ElementReader:
    """Reads single elements for one district; an extension, or a newer release, may know what was unknown."""

    def __init__(self, model: Model) -> None:
        self._reader = EdfiXmlReader(model, version=".".join(model.version.split(".")[:2]))

    def read(self, text: bytes) -> tuple[str, bytes] | None:
        """Resource and document as JSON; None where it is still no record, or no element of Ed-Fi's."""
        opening = _OPENING.match(text)
        if opening is None:
            return None
        # Any interchange may stand around it: the reader goes by the elements' own names.
        whole = b'<InterchangeStudent xmlns="%s">%s</InterchangeStudent>' % (opening[1], text)
        found = [item for item in self._reader.read(io.BytesIO(whole)) if isinstance(item, XmlRecord)]
        if len(found) != 1:
            return None
        return found[0].resource, _ENCODER.encode(found[0].document)
