"""No payment leaves for a country where nothing is paid, or soon after its account was changed."""

from django.db import migrations

POLICY = """
-- What counts for a country: the last rule that counts, and without one what stands here. Iran is
-- under embargo, Afghanistan and Russia under broad lists.
CREATE FUNCTION grants_country_policy(wanted text)
RETURNS TABLE (policy text, licence text, licence_until date) LANGUAGE sql STABLE AS $$
    (SELECT rule.policy::text, rule.licence::text, rule.licence_until
     FROM grants_countryrule rule
     WHERE rule.country = wanted AND (rule.policy = 'blocked' OR rule.confirmed_by_id IS NOT NULL)
     ORDER BY rule.id DESC LIMIT 1)
    UNION ALL
    (SELECT CASE WHEN wanted = 'IR' THEN 'blocked' WHEN wanted IN ('AF', 'RU') THEN 'careful'
                 ELSE 'open' END, '', NULL::date)
    LIMIT 1
$$;
"""
NO_POLICY = "DROP FUNCTION grants_country_policy(text);"

RELEASED = """
CREATE FUNCTION grants_disbursement_may_leave() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    account record;
    place text;
    stands record;
BEGIN
    IF NEW.state <> 'released' OR (TG_OP = 'UPDATE' AND OLD.state = 'released') THEN
        RETURN NEW;
    END IF;
    SELECT * INTO account FROM grants_bankdetails WHERE id = NEW.bank_details_id;
    IF NEW.released_at < account.entered_at + interval '72 hours' AND EXISTS (
        SELECT 1 FROM grants_bankdetails
        WHERE award_id = NEW.award_id AND id < account.id
    ) THEN
        RAISE EXCEPTION 'The account was changed less than 72 hours ago.'
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'disbursement_waits_after_a_change_of_account',
                  TABLE = 'grants_disbursement';
    END IF;
    FOR place IN
        SELECT account.country::text
        UNION SELECT project.country::text FROM grants_award award
            JOIN grants_application application ON application.id = award.application_id
            JOIN grants_project project ON project.id = application.project_id
            WHERE award.id = NEW.award_id
        UNION SELECT organisation.country::text FROM grants_award award
            JOIN grants_application application ON application.id = award.application_id
            JOIN grants_project project ON project.id = application.project_id
            JOIN parties_organisation organisation ON organisation.id = project.organisation_id
            WHERE award.id = NEW.award_id
    LOOP
        SELECT * INTO stands FROM grants_country_policy(place);
        IF stands.policy = 'blocked' OR stands.licence_until < NEW.paid_on THEN
            RAISE EXCEPTION 'Nothing is paid for %.', place
                USING ERRCODE = 'check_violation',
                      CONSTRAINT = 'disbursement_goes_where_it_may',
                      TABLE = 'grants_disbursement';
        END IF;
    END LOOP;
    RETURN NEW;
END $$;
CREATE TRIGGER disbursement_may_leave BEFORE INSERT OR UPDATE ON grants_disbursement
    FOR EACH ROW EXECUTE FUNCTION grants_disbursement_may_leave();
"""
NOT_RELEASED = """
DROP TRIGGER disbursement_may_leave ON grants_disbursement;
DROP FUNCTION grants_disbursement_may_leave();
"""

STAYS = """
-- A rule is confirmed once and otherwise stays; a list that was taken in stays as it came.
CREATE FUNCTION grants_countryrule_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.confirmed_by_id IS NULL
        AND (NEW.country, NEW.policy, NEW.licence, NEW.licence_until, NEW.reason,
             NEW.proposed_by_id, NEW.proposed_at)
            IS NOT DISTINCT FROM
            (OLD.country, OLD.policy, OLD.licence, OLD.licence_until, OLD.reason,
             OLD.proposed_by_id, OLD.proposed_at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'A rule for a country stays as it was laid down.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'countryrule_stays',
              TABLE = 'grants_countryrule';
END $$;
CREATE TRIGGER countryrule_stays BEFORE UPDATE OR DELETE ON grants_countryrule
    FOR EACH ROW EXECUTE FUNCTION grants_countryrule_stays();
"""
NOT_STAYS = """
DROP TRIGGER countryrule_stays ON grants_countryrule;
DROP FUNCTION grants_countryrule_stays();
"""

FOUND = "CREATE INDEX listedname_by_keys ON grants_listedname USING gin (keys);"
NOT_FOUND = "DROP INDEX listedname_by_keys;"


class Migration(migrations.Migration):
    """The policy first, because the payments ask it."""

    replaces = [("grants", "0022_payee_checks")]
    dependencies = [("grants", "0010_files_stay")]

    operations = [
        migrations.RunSQL(POLICY, NO_POLICY),
        migrations.RunSQL(RELEASED, NOT_RELEASED),
        migrations.RunSQL(STAYS, NOT_STAYS),
        migrations.RunSQL(FOUND, NOT_FOUND),
    ]
