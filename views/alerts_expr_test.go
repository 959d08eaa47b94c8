package views

import "testing"

func TestCompared(t *testing.T) {
	for expr, want := range map[string]comparison{
		`up == 0`: {"up", "==", 0},
		`service:http_errors:ratio_rate1m > 0.05 and service:http_requests:rate1m > 0.5`: {"service:http_errors:ratio_rate1m", ">", 0.05},
		`a{x="> 5"} >= 1e3`:                          {`a{x="> 5"}`, ">=", 1000},
		`sum by (job) (rate(a{b!="c"}[5m])) / 2 < 3`: {`sum by (job) (rate(a{b!="c"}[5m])) / 2`, "<", 3},
		"5 < a":               {"a", ">", 5},
		"a > -1.5":            {"a", ">", -1.5},
		"a > 1 unless b":      {"a", ">", 1},
		"a > 1 AND b":         {"a", ">", 1},
		"a{x='it\\'s >'} > 1": {"a{x='it\\'s >'}", ">", 1},
		"(a > 2) + b > 4":     {"(a > 2) + b", ">", 4},
		"a - 5m > 1":          {"a - 5m", ">", 1},
		"band > 3":            {"band", ">", 3},
		"a > .5":              {"a", ">", 0.5},
		`{"odd.name"} != 0`:   {`{"odd.name"}`, "!=", 0},
	} {
		got, ok := compared(expr)
		if !ok || got != want {
			t.Errorf("%s: %+v %v, want %+v", expr, got, ok, want)
		}
	}
	for _, expr := range []string{
		"", "up", "a > b", "a > 1 or b > 2", "a > 1 and b or c", "a > bool 1", "a > 1 < 5", "a > 1 + b", "a > 1 * 2", "1 > 2", "(a > 1)", "a > 1h",
		"a > 1 # b", "a > (1", "a) > 1", `a{x="} > 1`, "a =~ 1", "a = 1", "> 1", "and > 1", "a > on(x) 1", "a > 1 and (b", "vector(1)", "a > 0x1F", "a > Inf",
	} {
		if got, ok := compared(expr); ok {
			t.Errorf("%s is taken apart as %+v", expr, got)
		}
	}
}

func FuzzCompared(f *testing.F) {
	f.Add(`a{x="> 5"} >= 1e3 and b`)
	f.Fuzz(func(t *testing.T, expr string) {
		if c, ok := compared(expr); ok && (c.Left == "" || mirrored[c.Op] == "") {
			t.Errorf("%q: %+v", expr, c)
		}
	})
}

func TestUnitOf(t *testing.T) {
	for expr, want := range map[string]string{
		"service:http_errors:ratio_rate1m": "ratio", "service:http_latency_seconds:p95_rate1m": "seconds", "node_memory_free_bytes{a=\"b\"}": "bytes",
		"rate(http_seconds_total[1m])": "number", "http_request_duration_seconds_count": "number", "up": "number", "": "number",
	} {
		if got := unitOf(expr); string(got) != want {
			t.Errorf("%s: %s, want %s", expr, got, want)
		}
	}
}

func FuzzAlertFilter(f *testing.F) {
	for _, s := range []string{"severity=critical !@silenced", `{a="b"} -word`, "!", `"x"=~"(`} {
		f.Add(s)
	}
	row := newAlertRow()
	f.Fuzz(func(_ *testing.T, text string) {
		if filter, err := parseAlertFilter(text); err == nil {
			filter.match(row, "dana")
		}
	})
}

func newAlertRow() *alertRow {
	a := newManager().alerts[2]
	return &alertRow{id: "x", alert: &a}
}
