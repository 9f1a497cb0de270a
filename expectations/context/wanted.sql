insert into wanted_{target} select distinct {column} from part where {column} is not null
