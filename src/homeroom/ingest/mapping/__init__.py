"""Mapping specs: one YAML file per kind of file, compiled to columnar work. Pure. See `docs/reference/mapping.md`."""
