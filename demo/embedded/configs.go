package embedded

import (
	"fmt"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"firewatch/docs"
	"firewatch/stack"
)

func (s *Stack) path(elem ...string) string {
	return filepath.Join(append([]string{s.Dir}, elem...)...)
}

// writeConfigs writes the configurations of the servers, those of the compose
// stack with the addresses of this one, and the console's.
func (s *Stack) writeConfigs() error {
	if _, err := stack.WriteRules(s.path("rules")); err != nil {
		return err
	}
	if err := s.writePrometheus(); err != nil {
		return err
	}
	templates, err := stack.WriteTemplates(s.path("templates"))
	if err != nil {
		return err
	}
	alertmanager, err := stack.Alertmanager{
		Sink: s.sites["sink"].address, SMTP: s.sites[partMail].address, Templates: templates,
	}.Render()
	if err != nil {
		return err
	}
	// A directory that is kept has those of an earlier run.
	if err := os.RemoveAll(s.path("docs")); err != nil {
		return fmt.Errorf("write the runbooks: %w", err)
	}
	if err := docs.WriteRunbooks(s.path("docs")); err != nil {
		return fmt.Errorf("write the runbooks: %w", err)
	}
	console, err := yaml.Marshal(s.console())
	if err != nil {
		return err
	}
	s.ConfigPath = s.path("firewatch.yaml")
	for path, text := range map[string][]byte{
		s.path("alertmanager.yml"): alertmanager, s.ConfigPath: console,
	} {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return fmt.Errorf("write the configuration: %w", err)
		}
	}
	return nil
}

// writePrometheus writes prometheus.yml for the targets that there are.
func (s *Stack) writePrometheus() error {
	text, err := stack.Prometheus{
		Rules: s.path("rules", "*.yml"), Alertmanager: s.sites[partAlertmanager].address, Targets: s.targets(),
	}.Render()
	if err != nil {
		return err
	}
	if err := os.WriteFile(s.path("prometheus.yml"), text, 0o644); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	return nil
}

// targets are the scrape jobs that have something to scrape here.
func (s *Stack) targets() map[string][]string {
	jobs := map[string][]string{
		"prometheus":   {s.sites[partPrometheus].address},
		"alertmanager": {s.sites[partAlertmanager].address},
	}
	if at := s.sites[partNode]; at != nil {
		jobs["node"] = []string{at.address}
	}
	for _, role := range s.service.Roles() {
		if role.Job != "" {
			jobs[role.Job] = append(jobs[role.Job], s.sites[role.Name].address)
		}
		if role.Name == "serve" && s.replica != nil {
			jobs[role.Job] = append(jobs[role.Job], s.replica.address)
		}
	}
	return jobs
}

// console is a configuration file of the console with one context.
func (s *Stack) console() any {
	type source struct {
		URL string `yaml:"url"`
	}
	type context struct {
		Sources map[string]source `yaml:"sources"`
	}
	return struct {
		Context  string             `yaml:"context"`
		Contexts map[string]context `yaml:"contexts"`
	}{
		Context: "demo",
		Contexts: map[string]context{"demo": {Sources: map[string]source{
			"prometheus":    {s.URLs.Prometheus},
			"alertmanager":  {s.URLs.Alertmanager},
			"elasticsearch": {s.URLs.Elasticsearch},
			"runbooks":      {s.path("docs")},
		}}},
	}
}
