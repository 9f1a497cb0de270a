#!/bin/sh
# Packs dashboard/ as Superset imports it.
set -eu
cd "$(dirname "$0")"
rm -f dashboard.zip
zip -qr dashboard.zip dashboard
