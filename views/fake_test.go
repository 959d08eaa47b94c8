package views

import (
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"firewatch/sources"
	"firewatch/ui/uitest"
)

// fakeWorld answers every query with plausible numbers, the same ones every
// time: curves around a value for each series, by rules that know the metrics of
// the catalogue. The zero value is an ordinary day.
type fakeWorld struct {
	// wide gives everything long names in wide characters.
	wide bool
	// rules come before those of fakeRules.
	rules []fakeRule
}

// fakeRule says which series there are for the queries that match.
type fakeRule struct {
	match  string
	series []fakeSeries
}

// fakeSeries is a curve: base, and a wave of amp times base around it.
type fakeSeries struct {
	labels    map[string]string
	base, amp float64
}

// fl makes labels of pairs.
func fl(pairs ...string) map[string]string {
	out := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

// wavy makes a series that waves by a tenth.
func wavy(base float64, pairs ...string) fakeSeries { return fakeSeries{fl(pairs...), base, 0.1} }

// flat makes one that does not wave.
func flat(base float64, pairs ...string) fakeSeries { return fakeSeries{fl(pairs...), base, 0} }

// each is every series once for every value of the label, with the share of its base.
func each(list []fakeSeries, label string, shares ...any) []fakeSeries {
	var out []fakeSeries
	for _, s := range list {
		for i := 0; i+1 < len(shares); i += 2 {
			c := s
			c.labels = maps.Clone(s.labels)
			c.labels[label] = shares[i].(string)
			switch share := shares[i+1].(type) {
			case int:
				c.base *= float64(share)
			case float64:
				c.base *= share
			}
			out = append(out, c)
		}
	}
	return out
}

// fakeHosts are one real and three simulated hosts.
var fakeHosts = []map[string]string{
	fl("job", "node", "instance", "127.0.0.1:9100", "nodename", "bastion", "release", "6.8.0-45-generic", "machine", "x86_64", "env", "demo"),
	fl("job", "hostsim", "instance", "web-1:9100", "nodename", "web-1", "release", "6.12.9", "machine", "x86_64", "simulated", "true", "env", "demo"),
	fl("job", "hostsim", "instance", "web-2:9100", "nodename", "web-2", "release", "6.12.9", "machine", "x86_64", "simulated", "true", "env", "demo"),
	fl("job", "hostsim", "instance", "db-1:9100", "nodename", "db-1", "release", "6.12.9", "machine", "aarch64", "simulated", "true", "env", "demo"),
}

// perHost is a series for each host, with these values in the order of fakeHosts.
func perHost(values ...float64) []fakeSeries {
	var out []fakeSeries
	for i, v := range values {
		out = append(out, fakeSeries{fakeHosts[i], v, 0.1})
	}
	return out
}

// still are the series without their waves.
func still(list []fakeSeries) []fakeSeries {
	for i := range list {
		list[i].amp = 0
	}
	return list
}

// perService is a series for the two services.
func perService(scorer, store float64) []fakeSeries {
	return []fakeSeries{
		wavy(scorer, "job", "fraud-scorer", "service", "fraud-scorer", "env", "demo", "instance", "127.0.0.1:5000"),
		wavy(store, "job", "feature-store", "service", "feature-store", "env", "demo", "instance", "127.0.0.1:5001"),
	}
}

// routed is perService by route.
func routed(scorer, store float64) []fakeSeries {
	list := perService(scorer, store)
	return append(
		each(list[:1], "http_route", "/predict", 0.82, "/predict/batch", 0.1, "/model", 0.06, "/error", 0.02),
		each(list[1:], "route", "/features", 0.9, "/features/batch", 0.1)...)
}

// status is routed by status code.
func byStatus(list []fakeSeries) []fakeSeries {
	var out []fakeSeries
	for _, s := range list {
		label := "http_response_status_code"
		if s.labels["route"] != "" {
			label = "status"
		}
		out = append(out, each([]fakeSeries{s}, label, "200", 0.955, "422", 0.01, "500", 0.03, "503", 0.005)...)
	}
	return out
}

// cumulative is each series by bucket.
func cumulative(list []fakeSeries, edges ...any) []fakeSeries { return each(list, "le", edges...) }

var (
	fakeVersions = []fakeSeries{
		wavy(18, "model", "fraud", "version", "1.4.0", "variant", "primary", "framework", "logistic", "stage", "production", "job", "fraud-scorer", "service", "fraud-scorer", "env", "demo"),
		wavy(1.9, "model", "fraud", "version", "1.5.0", "variant", "canary", "framework", "logistic", "stage", "staging", "job", "fraud-scorer", "service", "fraud-scorer", "env", "demo"),
	}
	latencyEdges = []any{"0.005", 0.05, "0.01", 0.3, "0.025", 0.7, "0.05", 0.9, "0.1", 0.97, "0.25", 0.995, "0.5", 0.998, "1.0", 1.0, "+Inf", 1.0}
)

// models is the versions with these values.
func versions(values ...float64) []fakeSeries {
	out := slices.Clone(fakeVersions)
	for i := range out {
		out[i].base = values[min(i, len(values)-1)]
	}
	return out
}

var fakeFeatures = []any{"amount", 1.0, "hour", 0.15, "merchant_category", 0.1, "distance_km", 0.3, "is_foreign", 0.2, "device_age_days", 0.5, "_score", 0.6}

// fakeRules are tried in order on the text of a query.
var fakeRules = []fakeRule{
	// Hosts.
	{`node_uname_info`, perHost(1, 1, 1, 1)},
	{`ALERTS\{.*instance!=""`, []fakeSeries{flat(2, "instance", "db-1:9100"), flat(1, "instance", "web-2:9100")}},
	{`node_load1\{[^}]*\} / on`, perHost(0.31, 0.42, 1.6, 0.7)},
	{`node_load1\{`, perHost(1.2, 1.7, 12.8, 5.6)},
	{`node_load5\{`, perHost(1.1, 1.6, 9.4, 5.5)},
	{`node_load15\{`, perHost(1.0, 1.5, 7.1, 5.1)},
	{`^count by \(instance\) \(node_cpu`, still(perHost(4, 4, 8, 8))},
	{`by \(mode\)`, each(perHost(0.12, 0.22, 0.86, 0.41), "mode", "user", 0.62, "system", 0.2, "iowait", 0.1, "softirq", 0.05, "steal", 0.03)},
	{`1 - sum by \(instance, cpu\)`, each(perHost(0.12, 0.22, 0.86, 0.41), "cpu", "0", 1.0, "1", 0.8, "2", 1.1, "3", 0.6)},
	{`node_cpu_seconds_total`, perHost(0.12, 0.22, 0.86, 0.41)},
	{`1 - node_memory_MemAvailable`, perHost(0.38, 0.52, 0.61, 0.88)},
	{`node_memory_MemTotal_bytes\{[^}]*\} - node_memory_MemFree`, perHost(5e9, 6e9, 9e9, 2.6e10)},
	{`node_memory_Cached_bytes`, perHost(4e9, 3e9, 4e9, 4e9)},
	{`node_memory_Shmem`, perHost(2e8, 1e8, 1e8, 8e8)},
	{`node_memory_Buffers`, perHost(3e8, 3e8, 4e8, 2e8)},
	{`node_memory_MemFree`, perHost(6e9, 6e9, 2e9, 1e9)},
	{`node_memory_Swap`, perHost(0, 0, 0.1, 0.3)},
	{`node_vmstat_oom_kill`, perHost(0, 0, 0, 1)},
	{`node_vmstat_pg|node_vmstat_psw`, perHost(0.2, 1, 4, 180)},
	{`^max by \(instance\) \(1 - node_filesystem`, still(perHost(0.61, 0.33, 0.47, 0.96))},
	{`deriv\(node_filesystem`, each(perHost(0, 9e6, 9e6, 9000)[3:], "mountpoint", "/var", 1)},
	{`node_filesystem_readonly`, fakeFiles(0, 0, 0, 0, 1)},
	{`node_filesystem_files`, fakeFiles(0.05, 0.04, 0.11, 0.3, 0.001)},
	{`1 - node_filesystem_avail`, fakeFiles(0.61, 0.33, 0.47, 0.96, 0.02)},
	{`node_filesystem_size`, fakeFiles(8e10, 1.2e11, 1.2e11, 5e11, 1e9)},
	{`^max by \(instance\) \(rate\(node_disk_io_time`, perHost(0.04, 0.11, 0.32, 0.83)},
	{`node_disk_io_time_seconds`, fakeDisks(0.04, 0.11, 0.32, 0.83)},
	{`node_disk_io_time_weighted`, fakeDisks(0.1, 0.3, 0.9, 5.2)},
	{`node_disk_read_time|node_disk_write_time`, fakeDisks(0.001, 0.002, 0.004, 0.031)},
	{`node_disk_read_bytes`, fakeDisks(2e5, 4e5, 1e6, 3e7)},
	{`node_disk_written_bytes`, fakeDisks(8e5, 2e6, 2e6, 8e6)},
	{`node_disk_reads_completed`, fakeDisks(20, 40, 90, 900)},
	{`^sum by \(instance\) \(rate\(node_network_receive`, perHost(1.2e5, 4e6, 9e6, 2e7)},
	{`^sum by \(instance\) \(rate\(node_network_transmit`, perHost(8e4, 7e6, 1.4e7, 5e6)},
	{`node_network_speed`, each(perHost(0.01, 0.03, 0.08, 0.16), "device", "eth0", 1)},
	{`node_network_receive_bytes|node_network_transmit_bytes`, each(perHost(1.2e5, 4e6, 9e6, 2e7), "device", "eth0", 1)},
	{`node_network_(receive|transmit)_errs`, each(perHost(0, 0, 0.0002, 0), "device", "eth0", 1)},
	{`node_network_(receive|transmit)_drop`, each(perHost(0, 0, 3, 0.2), "device", "eth0", 1)},
	{`node_netstat`, perHost(0.001, 0.002, 0.013, 0.004)},
	{`^max by \(instance\) \(label_replace\(rate\(node_pressure`, perHost(0.01, 0.03, 0.21, 0.36)},
	{`node_pressure`, perHost(0.01, 0.03, 0.21, 0.36)},
	{`node_hwmon_temp`, each(perHost(52)[:1], "chip", "coretemp", 1)},
	{`node_boot_time`, still(perHost(3.2e6, 8.1e5, 8.1e5, 1.1e7))},
	{`node_timex_offset`, perHost(0.0002, 0.0004, 0.0011, 0.0003)},
	{`node_filefd`, perHost(0.02, 0.04, 0.06, 0.1)},
	{`node_edac|node_md_|node_nf_|node_systemd|node_scrape`, nil},
	{`DCGM_FI_DEV_FB_USED\{.*FB_FREE`, fakeGPU(0.81)},
	{`DCGM_FI_DEV_GPU_UTIL`, fakeGPU(0.74)},
	{`DCGM_FI_DEV_GPU_TEMP`, fakeGPU(77)},
	{`DCGM_FI_DEV_POWER`, fakeGPU(310)},
	{`DCGM_FI_DEV_XID`, fakeGPU(79)},
	{`DCGM_`, fakeGPU(0)},
	// Services.
	{`^group by \(__name__`, append(
		each(perService(1, 1)[:1], "__name__", "http_server_request_duration_seconds", 1, "http_server_request_duration_seconds_bucket", 1, "http_server_request_duration_seconds_count", 1),
		each(each(perService(1, 1)[1:], "__name__", "http_request_duration_seconds_count", 1, "http_request_duration_seconds_bucket", 1, "http_requests_total", 1), "status", "200", 1, "500", 1)...)},
	{`\(up\)$`, append(still(perService(1, 1)), flat(0.5, "job", "log-probe", "service", "log-probe", "env", "demo"), flat(1, "job", "prometheus"), flat(1, "job", "node"))},
	{`^sum\(up`, []fakeSeries{flat(2)}},
	{`^count by \(job, service, env, sloth_service\) \(ALERTS`, []fakeSeries{flat(1, "service", "fraud-scorer", "env", "demo"), flat(2, "job", "node")}},
	{`^max by \(job, service, env\) \(label_replace\(process_open`, perService(0.21, 0.74)},
	{`^time\(\) - max by \(job`, still(perService(5400, 260000))},
	{`^\{__name__=~"process_start_time`, []fakeSeries{
		flat(float64(uitest.Start.Add(-25*time.Minute).Unix()), "model", "fraud", "version", "1.4.0", "job", "fraud-scorer", "service", "fraud-scorer", "env", "demo"),
		flat(float64(uitest.Start.Add(-72*time.Hour).Unix()), "job", "feature-store", "service", "feature-store", "env", "demo"),
	}},
	{`slo:period_error_budget_remaining:ratio\)$`, []fakeSeries{flat(0.42, "sloth_service", "fraud-scorer"), flat(0.97, "sloth_service", "feature-store")}},
	{`offset 1w`, []fakeSeries{wavy(1.04)}},
	{`histogram_quantile.*ml_inference_duration`, versions(0.021, 0.034)},
	{`histogram_quantile.*feedback_delay`, versions(11)},
	{`histogram_quantile.*queue_wait`, versions(0.004)},
	{`topk\(10, histogram_quantile`, routed(0.09, 0.03)},
	{`histogram_quantile\(0.50`, perService(0.017, 0.006)},
	{`histogram_quantile\(0.95`, perService(0.31, 0.012)},
	{`histogram_quantile\(0.99`, perService(0.82, 0.04)},
	{`(?s)or 0 \* sum.*(http_server_request|http_requests_total)`, perService(0.034, 0.0004)},
	{`topk\(10, sum by.*5\.\..* / `, routed(0.034, 0.0004)},
	{`ml_prediction_confidence`, versions(0.06, 0.2)},
	{`_bucket\{.*\}\[\d+s\]\)\)$`, cumulative(perService(300, 420), latencyEdges...)},
	{`by \((http_response_status_code|status)\)`, byStatus(routed(12.4, 31))},
	{`http_server_request_duration_seconds_count|http_requests_total`, routed(12.4, 31)},
	{`http_server_active|http_requests_in`, perService(3, 1)},
	{`changes\(process_start`, []fakeSeries{flat(1)}},
	{`time\(\) - max\(process_start`, still(perService(5400, 260000))},
	{`process_open_fds\{[^}]*\} / `, perService(0.21, 0.04)},
	{`process_open_fds`, perService(214, 44)},
	{`process_cpu_seconds`, perService(0.34, 0.12)},
	{`gomemlimit`, perService(0.41, 0.2)},
	{`process_resident`, perService(1.1e8, 4.4e7)},
	{`go_goroutines`, perService(61, 22)},
	{`go_memstats`, perService(4.1e7, 1.2e7)},
	{`go_gc_duration`, perService(0.0007, 0.0002)},
	// Models.
	{`ml_model_info`, versions(1)},
	{`ml_model_trained`, versions(7*86400, 86400)},
	{`ml_model_loaded`, versions(5400, 900)},
	{`ml_model_baseline`, each(versions(1), "metric", "f1", 0.83, "precision", 0.87, "recall", 0.8, "accuracy", 0.95)},
	{`class=`, versions(0.144, 0.41)},
	{`ml_predicted_class`, each(versions(1), "class", "legit", 0.86, "fraud", 0.14)},
	{`(?s)or 0 \* sum.*\(?rate\(ml_predictions`, versions(0.004, 0.011)},
	{`ml_feedback_total.* / `, versions(0.97)},
	{`by \([^)]*outcome`, each(versions(18, 1.9), "outcome", "ok", 0.99, "error", 0.004, "fallback", 0.002, "rejected", 0.004)},
	{`ml_predictions_total`, versions(18, 1.9)},
	{`ml_f1`, versions(0.81, 0.54)},
	{`ml_precision`, versions(0.86, 0.4)},
	{`ml_recall`, versions(0.79, 0.98)},
	{`ml_accuracy`, versions(0.949, 0.76)},
	{`ml_feature_psi`, each(versions(0.31)[:1], "feature", fakeFeatures...)},
	{`ml_feature_js`, each(versions(0.22)[:1], "feature", fakeFeatures...)},
	{`ml_feature_samples`, each(versions(2100)[:1], "feature", "amount", 1, "hour", 1, "merchant_category", 1, "distance_km", 1, "is_foreign", 1, "device_age_days", 1, "_score", 1)},
	{`ml_feature_bin_total`, fakeBins(2100, 0.4, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.3, 1.5, 1.7, 0.1)},
	{`ml_feature_reference|ml_feature:ratio`, fakeBins(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0)},
	{`ml_shadow`, versions(0.98)},
	{`ml_feedback_samples`, versions(2100, 210)},
	{`ALERTS\{.*area="ml"`, []fakeSeries{
		flat(1, "alertname", "FeatureDriftSevere", "severity", "warning", "model", "fraud", "version", "1.4.0", "feature", "amount"),
		flat(1, "alertname", "CanaryWorseThanPrimary", "severity", "warning", "model", "fraud", "version", "1.5.0", "variant", "canary"),
	}},
	{`ml_feature_values|ml_skew`, each(versions(0.002)[:1], "feature", fakeFeatures...)},
	{`ml_prediction_score_bucket`, cumulative(versions(600), "0.1", 0.76, "0.2", 0.8, "0.3", 0.82, "0.4", 0.84, "0.5", 0.855, "0.6", 0.87, "0.7", 0.885, "0.8", 0.9, "0.9", 0.92, "1.0", 1.0, "+Inf", 1.0)},
	{`by \([^)]*stage`, each(versions(0.02), "stage", "validate", 0.05, "feature_lookup", 0.4, "queue", 0.1, "predict", 0.4, "postprocess", 0.05)},
	{`ml_inference_queue_depth\S* / `, versions(0.18)},
	{`ml_inference_queue_depth`, perService(3, 0)[:1]},
	{`predicted, actual`, each(each(versions(500)[:1], "predicted", "legit", 0.86, "fraud", 0.14), "actual", "legit", 0.9, "fraud", 0.1)},
	{`ml_`, versions(0.5)},
	// Objectives.
	{`sloth_slo_info`, fakeObjectives(1, 1, 1)},
	{`slo:objective:ratio`, fakeObjectives(0.999, 0.99, 0.9995)},
	{`slo:error_budget:ratio`, fakeObjectives(0.001, 0.01, 0.0005)},
	{`slo:time_period`, fakeObjectives(30, 30, 30)},
	{`slo:period_error_budget_remaining`, fakeObjectives(0.42, 0.88, 0.97)},
	{`slo:current_burn_rate`, fakeObjectives(16.2, 0.8, 0.1)},
	{`slo:sli_error`, each(fakeObjectives(0.016, 0.008, 0.0001), "sloth_window", "5m", 1, "30m", 0.6, "1h", 0.4, "2h", 0.3, "6h", 0.2, "1d", 0.1, "3d", 0.05)},
	{`result="ok"`, []fakeSeries{flat(0.9991)}},
	{`business_active_users`, []fakeSeries{wavy(640)}},
	{`business_fraud_loss`, []fakeSeries{flat(310)}},
	{`business_false_decline`, []fakeSeries{flat(1250)}},
	{`business_transaction_amount`, []fakeSeries{flat(48200, "decision", "approve"), flat(6100, "decision", "decline")}},
	{`\[30d\]`, []fakeSeries{flat(0.9984)}},
	{`business_`, []fakeSeries{wavy(5120, "decision", "approve", "result", "ok")}},
	{`demo_chaos`, nil},
}

// fakeBins are the bins of two features: amount with these shares of n values in its
// deciles and of missing ones, hour as it was in training.
func fakeBins(n float64, shares ...float64) []fakeSeries {
	var out []fakeSeries
	for _, f := range []string{"amount", "hour"} {
		for i, share := range shares {
			s := versions(n * share / 10)[0]
			s.amp, s.labels = 0, maps.Clone(s.labels)
			s.labels["feature"], s.labels["bin"] = f, fmt.Sprintf("%02d", i+1)
			if i == len(shares)-1 {
				s.labels["bin"] = "missing"
			} else if f == "hour" {
				s.base = n / 10
			}
			out = append(out, s)
		}
	}
	return out
}

// fakeFiles are filesystems: one a host, and a read-only one.
func fakeFiles(values ...float64) []fakeSeries {
	var out []fakeSeries
	for i, v := range values {
		s := flat(v, "device", "/dev/nvme0n1p2", "mountpoint", "/", "fstype", "ext4")
		if i == 3 {
			s = flat(v, "device", "/dev/nvme1n1", "mountpoint", "/var", "fstype", "xfs")
		}
		if i == 4 {
			s = flat(v, "device", "/dev/sda1", "mountpoint", "/boot/efi", "fstype", "vfat")
		}
		maps.Copy(s.labels, fakeHosts[min(i, 3)])
		out = append(out, s)
	}
	return out
}

// fakeGPU is the only one, on web-1.
func fakeGPU(v float64) []fakeSeries {
	return []fakeSeries{flat(v, "instance", "web-1:9400", "gpu", "0", "UUID", "GPU-5fd4", "modelName", "NVIDIA A100-SXM4-80GB", "Hostname", "web-1")}
}

// fakeDisks are two a host.
func fakeDisks(values ...float64) []fakeSeries {
	return each(perHost(values...), "device", "nvme0n1", 1.0, "nvme1n1", 0.3)
}

// fakeObjectives are those of the two services.
func fakeObjectives(values ...float64) []fakeSeries {
	var out []fakeSeries
	for i, id := range []string{"fraud-scorer-availability", "fraud-scorer-latency", "feature-store-availability"} {
		service, slo := "fraud-scorer", strings.TrimPrefix(id, "fraud-scorer-")
		if i == 2 {
			service, slo = "feature-store", "availability"
		}
		out = append(out, wavy(values[i], "sloth_id", id, "sloth_service", service, "sloth_slo", slo, "sloth_objective", []string{"99.9", "99", "99.95"}[i], "service", service, "env", "demo", "sloth_mode", "console", "sloth_spec", "prometheus/v1", "sloth_version", "0.16"))
		out[i].amp = 0
	}
	return out
}

var (
	fakePatterns = map[string]*regexp.Regexp{}
	fakeMatcher  = regexp.MustCompile(`([a-zA-Z_]+)(=~|=|!=|!~)"((?:[^"\\]|\\.)*)"`)
	fakeBy       = regexp.MustCompile(`by \(([^)]*)\)`)
	fakeLegend   = regexp.MustCompile(`\{\{ *([a-zA-Z_.]+) *\}\}`)
)

// fakePattern is the compiled pattern; there are many queries and few patterns.
func fakePattern(s string) *regexp.Regexp {
	if fakePatterns[s] == nil {
		fakePatterns[s] = regexp.MustCompile(s)
	}
	return fakePatterns[s]
}

// answer answers every query type.
func (f fakeWorld) answer(q sources.Query, w sources.Window) (sources.Frame, error) {
	m := newManager()
	switch q := q.(type) {
	case sources.PromQL:
		if q.Span > 0 {
			w = w.Last(q.Span, 60)
		}
		return sources.Frame{Series: f.series(q.Expr, q.Legend, w.Start, w.End, w.Step)}, nil
	case sources.Instant:
		return sources.Frame{Series: f.series(q.Expr, q.Legend, w.End, w.End, time.Second)}, nil
	case sources.Targets:
		return sources.Frame{Targets: f.targets()}, nil
	case sources.LabelValues:
		if q.Label != "__name__" {
			return sources.Frame{Names: []string{"a", "b"}}, nil
		}
		common := []string{"go_gc_duration_seconds", "go_goroutines", "process_cpu_seconds_total", "process_open_fds", "up"}
		if strings.Contains(q.Match, "feature-store") {
			return sources.Frame{Names: append(common, "http_request_duration_seconds_bucket", "http_request_duration_seconds_count", "http_requests_in_flight", "http_requests_total")}, nil
		}
		return sources.Frame{Names: append(common, "http_server_request_duration_seconds", "http_server_request_duration_seconds_bucket", "http_server_request_duration_seconds_count", "ml_inference_queue_depth")}, nil
	case sources.LabelNames:
		if strings.Contains(q.Match, "feature-store") {
			return sources.Frame{Names: []string{"env", "instance", "job", "method", "route", "service", "status"}}, nil
		}
		return sources.Frame{Names: []string{"env", "http_request_method", "http_response_status_code", "http_route", "instance", "job", "service"}}, nil
	case sources.Exemplars:
		var out []sources.Exemplar
		for i := range 12 {
			out = append(out, sources.Exemplar{
				Series: fl("http_route", "/predict"), Labels: fl("trace_id", fmt.Sprintf("4bf92f3577b34da6a3ce929d0e0e47%02x", i)),
				Point: sources.Point{T: w.End.Add(time.Duration(i-12) * time.Minute).UnixMilli(), V: 0.02 * float64(i+1)},
			})
		}
		return sources.Frame{Exemplars: out}, nil
	case sources.MetricMetadata:
		return sources.Frame{Metadata: []sources.Metric{{Name: q.Name, Type: "gauge", Help: "A number."}}}, nil
	case sources.PrometheusStatus:
		return sources.Frame{Status: &sources.Status{Version: "3.16.0", Health: "ready", Time: w.End}}, nil
	case sources.AlertmanagerStatus:
		return sources.Frame{Status: &sources.Status{Version: "0.34.0", Health: "ready", Peers: []string{"one"}, Time: w.End}}, nil
	case sources.LogStatus:
		return sources.Frame{Status: &sources.Status{Version: "8.19.8", Health: "green", Time: w.End}}, nil
	case sources.Alerts:
		return sources.Frame{Alerts: m.alerts, Total: len(m.alerts)}, nil
	case sources.Silences:
		return sources.Frame{Silences: m.silences}, nil
	case sources.Rules:
		return sources.Frame{Rules: m.rules}, nil
	case sources.Groups:
		return sources.Frame{Groups: []sources.Group{{Labels: fl("service", "fraud-scorer"), Receiver: "console", Alerts: m.alerts}}}, nil
	case sources.Lines:
		logs := f.logs(w, q.Level)
		return sources.Frame{Logs: logs, Total: len(logs)}, nil
	case sources.Tail:
		logs := f.logs(w, q.Level)
		return sources.Frame{Logs: logs, Total: len(logs)}, nil
	case sources.Histogram:
		return sources.Frame{Series: f.volume(w, q.Buckets)}, nil
	case sources.Facet:
		var out []sources.Series
		for i, name := range []string{"fraud-scorer", "feature-store", "load"} {
			out = append(out, sources.Series{Legend: name, Labels: fl("value", name), Points: []sources.Point{{T: w.End.UnixMilli(), V: float64(900 / (i + 1))}}})
		}
		return sources.Frame{Series: out}, nil
	case sources.Fields:
		return sources.Frame{Metadata: []sources.Metric{{Name: "log.level", Type: "keyword"}, {Name: "message", Type: "text"}, {Name: "service.name", Type: "keyword"}}}, nil
	}
	return sources.Frame{}, nil
}

// series are the curves of the first rule that matches the expression: filtered by
// its matchers, summed up by its first grouping.
func (f fakeWorld) series(expr, legend string, start, end time.Time, step time.Duration) []sources.Series {
	for _, r := range slices.Concat(f.rules, fakeRules) {
		if !fakePattern(r.match).MatchString(expr) {
			continue
		}
		var kept []fakeSeries
		for _, s := range r.series {
			if fakeSelected(expr, s.labels) {
				kept = append(kept, s)
			}
		}
		return f.draw(grouped(expr, kept), legend, start, end, step)
	}
	return nil
}

// fakeSelected says whether the matchers of the expression leave the labels in:
// of several on one label, as in the parts of an "or", one has to.
func fakeSelected(expr string, labels map[string]string) bool {
	fits := map[string]bool{}
	for _, m := range fakeMatcher.FindAllStringSubmatch(expr, -1) {
		val, ok := labels[m[1]]
		if !ok || m[1] == "le" || m[1] == "__name__" || m[1] == "mode" || strings.Contains(m[3], "5..") {
			continue
		}
		switch m[2] {
		case "=":
			fits[m[1]] = fits[m[1]] || val == m[3]
		case "=~":
			fits[m[1]] = fits[m[1]] || fakePattern("^(?:"+strings.ReplaceAll(m[3], `\\`, `\`)+")$").MatchString(val)
		}
	}
	for _, ok := range fits {
		if !ok {
			return false
		}
	}
	return true
}

// grouped adds up what the first grouping of the expression makes one; a ratio or a
// duration is not added but averaged.
func grouped(expr string, list []fakeSeries) []fakeSeries {
	keep, all := []string{}, false
	if m := fakeBy.FindStringSubmatch(expr); m != nil {
		for _, l := range strings.Split(m[1], ",") {
			if l = strings.TrimSpace(l); l != "le" || !strings.Contains(expr, "quantile") {
				keep = append(keep, l)
			}
		}
	} else {
		all = !fakePattern(`^\(?(sum|max|min|avg|count|histogram_quantile|scalar|time\(\) - max)\b`).MatchString(expr)
	}
	if all || len(list) == 0 {
		return list
	}
	sum := !strings.Contains(expr, " / ") && !strings.Contains(expr, "quantile") && !strings.HasPrefix(expr, "max") && !strings.HasPrefix(expr, "avg") && !strings.HasPrefix(expr, "group")
	var out []fakeSeries
	n := map[string]int{}
	for _, s := range list {
		labels := map[string]string{}
		for _, l := range keep {
			if s.labels[l] != "" {
				labels[l] = s.labels[l]
			}
		}
		key := fmt.Sprint(labels)
		i := slices.IndexFunc(out, func(o fakeSeries) bool { return fmt.Sprint(o.labels) == key })
		if i < 0 {
			out = append(out, fakeSeries{labels, 0, s.amp})
			i = len(out) - 1
		}
		out[i].base += s.base
		n[key]++
	}
	if !sum {
		for i := range out {
			out[i].base /= float64(n[fmt.Sprint(out[i].labels)])
		}
	}
	return out
}

// draw makes points of curves.
func (f fakeWorld) draw(list []fakeSeries, legend string, start, end time.Time, step time.Duration) []sources.Series {
	var out []sources.Series
	for _, s := range list {
		labels := s.labels
		if f.wide {
			labels = maps.Clone(labels)
			for _, k := range []string{"nodename", "service", "job", "http_route", "route", "version", "sloth_slo", "mountpoint"} {
				if labels[k] != "" {
					labels[k] += "-数据库服务器-" + strings.Repeat("very-long-", 12)
				}
			}
		}
		series := sources.Series{Labels: labels, Legend: fakeLegend.ReplaceAllStringFunc(legend, func(m string) string {
			return labels[fakeLegend.FindStringSubmatch(m)[1]]
		})}
		if legend == "" {
			series.Legend = "{" + labelsOf(labels) + "}"
		}
		h := fnv.New32a()
		fmt.Fprint(h, labelsOf(s.labels))
		phase := float64(h.Sum32()%628) / 100
		for t := start; !t.After(end); t = t.Add(step) {
			wave := math.Sin(2*math.Pi*float64(t.Unix()%1800)/1800+phase) + 0.3*math.Sin(2*math.Pi*float64(t.Unix()%420)/420+2*phase)
			series.Points = append(series.Points, sources.Point{T: t.UnixMilli(), V: s.base * (1 + s.amp*wave)})
		}
		out = append(out, series)
	}
	slices.SortFunc(out, func(a, b sources.Series) int { return strings.Compare(a.Legend, b.Legend) })
	return out
}

// targets are all scraped endpoints, one of them down.
func (f fakeWorld) targets() []sources.Target {
	var out []sources.Target
	add := func(job, instance, health, why string) {
		out = append(out, sources.Target{Job: job, Instance: instance, Health: health, LastError: why, Interval: 5 * time.Second, URL: "http://" + instance + "/metrics"})
	}
	add("node", "127.0.0.1:9100", "up", "")
	add("hostsim", "127.0.0.1:9101", "up", "")
	add("fraud-scorer", "127.0.0.1:5000", "up", "")
	add("feature-store", "127.0.0.1:5001", "up", "")
	add("log-probe", "127.0.0.1:9102", "down", "connection refused")
	return out
}

// logs are lines of the window, one every seven seconds up to two hundred.
func (f fakeWorld) logs(w sources.Window, level string) []*sources.Log {
	kinds := []sources.Log{
		{Level: "info", Message: "scored transaction 4711 in 14 ms: legit", Service: "fraud-scorer"},
		{Level: "debug", Message: "feature cache hit for user 812", Service: "feature-store"},
		{Level: "info", Message: "POST /predict 200", Service: "fraud-scorer"},
		{Level: "warn", Message: "feature lookup took 310 ms", Service: "fraud-scorer"},
		{Level: "error", Message: "request failed: backend unavailable", Service: "fraud-scorer", ErrorType: "BackendUnavailable", Stack: "main.predict\n\tserve.go:71\nmain.main\n\tmain.go:12"},
	}
	var out []*sources.Log
	for i := range 200 {
		l := kinds[(i*i+i/3)%len(kinds)]
		if slices.Index(sources.Levels, l.Level) < slices.Index(sources.Levels, level) {
			continue
		}
		l.ID, l.Index = fmt.Sprintf("line-%d", i), "logs-mldemo-default"
		l.Time = w.End.Add(time.Duration(i-200) * 7 * time.Second)
		l.Host, l.TraceID = "bastion", fmt.Sprintf("4bf92f3577b34da6a3ce929d0e0e4%03x", i)
		if f.wide {
			l.Message += strings.Repeat(" 数据库", 60)
		}
		l.Raw = []byte(fmt.Sprintf(`{"@timestamp":%q,"message":%q,"log.level":%q,"service.name":%q,"trace.id":%q}`, l.Time.Format(time.RFC3339), l.Message, l.Level, l.Service, l.TraceID))
		out = append(out, &l)
	}
	return out
}

// volume counts lines by level.
func (f fakeWorld) volume(w sources.Window, n int) []sources.Series {
	if n == 0 {
		n = 60
	}
	var out []sources.Series
	for i, l := range []string{"debug", "info", "warn", "error"} {
		s := sources.Series{Legend: l, Labels: fl("level", l)}
		for k := range n {
			v := math.Round(float64([]int{40, 120, 8, 3}[i]) * (1 + 0.4*math.Sin(float64(k)/5)))
			s.Points = append(s.Points, sources.Point{T: w.Start.Add(w.Span() * time.Duration(k) / time.Duration(n)).UnixMilli(), V: v})
		}
		out = append(out, s)
	}
	return out
}

// fakeDown fails every query as a server does that is not there.
func fakeDown(q sources.Query, _ sources.Window) (sources.Frame, error) {
	return sources.Frame{}, &sources.Error{Source: q.Source(), Kind: sources.Unreachable, Err: errors.New("cannot connect to 127.0.0.1:9: connection refused")}
}

// fakeNothing answers every query with nothing.
func fakeNothing(sources.Query, sources.Window) (sources.Frame, error) { return sources.Frame{}, nil }
