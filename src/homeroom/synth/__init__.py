"""A made-up district with known truth, the same for the same seed: people, sections, attendance, marks."""

from homeroom.synth.district import ENDPOINTS, generate_district, group_by_endpoint
from homeroom.synth.documents import Document, Json, Record

__all__ = ["ENDPOINTS", "Document", "Json", "Record", "generate_district", "group_by_endpoint"]
