package sink

import (
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"
)

// shown is how many deliveries the page lists.
const shown = 200

var pageTemplate = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="5">
<title>sink: {{ .Total }} deliveries</title>
<style>
body { font: 14px/1.4 monospace; margin: 1rem; color: #222; background: #fff }
table { border-collapse: collapse }
td, th { text-align: left; vertical-align: top; padding: 2px 1.5em 2px 0; border-bottom: 1px solid #ddd }
.firing, .refused { color: #b3261e } .resolved { color: #1a7f37 }
td.words { white-space: pre-wrap; max-width: 90ch }
</style>
</head>
<body>
<h1>What Alertmanager sent</h1>
<p>{{ .Switch }}. Show
<a href="/">all</a>{{ range .Channels }}, <a href="/?channel={{ .Name }}">{{ .Name }}</a> ({{ .Count }}{{ if .Broken }}, <span class="refused">refuses</span>{{ end }}){{ end }};
as JSON: <a href="/deliveries{{ with .Channel }}?channel={{ . }}{{ end }}">/deliveries</a>.</p>
<table>
<tr><th>time (UTC)</th><th>channel</th><th>state</th><th>alert</th><th>alerts</th><th>what it says</th></tr>
{{ range .Deliveries }}<tr><td>{{ .Time.Format "2006-01-02 15:04:05" }}</td><td>{{ .Channel }}</td><td class="{{ .State }}">{{ .State }}{{ if ge .Status 400 }} <span class="refused">refused ({{ .Status }})</span>{{ end }}</td><td>{{ .Alert }}</td><td>{{ if .Alerts }}{{ .Alerts }}{{ end }}</td><td class="words">{{ .Summary }}</td></tr>
{{ else }}<tr><td colspan="6">Nothing arrived yet.</td></tr>
{{ end }}</table>
</body>
</html>
`))

// page shows the newest deliveries to a person, those of the dead man's switch
// only when asked: there is one each half minute.
func (s *Sink) page(w http.ResponseWriter, r *http.Request) {
	type channel struct {
		Name   string
		Count  int
		Broken bool
	}
	of := r.URL.Query().Get("channel")
	if of != "" && !slices.Contains(Channels, of) {
		http.Error(w, "no channel of this name: there are "+strings.Join(Channels, ", "), http.StatusBadRequest)
		return
	}
	view := struct {
		Channel, Switch string
		Total           int
		Channels        []channel
		Deliveries      []Delivery
	}{Channel: of, Switch: "The dead man's switch waits for its first ping"}
	counts := map[string]int{}
	s.mu.Lock()
	view.Total = len(s.got)
	for _, d := range slices.Backward(s.got) {
		counts[d.Channel]++
		if len(view.Deliveries) < shown && (d.Channel == of || of == "" && d.Channel != "deadman") {
			view.Deliveries = append(view.Deliveries, d)
		}
	}
	for _, name := range Channels {
		view.Channels = append(view.Channels, channel{name, counts[name], s.broken[name]})
	}
	if !s.ping.IsZero() {
		view.Switch = "The dead man's switch heard Alertmanager at " + s.ping.Format(time.TimeOnly)
		if s.now().Sub(s.ping) > silence {
			view.Switch += " and not since: Alertmanager or Prometheus is down"
		}
	}
	s.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = pageTemplate.Execute(w, view) // the client is gone if this fails
}
