#!/bin/bash
# Runs once, when the data directory is made: a database per service, owned by the role that migrates it, and a role that owns
# nothing to serve. Migrations grant that role only what it needs. The same as on the embedded server; a test compares them.
set -euo pipefail
SECRETS=${SECRETS:-/run/secrets}

administer() {
    psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username postgres --dbname postgres
}

role() {
    # psql reads the password from its file and quotes it: it is never an argument, which `ps` would show.
    administer <<SQL
\set password \`cat '$SECRETS/$1_password'\`
CREATE ROLE "$1" LOGIN PASSWORD :'password';
SQL
}

database() {
    administer <<SQL
CREATE DATABASE "$1" OWNER "$1_owner" TEMPLATE template0;
REVOKE ALL ON DATABASE "$1" FROM PUBLIC;
GRANT CONNECT ON DATABASE "$1" TO "$1";
SQL
}

for service in agreements ledger notifications; do
    role "${service}_owner"
    role "$service"
    database "$service"
done

# The relay reads the log and nothing else.
role relay
administer <<< 'GRANT CONNECT ON DATABASE agreements TO relay'

# Any role may enter these unless told otherwise, and leave there what nobody looks for.
administer <<< 'REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC'
