"""The published description of a profile: narrowed, whole, and named as generators expect."""

from __future__ import annotations

import json
import re
from functools import reduce
from typing import Any

import pytest

from homeroom.standard.openapi import Form, render_profile
from homeroom.standard.read import load_model
from homeroom.trust.profile_compile import CompiledProfile, compile_profile
from homeroom.trust.profile_documents import shown_in_profile
from homeroom.trust.profiles import parse_profile

MODEL = load_model("5.2")
XML = """<Profile name="Addresses">
  <Resource name="School">
    <ReadContentType memberSelection="IncludeOnly">
      <Collection name="addresses" memberSelection="IncludeOnly"><Property name="city"/></Collection>
    </ReadContentType>
    <WriteContentType memberSelection="ExcludeOnly"><Collection name="addresses" memberSelection="ExcludeAll"/>
    </WriteContentType>
  </Resource>
  <Resource name="LocalEducationAgency"><ReadContentType memberSelection="IncludeAll"/></Resource>
</Profile>"""
ADDRESS_KEY = {
    "addressTypeDescriptor",
    "city",
    "postalCode",
    "stateAbbreviationDescriptor",
    "streetNumberName",
}


def compiled(xml: str = XML) -> CompiledProfile:
    return compile_profile(parse_profile("Addresses", xml), MODEL)


def document(form: Form = Form.OPENAPI_3) -> dict[str, Any]:
    shown = shown_in_profile(compiled(), MODEL)
    return dict(
        json.loads(render_profile(MODEL, "Addresses", shown, root_url="https://api.example", form=form))
    )


@pytest.mark.parametrize("form", list(Form))
def test_every_reference_in_a_profiles_document_resolves(form: Form) -> None:
    root = document(form)
    pointers = set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(root)))
    assert pointers
    assert all(reduce(lambda node, step: node[step], pointer.split("/"), root) for pointer in pointers)


def test_parts_of_a_side_are_narrowed_and_keep_what_identifies_them() -> None:
    schemas = document()["components"]["schemas"]
    address = schemas["edFi_educationOrganizationAddress_school_readable"]
    assert address["properties"].keys() == ADDRESS_KEY
    whole = schemas["edFi_educationOrganizationAddress_localEducationAgency_readable"]
    assert "latitude" in whole["properties"]
    assert "edFi_educationOrganizationAddress_school_writable" not in schemas
    assert "addresses" not in schemas["edFi_school_writable"]["properties"]


def test_both_forms_of_a_profile_have_the_same_schemas_and_operations() -> None:
    new, old = document(), document(Form.SWAGGER_2)
    assert new["components"]["schemas"].keys() == old["definitions"].keys()
    assert {p: sorted(o) for p, o in new["paths"].items()} == {p: sorted(o) for p, o in old["paths"].items()}
