package sources

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestLegend(t *testing.T) {
	labels := map[string]string{"__name__": "up", "job": "api", "http.route": `/x"`, "instance": "a:1"}
	for _, tt := range []struct {
		template string
		labels   map[string]string
		want     string
	}{
		{"{{job}} on {{ instance }}", labels, "api on a:1"},
		{"{{http.route}}", labels, `/x"`},
		{"p99", labels, "p99"},
		{"{{none}}{{job}} ", labels, "api"},
		{"{{none}}", labels, `up{"http.route"="/x\"", instance="a:1", job="api"}`},
		{"", labels, `up{"http.route"="/x\"", instance="a:1", job="api"}`},
		{"", map[string]string{"job": "api"}, `{job="api"}`},
		{"", map[string]string{"__name__": "up"}, "up"},
		{"", nil, "sum(up)"},
		{"{{job}}", nil, "sum(up)"},
	} {
		if got := legend(tt.template, "sum(up)", tt.labels); got != tt.want {
			t.Errorf("%q gives %q, want %q", tt.template, got, tt.want)
		}
	}
}

// serve is a Prometheus that answers from fixed texts.
func serve(t *testing.T, answers map[string]string) Source {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := answers[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if code, rest, ok := strings.Cut(a, "!"); ok {
			n := 0
			fmt.Sscan(code, &n)
			w.WriteHeader(n)
			a = rest
		}
		io.WriteString(w, a)
	}))
	t.Cleanup(s.Close)
	src, err := newPrometheus(Options{URL: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func TestPrometheusDecodes(t *testing.T) {
	s := serve(t, map[string]string{
		"/api/v1/query_range": `{"status":"success","data":{"resultType":"matrix","result":[
			{"metric":{"job":"b\u001b[2J"},"values":[[1000,"1"],[1015,"NaN"],[1045,"+Inf"]]},
			{"metric":{"job":"a"},"values":[[1000,"7"]],"histograms":[[1015,{"count":"3","sum":"1","buckets":[[0,"0.5","1","2"],[0,"1","2","1"]]}]]}]},
			"warnings":["w1\u202e","results truncated due to limit","w2","w3","w4","w5","w6"],"infos":["noise"]}`,
		"/api/v1/query":    `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"x"},"histogram":[1015.5,{"count":"3","sum":"1","buckets":[[0,"0.5","1","3"]]}]}]}}`,
		"/api/v1/metadata": `{"status":"success","data":{"b":[{"type":"gauge","help":"B\n.","unit":"s"}],"a":[{"type":"counter","help":"A.","unit":""},{"type":"counter","help":"Aa.","unit":""}]}}`,
	})
	f, err := s.Query(t.Context(), PromQL{Expr: "x", Legend: "{{job}}"}, Window{Start: time.Unix(990, 0), End: time.Unix(1050, 0), Step: 15 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Series) != 2 || f.Series[0].Legend != "a" || f.Series[1].Legend != "b" {
		t.Fatalf("%+v", f.Series)
	}
	a := f.Series[0]
	if want := []Point{{1_000_000, 7}, {1_015_000, 3}}; !slices.Equal(a.Points, want) {
		t.Errorf("%v", a.Points)
	}
	if want := [][]Bucket{nil, {{0.5, 1, 2}, {1, 2, 1}}}; !reflect.DeepEqual(a.Buckets, want) {
		t.Errorf("%v", a.Buckets)
	}
	if f.Series[1].Buckets != nil || len(f.Series[1].Points) != 3 || f.Cost.Samples != 5 {
		t.Errorf("%+v at %+v", f.Series[1], f.Cost)
	}
	if want := []string{"w1", "w2", "w3", "w4", "w5", "and 1 more warnings"}; !slices.Equal(f.Notes, want) {
		t.Errorf("notes %q", f.Notes)
	}

	f, err = s.Query(t.Context(), Instant{Expr: "x"}, Window{})
	if err != nil || len(f.Series) != 1 || f.Series[0].Points[0] != (Point{1_015_500, 3}) || f.Series[0].Buckets[0][0] != (Bucket{0.5, 1, 3}) {
		t.Errorf("%+v, %v", f.Series, err)
	}
	f, err = s.Query(t.Context(), MetricMetadata{}, Window{})
	if want := []Metric{{"a", "counter", "", "A."}, {"a", "counter", "", "Aa."}, {"b", "gauge", "s", "B⏎."}}; err != nil || !slices.Equal(f.Metadata, want) {
		t.Errorf("%+v, %v", f.Metadata, err)
	}
}

func TestPrometheusStatus(t *testing.T) {
	const build = `{"status":"success","data":{"version":"2.45.0"}}`
	const one = `{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}`
	for name, tt := range map[string]struct {
		answers  map[string]string
		want     Status
		features int
	}{
		"full": {map[string]string{
			"/api/v1/status/buildinfo": build, "/-/ready": "Prometheus is Ready.",
			"/api/v1/features": `{"status":"success","data":{"api":{"x":true,"y":false}}}`,
		}, Status{Version: "2.45.0", Health: "ready"}, 2},
		"old":        {map[string]string{"/api/v1/status/buildinfo": build, "/-/ready": "ok"}, Status{Version: "2.45.0", Health: "ready"}, 0},
		"starting":   {map[string]string{"/api/v1/status/buildinfo": build, "/-/ready": "503!Service Unavailable"}, Status{Version: "2.45.0", Health: "settling"}, 0},
		"query only": {map[string]string{"/api/v1/query": one}, Status{}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := serve(t, tt.answers).Query(t.Context(), PrometheusStatus{}, Window{})
			if err != nil {
				t.Fatal(err)
			}
			if s := f.Status; s.Version != tt.want.Version || s.Health != tt.want.Health || len(s.Features) != tt.features || s.Time.IsZero() {
				t.Errorf("%+v", s)
			}
		})
	}
	_, err := serve(t, nil).Query(t.Context(), PrometheusStatus{}, Window{})
	wantKind(t, err, "prometheus", NotThis)
}

// TestPostIsNotLetThrough asks through a proxy that allows only GET.
func TestPostIsNotLetThrough(t *testing.T) {
	for _, code := range []int{403, 405, 501} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet {
				w.WriteHeader(code)
				return
			}
			io.WriteString(w, `{"status":"success","data":{"resultType":"scalar","result":[1,"42"]}}`)
		}))
		f, err := ask(t, "prometheus", Instant{Expr: "42"}, Options{URL: s.URL})
		s.Close()
		if err != nil || f.Series[0].Points[0].V != 42 || f.Cost.Requests != 2 {
			t.Errorf("%d: %+v, %v", code, f, err)
		}
	}
}

func TestServerSaysErrorWithStatus200(t *testing.T) {
	for _, q := range []Query{Instant{Expr: "x"}, Rules{}} {
		s := httptest.NewServer(status(200, `{"status":"error","errorType":"bad_data","error":"no such thing"}`))
		_, err := ask(t, "prometheus", q, Options{URL: s.URL})
		s.Close()
		wantKind(t, err, "prometheus", BadQuery)
		if !strings.Contains(err.Error(), "no such thing") {
			t.Error(err)
		}
	}
}
