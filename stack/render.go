package stack

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Prometheus says where the servers are that prometheus.yml names by their
// compose addresses.
type Prometheus struct {
	Rules        string              // pattern of the rule files
	Alertmanager string              // host:port
	Targets      map[string][]string // job -> host:port of each target; a job that is not named is left out
}

// Render returns prometheus.yml with these addresses and all else as it stands.
// A target of a job that the file does not have is an error.
func (p Prometheus) Render() ([]byte, error) {
	doc, err := parse("prometheus/prometheus.yml")
	if err != nil {
		return nil, err
	}
	root := doc.Content[0]
	set(root, "rule_files", list(p.Rules))
	for _, am := range at(at(root, "alerting"), "alertmanagers").Content {
		retarget(am, []string{p.Alertmanager})
	}
	jobs := at(root, "scrape_configs")
	known := map[string]bool{}
	jobs.Content = slices.DeleteFunc(jobs.Content, func(job *yaml.Node) bool {
		name := at(job, "job_name").Value
		known[name] = true
		if len(p.Targets[name]) == 0 {
			return true
		}
		retarget(job, p.Targets[name])
		return false
	})
	for name := range p.Targets {
		if !known[name] {
			return nil, fmt.Errorf("render prometheus.yml: it has no job %q to give a target", name)
		}
	}
	return yaml.Marshal(doc)
}

// Alertmanager says where the sink is that stands in for every channel.
type Alertmanager struct {
	Sink string // host:port of its HTTP side
	SMTP string // host:port of its mail side
	// Templates is the pattern of the template files, as [WriteTemplates]
	// returns it. Without them no notification can be rendered.
	Templates string
}

// The sink's addresses in the compose network.
const (
	sinkHTTP = "sink:9099"
	sinkSMTP = "sink:2525"
)

// Render returns alertmanager.yml with these addresses, without the record of
// events that compose keeps, and all else as it stands.
func (a Alertmanager) Render() ([]byte, error) {
	doc, err := parse("alertmanager/alertmanager.yml")
	if err != nil {
		return nil, err
	}
	// Its file is a volume of compose, and nothing reads one elsewhere.
	remove(doc.Content[0], "event_recorder")
	remove(doc.Content[0], "templates")
	if a.Templates != "" {
		set(doc.Content[0], "templates", list(a.Templates))
	}
	rehost(doc, map[string]string{sinkHTTP: a.Sink, sinkSMTP: a.SMTP})
	return yaml.Marshal(doc)
}

// rehost replaces addresses, both bare and as the host of a URL, in every value
// below n.
func rehost(n *yaml.Node, hosts map[string]string) {
	for _, child := range n.Content {
		rehost(child, hosts)
	}
	if n.Kind != yaml.ScalarNode {
		return
	}
	if to, ok := hosts[n.Value]; ok {
		n.Value = to
		return
	}
	if !strings.Contains(n.Value, "://") {
		return
	}
	u, err := url.Parse(n.Value)
	if err != nil {
		return
	}
	if to, ok := hosts[u.Host]; ok {
		u.Host = to
		n.Value = u.String()
	}
}

// retarget gives the one static_configs entry of a job other targets and leaves
// its labels.
func retarget(job *yaml.Node, targets []string) {
	for _, static := range at(job, "static_configs").Content {
		set(static, "targets", list(targets...))
	}
}
