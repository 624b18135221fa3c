"""The data API, in the dialect of the Ed-Fi ODS/API 7.3."""
