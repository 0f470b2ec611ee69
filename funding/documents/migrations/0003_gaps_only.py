"""A sequence leaps only over a declared gap, and a gap is declared for good."""

from django.db import migrations

DECLARED = """
CREATE OR REPLACE FUNCTION documents_sequence_only_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION 'A sequence is never deleted.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sequence_is_kept',
                  TABLE = 'documents_sequence';
    END IF;
    IF (NEW.id, NEW.entity_id, NEW.series, NEW.year)
       IS DISTINCT FROM (OLD.id, OLD.entity_id, OLD.series, OLD.year)
       OR NEW.last <> OLD.last + 1 AND NOT EXISTS (
            SELECT FROM documents_gap g
            WHERE g.entity_id = NEW.entity_id AND g.series = NEW.series AND g.year = NEW.year
              AND g.first = OLD.last + 1 AND g.last = NEW.last) THEN
        RAISE EXCEPTION 'A sequence counts on by one.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sequence_counts_by_one',
                  TABLE = 'documents_sequence';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION documents_gap_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A gap that was declared stays so.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'gap_is_kept', TABLE = 'documents_gap';
END $$;
CREATE TRIGGER gap_is_kept BEFORE UPDATE OR DELETE ON documents_gap
    FOR EACH ROW EXECUTE FUNCTION documents_gap_is_kept();
CREATE TRIGGER gap_is_not_truncated BEFORE TRUNCATE ON documents_gap
    FOR EACH STATEMENT EXECUTE FUNCTION documents_gap_is_kept();
"""

BY_ONE = """
DROP TRIGGER gap_is_not_truncated ON documents_gap;
DROP TRIGGER gap_is_kept ON documents_gap;
DROP FUNCTION documents_gap_is_kept();
CREATE OR REPLACE FUNCTION documents_sequence_only_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION 'A sequence is never deleted.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sequence_is_kept',
                  TABLE = 'documents_sequence';
    END IF;
    IF (NEW.id, NEW.entity_id, NEW.series, NEW.year)
       IS DISTINCT FROM (OLD.id, OLD.entity_id, OLD.series, OLD.year)
       OR NEW.last <> OLD.last + 1 THEN
        RAISE EXCEPTION 'A sequence counts on by one.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sequence_counts_by_one',
                  TABLE = 'documents_sequence';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    replaces = [("documents", "0004_gaps_only")]
    dependencies = [("documents", "0002_frozen")]

    operations = [
        migrations.RunSQL(DECLARED, BY_ONE),
    ]
