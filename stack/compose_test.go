package stack_test

import (
	"context"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// project loads the stack as docker compose would.
func project(t *testing.T, files, profiles, env []string) *types.Project {
	t.Helper()
	o, err := cli.NewProjectOptions(files, cli.WithEnv(env), cli.WithProfiles(profiles))
	if err != nil {
		t.Fatal(err)
	}
	p, err := o.LoadProject(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// everything is the stack of the one command that the README names.
func everything(t *testing.T) *types.Project {
	return project(t, []string{"compose.yaml"}, nil, nil)
}

var (
	core = []string{"alertmanager", "elasticsearch", "feature-store", "filebeat", "fraud-scorer", "fraud-scorer-2", "hostsim", "jaeger",
		"log-probe", "logrotate", "logstash", "node-exporter", "prometheus", "setup", "sink", "trace-retention", "traffic"}
	full = slices.Sorted(slices.Values(append([]string{"grafana", "kibana", "kthxbye", "setup-kibana"}, core...)))
)

func TestComposeProfiles(t *testing.T) {
	both := []string{"compose.yaml", "core.yaml"}
	for _, c := range []struct {
		name            string
		files, profiles []string
		want            []string
	}{
		{"everything", both[:1], nil, full},
		{"everything, whatever the profile", both[:1], []string{"core"}, full},
		{"core", both, nil, core},
		{"core by name", both, []string{"core"}, core},
		{"full", both, []string{"full"}, full},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := project(t, c.files, c.profiles, nil).ServiceNames()
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("services %v\nwant %v", got, c.want)
			}
		})
	}
}

func TestComposeServices(t *testing.T) {
	p := everything(t)
	published := map[string]string{}
	var memory types.UnitBytes
	for name, s := range p.Services {
		t.Run(name, func(t *testing.T) {
			job := s.Restart == "no" || strings.HasPrefix(s.Restart, "on-failure")
			if !regexp.MustCompile(`^[a-z0-9./-]+:v?\d+\.\d+(\.\d+)?$`).MatchString(s.Image) {
				t.Errorf("image %q is not pinned to a version", s.Image)
			}
			if s.MemLimit <= 0 {
				t.Error("no memory limit")
			}
			if !job && s.Restart != "unless-stopped" {
				t.Errorf("restart is %q", s.Restart)
			}
			if !slices.Contains(s.CapDrop, "ALL") || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
				t.Errorf("keeps privileges: cap_drop %v, security_opt %v", s.CapDrop, s.SecurityOpt)
			}
			if s.Privileged || len(s.CapAdd) > 0 || s.NetworkMode != "" {
				t.Error("is privileged or leaves the network of the stack")
			}
			if s.Logging == nil || s.Logging.Options["max-size"] == "" || s.Logging.Options["max-file"] == "" {
				t.Error("its log grows without end")
			}
			switch {
			case job || name == "kthxbye": // a job ends; kthxbye's image has nothing to ask with
			case s.HealthCheck == nil || s.HealthCheck.Disable || len(s.HealthCheck.Test) < 2:
				t.Error("no health check")
			}
			for on, d := range s.DependsOn {
				other := p.Services[on]
				switch d.Condition {
				case types.ServiceConditionHealthy:
					if other.HealthCheck == nil || other.HealthCheck.Disable {
						t.Errorf("waits for the health of %s, which has no check", on)
					}
				case types.ServiceConditionCompletedSuccessfully:
					if other.Restart == "unless-stopped" {
						t.Errorf("waits for the end of %s, which does not end", on)
					}
				}
			}
			for _, port := range s.Ports {
				if port.HostIP != "127.0.0.1" {
					t.Errorf("port %s is published on %q, not on loopback", port.Published, port.HostIP)
				}
				if by := published[port.Published]; by != "" {
					t.Errorf("port %s is published by %s too", port.Published, by)
				}
				published[port.Published] = name
			}
		})
		memory += s.MemLimit
	}
	for port, by := range map[string]string{"9090": "prometheus", "9093": "alertmanager", "9200": "elasticsearch", "3000": "grafana", "16686": "jaeger", "5000": "fraud-scorer", "9099": "sink"} {
		if published[port] != by {
			t.Errorf("port %s is %q, want %s", port, published[port], by)
		}
	}
	if total := int64(memory) >> 20; total > 10<<10 {
		t.Errorf("the limits add up to %d MiB: too much for a laptop", total)
	}
	elastic := map[string]bool{}
	for _, s := range p.Services {
		if tag, ok := strings.CutPrefix(s.Image, "docker.elastic.co/"); ok {
			elastic[tag[strings.LastIndex(tag, ":"):]] = true
		}
	}
	if len(elastic) != 1 {
		t.Errorf("the parts of Elastic differ in version: %v", slices.Collect(maps.Keys(elastic)))
	}
}

// TestComposeMounts wants every file that a container sees to be in this folder.
func TestComposeMounts(t *testing.T) {
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, rules := range []string{"", "PROMETHEUS_RULES=demo", "PROMETHEUS_RULES=production"} {
		p := project(t, []string{"compose.yaml"}, nil, []string{rules})
		for name, s := range p.Services {
			for _, v := range s.Volumes {
				switch {
				case v.Type == types.VolumeTypeVolume:
					if _, ok := p.Volumes[v.Source]; !ok {
						t.Errorf("%s: no volume %q", name, v.Source)
					}
				case v.Source == "/" && name == "node-exporter":
					if !v.ReadOnly {
						t.Errorf("%s: the host's files are mounted to be written to", name)
					}
				default:
					if !strings.HasPrefix(v.Source, here+string(os.PathSeparator)) || !v.ReadOnly {
						t.Errorf("%s: %s is outside of the stack or not read-only", name, v.Source)
					}
					if _, err := os.Stat(v.Source); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}
			}
			if s.Build != nil {
				if _, err := os.Stat(filepath.Join(s.Build.Context, s.Build.Dockerfile)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
}

// TestComposeTargets wants Prometheus to scrape every service that has metrics,
// and nothing that is not there: of core as of everything.
func TestComposeTargets(t *testing.T) {
	target := regexp.MustCompile(`'([a-z0-9-]+):\d+'`)
	jobs := func(text string) []string {
		var out []string
		for line := range strings.Lines(text) {
			if strings.Contains(line, "targets: [") && !strings.HasPrefix(strings.TrimSpace(line), "#") {
				for _, m := range target.FindAllStringSubmatch(line, -1) {
					out = append(out, m[1])
				}
			}
		}
		return out
	}
	for name, files := range map[string][]string{"everything": {"compose.yaml"}, "core": {"compose.yaml", "core.yaml"}} {
		t.Run(name, func(t *testing.T) {
			p := project(t, files, nil, nil)
			var got []string
			for _, v := range p.Services["prometheus"].Volumes {
				switch v.Target {
				case "/etc/prometheus/prometheus.yml":
					got = append(got, jobs(read(t, v.Source))...)
				case "/etc/prometheus/targets":
					found, err := filepath.Glob(filepath.Join(v.Source, "*.yml"))
					if err != nil || len(found) == 0 {
						t.Fatalf("no files of targets: %v", err)
					}
					for _, f := range found {
						got = append(got, jobs(read(t, f))...)
					}
				}
			}
			for _, host := range got {
				if _, ok := p.Services[host]; !ok && host != "localhost" {
					t.Errorf("%s is scraped and does not run", host)
				}
			}
			for _, host := range []string{"alertmanager", "node-exporter", "hostsim", "fraud-scorer", "fraud-scorer-2", "feature-store", "traffic", "sink", "log-probe", "jaeger", "grafana", "kthxbye"} {
				if _, runs := p.Services[host]; runs && !slices.Contains(got, host) {
					t.Errorf("%s runs and is not scraped", host)
				}
			}
		})
	}
}

// TestComposeEnvironment holds .env.example and compose.yaml against each other.
func TestComposeEnvironment(t *testing.T) {
	text := read(t, "compose.yaml")
	used := map[string]string{} // by name, the default
	for _, m := range regexp.MustCompile(`[^$]\$\{([A-Z_]+)(:[-+]([^}]*))?\}`).FindAllStringSubmatch(text, -1) {
		if def, ok := used[m[1]]; !ok || def == "" || m[2] == ":-"+m[3] {
			used[m[1]] = strings.TrimPrefix(m[2], ":-")
		}
	}
	used["GRAFANA_ADMIN_PASSWORD"] = "" // its other use is to say that it is set
	example := map[string]string{}
	for line := range strings.Lines(read(t, ".env.example")) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(line, "#") {
			example[key] = value
		}
	}
	if !maps.Equal(used, example) {
		t.Errorf("compose.yaml uses %v\n.env.example has %v", used, example)
	}
	secret := regexp.MustCompile(`(?i)password|passwd|secret|token|api_?key|private`)
	for key, value := range example {
		if secret.MatchString(key) && value != "" {
			t.Errorf(".env.example gives a value to %s", key)
		}
	}
	for name, s := range everything(t).Services {
		for key, value := range s.Environment {
			if secret.MatchString(key) && value != nil && *value != "" {
				t.Errorf("%s: %s has a value in the file", name, key)
			}
		}
		for _, word := range s.Command {
			if secret.MatchString(word) {
				t.Errorf("%s: %q looks like a secret", name, word)
			}
		}
	}
	grafana := func(env ...string) types.MappingWithEquals {
		return project(t, []string{"compose.yaml"}, nil, env).Services["grafana"].Environment
	}
	if got := grafana()["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"]; *got != "" {
		t.Errorf("without a password the file that makes no administrator is overruled with %q", *got)
	}
	if got := grafana("GRAFANA_ADMIN_PASSWORD=x")["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"]; *got != "false" {
		t.Errorf("with a password there is no administrator: %q", *got)
	}
	if !strings.Contains(read(t, "grafana/grafana.ini"), "\ndisable_initial_admin_creation = true\n") {
		t.Error("grafana.ini makes an administrator with a password that everybody knows")
	}
}

func TestDockerfiles(t *testing.T) {
	ends := map[string]string{}
	for _, file := range []string{"Dockerfile", "Dockerfile.scratch"} {
		text := read(t, file)
		for _, m := range regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(text, -1) {
			if m[1] != "scratch" && !regexp.MustCompile(`:\d+\.\d+\.\d+`).MatchString(m[1]) {
				t.Errorf("%s: image %q is not pinned to a version", file, m[1])
			}
		}
		_, ends[file], _ = strings.Cut(text, "\nUSER ")
	}
	if ends["Dockerfile"] == "" || ends["Dockerfile"] != ends["Dockerfile.scratch"] {
		t.Errorf("the two images end differently: %q", ends)
	}
	if user, _, _ := strings.Cut(ends["Dockerfile"], "\n"); user == "" || strings.HasPrefix(user, "0") {
		t.Errorf("the image runs as %q", user)
	}
}

// ports are what each service listens on, besides what its command says.
func ports(t *testing.T, p *types.Project) map[string][]string {
	t.Helper()
	out := map[string][]string{
		"prometheus": {"9090"}, "alertmanager": {"9093"}, "grafana": {"3000"}, "kthxbye": {"8080"}, "node-exporter": {"9100"},
		"elasticsearch": {"9200"}, "logstash": {"5044", "9600"}, "kibana": {"5601"}, "filebeat": {"5066"},
		"jaeger": {"4317", "4318", "8888", "13133", "16685", "16686"},
	}
	for name, s := range p.Services {
		for _, word := range s.Command {
			for _, flag := range []string{"--listen=", "--smtp="} {
				if at, ok := strings.CutPrefix(word, flag); ok {
					_, port, err := net.SplitHostPort(at)
					if err != nil {
						t.Errorf("%s: %s: %v", name, word, err)
					}
					out[name] = append(out[name], port)
				}
			}
		}
	}
	return out
}

// TestComposeAddresses wants every address of another service, in the files that
// the stack mounts and in the stack itself, to be one that is listened on.
func TestComposeAddresses(t *testing.T) {
	p := everything(t)
	listens := ports(t, p)
	files := map[string]bool{"compose.yaml": true}
	for _, s := range p.Services {
		for _, v := range s.Volumes {
			if v.Type != types.VolumeTypeBind || v.Source == "/" {
				continue
			}
			err := filepath.WalkDir(v.Source, func(path string, d fs.DirEntry, err error) error {
				if err == nil && d.IsDir() && d.Name() == "production" {
					return fs.SkipDir // not for this stack
				}
				if err == nil && !d.IsDir() {
					files[path] = true
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
	address := regexp.MustCompile(`(?:^|[^\w.%{}$-])([a-z][a-z0-9-]*):(\d{4,5})\b`)
	seen := map[string]bool{}
	for file := range files {
		for i, line := range strings.Split(read(t, file), "\n") {
			if at := strings.TrimSpace(line); strings.HasPrefix(at, "#") || strings.HasPrefix(at, "image:") {
				continue
			}
			for _, m := range address.FindAllStringSubmatch(line, -1) {
				host, port := m[1], m[2]
				if host == "localhost" {
					continue
				}
				seen[host] = true
				if _, ok := p.Services[host]; !ok {
					t.Errorf("%s:%d: %s:%s is no service", rel(file), i+1, host, port)
				} else if !slices.Contains(listens[host], port) {
					t.Errorf("%s:%d: %s does not listen on %s but on %v", rel(file), i+1, host, port, listens[host])
				}
			}
		}
	}
	for _, host := range []string{"alertmanager", "sink", "logstash", "elasticsearch", "fraud-scorer", "jaeger"} {
		if !seen[host] {
			t.Errorf("no file has the address of %s: the test reads too little", host)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func rel(path string) string {
	here, err := filepath.Abs(".")
	if err != nil {
		return path
	}
	if short, err := filepath.Rel(here, path); err == nil && filepath.IsAbs(path) {
		return short
	}
	return path
}
