"""Who is who: records of one person found, asked about, joined and taken apart, with a crosswalk kept."""
