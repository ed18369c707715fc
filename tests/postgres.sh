# Sourced by `run` and `bench/run`: finds PostgreSQL or installs Debian's package, starts a throwaway server on a private
# loopback port, and sets PRAXIS_TEST_POSTGRES_URL. The server ends with the script. Arguments are passed on to the server.
#
# Where PRAXIS_TEST_POSTGRES_URL is set already, that server is used and nothing is started.

find_postgres() {
  local bin
  bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
  if [ -n "$bin" ]; then
    echo "$bin"
  elif command -v initdb >/dev/null 2>&1; then
    dirname "$(command -v initdb)"
  fi
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# The database server refuses to run as root.
postgres() {
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
  else
    "$@"
  fi
}

stop_postgres() {
  (cd / && postgres "$postgres_bin/pg_ctl" -D "$postgres_place/data" -m immediate stop >/dev/null 2>&1) || true
  rm -rf "$postgres_place"
}

start_postgres() {
  if [ -n "${PRAXIS_TEST_POSTGRES_URL:-}" ]; then
    return
  fi
  postgres_bin=$(find_postgres)
  if [ -z "$postgres_bin" ]; then
    echo "PostgreSQL is not installed; installing Debian's package …"
    export DEBIAN_FRONTEND=noninteractive
    as_root apt-get update -qq
    as_root apt-get install -y -qq postgresql >/dev/null
    postgres_bin=$(find_postgres)
  fi
  postgres_place=$(mktemp -d /tmp/praxis-postgres.XXXXXX)
  trap stop_postgres EXIT
  if [ "$(id -u)" = 0 ]; then chown postgres "$postgres_place"; fi
  local port
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' 2>/dev/null || echo 54987)
  (
    cd /
    postgres "$postgres_bin/initdb" -D "$postgres_place/data" -A trust -U praxis --encoding=UTF8 --locale=C.UTF-8 >/dev/null
    postgres "$postgres_bin/pg_ctl" -D "$postgres_place/data" -l "$postgres_place/log" -w \
      -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$postgres_place $*" start >/dev/null
  )
  export PRAXIS_TEST_POSTGRES_URL="postgres://praxis@127.0.0.1:$port/postgres"
}
