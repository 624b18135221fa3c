"""Names of schemas in the published OpenAPI; code generators and clients rely on their form."""

from __future__ import annotations

from homeroom.standard.model import Model, Part, Resource
from homeroom.standard.names import camel_case


def project_prefix(schema: str) -> str:
    """A project's URL segment in camel case: `ed-fi` to `edFi`."""
    head, *rest = schema.split("-")
    return head + "".join(word.capitalize() for word in rest)


def schema_name(resource: Resource) -> str:
    """`edFi_student`."""
    return f"{project_prefix(resource.schema)}_{camel_case(resource.name)}"


def reference_name(model: Model, target: str) -> str:
    """`edFi_schoolReference`; an abstract target belongs to the project of its kinds."""
    prefix = project_prefix(model.concrete_of(target)[0].schema)
    return f"{prefix}_{camel_case(target)}Reference"


def part_name(prefix: str, part: Part) -> str:
    """`edFi_studentSchoolAssociationAlternativeGraduationPlan`."""
    return f"{prefix}_{camel_case(part.entity or part.name)}"


def extensions_name(resource: Resource) -> str:
    """Schema of a resource's `_ext`: `edFi_studentExtensions`."""
    return f"{schema_name(resource)}Extensions"


def tracked_name(resource: Resource, kind: str) -> str:
    """Schemas of the change feeds, of kind Key, Delete or KeyChange: `trackedChanges_edFi_studentDelete`."""
    return f"trackedChanges_{schema_name(resource)}{kind}"
