package views

import (
	"strings"
	"testing"
)

func TestDetect(t *testing.T) {
	for _, c := range []struct {
		about, names, profile, form, counter string
	}{
		{"both forms", "http_server_request_duration_seconds http_server_request_duration_seconds_bucket http_server_request_duration_seconds_count", "otel-http", bothForms, "http_server_request_duration_seconds_count"},
		{"classic", "http_server_request_duration_seconds_bucket http_server_request_duration_seconds_count", "otel-http", classicForm, "http_server_request_duration_seconds_count"},
		{"native only", "http_server_request_duration_seconds", "otel-http", nativeForm, "http_server_request_duration_seconds"},
		{"summary", "http_request_duration_seconds http_request_duration_seconds_count http_request_duration_seconds_sum", "classic", summaryForm, "http_request_duration_seconds_count"},
		{"own counter", "http_request_duration_seconds_bucket http_request_duration_seconds_count http_requests_total", "classic", classicForm, "http_requests_total"},
		{"counter alone", "http_requests_total up", "requests-only", noForm, "http_requests_total"},
		{"fastapi before classic", "http_request_duration_highr_seconds_bucket http_request_duration_seconds_bucket http_requests_total", "fastapi", classicForm, "http_requests_total"},
		{"with dots", "http.server.request.duration_bucket http.server.request.duration_count", "otel-http-utf8", classicForm, "http.server.request.duration_count"},
		{"nothing known", "up go_goroutines", "", noForm, ""},
	} {
		in := detect(strings.Fields(c.names))
		name := ""
		if in.profile != nil {
			name = in.profile.Name
		}
		if name != c.profile || in.form != c.form || in.counter() != c.counter {
			t.Errorf("%s: got %q %q %q, want %q %q %q", c.about, name, in.form, in.counter(), c.profile, c.form, c.counter)
		}
	}
}

func TestEveryProfileIsFoundByItsProbe(t *testing.T) {
	for i := range profiles {
		for _, suffix := range []string{"", "_count", "_bucket"} {
			in := detect([]string{profiles[i].Probe + suffix})
			if in.profile == nil || in.profile.Name != profiles[i].Name {
				t.Errorf("%s%s leads to %+v, want %s", profiles[i].Probe, suffix, in.profile, profiles[i].Name)
			}
		}
	}
}

func TestProfileVars(t *testing.T) {
	in := detect([]string{"http_request_duration_seconds_bucket", "http_request_duration_seconds_count", "http_requests_total", "http_requests_inprogress"})
	in.labels = []string{"code", "handler", "job"}
	v := in.vars(Vars{"ri": "1m"}, is("job", "a"), "", is("env", "x"))
	for name, want := range map[string]string{
		"svc": `job="a",env="x"`, "lat": "http_request_duration_seconds", "req": "http_requests_total", "status": "code",
		"route": "handler", "err": `code=~"5.."`, "inflight": "http_requests_inprogress", "ri": "1m", "form": "", "scale": "",
	} {
		if v[name] != want {
			t.Errorf("$%s is %q, want %q", name, v[name], want)
		}
	}
	in = detect([]string{"istio_request_duration_milliseconds"})
	v = in.vars(nil, is("job", "a"))
	if v["scale"] != "0.001" || v["form"] != "native" || v["svc"] != `job="a",reporter="destination"` || v.scale() != 0.001 {
		t.Errorf("istio: %v", v)
	}
	if none := (&instrumentation{}).vars(nil, `job="a"`); none["svc"] != `job="a"` || none["lat"] != "" {
		t.Errorf("without a profile: %v", none)
	}
}

func TestProfileFileRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"profiles: [{name: a, probe: b}]":         "needs name, probe, and lat or req",
		"profiles: [{name: a, prob: b, lat: c}]":  "prob",
		"profiles: {":                             "x.yaml",
		"profiles: [{name: a, probe: b, lat: []}": "x.yaml",
	} {
		if _, err := parseProfiles("x.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want something about %q", text, err, want)
		}
	}
}
