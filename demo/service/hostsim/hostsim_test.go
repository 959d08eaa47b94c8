package hostsim

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// world is a simulation on a clock and with faults of the test's own.
type world struct {
	*Sim
	now   time.Time
	level map[string]float64
}

func newWorld() *world {
	w := &world{now: noon, level: map[string]float64{}}
	w.Sim = New(Options{Seed: 42, Now: func() time.Time { return w.now }, Level: func(f string) float64 { return w.level[f] }})
	return w
}

// scrape returns all values by name and labels.
func (w *world) scrape() map[string]float64 {
	families, _ := w.Gather()
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.Metric {
			var b strings.Builder
			b.WriteString(f.GetName())
			for _, l := range m.Label {
				if n := l.GetName(); n != "simulated" {
					b.WriteString(" " + n + "=" + l.GetValue())
				}
			}
			out[b.String()] = m.GetGauge().GetValue() + m.GetCounter().GetValue() + m.GetUntyped().GetValue()
		}
	}
	return out
}

func (w *world) wait(d time.Duration) map[string]float64 {
	for range int(d / (5 * time.Second)) {
		w.now = w.now.Add(5 * time.Second)
		w.scrape()
	}
	return w.scrape()
}

// absent are names of the catalogue that these hosts do not have: no RAID, no
// ECC reporting, no systemd collector, no thermal zones.
var absent = []string{"node_md_disks", "node_edac_uncorrectable_errors_total", "node_systemd_unit_state", "node_thermal_zone_temp", "node_sockstat_TCP_", "node_procs_"}

// TestCatalogue holds the simulation to what the panels and the rules ask for.
func TestCatalogue(t *testing.T) {
	names := map[string]bool{}
	for _, file := range []string{"views/panels/infra.yaml", "views/panels/gpu.yaml", "stack/prometheus/rules/demo/infra.yml"} {
		text, err := os.ReadFile("../../../" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range regexp.MustCompile(`\b(node_[a-zA-Z0-9_]+|DCGM_FI_[A-Z0-9_]+)`).FindAllString(string(text), -1) {
			names[n] = true
		}
	}
	delete(names, "node_job") // a variable
	for n := range names {
		if strings.HasPrefix(n, "node_exporter") {
			delete(names, n)
		}
	}
	if len(names) < 60 {
		t.Fatalf("only %d names found", len(names))
	}
	w := newWorld()
	for _, n := range slices.Sorted(maps.Keys(names)) {
		if w.index[n] == nil && !slices.Contains(absent, n) {
			t.Errorf("%s is asked for and not simulated", n)
		}
	}
}

func TestExposition(t *testing.T) {
	w := newWorld()
	families, _ := w.Gather()
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		// The names are those of the real exporters, which have their history.
		if strings.HasPrefix(p.Metric, "node_") || strings.HasPrefix(p.Metric, "DCGM_") {
			continue
		}
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	seen := map[string]bool{}
	for _, f := range families {
		if seen[f.GetName()] {
			t.Errorf("%s comes twice", f.GetName())
		}
		seen[f.GetName()] = true
		for _, m := range f.Metric {
			simulated := false
			for _, l := range m.Label {
				simulated = simulated || l.GetName() == "simulated" && l.GetValue() == "true"
			}
			if !simulated {
				t.Errorf("%s is not marked as simulated", f.GetName())
			}
		}
	}
}

func TestDeterminism(t *testing.T) {
	a, b := newWorld(), newWorld()
	if x, y := a.wait(2*time.Minute), b.wait(2*time.Minute); !maps.Equal(x, y) {
		t.Error("the same seed and clock give different hosts")
	}
	other := New(Options{Seed: 7, Now: func() time.Time { return noon }, Level: func(string) float64 { return 0 }})
	_, _ = other.Gather()
	if other.hosts[0].util == newWorldAt(noon).hosts[0].util {
		t.Error("another seed gives the same host")
	}
}

func newWorldAt(now time.Time) *world {
	w := newWorld()
	w.now = now
	w.scrape()
	return w
}

// TestCounters runs hours of scrapes: counters never fall, and CPU time adds
// up to wall time.
func TestCounters(t *testing.T) {
	w := newWorld()
	before := w.scrape()
	for range 300 {
		w.now = w.now.Add(2 * time.Minute)
		after := w.scrape()
		for k, v := range after {
			name, _, _ := strings.Cut(k, " ")
			if f := w.index[name]; f.kind != dto.MetricType_GAUGE && v < before[k] {
				t.Fatalf("%s fell from %g to %g", k, before[k], v)
			}
		}
		before = after
	}
	w = newWorld()
	first := w.scrape()
	w.now = w.now.Add(100 * time.Second)
	total := 0.0
	for k, v := range w.scrape() {
		if strings.HasPrefix(k, "node_cpu_seconds_total") && strings.Contains(k, "cpu=0") && strings.Contains(k, webHost) {
			total += v - first[k]
		}
	}
	if total < 98 || total > 102 {
		t.Errorf("in 100 s one core spent %.1f s", total)
	}
}

// TestBoot takes a process that starts anew, which Prometheus must see as hosts
// that booted: counters fall to 0 and count from the boot time. A process that
// simulates its past first has its hosts boot there.
func TestBoot(t *testing.T) {
	w := newWorld()
	w.now = noon.Add(-6 * time.Hour)
	for range 3 {
		for k, v := range w.scrape() {
			name, _, _ := strings.Cut(k, " ")
			switch {
			case name == "node_boot_time_seconds" && v != float64(w.now.Unix()):
				t.Fatalf("%s is %f at the first scrape, at %d", k, v, w.now.Unix())
			case w.index[name].kind == dto.MetricType_COUNTER && v != 0:
				t.Fatalf("%s begins at %g", k, v)
			}
		}
		booted := w.now
		w.wait(time.Minute)
		w.now = w.now.Add(2 * time.Minute) // from the end of the past to the first live scrape
		spent := 0.0
		for k, v := range w.wait(time.Minute) {
			if strings.HasPrefix(k, "node_boot_time_seconds") && v != float64(booted.Unix()) {
				t.Fatalf("%s moved to %f from %d", k, v, booted.Unix())
			}
			if strings.HasPrefix(k, "node_cpu_seconds_total cpu=0 instance="+webHost) {
				spent += v
			}
		}
		if most := w.now.Sub(booted).Seconds() * 1.01; spent < 238 || spent > most {
			t.Errorf("one core spent %.0f s since the boot, want 238 to %.0f", spent, most)
		}
		w.Sim = New(w.opts)
		w.now = w.now.Add(time.Second)
	}
}

// TestFaults checks that each fault takes its figure over the threshold of its
// alert within the time promised, and that the figure is quiet before and
// after.
func TestFaults(t *testing.T) {
	const web, db = " instance=web-1:9100", " instance=db-1:9100"
	ratio := func(a, b string) func(x, y map[string]float64) float64 {
		return func(_, y map[string]float64) float64 { return y[a] / y[b] }
	}
	value := func(k string) func(x, y map[string]float64) float64 {
		return func(_, y map[string]float64) float64 { return y[k] }
	}
	perSecond := func(k string) func(x, y map[string]float64) float64 {
		return func(x, y map[string]float64) float64 { return (y[k] - x[k]) / 60 }
	}
	disk := " device=/dev/nvme1n1 fstype=xfs" + db + " mountpoint=/var/lib/postgresql"
	tests := []struct {
		fault  string
		figure func(x, y map[string]float64) float64 // of scrapes a minute apart
		over   float64                               // negative: below its amount
	}{
		{"cpu-burn", func(x, y map[string]float64) float64 {
			idle := 0.0
			for k := range y {
				if strings.HasPrefix(k, "node_cpu_seconds_total") && strings.Contains(k, web) && (strings.Contains(k, "mode=idle") || strings.Contains(k, "mode=iowait") || strings.Contains(k, "mode=steal")) {
					idle += y[k] - x[k]
				}
			}
			return 1 - idle/60/4
		}, .8},
		{"load", func(_, y map[string]float64) float64 { return y["node_load1"+web] / 4 }, 2},
		{"mem", func(_, y map[string]float64) float64 {
			return 1 - y["node_memory_MemAvailable_bytes"+web]/y["node_memory_MemTotal_bytes"+web]
		}, .9},
		{"oom", func(x, y map[string]float64) float64 {
			return y["node_vmstat_oom_kill"+web] - x["node_vmstat_oom_kill"+web]
		}, 0},
		{"thrash", perSecond("node_pressure_memory_stalled_seconds_total" + web), .1},
		{"disk-full", ratio("node_filesystem_avail_bytes"+disk, "node_filesystem_size_bytes"+disk), -.1},
		{"disk-fill", func(x, y map[string]float64) float64 { // forecast half an hour ahead
			k := "node_filesystem_avail_bytes" + disk
			if y[k]/y["node_filesystem_size_bytes"+disk] >= .4 {
				return 1
			}
			return y[k] + (y[k]-x[k])/60*1800
		}, -1},
		{"io-queue", perSecond("node_disk_io_time_weighted_seconds_total device=nvme0n1" + db), 10},
		{"net-errors", func(x, y map[string]float64) float64 {
			e, p := "node_network_receive_errs_total device=eth0"+web, "node_network_receive_packets_total device=eth0"+web
			return (y[e] - x[e]) / (y[p] - x[p])
		}, .01},
		{"clock-skew", func(_, y map[string]float64) float64 {
			return max(y["node_timex_offset_seconds"+db], -y["node_timex_offset_seconds"+db]) - y["node_timex_sync_status"+db]
		}, .05},
		{"node-down", value("up" + web), -1},
		{"gpu-hot", func(_, y map[string]float64) float64 { return gpuValue(y, "DCGM_FI_DEV_GPU_TEMP", 0) }, 85},
		{"gpu-xid", func(_, y map[string]float64) float64 { return gpuValue(y, "DCGM_FI_DEV_XID_ERRORS", 1) }, 0},
		{"gpu-full", func(_, y map[string]float64) float64 {
			return gpuValue(y, "DCGM_FI_DEV_FB_USED", 1) / gpuMemory
		}, .95},
	}
	for _, tt := range tests {
		firing := func(v float64) bool {
			if tt.over < 0 {
				return v < -tt.over
			}
			return v > tt.over
		}
		w := newWorld()
		calm := w.wait(5 * time.Second)
		for range 20 { // over some hours, at all times of their ten-minute day
			x := w.scrape()
			calm = w.wait(time.Minute)
			if v := tt.figure(x, calm); firing(v) {
				t.Errorf("%s: without the fault the figure is %g", tt.fault, v)
				break
			}
			w.now = w.now.Add(13 * time.Minute)
		}
		x := w.scrape()
		level := 1.0
		w.level[tt.fault] = level
		y := w.wait(time.Minute)
		if v := tt.figure(x, y); !firing(v) {
			t.Errorf("%s: a minute in the figure is %g", tt.fault, v)
		}
		w.level[tt.fault] = 0
		w.wait(3 * time.Minute)
		x = w.scrape()
		if v := tt.figure(x, w.wait(time.Minute)); firing(v) {
			t.Errorf("%s: after its end the figure is still %g", tt.fault, v)
		}
	}
}

func gpuValue(y map[string]float64, name string, n int) float64 {
	for k, v := range y {
		if strings.HasPrefix(k, name+" ") && strings.Contains(k, " gpu="+string(rune('0'+n))) {
			return v
		}
	}
	return -1
}
