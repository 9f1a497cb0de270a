#!/bin/sh
# Reads the secrets as root, hands them on as settings, and runs the command as the user guiyi.
set -eu
secret() { cat "/run/secrets/$1"; }
database() { printf 'guiyi:%s@postgres:5432/%s' "$(secret postgres_password)" "$1"; }

DATABASE_URL="postgresql://$(database guiyi)"
AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="postgresql+psycopg://$(database airflow)"
AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC=$AIRFLOW__DATABASE__SQL_ALCHEMY_CONN
AIRFLOW__CELERY__RESULT_BACKEND="db+postgresql+psycopg://$(database airflow)"
AIRFLOW__CELERY__BROKER_URL="redis://:$(secret redis_password)@redis:6379/0"
AIRFLOW__API_AUTH__JWT_SECRET=$(secret airflow_jwt)
AIRFLOW__API__SECRET_KEY=$(secret airflow_jwt)
AIRFLOW__CORE__FERNET_KEY=$(secret airflow_fernet)
HUB_KEK=$(secret hub_kek)
export DATABASE_URL AIRFLOW__DATABASE__SQL_ALCHEMY_CONN AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC AIRFLOW__CELERY__RESULT_BACKEND \
    AIRFLOW__CELERY__BROKER_URL AIRFLOW__API_AUTH__JWT_SECRET AIRFLOW__API__SECRET_KEY AIRFLOW__CORE__FERNET_KEY HUB_KEK
[ -z "${HUB_PRELOAD:-}" ] || export PYTHONPATH=/opt/guiyi/hub/airflow/local

umask 077
mkdir -p "$AIRFLOW_HOME/lineage"
printf '{"admin": "%s"}' "$(secret airflow_password)" >"$AIRFLOW_HOME/passwords.json"
chown guiyi:guiyi "$HUB_HOME" "$AIRFLOW_HOME" "$AIRFLOW_HOME/lineage" "$AIRFLOW_HOME/passwords.json"
export HOME=/home/guiyi
exec setpriv --reuid=guiyi --regid=guiyi --init-groups -- "$@"
