-- Which documents make the claims that count? The last upload alone if there is one, else baseline and fragments.
-- One row per document: name, text.
select name, document
from trust.claim_document
where (kind = 'upload') = exists (select from trust.claim_document u where u.kind = 'upload')
order by id
