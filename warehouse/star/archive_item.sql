-- star.archive_item of the persons in question, with the county of the person; `facts` are core rows with their person_no
select f.person_no, f.source, f.source_key, p.area_code, f.archive_number, f.fonds, f.catalogue, f.year, f.class_code, f.retention_code, f.pages, f.made_on,
    f.ended_sequence is not null as is_withdrawn
from {facts} f left join star.person p on p.person_no = f.person_no and p.known_to = 'infinity'
