"""A document that no law keeps may lose its facts and bytes, once, and nothing else."""

from django.db import migrations

_BODY = """
CREATE OR REPLACE FUNCTION documents_document_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION 'A document is never deleted.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'document_is_kept',
                  TABLE = 'documents_document';
    END IF;
    {scrubs}
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
"""
_SCRUBS = """IF OLD.scrubbed_at IS NOT NULL AND (NEW.scrubbed_at, NEW.snapshot, NEW.content)
       IS DISTINCT FROM (OLD.scrubbed_at, OLD.snapshot, OLD.content) THEN
        RAISE EXCEPTION 'What was taken from a document does not come back.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'document_is_scrubbed_once',
                  TABLE = 'documents_document';
    END IF;
    IF OLD.scrubbed_at IS NULL AND NEW.scrubbed_at IS NOT NULL THEN
        IF (NEW.id, NEW.entity_id, NEW.template, NEW.series, NEW.year, NEW.number, NEW.key,
            NEW.verify_code, NEW.language, NEW.issued_at, NEW.issued_on, NEW.sha256, NEW.state,
            NEW.ended_at, NEW.replaced_by_id)
           IS DISTINCT FROM
           (OLD.id, OLD.entity_id, OLD.template, OLD.series, OLD.year, OLD.number, OLD.key,
            OLD.verify_code, OLD.language, OLD.issued_at, OLD.issued_on, OLD.sha256, OLD.state,
            OLD.ended_at, OLD.replaced_by_id)
           OR NEW.content IS NOT NULL OR NEW.snapshot - 'site_url' <> '{}'::jsonb THEN
            RAISE EXCEPTION 'Only facts and bytes are taken from a document.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'document_keeps_its_number',
                      TABLE = 'documents_document';
        END IF;
        RETURN NEW;
    END IF;"""
SCRUBBED = _BODY.replace("{scrubs}", _SCRUBS)
FROZEN = _BODY.replace("{scrubs}", "")


class Migration(migrations.Migration):
    replaces = [("documents", "0006_scrubbed_rules")]
    dependencies = [("documents", "0003_gaps_only")]

    operations = [
        migrations.RunSQL(SCRUBBED, FROZEN),
    ]
