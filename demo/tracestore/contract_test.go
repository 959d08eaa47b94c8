package tracestore_test

import (
	"crypto/rand"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/demo/tracestore"
)

// TestContract asks this store and a real Jaeger the same questions, and wants
// the same answers. Jaeger is asked with the older names of the parameters,
// which all releases so far understand, and again with the newer ones when it
// knows them.
func TestContract(t *testing.T) {
	jaeger := os.Getenv("FIREWATCH_TEST_JAEGER")
	if jaeger == "" {
		t.Skip("set FIREWATCH_TEST_JAEGER to the address of a Jaeger (and FIREWATCH_TEST_JAEGER_OTLP to that of its OTLP/HTTP receiver, if it is not port 4318 there)")
	}
	at, err := url.Parse(jaeger)
	if err != nil {
		t.Fatal(err)
	}
	receiver := os.Getenv("FIREWATCH_TEST_JAEGER_OTLP")
	if receiver == "" {
		receiver = "http://" + at.Hostname() + ":4318"
	}
	ours := httptest.NewServer(tracestore.New(tracestore.Options{}).Handler())
	defer ours.Close()

	w := world{prefix: "t" + strings.ToLower(rand.Text()[:8]) + "-", start: time.Now().Add(-time.Minute).UTC().Truncate(time.Microsecond)}
	_, _ = rand.Read(w.salt[:])
	w.salt[0] |= 1
	post(t, ours.URL, w.three())
	post(t, receiver, w.three())

	window := url.Values{
		"query.start_time_min": {w.start.Add(-time.Minute).Format(time.RFC3339Nano)},
		"query.start_time_max": {w.start.Add(time.Minute).Format(time.RFC3339Nano)},
		"query.num_traces":     {"20"}, "query.service_name": {w.prefix + "scorer"},
	}
	deadline := time.Now().Add(30 * time.Second)
	for len(get(t, jaeger+"/api/v3/traces?"+window.Encode()).spans(t)) < 6 {
		if time.Now().After(deadline) {
			t.Fatal("Jaeger does not find within 30 s what it was sent")
		}
		time.Sleep(200 * time.Millisecond)
	}
	newer := get(t, jaeger+"/api/v3/traces?"+camel(window).Encode()).status != 400
	if !newer {
		t.Log("this Jaeger knows only the older names of parameters, and no attributes")
	}

	names := func(style string, v url.Values) url.Values {
		if style == "newer" {
			return camel(v)
		}
		return v
	}
	for _, style := range []string{"older", "newer"} {
		if style == "newer" && !newer {
			continue
		}
		t.Run(style, func(t *testing.T) {
			for _, q := range []struct {
				name   string
				change url.Values
				traces int
			}{
				{"service", nil, 3},
				{"service with spans in the middle", url.Values{"query.service_name": {w.prefix + "store"}}, 1},
				{"unknown service", url.Values{"query.service_name": {w.prefix + "nobody"}}, 0},
				{"operation", url.Values{"query.operation_name": {"model.predict"}}, 1},
				{"operation of another service", url.Values{"query.operation_name": {"POST /features"}}, 0},
				{"slow", url.Values{"query.duration_min": {"250ms"}}, 1},
				{"fast", url.Values{"query.duration_max": {"5ms"}}, 1},
				{"slow operation", url.Values{"query.duration_min": {"5ms"}, "query.operation_name": {"model.predict"}}, 0},
				{"early", url.Values{"query.start_time_max": {w.start.Add(500 * time.Millisecond).Format(time.RFC3339Nano)}}, 1},
				{"late", url.Values{"query.start_time_min": {w.start.Add(500 * time.Millisecond).Format(time.RFC3339Nano)}}, 2},
				{"offset in the time", url.Values{"query.start_time_min": {w.start.In(time.FixedZone("", 7200)).Format(time.RFC3339Nano)}}, 3},
				{"raw", url.Values{"query.raw_traces": {"true"}}, 3},
				{"unknown parameter", url.Values{"query.colour": {"red"}}, 3},
				{"no start", url.Values{"query.start_time_min": {""}}, 0},
				{"no range", url.Values{"query.start_time_min": {""}, "query.start_time_max": {""}}, 0},
				{"bad time", url.Values{"query.start_time_min": {"yesterday"}}, 0},
				{"bad depth", url.Values{"query.num_traces": {"many"}}, 0},
				{"bad duration", url.Values{"query.duration_min": {"long"}}, 0},
				{"bad switch", url.Values{"query.raw_traces": {"perhaps"}}, 0},
			} {
				v := url.Values{}
				for _, from := range []url.Values{window, q.change} {
					for name, values := range from {
						v[name] = values
					}
				}
				path := "/api/v3/traces?" + names(style, v).Encode()
				same(t, q.name, get(t, ours.URL+path), get(t, jaeger+path))
				if got := len(traceIDs(get(t, ours.URL+path).spans(t))); got != q.traces {
					t.Errorf("%s: %d traces, want %d", q.name, got, q.traces)
				}
			}
			two := url.Values{}
			for name, values := range window {
				two[name] = values
			}
			two["query.num_traces"] = []string{"2"}
			path := "/api/v3/traces?" + names(style, two).Encode()
			for _, base := range []string{ours.URL, jaeger} {
				if got := len(traceIDs(get(t, base+path).spans(t))); got != 2 {
					t.Errorf("%s gives %d traces when asked for 2", base, got)
				}
			}
			kind := map[string]string{"older": "span_kind", "newer": "spanKind"}[style]
			for _, operations := range []string{
				"service=" + w.prefix + "scorer", "service=" + w.prefix + "scorer&" + kind + "=server", "service=" + w.prefix + "nobody", "",
			} {
				same(t, "operations "+operations, get(t, ours.URL+"/api/v3/operations?"+operations), get(t, jaeger+"/api/v3/operations?"+operations))
			}
		})
	}
	for _, path := range []string{
		w.id(1).String(), strings.ToUpper(w.id(2).String()), w.id(9).String(), w.id(1).String() + "?raw_traces=true", w.id(1).String() + "?raw_traces=perhaps",
		w.id(1).String() + "?start_time=yesterday", "xyz", strings.Repeat("a", 33), "ab",
	} {
		same(t, path, get(t, ours.URL+"/api/v3/traces/"+path), get(t, jaeger+"/api/v3/traces/"+path))
	}
	for _, service := range []string{"scorer", "store"} {
		if got := get(t, jaeger+"/api/v3/services"); !slices.Contains(got.Services, w.prefix+service) {
			t.Errorf("Jaeger does not list %s", service)
		}
		if got := get(t, ours.URL+"/api/v3/services"); !slices.Contains(got.Services, w.prefix+service) {
			t.Errorf("this store lists %q", got.Services)
		}
	}
}

// same compares two answers: the status, what was found, and of an error its
// shape and what it is about.
func same(t *testing.T, what string, ours, theirs reply) {
	t.Helper()
	if ours.status != theirs.status || ours.Error.HTTPCode != theirs.Error.HTTPCode {
		t.Errorf("%s: %d %.200s, Jaeger says %d %.200s", what, ours.status, ours.text, theirs.status, theirs.text)
		return
	}
	a, b := ours.spans(t), theirs.spans(t)
	for _, r := range []struct {
		from reply
		to   *[]string
	}{{ours, &a}, {theirs, &b}} {
		for _, o := range r.from.Operations {
			*r.to = append(*r.to, o.Name+" "+o.SpanKind)
		}
		slices.Sort(*r.to)
	}
	if !slices.Equal(a, b) {
		t.Errorf("%s: answered\n%s\nJaeger\n%s", what, strings.Join(a, "\n"), strings.Join(b, "\n"))
	}
	about := func(r reply) string {
		subject, _, _ := strings.Cut(r.Error.Message, ":")
		return strings.ReplaceAll(strings.ToLower(subject), "_", "")
	}
	if about(ours) != about(theirs) {
		t.Errorf("%s: the error is %q, Jaeger's %q", what, ours.Error.Message, theirs.Error.Message)
	}
}

func traceIDs(spans []string) map[string]bool {
	ids := map[string]bool{}
	for _, s := range spans {
		ids[s[:32]] = true
	}
	return ids
}

// camel spells parameters as newer releases do.
func camel(v url.Values) url.Values {
	out := url.Values{}
	for name, values := range v {
		if name == "query.num_traces" {
			name = "query.search_depth"
		}
		words := strings.Split(name, "_")
		for i, word := range words[1:] {
			words[i+1] = strings.ToUpper(word[:1]) + word[1:]
		}
		out[strings.Join(words, "")] = values
	}
	return out
}
