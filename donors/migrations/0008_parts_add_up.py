"""The parts of a regular gift to several funds, and of each due part of it, make the whole."""

from django.db import migrations

ADD_UP = """
CREATE FUNCTION donors_pledge_shares_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whole bigint;
    parts bigint;
    number bigint;
    about bigint;
BEGIN
    IF TG_TABLE_NAME = 'donors_pledge' THEN
        about := NEW.id;
    ELSIF TG_OP = 'DELETE' THEN
        about := OLD.pledge_id;
    ELSE
        about := NEW.pledge_id;
    END IF;
    SELECT amount_minor INTO whole FROM donors_pledge WHERE id = about;
    SELECT count(*), coalesce(sum(amount_minor), 0) INTO number, parts
      FROM donors_pledgeshare WHERE pledge_id = about;
    IF number > 0 AND (number = 1 OR parts <> whole) THEN
        RAISE EXCEPTION 'The parts of pledge % do not make its sum.', about
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pledgeshare_parts_make_the_whole',
                  TABLE = 'donors_pledgeshare';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION donors_instalment_shares_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whole bigint;
    parts bigint;
    number bigint;
    about bigint;
BEGIN
    IF TG_TABLE_NAME = 'donors_instalment' THEN
        about := NEW.id;
    ELSIF TG_OP = 'DELETE' THEN
        about := OLD.instalment_id;
    ELSE
        about := NEW.instalment_id;
    END IF;
    SELECT amount_minor INTO whole FROM donors_instalment WHERE id = about;
    SELECT count(*), coalesce(sum(amount_minor), 0) INTO number, parts
      FROM donors_instalmentshare WHERE instalment_id = about;
    IF number > 0 AND (number = 1 OR parts <> whole) THEN
        RAISE EXCEPTION 'The parts of instalment % do not make its sum.', about
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'instalmentshare_parts_make_the_whole',
                  TABLE = 'donors_instalmentshare';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER pledgeshare_parts_make_the_whole
    AFTER INSERT OR UPDATE OR DELETE ON donors_pledgeshare
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION donors_pledge_shares_add_up();
CREATE CONSTRAINT TRIGGER pledge_is_the_sum_of_its_parts
    AFTER UPDATE OF amount_minor ON donors_pledge
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION donors_pledge_shares_add_up();
CREATE CONSTRAINT TRIGGER instalmentshare_parts_make_the_whole
    AFTER INSERT OR UPDATE OR DELETE ON donors_instalmentshare
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION donors_instalment_shares_add_up();
CREATE CONSTRAINT TRIGGER instalment_is_the_sum_of_its_parts
    AFTER UPDATE OF amount_minor ON donors_instalment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION donors_instalment_shares_add_up();
"""
GO = """
DROP TRIGGER instalment_is_the_sum_of_its_parts ON donors_instalment;
DROP TRIGGER instalmentshare_parts_make_the_whole ON donors_instalmentshare;
DROP TRIGGER pledge_is_the_sum_of_its_parts ON donors_pledge;
DROP TRIGGER pledgeshare_parts_make_the_whole ON donors_pledgeshare;
DROP FUNCTION donors_instalment_shares_add_up();
DROP FUNCTION donors_pledge_shares_add_up();
"""


class Migration(migrations.Migration):
    replaces = [("donors", "0033_parts_add_up")]
    dependencies = [("donors", "0007_erased_stay_so"), ("ledger", "0011_final_without_entry")]

    operations = [
        migrations.RunSQL(ADD_UP, GO),
    ]
