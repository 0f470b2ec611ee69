"""What givers want stays as it was written, and no fund is drawn on for anything else."""

from django.db import migrations

ONCE = """
CREATE FUNCTION grants_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: it is written once', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER fundscope_is_written_once BEFORE UPDATE OR DELETE OR TRUNCATE
    ON grants_fundscope FOR EACH STATEMENT EXECUTE FUNCTION grants_written_once();
CREATE TRIGGER lottery_is_drawn_once BEFORE UPDATE OR DELETE OR TRUNCATE
    ON grants_lottery FOR EACH STATEMENT EXECUTE FUNCTION grants_written_once();
"""
NOT_ONCE = """
DROP TRIGGER lottery_is_drawn_once ON grants_lottery;
DROP TRIGGER fundscope_is_written_once ON grants_fundscope;
DROP FUNCTION grants_written_once();
"""

KEPT = """
CREATE FUNCTION grants_share_keeps_to_the_scope() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    scope grants_fundscope%ROWTYPE;
    place record;
BEGIN
    SELECT * INTO scope FROM grants_fundscope WHERE fund_id = NEW.fund_id
    ORDER BY id DESC LIMIT 1;
    IF NOT FOUND THEN
        RETURN NEW;
    END IF;
    SELECT project.id, project.country, project.theme_id INTO place
    FROM grants_item item
    JOIN grants_application application ON application.id = item.application_id
    JOIN grants_project project ON project.id = application.project_id
    WHERE item.id = NEW.item_id;
    IF scope.countries <> '[]' AND NOT scope.countries @> to_jsonb(place.country)
       OR scope.themes <> '[]' AND NOT scope.themes @> to_jsonb(place.theme_id)
       OR scope.projects <> '[]' AND NOT scope.projects @> to_jsonb(place.id) THEN
        RAISE EXCEPTION 'The givers of fund % want it to pay for something else.', NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'share_keeps_to_the_scope',
                  TABLE = 'grants_share';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER share_keeps_to_the_scope BEFORE INSERT OR UPDATE ON grants_share
    FOR EACH ROW EXECUTE FUNCTION grants_share_keeps_to_the_scope();
"""
NOT_KEPT = """
DROP TRIGGER share_keeps_to_the_scope ON grants_share;
DROP FUNCTION grants_share_keeps_to_the_scope();
"""


class Migration(migrations.Migration):
    replaces = [("grants", "0008_scopes_hold")]
    dependencies = [
        ("grants", "0002_vocabulary"),
        ("documents", "0004_scrubbed_rules"),
        ("ledger", "0013_count_grown"),
    ]

    operations = [
        migrations.RunSQL(ONCE, NOT_ONCE),
        migrations.RunSQL(KEPT, NOT_KEPT),
    ]
