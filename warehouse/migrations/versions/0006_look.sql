ALTER TABLE access.account ADD COLUMN theme TEXT DEFAULT 'system' NOT NULL;
ALTER TABLE access.account ADD CONSTRAINT account_theme_check CHECK (theme in ('system','light','dark'));
ALTER TABLE access.account ADD COLUMN density TEXT DEFAULT 'normal' NOT NULL;
ALTER TABLE access.account ADD CONSTRAINT account_density_check CHECK (density in ('normal','compact','roomy'));
