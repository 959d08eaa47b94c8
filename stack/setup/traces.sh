#!/bin/sh
# Deletes Jaeger's indices of days that are longer ago than traces are kept. Jaeger
# makes one a day and deletes none.
#
# In compose this is the service "trace-retention", which looks each hour, and each
# minute while it fails. By hand, once:
#
#   ES_URL=http://127.0.0.1:9200 stack/setup/traces.sh once
#
# ES_URL       Elasticsearch, http://elasticsearch:9200 unless given
# TRACES_DAYS  how many days are kept, 30 unless given
#
# It needs curl, and a date that takes -d as those of GNU and BusyBox do. It sends
# no key: where security is on, index lifecycle management can do the same.
# Exit codes of once: 0 done, 1 the server did not do it, 2 wrong usage.
set -eu

es=${ES_URL:-http://elasticsearch:9200} days=${TRACES_DAYS:-30}
es=${es%/}

say() { echo "traces: $*"; }
usage() { echo "traces: $*" >&2; exit 2; }

case $days in '' | *[!0-9]* | 0) usage "TRACES_DAYS is a number of days, not $days" ;; esac
case $# in 0) ;; *) [ "$*" = once ] || usage "usage: ES_URL=http://... $0 [once]" ;; esac

# clean deletes what is too old; a name that does not end in a day is left alone.
clean() {
  first=$(date -u -d "@$(($(date +%s) - days * 86400))" +%Y%m%d)
  names=$(curl -fsS -m 60 "$es/_cat/indices/jaeger-*?h=index") || return 1
  failed=0
  for name in $names; do
    case $name in *-[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]) ;; *) continue ;; esac
    day=$(printf '%s' "$name" | tail -c 10 | tr -d -)
    [ "$day" -lt "$first" ] || continue
    if curl -fsS -m 60 -o /dev/null -X DELETE "$es/$name"; then say "$name is deleted"; else failed=1; fi
  done
  return "$failed"
}

if [ $# = 1 ]; then
  clean || { echo "traces: $es did not do what was asked" >&2; exit 1; }
  exit 0
fi
# The time of the last success is what the health check of compose reads.
while :; do
  if clean; then
    date +%s > /tmp/traces-cleaned
    sleep 3600
  else
    sleep 60
  fi
done
