# shellcheck shell=bash
# What `make run` supervises, and the settings each daemon gets. Needs env.sh.

# In order of start; they stop in the opposite order.
SERVERS=(postgres redis)
DAEMONS=(booking:svc-booking sandbox:sandbox entrance:svc-entrance payment:svc-payment notify:svc-notify admin:svc-admin gateway:gateway)
BUS_PEERS=(gateway booking payment notify entrance admin)

SERVICE_DIR=$VAR/service
PORT=${PORT:-8080}
URL=http://127.0.0.1:$PORT
SANDBOX_PORT=${SANDBOX_PORT:-8090}
SANDBOX_URL=http://127.0.0.1:$SANDBOX_PORT

daemons() { printf '%s\n' "${DAEMONS[@]%%:*}"; }
program_of() { printf '%s\n' "${DAEMONS[@]}" | sed -n "s|^$1:|$ROOT/build/release/|p"; }
in_stop_order() { { printf '%s\n' "${SERVERS[@]}"; daemons; } | tac; }

supervised() { sv status "$SERVICE_DIR/$1" >/dev/null 2>&1; }
instance_is_up() {
    local name
    for name in "${SERVERS[@]}" $(daemons); do if supervised "$name"; then return 0; fi; done
    return 1
}

keep_ports() {
    local name
    for name in POSTGRES_PORT REDIS_PORT BOOKING_BUS BOOKING_PUB BOOKING_METRICS GATEWAY_METRICS \
        PAYMENT_BUS PAYMENT_METRICS ENTRANCE_BUS ENTRANCE_METRICS NOTIFY_BUS NOTIFY_METRICS ADMIN_BUS ADMIN_METRICS SANDBOX_METRICS; do
        keep_port "$VAR/ports.env" "$name" >/dev/null
    done
}

keep_secrets() {
    local name
    for name in SECRET_KEY ORDER_TOKEN_KEY DEVICE_TOKEN_KEY PAYMENT_ACCOUNT_KEY ENTRANCE_KEY ADMIN_KEY \
        ALIMTALK_APP_KEY ALIMTALK_SECRET_KEY KAKAO_SENDER_KEY; do
        keep_secret "$name" >/dev/null
    done
    [ -s "$VAR/admin-password" ] || (umask 077; openssl rand -base64 18 | tr '+/' '-_' >"$VAR/admin-password")
    keep_secret TOSS_SECRET_KEY test_sk_ >/dev/null
    keep_secret TOSS_CLIENT_KEY test_ck_ >/dev/null
    for name in "${BUS_PEERS[@]^^}"; do
        keep_secret "BUS_KEY_$name" >/dev/null
        [ "$name" = GATEWAY ] || keep_secret "DB_PASSWORD_$name" >/dev/null
    done
}

# The shop's contract with the provider of messages: it and the provider know the same.
alimtalk_settings() {
    local secrets=$VAR/secrets
    echo "ALIMTALK_APP_KEY=$(<"$secrets/ALIMTALK_APP_KEY")"
    echo "ALIMTALK_SECRET_KEY_FILE=$secrets/ALIMTALK_SECRET_KEY"
    echo "ALIMTALK_SMS_SENDER=0212345678"
    echo "KAKAO_SENDER_KEY=$(head -c 40 "$secrets/KAKAO_SENDER_KEY")" # as long as Kakao's
}

# Settings of one daemon as NAME=value lines. Secrets are given as files.
settings_of() {
    local name=$1 secrets=$VAR/secrets peer
    # shellcheck disable=SC1091
    . "$VAR/ports.env"
    echo "ENV=development"
    if [ "$name" != sandbox ]; then # it is not one of us: it knows the keys of the providers, and no other
        echo "PUBLIC_URL=$URL"
        echo "BUS_KEY_FILE=$secrets/BUS_KEY_${name^^}"
        for peer in "${BUS_PEERS[@]^^}"; do echo "BUS_KEY_${peer}_FILE=$secrets/BUS_KEY_$peer"; done
        echo "ORDER_TOKEN_KEY_FILE=$secrets/ORDER_TOKEN_KEY"
    fi
    case $name in
        gateway)
            echo "GATEWAY_LISTEN=127.0.0.1:$PORT"
            echo "METRICS_LISTEN=127.0.0.1:$GATEWAY_METRICS"
            echo "BOOKING_ADDR=127.0.0.1:$BOOKING_BUS"
            echo "BOOKING_PUB_ADDR=127.0.0.1:$BOOKING_PUB"
            echo "PAYMENT_ADDR=127.0.0.1:$PAYMENT_BUS"
            echo "ENTRANCE_ADDR=127.0.0.1:$ENTRANCE_BUS"
            echo "NOTIFY_ADDR=127.0.0.1:$NOTIFY_BUS"
            echo "ADMIN_ADDR=127.0.0.1:$ADMIN_BUS"
            echo "SECRET_KEY_FILE=$secrets/SECRET_KEY"
            echo "DEVICE_TOKEN_KEY_FILE=$secrets/DEVICE_TOKEN_KEY"
            echo "DOCS_ROOT=$ROOT/docs"
            ;;
        booking)
            echo "BUS_LISTEN=127.0.0.1:$BOOKING_BUS"
            echo "BUS_PUB_LISTEN=127.0.0.1:$BOOKING_PUB"
            echo "METRICS_LISTEN=127.0.0.1:$BOOKING_METRICS"
            echo "DATABASE_URL_FILE=$secrets/DATABASE_URL_BOOKING"
            echo "REDIS_URL=redis://127.0.0.1:$REDIS_PORT/0"
            ;;
        payment)
            echo "BUS_LISTEN=127.0.0.1:$PAYMENT_BUS"
            echo "METRICS_LISTEN=127.0.0.1:$PAYMENT_METRICS"
            echo "BOOKING_ADDR=127.0.0.1:$BOOKING_BUS"
            echo "ENTRANCE_ADDR=127.0.0.1:$ENTRANCE_BUS"
            echo "DATABASE_URL_FILE=$secrets/DATABASE_URL_PAYMENT"
            echo "PAYMENT_ACCOUNT_KEY_FILE=$secrets/PAYMENT_ACCOUNT_KEY"
            echo "TOSS_PAYMENT_URL=$SANDBOX_URL/v1/payments"
            echo "TOSS_SECRET_KEY_FILE=$secrets/TOSS_SECRET_KEY"
            echo "TOSS_CLIENT_KEY=$(<"$secrets/TOSS_CLIENT_KEY")"
            ;;
        entrance)
            echo "BUS_LISTEN=127.0.0.1:$ENTRANCE_BUS"
            echo "METRICS_LISTEN=127.0.0.1:$ENTRANCE_METRICS"
            echo "BOOKING_ADDR=127.0.0.1:$BOOKING_BUS"
            echo "DATABASE_URL_FILE=$secrets/DATABASE_URL_ENTRANCE"
            echo "ENTRANCE_KEY_FILE=$secrets/ENTRANCE_KEY"
            echo "DEVICE_TOKEN_KEY_FILE=$secrets/DEVICE_TOKEN_KEY"
            ;;
        notify)
            echo "BUS_LISTEN=127.0.0.1:$NOTIFY_BUS"
            echo "METRICS_LISTEN=127.0.0.1:$NOTIFY_METRICS"
            echo "BOOKING_ADDR=127.0.0.1:$BOOKING_BUS"
            echo "PAYMENT_ADDR=127.0.0.1:$PAYMENT_BUS"
            echo "DATABASE_URL_FILE=$secrets/DATABASE_URL_NOTIFY"
            echo "ALIMTALK_PROVIDER=nhn"
            echo "ALIMTALK_BASE_URL=$SANDBOX_URL"
            alimtalk_settings
            ;;
        admin)
            echo "BUS_LISTEN=127.0.0.1:$ADMIN_BUS"
            echo "METRICS_LISTEN=127.0.0.1:$ADMIN_METRICS"
            echo "BOOKING_ADDR=127.0.0.1:$BOOKING_BUS"
            echo "PAYMENT_ADDR=127.0.0.1:$PAYMENT_BUS"
            echo "ENTRANCE_ADDR=127.0.0.1:$ENTRANCE_BUS"
            echo "NOTIFY_ADDR=127.0.0.1:$NOTIFY_BUS"
            echo "DATABASE_URL_FILE=$secrets/DATABASE_URL_ADMIN"
            echo "SECRET_KEY_FILE=$secrets/SECRET_KEY"
            echo "ADMIN_KEY_FILE=$secrets/ADMIN_KEY"
            echo "ADMIN_INITIAL_PASSWORD_FILE=$VAR/admin-password"
            ;;
        sandbox)
            echo "SANDBOX_LISTEN=127.0.0.1:$SANDBOX_PORT"
            echo "SANDBOX_PUBLIC_URL=$SANDBOX_URL"
            echo "SANDBOX_STATE=$VAR/sandbox.state"
            echo "METRICS_LISTEN=127.0.0.1:$SANDBOX_METRICS"
            echo "TOSS_SECRET_KEY_FILE=$secrets/TOSS_SECRET_KEY"
            echo "TOSS_CLIENT_KEY=$(<"$secrets/TOSS_CLIENT_KEY")"
            echo "WEBHOOK_URL=$URL/api/payments/webhook"
            alimtalk_settings
            ;;
    esac
}

write_settings() {
    local name=$1
    # shellcheck disable=SC1091
    . "$VAR/ports.env"
    (
        umask 077
        mkdir -p "$VAR/env"
        if [ -f "$VAR/secrets/DB_PASSWORD_${name^^}" ]; then
            printf 'postgresql://svc_%s:%s@127.0.0.1:%s/tickets' "$name" "$(<"$VAR/secrets/DB_PASSWORD_${name^^}")" \
                "$POSTGRES_PORT" >"$VAR/secrets/DATABASE_URL_${name^^}"
        fi
        settings_of "$name" | while IFS='=' read -r key value; do printf '%s=%q\n' "$key" "$value"; done >"$VAR/env/$name.env"
    )
}

# write_service NAME COMMAND...: a folder for runsv. Daemons wait (file "down") until the database is migrated.
write_service() {
    local name=$1 folder=$SERVICE_DIR/$1; shift
    mkdir -p "$folder"
    {
        echo '#!/usr/bin/env bash'
        printf 'exec >>%q 2>&1 </dev/null\n' "$VAR/log/$name.log"
        printf 'exec'; printf ' %q' "$@"; echo
    } >"$folder/run"
    chmod +x "$folder/run"
    touch "$folder/down"
}
