package stack_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// provisioned is a file of Grafana's provisioning, as far as it says what refers
// to what. Grafana itself is a server of its own language and build and does not
// run in a Go test: what it reads is checked for what it would stumble over.
type provisioned struct {
	APIVersion  int  `yaml:"apiVersion"`
	Prune       bool `yaml:"prune"`
	Datasources []struct {
		Name, UID, Type, Access, URL string
		IsDefault                    bool           `yaml:"isDefault"`
		JSONData                     map[string]any `yaml:"jsonData"`
	}
	Providers []struct {
		Name, Type, Folder    string
		FolderUID             string `yaml:"folderUid"`
		DisableDeletion       bool   `yaml:"disableDeletion"`
		AllowUIUpdates        bool   `yaml:"allowUiUpdates"`
		UpdateIntervalSeconds int    `yaml:"updateIntervalSeconds"`
		Options               map[string]string
	}
}

// provisioning reads one file of the folder.
func provisioning(t *testing.T, name string) provisioned {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("grafana", "provisioning", name))
	if err != nil {
		t.Fatal(err)
	}
	var p provisioned
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&p); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if p.APIVersion != 1 {
		t.Errorf("%s: apiVersion is %d", name, p.APIVersion)
	}
	return p
}

// uidsIn lists every uid of a data source that the value refers to.
func uidsIn(v any) []string {
	var out []string
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			if s, ok := inner.(string); ok && (k == "datasourceUid" || k == "alertmanagerUid") {
				out = append(out, s)
			}
			out = append(out, uidsIn(inner)...)
		}
	case []any:
		for _, inner := range v {
			out = append(out, uidsIn(inner)...)
		}
	}
	return out
}

func TestGrafanaSources(t *testing.T) {
	services := everything(t).Services
	uids := map[string]string{}
	defaults := 0
	p := provisioning(t, "datasources/stack.yaml")
	for _, d := range p.Datasources {
		uids[d.UID] = d.Type
		if d.IsDefault {
			defaults++
		}
		u, err := url.Parse(d.URL)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := services[u.Hostname()]; !ok || u.Port() == "" {
			t.Errorf("%s is at %s, which is no service of the stack with a port", d.Name, d.URL)
		}
	}
	if len(uids) != len(p.Datasources) || defaults != 1 {
		t.Errorf("%d uids of %d sources, %d defaults", len(uids), len(p.Datasources), defaults)
	}
	for _, d := range p.Datasources {
		for _, uid := range uidsIn(d.JSONData) {
			if uids[uid] == "" {
				t.Errorf("%s refers to %s, which is no source", d.Name, uid)
			}
		}
	}
	for _, want := range []string{"prometheus", "alertmanager", "elasticsearch", "jaeger"} {
		if uids[want] != want {
			t.Errorf("no source of the type %s with that uid", want)
		}
	}
	// A single dollar would be a variable of Grafana's environment.
	text, err := os.ReadFile("grafana/provisioning/datasources/stack.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		code, _, _ := strings.Cut(line, " #")
		if m := regexp.MustCompile(`(^|[^$])\$[^$]`).FindString(code); m != "" && !strings.HasPrefix(line, "#") {
			t.Errorf("a dollar that is not doubled: %s", line)
		}
	}
}

// TestGrafanaScrape has the interval that rates are made of be the one that
// Prometheus scrapes at, and the exemplars' label that of the service.
func TestGrafanaScrape(t *testing.T) {
	var prom struct {
		Global struct {
			ScrapeInterval string `yaml:"scrape_interval"`
		}
	}
	data, err := os.ReadFile("prometheus/prometheus.yml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &prom); err != nil {
		t.Fatal(err)
	}
	for _, d := range provisioning(t, "datasources/stack.yaml").Datasources {
		if d.Type == "prometheus" && d.JSONData["timeInterval"] != prom.Global.ScrapeInterval {
			t.Errorf("rates are made for a scrape each %v, it is each %s", d.JSONData["timeInterval"], prom.Global.ScrapeInterval)
		}
	}
}

// TestGrafanaDashboards has the dashboards be where Grafana looks, and their
// sources be there.
func TestGrafanaDashboards(t *testing.T) {
	mounted := map[string]string{}
	for _, v := range everything(t).Services["grafana"].Volumes {
		mounted[v.Target] = v.Source
	}
	p := provisioning(t, "dashboards/firewatch.yaml")
	if len(p.Providers) != 1 {
		t.Fatalf("%d providers", len(p.Providers))
	}
	from := mounted[p.Providers[0].Options["path"]]
	if from == "" {
		t.Fatalf("nothing is mounted at %s", p.Providers[0].Options["path"])
	}
	if mounted["/etc/grafana/provisioning"] == "" {
		t.Error("the provisioning is not mounted")
	}
	files, err := filepath.Glob(filepath.Join(from, "*.json"))
	if err != nil || len(files) != 4 {
		t.Fatalf("%d dashboards in %s (%v)", len(files), from, err)
	}
	var known []string
	for _, d := range provisioning(t, "datasources/stack.yaml").Datasources {
		known = append(known, d.UID)
	}
	seen := map[string]bool{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var d struct {
			UID        string
			Templating struct {
				List []struct {
					Name, Type string
					Current    struct{ Value any }
				}
			}
		}
		if err := json.Unmarshal(data, &d); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		if d.UID == "" || seen[d.UID] {
			t.Errorf("%s: the uid %q is empty or taken", f, d.UID)
		}
		seen[d.UID] = true
		for _, v := range d.Templating.List {
			if uid, _ := v.Current.Value.(string); v.Type == "datasource" && !slices.Contains(known, uid) {
				t.Errorf("%s: %s begins with %v, which is no source", f, v.Name, v.Current.Value)
			}
		}
	}
	ini, err := os.ReadFile("grafana/grafana.ini")
	if err != nil {
		t.Fatal(err)
	}
	// The data sources link to traces, which open in Explore.
	for _, setting := range []string{"\norg_role = Viewer\n", "\nviewers_can_edit = true\n"} {
		if !strings.Contains(string(ini), setting) {
			t.Errorf("grafana.ini lacks %q: whoever has not logged in cannot follow a link to a trace, or can save", setting)
		}
	}
	home := regexp.MustCompile(`(?m)^default_home_dashboard_path = (.*)$`).FindSubmatch(ini)
	if home == nil {
		t.Fatal("grafana.ini names no home dashboard")
	}
	dir, file := filepath.Split(string(home[1]))
	if _, err := os.Stat(filepath.Join(mounted[filepath.Clean(dir)], file)); err != nil {
		t.Errorf("the home dashboard: %v", err)
	}
}
