"""The reason of a verdict is emptied with the person of its gift, and of nobody else's."""

from django.db import migrations

_RULE = """
CREATE OR REPLACE FUNCTION donors_heldverdict_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
%sIF TG_OP = 'DELETE' OR OLD.state <> 'proposed'
       OR (NEW.held_id, NEW.verdict, NEW.reason, NEW.proposed_by, NEW.proposed_at)
          IS DISTINCT FROM
          (OLD.held_id, OLD.verdict, OLD.reason, OLD.proposed_by, OLD.proposed_at) THEN
        RAISE EXCEPTION 'What was decided on a held gift stays.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'heldverdict_stays',
                  TABLE = 'donors_heldverdict';
    END IF;
    RETURN NEW;
END $$;
"""
_GOES = """
    IF TG_OP = 'UPDATE' AND NEW.reason = 'erased'
       AND to_jsonb(NEW) - 'reason' = to_jsonb(OLD) - 'reason'
       AND EXISTS (SELECT FROM donors_heldgift h JOIN donors_gift g ON g.id = h.gift_id
                   JOIN donors_donor d ON d.id = g.donor_id
                   WHERE h.id = OLD.held_id AND d.erased_at IS NOT NULL) THEN
        RETURN NEW;
    END IF;
"""


class Migration(migrations.Migration):
    replaces = [("donors", "0037_held_words_go")]
    dependencies = [("donors", "0008_parts_add_up")]

    operations = [
        migrations.RunSQL(_RULE % f"{_GOES}    ", _RULE % "    "),
    ]
