-- What do earlier packages call records? No parameters. At most one row: sealed.
select sealed from ingest.package_directory
