package logstore

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// normalise does to a document what the pipeline of stack/elasticsearch does to
// one that an application posts: objects for dotted names, the names that ECS
// has for message, level, time and keys, and what every line must have. What the
// pipeline does to the lines of files, which stand whole in message, it leaves.
func normalise(tree map[string]any, now time.Time) map[string]any {
	tree = clean(tree, maxNesting).(map[string]any)
	for _, name := range objects {
		if v := tree[name]; v != nil {
			if _, ok := v.(map[string]any); !ok {
				tree[name] = map[string]any{home(name): v}
			}
		}
	}
	for _, r := range roles {
		for _, path := range r.paths {
			v := scalar(get(tree, path))
			if v == nil {
				continue
			}
			if path != r.field {
				if !strings.HasPrefix(path, "resource.") && !strings.HasPrefix(path, "kubernetes.") && !strings.HasPrefix(path, "container.") {
					remove(tree, path)
				}
			}
			put(tree, r.field, v)
			break
		}
	}
	if spare, ok := tree["level"]; ok {
		delete(tree, "level")
		if spare != nil {
			put(tree, "labels.level", text(spare))
		}
	}
	switch v := tree["message"].(type) {
	case string:
	case nil:
		tree["message"] = "(no message)"
	default:
		tree["message"] = text(v)
	}
	setLevel(tree)
	stamp := now.UTC().Format("2006-01-02T15:04:05.000Z")
	if claimed, ok := tree["@timestamp"]; ok {
		if at := instant(claimed); at != "" {
			tree["@timestamp"] = at
		} else {
			delete(tree, "@timestamp")
			if claimed != nil {
				tag(tree, "_bad_timestamp")
				put(tree, "labels.timestamp", text(claimed))
			}
		}
	}
	if tree["@timestamp"] == nil {
		tree["@timestamp"] = stamp
	}
	if status := get(tree, "http.response.status_code"); status != nil && get(tree, "event.outcome") == nil {
		outcome := "unknown"
		if code, err := strconv.ParseFloat(text(status), 64); err == nil {
			outcome = "success"
			if code >= 500 {
				outcome = "failure"
			}
		}
		put(tree, "event.outcome", outcome)
	}
	for _, d := range [][2]string{{"ecs.version", "8.17.0"}, {"event.kind", "event"}} {
		if get(tree, d[0]) == nil {
			put(tree, d[0], d[1])
		}
	}
	put(tree, "event.ingested", stamp)
	if id, ok := get(tree, "event.id").(json.Number); ok {
		put(tree, "event.id", string(id))
	}
	for _, name := range []string{"agent.ephemeral_id", "agent.id", "input", "log.offset", "@version"} {
		remove(tree, name)
	}
	return tree
}

// maxNesting is the depth from which on objects become text, below the
// mapping's so that dotted names fit.
const maxNesting = 14

// objects are the names that ECS has objects for.
var objects = strings.Fields("agent client data_stream destination ecs error event host http input labels log ml organization process server service source span trace transaction url user user_agent")

// homes are where a value goes that stands in the place of an object.
var homes = map[string]string{"client": "address", "error": "message", "host": "name", "process": "name", "service": "name", "source": "address",
	"span": "id", "trace": "id", "transaction": "id", "url": "original", "user": "id"}

func home(name string) string {
	if h := homes[name]; h != "" {
		return h
	}
	return "value"
}

// roles are the fields that a value is looked for under several names.
var roles = []struct {
	field string
	paths []string
}{
	{"message", strings.Fields("message msg text body.text body.stringValue body.value body log.value event.value")},
	{"log.level", strings.Fields("log.level level severity_text severityText severity loglevel levelname lvl")},
	{"@timestamp", strings.Fields("@timestamp timestamp time ts")},
	{"trace.id", strings.Fields("trace.id trace_id traceId traceID otelTraceID")},
	{"span.id", strings.Fields("span.id span_id spanId spanID")},
	{"service.name", strings.Fields("service.name resource.attributes.service.name kubernetes.deployment.name container.name app")},
	{"host.name", strings.Fields("host.name resource.attributes.host.name kubernetes.node.name hostname")},
	{"error.type", strings.Fields("error.type attributes.exception.type exception.type")},
	{"error.message", strings.Fields("error.message attributes.exception.message exception.message err")},
	{"error.stack_trace", strings.Fields("error.stack_trace attributes.exception.stacktrace exception.stacktrace stacktrace stack")},
}

// levels are the words and numbers that mean a level; the numbers are syslog's
// severities and the tens that JSON loggers write.
var levels = map[string]string{}

func init() {
	for level, words := range map[string]string{
		"trace": "trace finer finest 10", "debug": "debug dbg fine verbose 7 20", "info": "info notice information informational inf 5 6 30",
		"warn": "warn warning wrn 4 40", "error": "error err severe 3 50", "fatal": "fatal crit critical alert emerg emergency panic ftl 0 1 2 60",
	} {
		for _, w := range strings.Fields(words) {
			levels[w] = level
		}
	}
}

// setLevel writes the level that a document means, info when it means none.
func setLevel(tree map[string]any) {
	claimed := get(tree, "log.level")
	word := ""
	switch v := claimed.(type) {
	case string:
		word = strings.ToLower(strings.TrimSpace(strings.NewReplacer("[", "", "]", "", ":", "").Replace(v)))
	case json.Number:
		if n, err := v.Float64(); err == nil {
			word = strconv.FormatInt(int64(n), 10)
		}
	}
	level := levels[word]
	if level == "" && claimed == nil {
		if n, ok := tree["severity_number"].(json.Number); ok {
			if n, err := n.Float64(); err == nil && n > 0 && n < 25 {
				level = []string{"trace", "debug", "info", "warn", "error", "fatal"}[int(n-1)/4]
			}
		}
	}
	if level == "" {
		level = "info"
		if claimed != nil {
			put(tree, "labels.level", text(claimed))
		}
		switch start, _ := tree["message"].(string); {
		case strings.HasPrefix(start, "panic: "), strings.HasPrefix(start, "fatal error: "):
			level = "fatal"
		case strings.HasPrefix(start, "Traceback (most recent call last)"), strings.HasPrefix(start, "Exception in thread "):
			level = "error"
		}
	}
	put(tree, "log.level", level)
}

// instant is a time as a date field takes it, empty when it is none.
func instant(v any) string {
	s := strings.TrimSpace(text(v))
	if len(s) < 8 || len(s) > 64 {
		return ""
	}
	if _, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return s
	}
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		switch {
		case n > 1e17:
			n /= 1e6
		case n > 1e14:
			n /= 1e3
		case n < 1e11:
			n *= 1e3
		}
		if n <= 1e11 || n >= 2.5e14 {
			return ""
		}
		return time.UnixMilli(int64(math.Round(n))).UTC().Format(time.RFC3339Nano)
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006/01/02 15:04:05"} {
		if at, err := time.Parse(layout, strings.Replace(s, ",", ".", 1)); err == nil {
			return at.Format(time.RFC3339Nano)
		}
	}
	return ""
}

// clean copies a value: dotted names become objects, a name that a mapping
// refuses becomes one that it takes, and what is nested deeper becomes text.
func clean(v any, depth int) any {
	switch v := v.(type) {
	case []any:
		if depth <= 0 {
			return text(v)
		}
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = clean(e, depth-1)
		}
		return out
	case map[string]any:
		if depth <= 0 {
			return text(v)
		}
		out := make(map[string]any, len(v))
		var dotted []string
		for name, e := range v {
			if strings.Contains(name, ".") {
				dotted = append(dotted, name)
				continue
			}
			lay(out, part(name), clean(e, depth-1))
		}
		slices.Sort(dotted)
		for _, name := range dotted {
			value := clean(v[name], depth-1)
			parts := strings.Split(name, ".")
			if len(parts) > depth {
				lay(out, strings.ReplaceAll(name, ".", "_"), value)
				continue
			}
			for _, p := range slices.Backward(parts[1:]) {
				value = map[string]any{part(p): value}
			}
			lay(out, part(parts[0]), value)
		}
		return out
	}
	return v
}

func part(name string) string {
	if strings.TrimSpace(name) == "" {
		return "_"
	}
	return name
}

// lay writes one value; an object and a value of one name are both kept.
func lay(tree map[string]any, name string, v any) {
	old := tree[name]
	below, wasObject := old.(map[string]any)
	object, isObject := v.(map[string]any)
	switch {
	case wasObject && isObject:
		for _, k := range slices.Sorted(maps.Keys(object)) {
			lay(below, k, object[k])
		}
	case wasObject:
		if v != nil {
			below[home(name)] = v
		}
	case isObject && old != nil:
		if _, taken := object[home(name)]; !taken {
			object[home(name)] = old
		}
		tree[name] = object
	default:
		tree[name] = v
	}
}

// scalar is the first value of a list, and nil for what has no single value.
func scalar(v any) any {
	if list, ok := v.([]any); ok {
		if len(list) == 0 {
			return nil
		}
		v = list[0]
	}
	switch v := v.(type) {
	case map[string]any, []any:
		return nil
	case string:
		if v == "" {
			return nil
		}
	}
	return v
}

// text is a value in writing.
func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return string(appendTree(nil, v))
}

// put writes a value at a dotted path, over a parent that is no object.
func put(tree map[string]any, path string, v any) {
	for {
		name, rest, deeper := strings.Cut(path, ".")
		if !deeper {
			tree[name] = v
			return
		}
		next, ok := tree[name].(map[string]any)
		if !ok {
			next = map[string]any{}
			tree[name] = next
		}
		tree, path = next, rest
	}
}

func tag(tree map[string]any, name string) {
	tags, ok := tree["tags"].([]any)
	if !ok && tree["tags"] != nil {
		tags = []any{tree["tags"]}
	}
	tree["tags"] = append(tags, name)
}
