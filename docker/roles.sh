#!/bin/sh
# Run once by the database's first start: the owner migrates, the application reads and writes.
# Neither can make databases or roles, and only these two can connect.
set -eu

owner_password=$(cat /run/secrets/owner_password)
application_password=$(cat /run/secrets/application_password)

psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 \
    --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set owner_password="$owner_password" \
    --set application_password="$application_password" <<'SQL'
CREATE ROLE manul_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE manul_app LOGIN PASSWORD :'application_password';
ALTER DATABASE manul OWNER TO manul_owner;
ALTER SCHEMA public OWNER TO manul_owner;
REVOKE ALL ON DATABASE manul FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT CONNECT ON DATABASE manul TO manul_app;
GRANT USAGE ON SCHEMA public TO manul_app;
SQL
