//go:build !race

package slo_test

import (
	"bytes"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"firewatch/signals/slo"
)

// Whatever the format, what is written is a rule file for Prometheus's own reader.
func TestDefinitionsAreRules(t *testing.T) {
	for _, name := range []string{
		"testdata/openslo.yaml", "testdata/openslo-more.yaml", "testdata/sloth.yaml", "testdata/sloth-more.yaml", "testdata/pyrra.yaml", "testdata/pyrra-more.yaml",
	} {
		all, err := slo.ReadFiles(filesOf(t, name))
		if err != nil {
			t.Fatal(err)
		}
		groups, err := slo.RulesOf(all, slo.Profile{})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := slo.WriteRules(&b, groups); err != nil {
			t.Fatal(err)
		}
		if _, errs := rulefmt.Parse(b.Bytes(), false, model.UTF8Validation, parser.NewParser(parser.Options{}), promslog.NewNopLogger()); len(errs) > 0 {
			t.Errorf("%s: %v in\n%s", name, errs, b.String())
		}
	}
}
