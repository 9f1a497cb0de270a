#!/bin/sh
# What the tests need from Debian beside Python: real servers and a way to make a virtual environment.
# Nothing is done where it is present already, or where we are not root on a machine with apt.
set -eu
wanted=""
python3 -c 'import ensurepip' 2>/dev/null || wanted="$wanted python3-venv"
if [ "${1:-}" = test ]; then
    command -v mariadbd >/dev/null || [ -x /usr/sbin/mariadbd ] || wanted="$wanted mariadb-server-core"
    command -v my_print_defaults >/dev/null || wanted="$wanted mariadb-client-core" # mariadb-install-db asks it
    [ -x /usr/lib/postgresql/15/bin/postgres ] || wanted="$wanted postgresql-15"
    command -v chromium >/dev/null || wanted="$wanted chromium"
    fc-list :lang=zh 2>/dev/null | grep -q . || wanted="$wanted fonts-noto-cjk fontconfig" # pages are looked at in Chinese
    command -v javac >/dev/null || wanted="$wanted openjdk-17-jdk-headless"
    [ -e /usr/share/java/postgresql.jar ] || wanted="$wanted libpostgresql-jdbc-java"
fi
[ -n "$wanted" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "missing:$wanted; install them as root (apt-get install$wanted)" >&2
    exit 0
fi
# PostgreSQL's package would create and start a server of its own; ours are private to the tests.
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wanted
