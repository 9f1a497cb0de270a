-- star.pair, all of them: doubtful pairs of two persons; that of a person's own records is in star.person.doubts only
select least(person_no, other_no) as person_no, greatest(person_no, other_no) as other_no, kind, round(max(probability)::numeric, 4) as probability
from waiting_pair where person_no <> other_no group by 1, 2, 3
