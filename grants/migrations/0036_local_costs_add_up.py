"""What a line costs where it is bought comes to its unit cost by its rate, to the penny."""

from django.db import migrations

# Multiplied only: unit is the whole part of local * 10^power / rate + 1/2.
ADDS_UP = """
ALTER TABLE grants_budgetline ADD CONSTRAINT budgetline_local_cost_comes_to_its_unit CHECK (
    local_unit_minor IS NULL OR (
        2 * unit_minor::numeric * local_rate_e4
            <= 2 * local_unit_minor::numeric * 10::numeric ^ local_power::numeric + local_rate_e4
        AND 2 * local_unit_minor::numeric * 10::numeric ^ local_power::numeric + local_rate_e4
            < 2 * (unit_minor::numeric + 1) * local_rate_e4
    )
);
"""
NOT_ADDS_UP = """
ALTER TABLE grants_budgetline DROP CONSTRAINT budgetline_local_cost_comes_to_its_unit;
"""


class Migration(migrations.Migration):
    dependencies = [("grants", "0035_local_costs")]

    operations = [migrations.RunSQL(ADDS_UP, NOT_ADDS_UP)]
