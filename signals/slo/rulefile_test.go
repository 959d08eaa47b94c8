//go:build !race

package slo_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"firewatch/signals/slo"
)

// What is written is a rule file for Prometheus's own reader.
func TestRulesAreRules(t *testing.T) {
	native := strings.Replace(spec, "under: 1}", "under: 1, native: true}", 1)
	texts := []string{spec, native}
	for _, name := range stackFiles {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	for _, text := range texts {
		for _, p := range []slo.Profile{{}, {Scale: 12, Interval: 5 * time.Second, PeriodInterval: 30 * time.Second, Runbooks: "runbooks/"}} {
			var b bytes.Buffer
			if err := slo.WriteRules(&b, parsed(t, text).Rules(p)); err != nil {
				t.Fatal(err)
			}
			if _, errs := rulefmt.Parse(b.Bytes(), false, model.UTF8Validation, parser.NewParser(parser.Options{}), promslog.NewNopLogger()); len(errs) > 0 {
				t.Errorf("%v in\n%s", errs, b.String())
			}
		}
	}
}
