"""What Stripe said of a movement is what the books were made from, so it stays."""

from django.db import migrations

FACTS = """
CREATE FUNCTION gateway_movement_keeps_its_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of movement % is refused: its facts stay', TG_OP, OLD.stripe_id
    USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = 'gateway_movement';
END $$;

CREATE TRIGGER movement_keeps_its_facts
    BEFORE UPDATE ON gateway_movement FOR EACH ROW
    WHEN ((OLD.stripe_id, OLD.kind, OLD.category, OLD.source, OLD.balance_type, OLD.currency,
           OLD.amount_minor, OLD.fee_minor, OLD.net_minor, OLD.created_at)
          IS DISTINCT FROM (NEW.stripe_id, NEW.kind, NEW.category, NEW.source, NEW.balance_type,
                            NEW.currency, NEW.amount_minor, NEW.fee_minor, NEW.net_minor,
                            NEW.created_at))
    EXECUTE FUNCTION gateway_movement_keeps_its_facts();
CREATE TRIGGER movement_is_never_forgotten
    BEFORE DELETE ON gateway_movement FOR EACH ROW
    EXECUTE FUNCTION gateway_movement_keeps_its_facts();
"""

NO_FACTS = """
DROP TRIGGER movement_is_never_forgotten ON gateway_movement;
DROP TRIGGER movement_keeps_its_facts ON gateway_movement;
DROP FUNCTION gateway_movement_keeps_its_facts();
"""


class Migration(migrations.Migration):
    replaces = [("gateway", "0004_movement_facts")]
    dependencies = [("gateway", "0001_tables"), ("ledger", "0009_putting_right")]

    operations = [
        migrations.RunSQL(FACTS, NO_FACTS),
    ]
