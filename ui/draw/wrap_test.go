package draw

import (
	"strings"
	"testing"
)

func TestWrapLosesNothing(t *testing.T) {
	blank := strings.NewReplacer(" ", "")
	for _, s := range []string{
		`1 - avg by (instance, env) (sum by (instance, env, cpu) (rate(node_cpu_seconds_total{mode=~"idle|iowait|steal"}[30s]))) > 0.8`,
		`alertname="SLOErrorBudgetBurn", area="slo", sloth_id="fraud-scorer-availability"`,
		"http://127.0.0.1:9090/graph?g0.expr=1+-+avg+by+%28instance%2C+env%29&g0.tab=1",
		strings.Repeat("a,", 200), strings.Repeat("日本,語 ", 40),
	} {
		for w := 2; w < 90; w++ {
			lines := Wrap(s, w)
			if got := strings.Join(lines, ""); blank.Replace(got) != blank.Replace(s) {
				t.Errorf("in %d cells %q becomes %q", w, s, lines)
			}
			for _, l := range lines {
				if Width(l) > w {
					t.Errorf("in %d cells there is a line of %d: %q", w, Width(l), l)
				}
			}
		}
	}
}
