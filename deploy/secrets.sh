#!/bin/sh
# Makes the secrets docker-compose.yml reads, once; those that are there stay. deploy/secrets is not committed.
set -eu
folder=$(dirname "$0")/secrets
umask 077
mkdir -p "$folder"
for name in postgres_password redis_password airflow_jwt airflow_password; do
    [ -s "$folder/$name" ] || openssl rand -hex 32 >"$folder/$name"
done
[ -s "$folder/airflow_fernet" ] || openssl rand -base64 32 | tr '+/' '-_' >"$folder/airflow_fernet"
[ -s "$folder/hub_kek" ] || openssl rand -hex 32 >"$folder/hub_kek"
echo "secrets are in $folder; keep a copy of hub_kek elsewhere: without it nothing sealed can be opened again"
