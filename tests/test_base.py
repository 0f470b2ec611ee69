import pytest
@pytest.mark.django_db
def test_x(client):
    from django.db import connection
    with connection.cursor() as c:
        c.execute("select current_user"); assert c.fetchone()[0]=="manul_app"
    assert client.get("/").status_code==200
def test_y(committed):
    from funding.parties.models import Entity
    assert Entity.objects.count()==0
    Entity.objects.create(slug="x",legal_name="x",address="",country="SE",zone="UTC",currency="EUR",series="MF",contact_email="a@b.example")
def test_z(committed):
    from funding.parties.models import Entity
    assert Entity.objects.count()==0
