"""Rules across records: each named, documented, switchable; what they find never keeps a record out."""
