#!/usr/bin/env bash
# A real Elasticsearch 8.19 for tests, from Maven, without security, on loopback.
#
#   run.sh start | stop | status
#
# ES_PORT    port, 19200 unless given (transport takes the port 100 above)
# ES_HEAP    heap of the server, 512m unless given
# ES_FLAVOR  min: Elastic's own minimal distribution, 107 MB to download (the default)
#            full: 909 MB, with ingest processors, painless and the kql query as well
# FIREWATCH_CACHE  where the server is kept, ~/.cache/firewatch unless given
#
# Each start begins with empty data. Exit codes: 0 done, 1 the server does not
# start, 2 wrong usage, 3 a program that is needed is missing.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
port=${ES_PORT:-19200} heap=${ES_HEAP:-512m} flavor=${ES_FLAVOR:-min}
url=http://127.0.0.1:$port
cache=${FIREWATCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/firewatch}

die() { echo "elasticsearch testserver: $2" >&2; exit "$1"; }
need() { command -v "$1" >/dev/null || die 3 "$1 is missing: $2"; }
usage() { die 2 "usage: $0 start|stop|status"; }

# Elasticsearch refuses to run as root, and nobody must be able to reach its
# folder, which a home directory usually does not allow.
as=()
if [ "$(id -u)" = 0 ]; then
  need setpriv "install util-linux, or run this as another user than root"
  as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
  mkdir -p "$cache"
  if ! "${as[@]}" bash -c 'cd "$1"' - "$cache" 2>/dev/null; then
    [ -z "${FIREWATCH_CACHE:-}" ] || die 1 "the user nobody cannot reach FIREWATCH_CACHE=$cache"
    rmdir "$cache" 2>/dev/null || true
    cache=/var/tmp/firewatch
  fi
fi
# The server is shared, what an instance writes is its own.
home=$cache/elasticsearch-$flavor
run=$home-$port
pid=$run/pid log=$run/out

running() { [ -f "$pid" ] && kill -0 "$(cat "$pid")" 2>/dev/null; }
health() { curl -sf -m 2 "$url/_cluster/health" 2>/dev/null; }

install() {
  need mvn "install maven (it downloads the server)"
  need javac "install a JDK, version 17 or newer"
  local new=$home.new
  rm -rf "$new"
  mkdir -p "$new"
  echo "elasticsearch testserver: downloading ($flavor)"
  mvn -q -B -Dstyle.color=never -f "$here/pom.xml" "-P$flavor" "-Dout=$new" "-DbuildDirectory=$new/build" initialize ||
    die 1 "maven could not download the server, see above"
  local unpacked=("$new"/elasticsearch-8* "$new"/sonarqube-*/elasticsearch)
  for d in "${unpacked[@]}"; do [ -d "$d/lib" ] && mv "$d" "$new/server"; done
  local server=$new/server
  # The full flavour lacks the launcher script.
  [ -f "$server/bin/elasticsearch" ] || cat > "$server/bin/elasticsearch" <<'SH'
#!/bin/bash
CLI_NAME=server
CLI_LIBS=lib/tools/server-cli
source "`dirname "$0"`"/elasticsearch-cli
SH
  chmod +x "$server"/bin/*
  mkdir -p "$server/plugins"
  # A small heap and a short life: the serial collector and the first compiler
  # alone halve the time to start.
  sed -i 's/^-XX:+UseG1GC/-XX:+UseSerialGC\n-XX:TieredStopAtLevel=1/; /^-Xlog:gc/d' "$server/config/jvm.options"
  [ -d "$server/modules/rest-root" ] || root_plugin "$server"
  rm -rf "$home"
  mv "$server" "$home"
  rm -rf "$new"
}

# root_plugin adds GET /, which the minimal distribution lacks and clients ask.
root_plugin() {
  local server=$1 classes version dir=$1/plugins/rest-root
  classes=$(mktemp -d)
  version=$(basename "$server"/lib/elasticsearch-8.*.jar .jar)
  mkdir -p "$dir"
  javac --release 17 -nowarn -cp "$server/lib/*" -d "$classes" "$here"/plugin/firewatch/*.java
  jar --create --file "$dir/rest-root.jar" -C "$classes" .
  rm -rf "$classes"
  cat > "$dir/plugin-descriptor.properties" <<P
description=answers GET /
name=rest-root
version=1.0
classname=firewatch.RootPlugin
java.version=17
elasticsearch.version=${version#elasticsearch-}
P
}

start() {
  need java "install a Java runtime, version 17 or newer"
  need curl "install curl"
  if running && health > /dev/null; then echo "elasticsearch testserver: already running on $url"; return; fi
  ! curl -s -m 2 -o /dev/null "$url" || die 1 "something else answers on $url: set ES_PORT"
  [ -x "$home/bin/elasticsearch" ] || install
  ! running || die 1 "an instance that does not answer still runs: stop it first"
  rm -rf "$run"
  mkdir -p "$run"/{data,logs,tmp}
  cp -r "$home/config" "$run/config"
  cat > "$run/config/elasticsearch.yml" <<Y
cluster.name: firewatch-test
node.name: one
discovery.type: single-node
network.host: 127.0.0.1
http.port: $port
transport.port: $((port + 100))
path.data: $run/data
path.logs: $run/logs
xpack.security.enabled: false
cluster.routing.allocation.disk.threshold_enabled: false
Y
  [ ${#as[@]} = 0 ] || chown -R 65534:65534 "$run"
  export ES_JAVA_HOME=${ES_JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")}
  export ES_PATH_CONF=$run/config ES_TMPDIR=$run/tmp ES_JAVA_OPTS="-Xms$heap -Xmx$heap" CLI_JAVA_OPTS=-XX:TieredStopAtLevel=1
  setsid "${as[@]}" env HOME="$run/tmp" "$home/bin/elasticsearch" > "$log" 2>&1 < /dev/null &
  echo $! > "$pid"
  for _ in $(seq 480); do
    if health | grep -q '"status":"green"'; then echo "elasticsearch testserver: $flavor is green on $url"; return; fi
    running || { tail -20 "$log" >&2; die 1 "the server ended while starting, its last lines are above"; }
    sleep 0.5
  done
  stop
  die 1 "not green after four minutes, see $log"
}

stop() {
  if ! running; then echo "elasticsearch testserver: not running"; return; fi
  local p
  p=$(cat "$pid")
  kill "$p"
  for _ in $(seq 150); do
    kill -0 "$p" 2>/dev/null || { rm -f "$pid"; echo "elasticsearch testserver: stopped"; return; }
    sleep 0.2
  done
  die 1 "process $p does not end"
}

[ $# = 1 ] || usage
case $flavor in min | full) ;; *) die 2 "ES_FLAVOR is min or full, not $flavor" ;; esac
case $1 in
start) start ;;
stop) stop ;;
status) running && health > /dev/null && echo "elasticsearch testserver: $url" ;;
*) usage ;;
esac
