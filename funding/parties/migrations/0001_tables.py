import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import funding.tables


class Migration(migrations.Migration):
    replaces = [
        ("parties", "0001_initial"),
        ("parties", "0002_organisations"),
        ("parties", "0003_parts"),
        ("parties", "0004_keeping"),
        ("parties", "0005_cosignatories"),
        ("parties", "0006_giving_identifiers"),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        funding.tables.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Entity",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("slug", models.SlugField(unique=True)),
                        ("legal_name", models.CharField(max_length=200)),
                        ("registration_number", models.CharField(blank=True, max_length=60)),
                        (
                            "address",
                            models.TextField(help_text="As printed on receipts, one line per row."),
                        ),
                        ("country", models.CharField(max_length=2)),
                        (
                            "zone",
                            models.CharField(
                                help_text="IANA time zone: the entity's calendar.", max_length=60
                            ),
                        ),
                        (
                            "currency",
                            models.CharField(
                                help_text="Settlement and reporting currency.", max_length=3
                            ),
                        ),
                        (
                            "series",
                            models.CharField(
                                help_text="First part of its document numbers, such as MF in MF-2026-000184.",
                                max_length=8,
                                unique=True,
                                validators=[django.core.validators.RegexValidator("^[A-Z]{2,8}$")],
                            ),
                        ),
                        (
                            "tax_regime",
                            models.CharField(
                                choices=[
                                    ("none", "No tax certificate"),
                                    ("uk_gift_aid", "United Kingdom, Gift Aid"),
                                    ("us_501c3", "United States, 501(c)(3)"),
                                ],
                                default="none",
                                max_length=20,
                            ),
                        ),
                        ("signatory_name", models.CharField(blank=True, max_length=120)),
                        ("signatory_role", models.CharField(blank=True, max_length=120)),
                        (
                            "cosignatory_name",
                            models.CharField(blank=True, db_default="", default="", max_length=120),
                        ),
                        (
                            "cosignatory_role",
                            models.CharField(blank=True, db_default="", default="", max_length=120),
                        ),
                        ("contact_email", models.EmailField(max_length=254)),
                        (
                            "logo",
                            models.TextField(
                                blank=True, help_text="SVG text for documents; empty: the stamp."
                            ),
                        ),
                        (
                            "books_years",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="How long receipts and vouchers are kept.",
                                null=True,
                            ),
                        ),
                        (
                            "aid_years",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="How long a claimed Gift Aid declaration is kept.",
                                null=True,
                            ),
                        ),
                        (
                            "giving_prefix",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="As registered with 360Giving, such as 360G-manul: grants are numbered with it.",
                                max_length=40,
                            ),
                        ),
                        (
                            "org_identifier",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="As org-id.guide writes it, such as GB-SC-SC004064.",
                                max_length=60,
                            ),
                        ),
                        (
                            "is_illustrative",
                            models.BooleanField(
                                default=False,
                                help_text="Demonstration data; every page and document then says so.",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "entities",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                                name="entity_currency_is_iso",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("country__regex", "^[A-Z]{2}$")),
                                name="entity_country_is_iso",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("tax_regime__in", ["none", "uk_gift_aid", "us_501c3"])
                                ),
                                name="entity_tax_regime_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("books_years__isnull", True),
                                        ("books_years__range", (1, 50)),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("aid_years__isnull", True),
                                        ("aid_years__range", (1, 50)),
                                        _connector="OR",
                                    ),
                                ),
                                name="entity_keeps_papers_for_some_years",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("cosignatory_role", ""),
                                    models.Q(("cosignatory_name", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="entity_office_is_somebodys",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("giving_prefix", ""),
                                    ("giving_prefix__regex", "^360G-[A-Za-z0-9_]+$"),
                                    _connector="OR",
                                ),
                                name="entity_giving_prefix_is_one_of_theirs",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("org_identifier", ""),
                                    (
                                        "org_identifier__regex",
                                        "^[A-Z]{2,3}-[A-Z0-9]+-[^[:space:]]+$",
                                    ),
                                    _connector="OR",
                                ),
                                name="entity_identifier_names_its_list",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Organisation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        ("country", models.CharField(max_length=2)),
                        ("registration_number", models.CharField(blank=True, max_length=60)),
                        ("website", models.URLField(blank=True)),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["name"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("name", ""), _negated=True),
                                name="organisation_has_a_name",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("country__regex", "^[A-Z]{2}$")),
                                name="organisation_country_is_iso",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Membership",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="memberships",
                                to="parties.organisation",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="memberships",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "part",
                            models.CharField(
                                choices=[
                                    ("owner", "Owner"),
                                    ("finance", "Finance"),
                                    ("viewer", "Viewer"),
                                ],
                                db_default="owner",
                                default="owner",
                                max_length=7,
                            ),
                        ),
                        ("since", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("organisation", "user"),
                                name="membership_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("part__in", ["owner", "finance", "viewer"])),
                                name="membership_part_is_known",
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
