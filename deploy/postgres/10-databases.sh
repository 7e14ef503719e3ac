#!/bin/bash
# Runs once, when the data directory is made: a database per service, owned by the role that migrates it; the service itself gets
# a role that the migrations grant only what it needs. The same as `shared/embedded`; a test compares them.
set -euo pipefail
SECRETS=${SECRETS:-/run/secrets}

role() {
    # The password goes in through psql's own quoting, from a file: never through an argument that `ps` would show.
    psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username postgres --dbname postgres <<-SQL
		\set password \`cat ${SECRETS}/$1_password\`
		CREATE ROLE "$1" LOGIN NOINHERIT NOCREATEDB NOCREATEROLE PASSWORD :'password';
	SQL
}

database() {
    psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username postgres --dbname postgres <<-SQL
		CREATE DATABASE "$1" OWNER "$1_owner";
		REVOKE ALL ON DATABASE "$1" FROM PUBLIC;
		GRANT CONNECT ON DATABASE "$1" TO "$1";
	SQL
    psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username postgres --dbname "$1" <<-SQL
		ALTER SCHEMA public OWNER TO "$1_owner";
		REVOKE ALL ON SCHEMA public FROM PUBLIC;
	SQL
}

for service in agreements ledger notifications; do
    role "${service}_owner"
    role "$service"
    database "$service"
done

# The relay reads the log and nothing else.
role relay
psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username postgres --dbname postgres \
    --command 'GRANT CONNECT ON DATABASE agreements TO relay'
