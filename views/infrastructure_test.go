package views

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/uitest"
)

func startHosts(t *testing.T, cfg uitest.Config) *uitest.Shell {
	t.Helper()
	cfg.Views = []ui.View{&infrastructure{}, &logs{}, &alerts{}}
	if cfg.Answer == nil {
		cfg.Answer = fakeWorld{}.answer
	}
	s := uitest.New(t, cfg)
	s.Advance(time.Second)
	return s
}

// names are the words of the frame's lines at which a host's row begins, in order.
func hostOrder(frame string) []string {
	var out []string
	for _, l := range strings.Split(frame, "\n") {
		if strings.HasPrefix(l, "╰") {
			break // the charts below name the hosts too
		}
		for _, h := range []string{"bastion", "web-1", "web-2", "db-1"} {
			if strings.Contains(l, "%") && strings.Contains(l, " "+h+" ") {
				out = append(out, h)
			}
		}
	}
	return out
}

func TestHostsOrder(t *testing.T) {
	s := startHosts(t, uitest.Config{})
	for _, c := range []struct{ key, want string }{
		{"", "db-1 web-2 bastion web-1"},
		{"s", "db-1 web-2 web-1 bastion"},
		{"e", "db-1 web-2 bastion web-1"},
		{"u", "web-2 db-1 bastion web-1"},
		{"u", "db-1 web-2 bastion web-1"},
	} {
		if c.key != "" {
			s.Press(c.key)
		}
		if got := strings.Join(hostOrder(s.Frame()), " "); got != c.want {
			t.Errorf("after %q: %s, want %s", c.key, got, c.want)
		}
	}
}

// TestHostsSelection keeps the cursor on its host when the order changes under it.
func TestHostsSelection(t *testing.T) {
	s := startHosts(t, uitest.Config{})
	s.Press("G") // web-1 is last
	s.Press("s")
	s.Asked()
	s.Press("enter")
	if !askedOnly(s.Asked(), `instance="web-1:9100"`) {
		t.Error("the cursor did not stay on web-1")
	}
}

// askedOnly says whether there are PromQL queries and all those of one host, the
// list's own apart, contain the text.
func askedOnly(asked []sources.Query, text string) bool {
	n := 0
	for _, q := range asked {
		if expr := q.String(); strings.Contains(expr, "instance=\"") {
			if !strings.Contains(expr, text) {
				return false
			}
			n++
		}
	}
	return n > 0
}

func TestHostOpens(t *testing.T) {
	s := startHosts(t, uitest.Config{W: 200, H: 60})
	s.Asked()
	s.Press("j", "enter")
	asked := s.Asked()
	if !askedOnly(asked, `instance="web-2:9100"`) {
		t.Errorf("enter asked for another host: %v", asked)
	}
	for _, want := range []string{"node_cpu_seconds_total", "node_memory_MemFree_bytes", "node_filesystem_size_bytes", "node_disk_read_bytes_total", "node_network_receive_bytes_total", "node_pressure_io_waiting_seconds_total"} {
		if !slices.ContainsFunc(asked, func(q sources.Query) bool { return strings.Contains(q.String(), want) }) {
			t.Errorf("nothing asked about %s", want)
		}
	}
	if f := s.Frame(); !strings.Contains(f, "web-2 (simulated)") || strings.Contains(f, "bastion") {
		t.Errorf("not the page of web-2:\n%s", f)
	}
	s.Press("esc")
	if got := hostOrder(s.Frame()); len(got) != 4 {
		t.Errorf("esc does not lead back to the list: %v", got)
	}
}

// TestHostJumps leads to the logs and the alerts of the host.
func TestHostJumps(t *testing.T) {
	s := startHosts(t, uitest.Config{})
	s.Press("j", "L")
	if f := s.Frame(); !strings.Contains(f, `host.name:"web-2"`) {
		t.Errorf("L does not lead to the logs of web-2:\n%s", f)
	}
	s.Press("1", "enter", "A")
	if f := s.Frame(); !strings.Contains(f, `instance="web-2:9100"`) {
		t.Errorf("A does not lead to the alerts of web-2:\n%s", f)
	}
}

// TestHostPages shows every panel on some page of every screen.
func TestHostPages(t *testing.T) {
	titles := []string{"cpu by mode", "load", "memory", "filesystems", "disk busy", "disk throughput", "network throughput", "pressure", "disk queue", "disk latency", "network drops", "tcp retransmits", "cores", "paging", "temperature"}
	for _, size := range fakeSizes {
		s := startHosts(t, uitest.Config{W: size[0], H: size[1]})
		s.Press("enter")
		var seen []string
		for page := 1; page < 20; page++ {
			f := s.Frame()
			name := fmt.Sprintf("infrastructure-host-%dx%d-%d", size[0], size[1], page)
			uitest.Golden(t, name, f)
			for _, title := range titles {
				if strings.Contains(f, "╭─ "+title+" ") {
					seen = append(seen, title)
				}
			}
			if !turnPage(s) {
				break
			}
		}
		slices.Sort(seen)
		for _, title := range titles {
			if !slices.Contains(seen, title) {
				t.Errorf("%v: %s is on no page", size, title)
			}
		}
		if n := len(slices.Compact(slices.Clone(seen))); n != len(seen) {
			t.Errorf("%v: a panel is on two pages: %v", size, seen)
		}
	}
}

// turnPage shows the next page, and says whether there was one.
func turnPage(s *uitest.Shell) bool {
	var page, pages int
	f := s.Frame()
	if i := strings.Index(f, "page "); i < 0 {
		return false
	} else if _, err := fmt.Sscanf(f[i:], "page %d of %d", &page, &pages); err != nil || page == pages {
		return false
	}
	s.Press("l")
	return true
}

func TestHostsFilter(t *testing.T) {
	s := startHosts(t, uitest.Config{})
	s.Press("/")
	s.Type("web")
	if got := strings.Join(hostOrder(s.Frame()), " "); got != "web-2 web-1" {
		t.Errorf("while typing: %s", got)
	}
	s.Press("enter")
	if f := s.Frame(); !strings.Contains(f, "web · 2 of 4") {
		t.Errorf("the border does not tell of the filter:\n%s", f)
	}
	s.Press("/")
	s.Press("backspace", "backspace", "backspace")
	s.Type("!web")
	s.Press("enter")
	if got := strings.Join(hostOrder(s.Frame()), " "); got != "db-1 bastion" {
		t.Errorf("turned around: %s", got)
	}
	s.Press("esc")
	if got := hostOrder(s.Frame()); len(got) != 4 {
		t.Errorf("esc keeps the filter: %v", got)
	}
	s.Press("/")
	s.Type("nothing like it")
	s.Press("enter")
	if f := s.Frame(); !strings.Contains(f, "no host matches") {
		t.Errorf("an empty list does not say why:\n%s", f)
	}
	s.Press("enter") // nothing is selected
	if f := s.Frame(); !strings.Contains(f, "no host") {
		t.Errorf("enter on nothing:\n%s", f)
	}
}

// TestHostGPUs shows them where there are some, by the host's name on any port.
func TestHostGPUs(t *testing.T) {
	s := startHosts(t, uitest.Config{W: 200, H: 60})
	s.Press("enter")
	s.Advance(time.Second)
	if f := s.Frame(); strings.Contains(f, "╭─ gpus") {
		t.Errorf("db-1 has no GPU:\n%s", f)
	}
	s.Press("esc", "G", "enter")
	s.Advance(time.Second)
	f := s.Frame()
	if l := lineWith(f, "NVIDIA A"); !strings.Contains(f, "╭─ gpus") || !strings.Contains(l, "81.0%") || !strings.Contains(l, "✗ 79") || !strings.Contains(l, "310W") {
		t.Errorf("the GPU of web-1: %q\n%s", l, f)
	}
	for instance, want := range map[string]string{
		"a.b:9100": `instance=~"\\[?a\\.b\\]?(:[0-9]+)?"`, "plain": `instance=~"\\[?plain\\]?(:[0-9]+)?"`, "[::1]:9100": `instance=~"\\[?::1\\]?(:[0-9]+)?"`,
	} {
		if got := sameHost(instance); got != want {
			t.Errorf("%s: %s, want %s", instance, got, want)
		}
	}
}

// TestHostDown has a host that vanished from the scrape on top, with the reason inside.
func TestHostDown(t *testing.T) {
	s := startHosts(t, uitest.Config{Answer: func(q sources.Query, w sources.Window) (sources.Frame, error) {
		f, err := fakeWorld{}.answer(q, w)
		if q == (sources.Targets{}) {
			f.Targets = append(f.Targets, sources.Target{Job: "node", Instance: "web-1:9100", Health: "down", LastError: "context deadline exceeded", Interval: 5 * time.Second})
		}
		if !strings.Contains(q.String(), "node_uname_info") {
			f.Series = slices.DeleteFunc(f.Series, func(s sources.Series) bool { return s.Labels["instance"] == "web-1:9100" })
		}
		return f, err
	}})
	f := s.Frame()
	first := ""
	for _, l := range strings.Split(f, "\n") {
		if strings.Contains(l, "(simulated)") {
			first = l
			break
		}
	}
	if !strings.Contains(first, "✗") || !strings.Contains(first, "web-1 (simulated) down") {
		t.Errorf("the host that is down is not on top: %q", first)
	}
	s.Press("enter")
	if f := s.Frame(); !strings.Contains(f, "down: context deadline exceeded") {
		t.Errorf("the page does not say why it is down:\n%s", f)
	}
}

// TestHostFromOutside opens a host by its name before the list was ever seen.
func TestHostFromOutside(t *testing.T) {
	s := uitest.New(t, uitest.Config{Views: []ui.View{&alerts{}, &infrastructure{}}, Answer: fakeWorld{}.answer})
	s.Press(":")
	s.Type("infrastructure db-1")
	s.Press("enter")
	s.Advance(time.Second)
	if f := s.Frame(); !strings.Contains(f, "db-1 (simulated)") {
		t.Errorf("not the page of db-1:\n%s", f)
	}
	if !askedOnly(s.Asked(), `instance="db-1:9100"`) {
		t.Error("the name was not turned into the instance")
	}
}
