"""News never goes back to an earlier state, and its steps stay as they were."""

from django.db import migrations

STAYS = """
CREATE FUNCTION site_newsitem_goes_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state = 'withdrawn' AND NEW.state <> OLD.state)
       OR (OLD.state = 'published' AND NEW.state = 'draft')
       OR (OLD.published_at IS NOT NULL
           AND (NEW.published_at, NEW.slug) IS DISTINCT FROM (OLD.published_at, OLD.slug)) THEN
        RAISE EXCEPTION 'What was published keeps its day and address, and never goes back.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'newsitem_goes_forward',
                  TABLE = 'site_newsitem';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER newsitem_goes_forward BEFORE UPDATE ON site_newsitem
    FOR EACH ROW EXECUTE FUNCTION site_newsitem_goes_forward();
CREATE FUNCTION site_newsstep_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A step stays as it was.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'newsstep_stays',
              TABLE = 'site_newsstep';
END $$;
CREATE TRIGGER newsstep_stays BEFORE UPDATE OR DELETE ON site_newsstep
    FOR EACH ROW EXECUTE FUNCTION site_newsstep_stays();
"""
GOES = """
DROP TRIGGER newsitem_goes_forward ON site_newsitem;
DROP FUNCTION site_newsitem_goes_forward();
DROP TRIGGER newsstep_stays ON site_newsstep;
DROP FUNCTION site_newsstep_stays();
"""


class Migration(migrations.Migration):
    replaces = [("site", "0007_news_goes_forward")]
    dependencies = [
        ("site", "0001_tables"),
        ("documents", "0003_gaps_only"),
        ("donors", "0004_nothing_to_those_who_lead_elsewhere"),
        ("grants", "0002_vocabulary"),
        ("ledger", "0009_putting_right"),
    ]

    operations = [
        migrations.RunSQL(STAYS, GOES),
    ]
