#!/bin/sh
# PostgreSQL runs this once, when its volume is new: two databases, each with a user who can reach nothing else.
set -eu
psql --username "$POSTGRES_USER" --dbname postgres --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
	--set n8n_password="$N8N_DB_PASSWORD" --set humanloop_password="$HUMANLOOP_DB_PASSWORD" <<'SQL'
create user n8n password :'n8n_password';
create database n8n owner n8n;
revoke all on database n8n from public;
create user humanloop password :'humanloop_password';
create database humanloop owner humanloop;
revoke all on database humanloop from public;
SQL
