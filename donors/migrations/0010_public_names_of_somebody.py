"""No name is shown of somebody who was removed, and what was done with a name stays written."""

from django.db import migrations

STANDS = """
CREATE FUNCTION donors_publicname_of_somebody() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE gone timestamptz;
BEGIN
    -- The lock waits for an erasure that is under way, and reads what it has made.
    SELECT erased_at INTO gone FROM donors_donor WHERE id = coalesce(
        (SELECT donor_id FROM donors_gift WHERE id = NEW.gift_id),
        (SELECT donor_id FROM donors_pledge WHERE id = NEW.pledge_id)) FOR KEY SHARE;
    IF gone IS NOT NULL THEN
        RAISE EXCEPTION 'This donor was removed.'
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER publicname_of_somebody BEFORE INSERT OR UPDATE ON donors_publicname
    FOR EACH ROW WHEN (NEW.is_shown) EXECUTE FUNCTION donors_publicname_of_somebody();
CREATE FUNCTION donors_publicnamechange_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.old_name = '' AND NEW.new_name = '' AND NEW.why = 'erased'
       AND to_jsonb(NEW) - '{old_name,new_name,why}'::text[]
         = to_jsonb(OLD) - '{old_name,new_name,why}'::text[]
       AND EXISTS (SELECT FROM donors_publicname n
                   LEFT JOIN donors_gift g ON g.id = n.gift_id
                   LEFT JOIN donors_pledge p ON p.id = n.pledge_id
                   JOIN donors_donor d ON d.id = coalesce(g.donor_id, p.donor_id)
                   WHERE n.id = OLD.public_name_id AND d.erased_at IS NOT NULL) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'What was done with a name stays as it was written.'
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER publicnamechange_stays BEFORE UPDATE OR DELETE ON donors_publicnamechange
    FOR EACH ROW EXECUTE FUNCTION donors_publicnamechange_stays();
"""
GOES = """
DROP TRIGGER publicnamechange_stays ON donors_publicnamechange;
DROP FUNCTION donors_publicnamechange_stays();
DROP TRIGGER publicname_of_somebody ON donors_publicname;
DROP FUNCTION donors_publicname_of_somebody();
"""


class Migration(migrations.Migration):
    replaces = [("donors", "0042_public_names_of_somebody")]
    dependencies = [
        ("donors", "0009_held_words_go"),
        ("documents", "0004_scrubbed_rules"),
        ("ledger", "0013_count_grown"),
    ]

    operations = [
        migrations.RunSQL(STANDS, GOES),
    ]
