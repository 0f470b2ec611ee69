"""A vote is open long enough, and an objection gives an urgent motion the ordinary span."""

from django.db import migrations

# The spans of grants/motions.py.
WAITS = """
CREATE FUNCTION grants_motion_waits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken text;
BEGIN
    IF OLD.state = 'draft' AND NEW.state = 'open' AND NEW.closes_at < NEW.put_at + (CASE
            WHEN NEW.urgent_why = '' THEN interval '72 hours' ELSE interval '24 hours' END) THEN
        broken := 'motion_is_open_long_enough';
    ELSIF OLD.state <> 'draft' AND NEW.urgent_why <> OLD.urgent_why THEN
        broken := 'motion_urgency_is_frozen';
    ELSE
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Motion % is not put so.', NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = broken, TABLE = 'grants_motion';
END $$;
CREATE TRIGGER motion_waits BEFORE UPDATE ON grants_motion
    FOR EACH ROW EXECUTE FUNCTION grants_motion_waits();
"""
NOT_WAITS = """
DROP TRIGGER motion_waits ON grants_motion;
DROP FUNCTION grants_motion_waits();
"""

OBJECTIONS = """
CREATE FUNCTION grants_objection_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told grants_motion%ROWTYPE;
    broken text;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        broken := 'objection_stays';
    ELSE
        SELECT * INTO told FROM grants_motion WHERE id = NEW.motion_id;
        IF told.state <> 'open' OR told.urgent_why = '' THEN
            broken := 'objection_is_to_an_urgent_motion';
        ELSIF told.closes_at < told.put_at + interval '72 hours' THEN
            broken := 'objection_gives_the_ordinary_span';
        ELSIF NOT EXISTS (SELECT 1 FROM jsonb_array_elements(told.frozen -> 'members') each
                          WHERE (each ->> 'id')::bigint = NEW.member_id) THEN
            broken := 'objection_is_of_a_member';
        ELSE
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'An objection is not made so.'
        USING ERRCODE = 'check_violation', CONSTRAINT = broken, TABLE = 'grants_objection';
END $$;
CREATE TRIGGER objection_fits BEFORE INSERT OR UPDATE OR DELETE ON grants_objection
    FOR EACH ROW EXECUTE FUNCTION grants_objection_fits();
"""
NO_OBJECTIONS = """
DROP TRIGGER objection_fits ON grants_objection;
DROP FUNCTION grants_objection_fits();
"""


class Migration(migrations.Migration):
    dependencies = [("grants", "0025_urgent_motions")]

    operations = [
        migrations.RunSQL(WAITS, NOT_WAITS),
        migrations.RunSQL(OBJECTIONS, NO_OBJECTIONS),
    ]
