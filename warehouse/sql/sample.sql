-- audit_links: certain links drawn for the audit
select left_source || '/' || left_key, right_source || '/' || right_key, (evidence ->> 'weight')::float from identity.sampled where purpose = 'audit'
