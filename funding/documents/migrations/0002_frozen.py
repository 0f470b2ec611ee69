"""What is printed never changes, and the database says so itself."""

from django.db import migrations

FROZEN = """
CREATE FUNCTION documents_document_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION 'A document is never deleted.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'document_is_kept',
                  TABLE = 'documents_document';
    END IF;
    IF (NEW.id, NEW.entity_id, NEW.template, NEW.series, NEW.year, NEW.number, NEW.key,
        NEW.verify_code, NEW.snapshot, NEW.language, NEW.issued_at, NEW.issued_on)
       IS DISTINCT FROM
       (OLD.id, OLD.entity_id, OLD.template, OLD.series, OLD.year, OLD.number, OLD.key,
        OLD.verify_code, OLD.snapshot, OLD.language, OLD.issued_at, OLD.issued_on) THEN
        RAISE EXCEPTION 'What a document says never changes.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'document_facts_are_frozen',
                  TABLE = 'documents_document';
    END IF;
    IF OLD.rendered_at IS NOT NULL AND (NEW.content, NEW.sha256, NEW.rendered_at)
       IS DISTINCT FROM (OLD.content, OLD.sha256, OLD.rendered_at) THEN
        RAISE EXCEPTION 'The bytes of a document are written once.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'document_bytes_are_written_once',
                  TABLE = 'documents_document';
    END IF;
    IF OLD.rendered_at IS NULL AND NEW.rendered_at IS NOT NULL
       AND encode(sha256(NEW.content), 'hex') <> NEW.sha256 THEN
        RAISE EXCEPTION 'The hash is not that of the bytes.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'document_hash_is_of_its_bytes',
                  TABLE = 'documents_document';
    END IF;
    IF OLD.state <> 'valid' AND (NEW.state, NEW.ended_at, NEW.replaced_by_id)
       IS DISTINCT FROM (OLD.state, OLD.ended_at, OLD.replaced_by_id) THEN
        RAISE EXCEPTION 'A document that has ended stays so.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'document_ends_once',
                  TABLE = 'documents_document';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER document_is_frozen BEFORE UPDATE OR DELETE ON documents_document
    FOR EACH ROW EXECUTE FUNCTION documents_document_is_frozen();
CREATE TRIGGER document_is_not_truncated BEFORE TRUNCATE ON documents_document
    FOR EACH STATEMENT EXECUTE FUNCTION documents_document_is_frozen();

CREATE FUNCTION documents_sequence_only_counts() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER sequence_only_counts BEFORE UPDATE OR DELETE ON documents_sequence
    FOR EACH ROW EXECUTE FUNCTION documents_sequence_only_counts();
CREATE TRIGGER sequence_is_not_truncated BEFORE TRUNCATE ON documents_sequence
    FOR EACH STATEMENT EXECUTE FUNCTION documents_sequence_only_counts();
"""

THAW = """
DROP TRIGGER document_is_not_truncated ON documents_document;
DROP TRIGGER document_is_frozen ON documents_document;
DROP FUNCTION documents_document_is_frozen();
DROP TRIGGER sequence_is_not_truncated ON documents_sequence;
DROP TRIGGER sequence_only_counts ON documents_sequence;
DROP FUNCTION documents_sequence_only_counts();
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_tables")]

    operations = [
        migrations.RunSQL(FROZEN, THAW),
    ]
