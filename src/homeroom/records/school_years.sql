-- Which school years does the district have? No parameters. One row each: school_year.
select school_year from edfi.school_year_type order by school_year
