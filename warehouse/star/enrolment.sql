-- star.enrolment of the persons in question; `facts` are core rows with their person_no
select f.person_no, f.source, f.source_key, e.entity_no as employer_no, f.insurance_code, left(f.area_code, 6) as area_code, f.status_code, f.payment_code,
    f.start_date, f.end_date, f.ended_sequence is not null as is_withdrawn
from {facts} f left join firm e on e.source = f.source and e.source_key = f.employer_key
