-- star.benefit of the persons in question; `facts` are core rows with their person_no
select f.person_no, f.source, f.source_key, f.insurance_code, left(f.area_code, 6) as area_code, f.benefit_code, f.period_month, f.start_date, f.end_date, f.amount,
    f.paid_date, f.ended_sequence is not null as is_withdrawn
from {facts} f
