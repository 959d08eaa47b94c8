//go:build !race

package embedded_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"firewatch/demo/embedded"
)

// spans are the spans of a trace in the trace store, none while it is not known.
func spans(t *testing.T, s *embedded.Stack, trace string) (list []span) {
	t.Helper()
	var answer struct {
		Result struct {
			ResourceSpans []struct {
				Resource   struct{ Attributes []attribute }
				ScopeSpans []struct{ Spans []span }
			}
		}
	}
	get(t, s.URLs.Jaeger+"/api/v3/traces/"+trace, &answer)
	for _, r := range answer.Result.ResourceSpans {
		for _, scope := range r.ScopeSpans {
			for _, sp := range scope.Spans {
				for _, a := range r.Resource.Attributes {
					if a.Key == "service.name" {
						sp.service = a.Value.StringValue
					}
				}
				list = append(list, sp)
			}
		}
	}
	return list
}

type attribute struct {
	Key   string
	Value struct{ StringValue string }
}

type span struct {
	service                            string
	Name, SpanID, ParentSpanID         string
	StartTimeUnixNano, EndTimeUnixNano uint64 `json:",string"`
	Status                             struct{ Code int }
	Events                             []struct{ Name string }
}

// failure is the trace id of the newest log line about a failed request that a
// search in the syntax of Lucene finds.
func failure(t *testing.T, s *embedded.Stack, query string) string {
	t.Helper()
	var answer struct {
		Hits struct {
			Hits []struct {
				Source struct {
					Trace struct{ ID string } `json:"trace"`
					Flat  string              `json:"trace.id"`
				} `json:"_source"`
			}
		}
	}
	get(t, s.URLs.Elasticsearch+"/_search?size=1&sort=@timestamp:desc&q="+url.QueryEscape("event.action:request-failed AND "+query), &answer)
	if len(answer.Hits.Hits) == 0 {
		return ""
	}
	if id := answer.Hits.Hits[0].Source.Trace.ID; id != "" {
		return id
	}
	return answer.Hits.Hits[0].Source.Flat
}

// TestTraces follows what went wrong from its log line to its spans.
func TestTraces(t *testing.T) {
	s, err := embedded.Start(t.Context(), embedded.Options{Seed: 42, History: 20 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()

	failed := func(what, trace string, services ...string) {
		t.Helper()
		var list []span
		eventually(t, "the trace "+trace+" of "+what, func() bool {
			list = spans(t, s, trace)
			seen := map[string]bool{}
			for _, sp := range list {
				seen[sp.service] = true
			}
			for _, service := range services {
				if !seen[service] {
					return false
				}
			}
			return true
		})
		ids := map[string]bool{"": true}
		for _, sp := range list {
			ids[sp.SpanID] = true
		}
		seen := map[string]bool{}
		for _, sp := range list {
			if !ids[sp.ParentSpanID] {
				t.Errorf("%s: %s has a parent that is not there", what, sp.Name)
			}
			if sp.Status.Code == 2 {
				seen[strings.Fields(sp.Name)[0]] = true
			}
			if sp.Name == "model.predict" && (len(sp.Events) != 1 || sp.Events[0].Name != "exception") {
				t.Errorf("%s: model.predict has the events %v", what, sp.Events)
			}
		}
		if !seen["POST"] || !seen["model.predict"] {
			t.Errorf("%s: the spans that failed are %v of %+v", what, seen, list)
		}
	}
	var trace string
	eventually(t, "a failure of the past", func() bool { trace = failure(t, s, "labels.simulated:history"); return trace != "" })
	failed("a failure of the past", trace, "fraud-scorer", "feature-store")

	resp, err := http.Post(s.URLs.Service+"/-/chaos/error-burst", "application/json", strings.NewReader(`{"intensity":1,"duration":"30s"}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	eventually(t, "a failure", func() bool { trace = failure(t, s, "labels.chaos:error-burst"); return trace != "" })
	failed("a failure", trace, "fraud-scorer", "feature-store")

	if resp, err = http.Get(s.URLs.Service + "/slow?ms=300"); err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	trace = strings.Split(resp.Header.Get("Traceresponse"), "-")[1]
	var slow []span
	eventually(t, "the trace of a slow request", func() bool { slow = spans(t, s, trace); return len(slow) == 1 })
	if took := time.Duration(slow[0].EndTimeUnixNano - slow[0].StartTimeUnixNano); took < 300*time.Millisecond || slow[0].Name != "GET /slow" {
		t.Errorf("%s took %s", slow[0].Name, took)
	}

	// What the list of a search and a game day ask.
	window := url.Values{
		"query.startTimeMin": {time.Now().Add(-time.Minute).Format(time.RFC3339Nano)}, "query.startTimeMax": {time.Now().Format(time.RFC3339Nano)},
		"query.serviceName": {"fraud-scorer"}, "query.operationName": {"model.predict"}, "query.attributes": {`{"error":"true","ml.model.version":"1.4.0"}`},
	}
	var found struct {
		Summaries []struct {
			RootOperationName string
			ErrorSpanCount    int
		}
	}
	get(t, s.URLs.Jaeger+"/api/v3/trace-summaries?"+window.Encode(), &found)
	if len(found.Summaries) == 0 || found.Summaries[0].ErrorSpanCount < 2 || !strings.HasPrefix(found.Summaries[0].RootOperationName, "POST /predict") {
		t.Errorf("the search gives %+v", found)
	}
	var services struct{ Services []string }
	get(t, s.URLs.Jaeger+"/api/v3/services", &services)
	if strings.Join(services.Services, " ") != "feature-store fraud-scorer" {
		t.Errorf("the services are %q", services.Services)
	}
}
