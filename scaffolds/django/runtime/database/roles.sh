#!/bin/sh
# Runs once, when the database is empty: two roles, so that the app itself owns nothing.
set -eu
psql --username postgres --set=ON_ERROR_STOP=1 \
    --set=owner_password="$OWNER_DB_PASSWORD" --set=app_password="$APP_DB_PASSWORD" <<'SQL'
create role owner login createdb password :'owner_password';
create role app login password :'app_password';
create database app owner owner;
SQL
