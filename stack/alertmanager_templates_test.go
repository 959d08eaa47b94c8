//go:build !race

package stack_test

import (
	"flag"
	"fmt"
	"html"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/prometheus/alertmanager/alert"
	amconfig "github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/matcher/parse"
	amtemplate "github.com/prometheus/alertmanager/template"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	promtemplate "github.com/prometheus/prometheus/template"

	"firewatch/stack"
)

// The templates are rendered by Alertmanager's template package, with what the
// receivers of the configuration say that they send.

var updateNotifications = flag.Bool("update-notifications", false, "write the golden files of the notifications anew")

// part is one thing that a notification says.
type part struct {
	name, text string
	html       bool
}

// parts lists what the first receiver of each kind sends.
func parts(conf *amconfig.Config) (list []part) {
	seen := map[string]bool{}
	add := func(kind string, of ...part) {
		if !seen[kind] {
			list = append(list, of...)
		}
		seen[kind] = true
	}
	for _, r := range conf.Receivers {
		for _, c := range r.SlackConfigs {
			add("slack", part{name: "slack title", text: c.Title}, part{name: "slack title_link", text: c.TitleLink},
				part{name: "slack fallback", text: c.Fallback}, part{name: "slack color", text: c.Color}, part{name: "slack text", text: c.Text})
		}
		for _, c := range r.PagerdutyConfigs {
			of := []part{{name: "pagerduty description", text: c.Description}, {name: "pagerduty severity", text: c.Severity},
				{name: "pagerduty source", text: c.Source}, {name: "pagerduty class", text: c.Class},
				{name: "pagerduty component", text: c.Component}, {name: "pagerduty client_url", text: c.ClientURL}}
			for _, l := range c.Links {
				of = append(of, part{name: "pagerduty link " + l.Text, text: l.Href})
			}
			for _, key := range []string{"description", "runbook", "dashboard", "logs", "firing", "resolved"} {
				text, _ := c.Details[key].(string)
				of = append(of, part{name: "pagerduty detail " + key, text: text})
			}
			add("pagerduty", of...)
		}
		for _, c := range r.OpsGenieConfigs {
			of := []part{{name: "opsgenie message", text: c.Message}, {name: "opsgenie priority", text: c.Priority},
				{name: "opsgenie tags", text: c.Tags}, {name: "opsgenie description", text: c.Description}}
			for _, to := range c.Responders {
				of = append(of, part{name: "opsgenie responder", text: to.Name})
			}
			add("opsgenie", of...)
		}
		for _, c := range r.EmailConfigs {
			add("email", part{name: "email subject", text: c.Headers["Subject"]}, part{name: "email text", text: c.Text},
				part{name: "email html", text: c.HTML, html: true})
		}
	}
	return list
}

func render(t *testing.T, tmpl *amtemplate.Template, p part, data *amtemplate.Data) string {
	t.Helper()
	execute := tmpl.ExecuteTextString
	if p.html {
		execute = tmpl.ExecuteHTMLString
	}
	out, err := execute(p.text, data)
	if err != nil {
		t.Fatalf("%s: %v", p.name, err)
	}
	return out
}

var since = time.Date(2026, 11, 22, 12, 0, 5, 0, time.UTC)

func firing(labels, annotations model.LabelSet) *alert.Alert {
	return &alert.Alert{Alert: model.Alert{
		Labels: labels, Annotations: annotations, StartsAt: since, EndsAt: time.Now().Add(time.Hour),
		GeneratorURL: "http://prometheus:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1",
	}}
}

func resolved(a *alert.Alert) *alert.Alert {
	over := *a
	over.EndsAt = since.Add(4 * time.Minute)
	return &over
}

func data(tmpl *amtemplate.Template, groupBy []model.LabelName, alerts ...*alert.Alert) *amtemplate.Data {
	group := model.LabelSet{}
	for _, name := range groupBy {
		if v, ok := alerts[0].Labels[name]; ok {
			group[name] = v
		}
	}
	return tmpl.Data("slack-ops", group, nil, "", alerts...)
}

// hostile is what a label or an annotation could hold at worst.
const hostile = "<script>alert(1)</script> <!channel> <https://example.net|click> & \"quoted\" \\ {{ .Secret }}\r\n\r\nBcc: all@example.com\t\x00\x1b[31mred\x07 \u202eover\u2028there: yes"

func notifications(tmpl *amtemplate.Template) map[string]*amtemplate.Data {
	errorsOf := func(service, share string) *alert.Alert {
		return firing(model.LabelSet{"alertname": "HighErrorRate", "severity": "critical", "area": "app", "team": "ml-serving", "service": "fraud-scorer", "instance": model.LabelValue(service), "env": "prod"},
			model.LabelSet{
				"summary":     model.LabelValue("fraud-scorer fails " + share + " of requests"),
				"description": "More than 5% of requests to fraud-scorer end in 5xx.",
				"runbook_url": "https://runbooks.example.com/HighErrorRate",
				"dashboard":   "https://grafana.example.com/d/app?var-service=fraud-scorer&from=now-1h",
				"logs_query":  `service.name:"fraud-scorer" and log.level:error`,
			})
	}
	var crowd []*alert.Alert
	for i := range 25 {
		crowd = append(crowd, firing(model.LabelSet{"alertname": "TargetDown", "severity": "critical", "area": "infra", "team": "platform", "instance": model.LabelValue(fmt.Sprintf("web-%02d:9100", i))},
			model.LabelSet{"summary": model.LabelValue(fmt.Sprintf("node web-%02d:9100 is not answering scrapes", i)), "runbook_url": "runbooks/TargetDown.md", "dashboard": "view=infra&host=all"}))
	}
	long := model.LabelValue(strings.Repeat("long ", 2000))
	by := []model.LabelName{"alertname", "service", "instance", "model", "sloth_id"}
	return map[string]*amtemplate.Data{
		"full":     data(tmpl, []model.LabelName{"alertname", "service"}, errorsOf("a:5000", "9.5%"), errorsOf("b:5000", "12%"), resolved(errorsOf("c:5000", "7%"))),
		"demo":     data(tmpl, by, firing(model.LabelSet{"alertname": "SLOErrorBudgetBurn", "severity": "warning", "area": "slo", "team": "ml-serving", "sloth_id": "fraud-scorer-latency"}, model.LabelSet{"summary": "fraud-scorer/latency burns its error budget steadily", "description": "Slower than a page.", "runbook_url": "runbooks/SLOErrorBudgetBurn.md", "dashboard": "view=slo&slo=fraud-scorer-latency"})),
		"resolved": data(tmpl, by, resolved(errorsOf("a:5000", "9.5%"))),
		"sparse":   data(tmpl, by, firing(model.LabelSet{"alertname": "Imported"}, nil)),
		"nameless": data(tmpl, nil, firing(model.LabelSet{"job": "x y"}, nil), firing(model.LabelSet{"job": "z"}, nil)),
		"crowd":    data(tmpl, []model.LabelName{"alertname"}, crowd...),
		"hostile": data(tmpl, by, firing(
			model.LabelSet{"alertname": hostile, "severity": hostile, "team": hostile, "service": hostile, "instance": hostile, "area": hostile},
			model.LabelSet{"summary": hostile, "description": hostile, "runbook_url": "javascript:alert(1)", "dashboard": "https://example.net/|<!here>", "logs_query": hostile})),
		"long": data(tmpl, by, firing(
			model.LabelSet{"alertname": "Long", "severity": long, "service": long, "team": long},
			model.LabelSet{"summary": long, "description": long, "runbook_url": "https://example.com/" + long[:4] + model.LabelValue(strings.Repeat("x", 3000)), "dashboard": long, "logs_query": long})),
	}
}

func TestNotifications(t *testing.T) {
	conf := load(t, demoFile)
	tmpl := parseTemplates(t, conf)
	tmpl.ExternalURL = &url.URL{Scheme: "http", Host: "alertmanager:9093"}
	for name, d := range notifications(tmpl) {
		t.Run(name, func(t *testing.T) {
			var got strings.Builder
			for _, p := range parts(conf) {
				fmt.Fprintf(&got, "--- %s\n%s\n", p.name, render(t, tmpl, p, d))
			}
			path := filepath.Join("testdata", "alertmanager", name+".golden")
			if *updateNotifications {
				if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Errorf("%s differs (go test ./stack -run TestNotifications -update-notifications, then read it):\n%s", path, got.String())
			}
		})
	}
}

// Whatever the data, no channel gets control characters, markup that is not
// ours, an empty required field or more than it takes.
func TestNotificationsAreSafe(t *testing.T) {
	for _, file := range []string{demoFile, productionFile} {
		conf := load(t, file)
		tmpl := parseTemplates(t, conf)
		tmpl.ExternalURL = &url.URL{Scheme: "http", Host: "alertmanager:9093"}
		for name, d := range notifications(tmpl) {
			for _, p := range parts(conf) {
				checkSafe(t, file+" "+name, p, render(t, tmpl, p, d))
			}
		}
	}
}

// limits are what the channels take, in characters; they cut or refuse more.
var limits = map[string]int{
	"slack title": 1024, "slack text": 40_000, "pagerduty description": 1024, "opsgenie description": 15_000, "opsgenie responder": 100, "email subject": 988,
}

var slackMarkup = regexp.MustCompile(`<(https?://[^<>|]+)\|(Runbook|Dashboard|Silence)>`)

func checkSafe(t *testing.T, where string, p part, out string) {
	t.Helper()
	fail := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s: %s %s in\n%.600q", where, p.name, fmt.Sprintf(format, args...), out)
	}
	multiline := strings.HasSuffix(p.name, " text") || strings.HasSuffix(p.name, "html") || p.name == "opsgenie description"
	for _, r := range out {
		if (unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || r == '\u2028') && (r != '\n' || !multiline) {
			fail("has the character %U", r)
			break
		}
	}
	if n := len([]rune(out)); limits[p.name] > 0 && n > limits[p.name] {
		fail("has %d characters of %d", n, limits[p.name])
	}
	if strings.Contains(out, "<no value>") {
		fail("shows a missing value")
	}
	optional := strings.Contains(p.name, "link") || strings.Contains(p.name, "class") || strings.Contains(p.name, "component") || strings.Contains(p.name, "tags")
	if strings.TrimSpace(out) == "" && !optional {
		fail("is empty")
	}
	switch {
	case strings.HasPrefix(p.name, "slack") && strings.ContainsAny(slackMarkup.ReplaceAllString(out, ""), "<>"):
		fail("has markup that is not ours")
	case p.html && regexp.MustCompile(`(?i)<script|<!channel|href="?javascript`).MatchString(out):
		fail("has markup that is not ours")
	case p.name == "pagerduty severity" && !slices.Contains([]string{"critical", "error", "warning", "info"}, out):
		fail("is none that there is")
	case p.name == "pagerduty link Runbook" && out != "" && !strings.HasPrefix(out, "https://"):
		fail("is no URL")
	case p.name == "opsgenie tags":
		for tag := range strings.SplitSeq(out, ",") {
			if len([]rune(tag)) > 50 {
				fail("has a tag of %d characters", len([]rune(tag)))
			}
		}
	}
}

// The link silences the group and nothing else, in mail as in chat.
func TestSilenceLink(t *testing.T) {
	conf := load(t, demoFile)
	tmpl := parseTemplates(t, conf)
	tmpl.ExternalURL = &url.URL{Scheme: "http", Host: "alertmanager:9093"}
	labels := model.LabelSet{"alertname": "Odd", "service": `a "b" \ c+d & e=f, {g} #h %i`, "instance": "x:1"}
	d := data(tmpl, []model.LabelName{"alertname", "service"}, firing(labels, nil), firing(labels.Merge(model.LabelSet{"instance": "y:2"}), nil))
	for _, p := range []part{
		{name: "text", text: `{{ template "firewatch.silence.url" . }}`},
		{name: "html", text: `{{ template "email.firewatch.html" . }}`, html: true},
	} {
		out := render(t, tmpl, p, d)
		_, filter, ok := strings.Cut(html.UnescapeString(out), "/#/silences/new?filter=")
		if p.html {
			filter, _, _ = strings.Cut(filter, `"`)
		}
		if strings.Contains(filter, "+") {
			t.Errorf("%s: a browser reads + as itself in %s", p.name, filter)
		}
		text, err := url.PathUnescape(filter)
		if !ok || err != nil {
			t.Fatalf("%s: no link (%v) in %s", p.name, err, out)
		}
		matchers, err := parse.Matchers(text)
		if err != nil {
			t.Fatalf("%s: %s: %v", p.name, text, err)
		}
		if len(matchers) != 2 || !matchers.Matches(labels) || matchers.Matches(model.LabelSet{"alertname": "Odd"}) {
			t.Errorf("%s: %s does not match the group", p.name, text)
		}
	}
}

// Every alert of the rules, in every profile, can be told of on every channel.
func TestNotificationsOfTheRules(t *testing.T) {
	conf := load(t, demoFile)
	tmpl := parseTemplates(t, conf)
	tmpl.ExternalURL = &url.URL{Scheme: "http", Host: "alertmanager:9093"}
	count := 0
	for _, path := range ruleFiles(t) {
		text, err := stack.Files.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		groups, errs := rulefmt.Parse(text, false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
		if len(errs) > 0 {
			t.Fatalf("%s: %v", path, errs)
		}
		for _, g := range groups.Groups {
			for _, r := range g.Rules {
				if r.Alert == "" {
					continue
				}
				count++
				d := data(tmpl, []model.LabelName{"alertname", "service", "instance", "model", "sloth_id"}, fromRule(t, g, r))
				summary := d.Alerts[0].Annotations["summary"]
				if summary == "" || d.CommonLabels["severity"] == "" {
					t.Errorf("%s: %s has no summary or no severity", path, r.Alert)
				}
				for _, p := range parts(conf) {
					out := render(t, tmpl, p, d)
					checkSafe(t, path+" "+r.Alert, p, out)
					if strings.HasSuffix(p.name, " text") && !strings.Contains(html.UnescapeString(out), summary) {
						t.Errorf("%s: %s does not say %q:\n%s", r.Alert, p.name, summary, out)
					}
				}
			}
		}
	}
	if count < 50 {
		t.Errorf("%d alerts were found", count)
	}
	t.Logf("%d alerts rendered on %d fields", count, len(parts(conf)))
}

// fromRule is the alert that Prometheus would send of a rule.
func fromRule(t *testing.T, g rulefmt.RuleGroup, r rulefmt.Rule) *alert.Alert {
	t.Helper()
	series := map[string]string{
		"instance": "web-1", "job": "node", "service": "fraud-scorer", "env": "demo", "model": "fraud", "version": "1.4.0", "feature": "amount",
		"sloth_id": "fraud-scorer-latency", "sloth_service": "fraud-scorer", "sloth_slo": "latency", "mountpoint": "/", "device": "/dev/sda1", "gpu": "0",
		"integration": "slack", "rule_group": "app", "alertmanager": "http://alertmanager:9093",
	}
	expand := func(text string) model.LabelValue {
		out, err := promtemplate.NewTemplateExpander(t.Context(), `{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}`+text,
			r.Alert, promtemplate.AlertTemplateData(series, nil, "", promql.Sample{F: .97}), model.TimeFromUnix(since.Unix()), nil, &url.URL{}, nil).Expand()
		if err != nil {
			t.Fatalf("%s: %v", r.Alert, err)
		}
		return model.LabelValue(out)
	}
	labels, annotations := model.LabelSet{"alertname": model.LabelValue(r.Alert)}, model.LabelSet{}
	for _, from := range []map[string]string{series, g.Labels, r.Labels} {
		for k, v := range from {
			labels[model.LabelName(k)] = expand(v)
		}
	}
	for k, v := range r.Annotations {
		annotations[model.LabelName(k)] = expand(v)
	}
	return firing(labels, annotations)
}
