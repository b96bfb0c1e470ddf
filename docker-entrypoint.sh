#!/bin/sh
# Prepares the volume as root, then becomes the user `app` for good. Started as another user, it prepares nothing.
set -eu

volume="${VOLUME:-/data}"
sessions="${AUTH_DIR:-$volume/whatsapp_auth}"
password_file="$volume/app-password"

if [ "$(id -u)" = 0 ]; then
    mkdir -p "$sessions"
    # A volume of another host, or of an earlier user, belongs to that one.
    if [ "$(stat -c %u "$sessions")" != "$(id -u app)" ]; then
        chown -R app:app "$sessions"
    fi
    chmod 700 "$sessions"
    # From other machines nobody comes in without a password: one is made, once, and never printed.
    if [ -z "${APP_PASSWORD:-}" ]; then
        if [ ! -s "$password_file" ]; then
            (umask 077 && python -c 'import secrets; print(secrets.token_urlsafe(18))' >"$password_file")
            echo "A password was made. To read it: docker compose exec app cat $password_file"
        fi
        APP_PASSWORD="$(cat "$password_file")"
        export APP_PASSWORD
    fi
    exec setpriv --reuid=app --regid=app --init-groups --no-new-privs -- "$@"
fi

exec "$@"
