"""Brings what a district's systems send into its records: read, mapped, checked, loaded, with nothing lost."""
