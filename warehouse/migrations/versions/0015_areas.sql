ALTER TABLE ops.quarantine ADD COLUMN areas TEXT[] DEFAULT '{}' NOT NULL;
COMMENT ON COLUMN ops.quarantine.areas IS 'areas its records name, as mapped when it was refused: whose stewards see it; none: those of every area';

-- What two people made, two people take back.
create or replace function identity.refuse_unapproved() returns trigger language plpgsql as $$
begin
    if new.proposal_id is not null and not exists (select from identity.proposal p where p.proposal_id = new.proposal_id and p.decision = 'approve'
            and p.decided_by = new.second and p.author = new.author and p.kind = new.kind and p.blocking @> new.blocking) then
        raise exception 'act: no proposal of its author was approved by its second person';
    end if;
    if new.undoes is not null and new.second is null and exists (select from identity.act a where a.act_id = new.undoes and a.second is not null) then
        raise exception 'act: what two people made takes two to take back';
    end if;
    return new;
end $$;
