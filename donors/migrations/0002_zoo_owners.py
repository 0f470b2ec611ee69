"""A zoo that has had an owner is never without one, whoever leaves at the same time.

The trigger takes the lock of the organisation first, so that of two owners who leave at once
the second sees that the first has gone.
"""

from django.db import migrations

KEPT = """
CREATE FUNCTION donors_zoo_keeps_an_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM public.ledger_refuse_isolation();
    END IF;
    PERFORM FROM public.parties_organisation o
    WHERE o.id = OLD.organisation_id FOR NO KEY UPDATE;
    -- A new statement sees what was committed while we waited for the lock.
    IF EXISTS (SELECT FROM public.donors_zoo z WHERE z.organisation_id = OLD.organisation_id)
       AND NOT EXISTS (SELECT FROM public.parties_membership m
                       WHERE m.organisation_id = OLD.organisation_id
                         AND m.part = 'owner' AND m.ended_at IS NULL)
    THEN
        RAISE EXCEPTION 'A zoo needs an owner.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_leaves_a_zoo_its_owner';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER membership_leaves_a_zoo_its_owner
    AFTER UPDATE OR DELETE ON parties_membership
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.part = 'owner' AND OLD.ended_at IS NULL)
    EXECUTE FUNCTION donors_zoo_keeps_an_owner();
"""
NOT_KEPT = """
DROP TRIGGER membership_leaves_a_zoo_its_owner ON parties_membership;
DROP FUNCTION donors_zoo_keeps_an_owner();
"""


class Migration(migrations.Migration):
    replaces = [("donors", "0013_zoo_owners")]
    dependencies = [
        ("donors", "0001_tables"),
        ("documents", "0003_gaps_only"),
        ("ledger", "0011_final_without_entry"),
    ]

    operations = [
        migrations.RunSQL(KEPT, NOT_KEPT),
    ]
