#!/bin/sh
# Loads what the log pipeline needs into Elasticsearch and Kibana: the ILM
# policy, the component and the index template, the ingest pipeline, the data
# view and the saved searches. It may run as often as one likes.
#
# In compose this is the job "setup": an image with sh and curl, the folders
# stack/setup, stack/elasticsearch and stack/kibana mounted read-only next to
# each other at /setup, and this file as the entry point. By hand:
#
#   ES_URL=http://127.0.0.1:9200 stack/setup/setup.sh
#
# ES_URL        Elasticsearch, http://elasticsearch:9200 unless given
# KIBANA_URL    Kibana; nothing is imported when it is empty
# ES_API_KEY    an API key in its encoded form, sent to both; or ES_API_KEY_FILE
#               names a file that holds one. Neither is ever printed or passed
#               as an argument
# ES_CACERT     a file with the certificate authority of an https address
# ES_KEYS_DIR   a folder for the keys of the console and of Logstash, created
#               when it is given (console-reader.key, logstash-writer.key);
#               the server must have its security on. A key that is there is
#               kept; one that expires is replaced after 60 days, of its 90, so
#               let this run monthly. The old one goes on until it expires
# SETUP_WAIT    how many seconds each server may take to answer, 300 unless given
#
# A server without ILM gets its retention from the data stream lifecycle, one
# without match_only_text indexes texts as text; both are said.
# Exit codes: 0 done, 1 a server refused something, 2 wrong usage, 3 a server did
# not answer in time.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
es=${ES_URL:-http://elasticsearch:9200} kibana=${KIBANA_URL:-}
es=${es%/} kibana=${kibana%/}
wait=${SETUP_WAIT:-300}

say() { echo "setup: $*"; }
die() { code=$1; shift; echo "setup: $*" >&2; exit "$code"; }

command -v curl > /dev/null || die 2 "curl is missing: install it, or run this in an image that has it"
[ $# = 0 ] || die 2 "usage: ES_URL=http://... KIBANA_URL=http://... $0 (there are no arguments)"
case $wait in '' | *[!0-9]*) die 2 "SETUP_WAIT is a number of seconds, not $wait" ;; esac
for f in elasticsearch/ilm-logs-90d.json elasticsearch/component-logs-mldemo-mappings.json elasticsearch/index-template-logs-mldemo.json elasticsearch/pipeline-logs-mldemo.yml; do
  [ -r "$here/$f" ] || die 2 "$here/$f cannot be read: mount the folders setup, elasticsearch and kibana next to each other"
done

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
umask 077

# The key goes to curl by a file that only this user reads.
key=${ES_API_KEY:-}
[ -n "$key" ] || [ -z "${ES_API_KEY_FILE:-}" ] || key=$(cat "$ES_API_KEY_FILE") || die 2 "ES_API_KEY_FILE cannot be read"
unset ES_API_KEY
: > "$tmp/curlrc"
[ -z "$key" ] || printf 'header = "Authorization: ApiKey %s"\n' "$key" >> "$tmp/curlrc"
[ -z "${ES_CACERT:-}" ] || printf 'cacert = "%s"\n' "$ES_CACERT" >> "$tmp/curlrc"
unset key

# ask METHOD URL [curl's arguments]: the status in $status, the answer in $tmp/answer.
ask() {
  method=$1 url=$2
  shift 2
  : > "$tmp/answer"
  status=$(curl -sS -m 60 -K "$tmp/curlrc" -X "$method" -H 'Accept: application/json' -o "$tmp/answer" -w '%{http_code}' "$@" "$url" 2> "$tmp/trouble") || status=000
}
ok() { case $status in 2??) return 0 ;; *) return 1 ;; esac; }
answer() { head -c 600 "$tmp/answer"; head -c 300 "$tmp/trouble"; }

# await NAME URL TEXT PATH: until PATH answers 200 with TEXT in it.
await() {
  say "waiting for $1 on $2"
  began=$(date +%s)
  while :; do
    ask GET "$2$4"
    if [ "$status" = 200 ] && grep -q "$3" "$tmp/answer"; then return; fi
    case $status in 401 | 403) die 1 "$1 refuses this key ($status): set ES_API_KEY to one with the privileges manage_ilm, manage_index_templates and manage_ingest_pipelines" ;; esac
    [ $(($(date +%s) - began)) -lt "$wait" ] || die 3 "$1 did not come up on $2 within $wait s; its last answer: $status $(answer)"
    sleep 1
  done
}

# put WHAT PATH FILE [TYPE]: loads one file, or ends with the server's words.
put() {
  ask PUT "$es$2" -H "Content-Type: ${4:-application/json}" --data-binary "@$3"
  ok || die 1 "$1 was refused by $es$2 ($status): $(answer)"
  say "$1 is in place"
}

await Elasticsearch "$es" '"status":"\(green\|yellow\)"' "/_cluster/health?filter_path=status"

template=$here/elasticsearch/index-template-logs-mldemo.json
ask PUT "$es/_ilm/policy/logs-90d" -H 'Content-Type: application/json' --data-binary "@$here/elasticsearch/ilm-logs-90d.json"
if ok; then
  say "the ILM policy logs-90d is in place"
elif grep -q 'no handler found' "$tmp/answer"; then
  say "this server has no ILM: the data stream lifecycle keeps lines for 90 days instead"
  sed '/"lifecycle": {"name": "logs-90d"},/d' "$template" > "$tmp/template.json"
  template=$tmp/template.json
else
  die 1 "the ILM policy was refused ($status): $(answer)"
fi

component=$here/elasticsearch/component-logs-mldemo-mappings.json
ask PUT "$es/_component_template/logs-mldemo@mappings" -H 'Content-Type: application/json' --data-binary "@$component"
if ! ok && grep -q 'mapper type \[match_only_text\]' "$tmp/answer"; then
  say "this server has no match_only_text: messages are indexed as text"
  sed 's/match_only_text/text/g' "$component" > "$tmp/component.json"
  component=$tmp/component.json
fi
put "the component template logs-mldemo@mappings" "/_component_template/logs-mldemo@mappings" "$component"
# The pipeline comes before the template that names it.
put "the ingest pipeline logs-mldemo" "/_ingest/pipeline/logs-mldemo" "$here/elasticsearch/pipeline-logs-mldemo.yml" application/yaml
put "the index template logs-mldemo" "/_index_template/logs-mldemo" "$template"

if [ -n "${ES_KEYS_DIR:-}" ]; then
  mkdir -p "$ES_KEYS_DIR"
  for name in console-reader logstash-writer; do
    file=$ES_KEYS_DIR/$name.key request=$here/elasticsearch/apikey-$name.json
    if [ -s "$file" ]; then
      if ! grep -q '"expiration"' "$request" || [ -z "$(find "$file" -mtime +60)" ]; then say "the API key $name is kept"; continue; fi
      say "the API key $name is older than 60 days: a new one takes its place"
    fi
    ask POST "$es/_security/api_key" -H 'Content-Type: application/json' --data-binary "@$request"
    # The answer holds the key itself, so no word of it is shown.
    ok || die 1 "the API key $name was refused ($status): is xpack.security.enabled true, and may this user create keys?"
    sed -n 's/.*"encoded" *: *"\([^"]*\)".*/\1/p' "$tmp/answer" > "$tmp/key"
    [ -s "$tmp/key" ] || die 1 "the answer to creating the API key $name holds no key"
    # Beside it first, so that whoever reads the file sees the whole of one key.
    cp "$tmp/key" "$file.new" && mv "$file.new" "$file" || die 1 "$file cannot be written"
    say "the API key $name is in $file"
  done
fi

if [ -z "$kibana" ]; then
  say "KIBANA_URL is empty: no data view and no saved search are imported"
else
  await Kibana "$kibana" '"level":"available"' "/api/status"
  ask POST "$kibana/api/saved_objects/_import?overwrite=true" -H 'kbn-xsrf: setup' -F "file=@$here/kibana/saved-objects.ndjson"
  if ! ok || ! grep -q '"success":true' "$tmp/answer"; then die 1 "Kibana refused the saved objects ($status): $(answer)"; fi
  say "the data view and the saved searches are in Kibana"
fi
say "done"
