package views

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/signals/drift"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/theme"
	"firewatch/ui/uitest"
)

// loadedLately has the canary loaded twenty minutes ago, for the markers, and the
// primary longer than that.
var loadedLately = fakeRule{`^max by \(model, version, variant\) \(ml_model_loaded`, []fakeSeries{
	flat(float64(uitest.Start.Add(-90*time.Minute).Unix()), "model", "fraud", "version", "1.4.0", "variant", "primary"),
	flat(float64(uitest.Start.Add(-20*time.Minute).Unix()), "model", "fraud", "version", "1.5.0", "variant", "canary"),
}}

func startModels(t *testing.T, cfg uitest.Config, rules ...fakeRule) *uitest.Shell {
	t.Helper()
	cfg.Views = All()
	cfg.Shell.Open = "models"
	if cfg.Answer == nil {
		cfg.Answer = fakeWorld{rules: append(rules, loadedLately)}.answer
	}
	s := uitest.New(t, cfg)
	s.Advance(time.Second)
	return s
}

// asks says whether one of the queries has all of the texts.
func asks(asked []sources.Query, texts ...string) bool {
	return slices.ContainsFunc(asked, func(q sources.Query) bool {
		for _, t := range texts {
			if !strings.Contains(q.String(), t) {
				return false
			}
		}
		return true
	})
}

// lineOf is the frame's first line with the text.
func lineOf(frame, text string) string {
	for l := range strings.SplitSeq(frame, "\n") {
		if strings.Contains(l, text) {
			return l
		}
	}
	return ""
}

func TestModelsFrames(t *testing.T) {
	for _, size := range fakeSizes {
		cfg := func() uitest.Config { return uitest.Config{W: size[0], H: size[1]} }
		golden := func(what string, keys ...string) {
			name := fmt.Sprintf("models-%s-%dx%d", what, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				s := startModels(t, cfg())
				s.Press(keys...)
				s.Advance(time.Second)
				uitest.Golden(t, name, s.Frame())
			})
		}
		golden("version", "enter")
		golden("page2", "enter", "l")
		golden("canary", "j", "enter")
		golden("feature", "enter", "enter")
	}
}

func TestModelOpens(t *testing.T) {
	s := startModels(t, uitest.Config{W: 200, H: 60})
	s.Press("j")
	s.Asked()
	s.Press("enter")
	s.Advance(time.Second)
	asked := s.Asked()
	for _, metric := range []string{
		"ml_predictions_total", "ml_inference_duration_seconds_bucket", "ml_prediction_score_bucket", "ml_prediction_confidence_bucket",
		"ml_feature_bin_total", "ml_feedback_total", "model:ml_f1:ratio2m",
	} {
		if !asks(asked, metric, `model="fraud"`, `version="1.5.0"`, `variant="canary"`) {
			t.Errorf("%s was not asked of the version that was opened", metric)
		}
	}
	for _, metric := range []string{"ml_feature_reference_ratio", "ml_model_baseline_ratio"} {
		if !asks(asked, metric, `model="fraud",version="1.5.0"`) || asks(asked, metric, "variant=") {
			t.Errorf("%s has no variant, and was asked with one or not at all", metric)
		}
	}
	if !asks(asked, "ml_inference_stage_duration_seconds", `model="fraud",variant="canary"`) || asks(asked, "ml_inference_stage_duration_seconds", "version=") {
		t.Error("stages have no version")
	}
	if asks(asked, `version="1.4.0"`) {
		t.Error("something was asked of another version")
	}
	s.Press("esc")
	if f := s.Frame(); !strings.Contains(f, "worst first") {
		t.Errorf("esc does not lead back to the list:\n%s", f)
	}
	s.Press("enter")
	if f := s.Frame(); !strings.Contains(f, "fraud 1.5.0 canary") {
		t.Errorf("the cursor did not stay on the version that was open:\n%s", f)
	}
}

func TestModelsOrderAndFilter(t *testing.T) {
	s := startModels(t, uitest.Config{})
	if f := s.Frame(); strings.Index(f, "fraud 1.4.0") > strings.Index(f, "fraud 1.5.0") {
		t.Errorf("the primary that drifts is not first:\n%s", f)
	}
	// With errors beyond the limit the canary is worse.
	s = startModels(t, uitest.Config{}, fakeRule{`(?s)or 0 \* sum.*rate\(ml_predictions`, versions(0.001, 0.4)}, fakeRule{`ml_feature_psi`, nil})
	f := s.Frame()
	if strings.Index(f, "fraud 1.5.0") > strings.Index(f, "fraud 1.4.0") || !strings.Contains(lineOf(f, "fraud 1.5.0"), "✗ errors") {
		t.Errorf("the canary that fails is not first:\n%s", f)
	}
	s.Press("/")
	s.Type("canary")
	s.Press("enter")
	if f := s.Frame(); strings.Contains(f, "fraud 1.4.0") || !strings.Contains(f, "1 of 2") {
		t.Errorf("the filter leaves others in:\n%s", f)
	}
	s.Press("esc")
	if f := s.Frame(); !strings.Contains(f, "fraud 1.4.0") {
		t.Errorf("esc does not take the filter away:\n%s", f)
	}
}

// TestModelsMissing takes the answer to every query away in turn, or makes it NaN or
// an error: the rows stay, and nothing that is no number is shown as one.
func TestModelsMissing(t *testing.T) {
	whole := fakeWorld{rules: []fakeRule{loadedLately}}
	s := startModels(t, uitest.Config{W: 200})
	s.Press("enter")
	s.Advance(time.Second)
	var queries []sources.Query
	for _, q := range s.Asked() {
		if q.Source() == "prometheus" && !slices.Contains(queries, q) {
			queries = append(queries, q)
		}
	}
	if len(queries) < 30 {
		t.Fatalf("only %d queries", len(queries))
	}
	for _, gone := range queries {
		for what, spoil := range map[string]func(sources.Frame) (sources.Frame, error){
			"empty": func(sources.Frame) (sources.Frame, error) { return sources.Frame{}, nil },
			"NaN": func(f sources.Frame) (sources.Frame, error) {
				for i := range f.Series {
					for k := range f.Series[i].Points {
						f.Series[i].Points[k].V = math.NaN()
					}
				}
				return f, nil
			},
			"bare": func(f sources.Frame) (sources.Frame, error) {
				for i := range f.Series {
					f.Series[i].Labels, f.Series[i].Points = nil, nil
				}
				return f, nil
			},
			"refused": func(sources.Frame) (sources.Frame, error) {
				return sources.Frame{}, &sources.Error{Source: gone.Source(), Kind: sources.BadQuery, Err: errors.New("too many samples")}
			},
		} {
			s := startModels(t, uitest.Config{Answer: func(q sources.Query, w sources.Window) (sources.Frame, error) {
				f, err := whole.answer(q, w)
				if q == gone {
					return spoil(f)
				}
				return f, err
			}})
			f := s.Frame()
			if !strings.Contains(gone.String(), "ml_model_info") && !strings.Contains(f, "fraud 1.4.0") {
				t.Errorf("%s, %s: the version is gone:\n%s", what, gone, f)
			}
			s.Press("enter")
			s.Advance(time.Second)
			f += s.Frame()
			if strings.Contains(gone.String(), "ml_feature") {
				s.Press("enter")
				s.Advance(time.Second)
				f += s.Frame()
			}
			if strings.Contains(f, "NaN") || strings.Contains(f, "Inf") {
				t.Errorf("%s, %s: no number is shown as one:\n%s", what, gone, f)
			}
		}
	}
}

// point is a series of one value.
func point(v float64, pairs ...string) sources.Series {
	return sources.Series{Labels: fl(pairs...), Points: []sources.Point{{V: v}}}
}

func frameOf(list ...sources.Series) sources.Frame { return sources.Frame{Series: list} }

// listAnswers are answers to the list's queries, those with the IDs given and empty ones.
func listAnswers(byID map[string]sources.Frame) []sources.Frame {
	var out []sources.Frame
	for _, id := range slices.Concat(modelColumns, []string{"ml.list.rate"}, modelExtras, []string{"ml.baseline", "alerts"}) {
		out = append(out, byID[id])
	}
	return out
}

func TestServedIn(t *testing.T) {
	a, b, c := []string{"model", "fraud", "version", "1", "variant", "primary"}, []string{"model", "fraud", "version", "2", "variant", "canary"}, []string{"model", "fraud", "version", "3", "variant", "shadow"}
	churn := []string{"model", "churn", "version", "1", "variant", "primary"}
	feature := func(v float64, version, name string) sources.Series {
		return point(v, "model", "fraud", "version", version, "feature", name)
	}
	list := servedIn(listAnswers(map[string]sources.Frame{
		"ml.models":      frameOf(point(1, a...), point(1, b...), point(1, c...), point(1, churn...)),
		"ml.list.rate":   frameOf(point(18, a...), point(2, b...), point(5, c...), point(math.NaN(), churn...), point(9, "model", "gone", "version", "1", "variant", "primary")),
		"ml.f1":          frameOf(point(0.70, a...), point(0.75, b...), point(math.NaN(), c...)),
		"ml.list.labels": frameOf(point(500, a...), point(99, b...)),
		"ml.psi":         frameOf(feature(0.31, "1", "amount"), feature(3, "1", "hour"), feature(0.2, "1", "_score"), feature(0.3, "3", "amount")),
		"ml.samples":     frameOf(feature(2000, "1", "amount"), feature(20, "1", "hour"), feature(2000, "1", "_score"), feature(0, "3", "amount")),
		"ml.invalid":     frameOf(point(0.001, "model", "fraud", "feature", "a"), point(0.02, "model", "fraud", "feature", "b"), point(0.3, "model", "other", "feature", "b")),
		"ml.list.delay":  frameOf(point(8, "model", "fraud")),
		"ml.baseline":    frameOf(point(0.83, "model", "fraud", "version", "1", "metric", "f1"), point(0.84, "model", "fraud", "version", "2", "metric", "f1")),
		"alerts": frameOf(
			point(1, "alertname", "ModelQualityDrop", "severity", "critical", "model", "fraud", "version", "1", "variant", "primary"),
			point(1, "alertname", "FeatureMissingRateHigh", "severity", "warning", "model", "fraud", "feature", "b"),
			point(1, "alertname", "NoPredictions", "severity", "critical"),
		),
	}))
	if len(list) != 4 {
		t.Fatalf("%d rows", len(list))
	}
	primary, canary, shadow, other := list[0], list[1], list[2], list[3]
	if primary.share != 0.9 || canary.share != 0.1 || shadow.share != 0.25 || other.share == other.share {
		t.Errorf("shares %v %v %v %v", primary.share, canary.share, shadow.share, other.share)
	}
	if f, ok := primary.worstFeature(); !ok || f.name != "amount" {
		t.Errorf("the worst feature is %v: one with few values does not count", f)
	}
	if len(shadow.features) != 0 || len(canary.features) != 0 {
		t.Error("what is recorded of the primary is shown for others")
	}
	if loss, ok := primary.loss(); !ok || math.Abs(loss+0.13) > 1e-9 || primary.lossLevel() != theme.Crit {
		t.Errorf("loss %v", loss)
	}
	if _, ok := canary.loss(); ok || canary.f1Cell().Text != "n<100" || canary.lossCell().Text != "–" {
		t.Error("99 labels are taken for enough")
	}
	if v, ok := canary.get("ml.invalid"); !ok || v != 0.02 {
		t.Errorf("invalid %v", v)
	}
	if _, ok := shadow.get("ml.invalid"); ok || len(shadow.alerts) != 0 {
		t.Error("what is said of the model is said of its shadow")
	}
	if len(primary.alerts) != 2 || len(canary.alerts) != 1 || len(other.alerts) != 0 {
		t.Errorf("%d, %d and %d alerts", len(primary.alerts), len(canary.alerts), len(other.alerts))
	}
	for m, want := range map[*served]string{primary: "quality", canary: "bad values", shadow: "ok", other: "no data"} {
		if word, _ := m.state(); word != want {
			t.Errorf("%s is %q, want %q", m.title(), word, want)
		}
	}
	if list := servedIn(nil); len(list) != 0 {
		t.Errorf("%d rows from nothing", len(list))
	}
}

// TestModelState names the cause nearest to harm among those of one level.
func TestModelState(t *testing.T) {
	alert := modelAlert{name: "CanaryWorseThanPrimary", level: theme.Warn}
	for want, values := range map[string]map[string]float64{
		"canary worse than primary": {"ml.list.confidence": 0.12, "ml.age": 40 * 86400},
		"errors":                    {"ml.list.errors": 0.02, "ml.list.confidence": 0.12},
		"unsure":                    {"ml.list.confidence": 0.3},
		"idle":                      {"ml.list.rate": 0.01, "ml.list.confidence": 0.12},
		"quality":                   {"ml.f1": 0.5, "ml.baseline": 0.8, "ml.list.labels": 1000, "ml.list.errors": 0.5},
	} {
		m := &served{row: &row{labels: fl("variant", "primary"), values: values}, alerts: []modelAlert{alert}}
		if _, ok := values["ml.list.rate"]; !ok {
			values["ml.list.rate"] = 20
		}
		if got, _ := m.state(); got != want {
			t.Errorf("%v is %q, want %q", values, got, want)
		}
	}
}

func TestModelSays(t *testing.T) {
	make := func(psi, score, f1, invalid, loaded float64) *served {
		v := []string{"model", "m", "version", "1", "variant", "primary"}
		list := servedIn(listAnswers(map[string]sources.Frame{
			"ml.models": frameOf(point(1, v...)), "ml.list.rate": frameOf(point(20, v...)), "ml.f1": frameOf(point(f1, v...)), "ml.list.labels": frameOf(point(2000, v...)),
			"ml.deployed": frameOf(point(loaded, v...)), "ml.baseline": frameOf(point(0.8, "model", "m", "version", "1")),
			"ml.psi":     frameOf(point(psi, "model", "m", "version", "1", "feature", "a"), point(score, "model", "m", "version", "1", "feature", "_score")),
			"ml.samples": frameOf(point(2000, "model", "m", "version", "1", "feature", "a"), point(2000, "model", "m", "version", "1", "feature", "_score")),
			"ml.invalid": frameOf(point(invalid, "model", "m", "feature", "a")),
		}))
		return list[0]
	}
	const long = 86400
	for name, tc := range map[string]struct {
		m    *served
		want string
	}{
		"all well":                     {make(0.01, 0.01, 0.8, 0, long), "as in training"},
		"inputs":                       {make(0.4, 0.3, 0.8, 0, long), "covariate drift"},
		"quality":                      {make(0.01, 0.01, 0.6, 0, long), "concept drift"},
		"both after a load":            {make(0.4, 0.3, 0.6, 0, 60), "deployment"},
		"broken upstream":              {make(0.4, 0.3, 0.6, 0.2, long), "upstream"},
		"between the limits":           {make(0.2, 0.01, 0.8, 0, long), ""},
		"a loss between the limits":    {make(0.4, 0.01, 0.74, 0, long), ""},
		"nobody counts invalid values": {make(0.01, 0.01, 0.8, math.NaN(), long), ""},
	} {
		if got := tc.m.says(); tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func TestFeaturesIn(t *testing.T) {
	m := &served{row: &row{labels: fl("model", "m", "version", "1", "variant", "primary")}}
	var live, trained []sources.Series
	bin := func(f, name string, n, share float64) {
		live = append(live, point(n, "feature", f, "bin", name))
		trained = append(trained, point(share, "feature", f, "bin", name))
	}
	// As a server may send them: in no order, ten behind one.
	for _, i := range []int{10, 1, 2, 3, 9, 8, 4, 7, 5, 6} {
		bin("amount", fmt.Sprint(i), float64(100*i), 0.1)
	}
	bin("kind", "a", 300, 0.5)
	bin("kind", "b", 100, 0.5)
	bin("rare", "1", 3, 0.5)
	bin("rare", "2", 7, 0.5)
	live = append(live, point(math.NaN(), "feature", "rare", "bin", "3"))
	trained = append(trained, point(0.5, "feature", "idle", "bin", "1"))
	list := m.featuresIn([]sources.Frame{
		frameOf(live...), frameOf(trained...),
		frameOf(point(0.01, "model", "m", "version", "1", "feature", "idle"), point(9, "model", "m", "version", "2", "feature", "amount")),
		frameOf(point(5000, "model", "m", "version", "1", "feature", "idle")),
		frameOf(point(0.02, "model", "m", "feature", "amount"), point(0.5, "model", "x", "feature", "kind")), {},
	})
	if got := strings.Join(featureNames(list), " "); got != "amount kind idle rare" {
		t.Errorf("order %s: those that moved first, then those that are known to be well, then those that nobody knows", got)
	}
	byName := map[string]*feature{}
	for _, f := range list {
		byName[f.name] = f
	}
	amount := byName["amount"]
	want, err := drift.Compare([]float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
	if err != nil || math.Abs(amount.PSI-want.PSI) > 1e-9 || math.Abs(amount.KS-want.KS) > 1e-9 || amount.samples != 5500 || !amount.enough {
		t.Errorf("amount: %+v, want %+v", amount, want)
	}
	if amount.bins[9].Name != "10" || amount.invalid != 0.02 || amount.skew == amount.skew || amount.recorded.psi == amount.recorded.psi {
		t.Errorf("amount: %+v", amount)
	}
	if k := byName["kind"]; k.KS == k.KS || !k.enough || k.invalid == k.invalid {
		t.Errorf("a category has an order: %+v", k)
	}
	if r := byName["rare"]; r.enough || r.level() != theme.None || r.cells()[6].Text != "10 few" || r.word() != "too few values to say" {
		t.Errorf("ten values are taken for enough: %+v", r)
	}
	if i := byName["idle"]; i.PSI == i.PSI || i.enough || i.level() != theme.Good {
		t.Errorf("a feature without live values: %+v", i)
	}
}

// TestDriftSpan counts the bins over a stretch that suits the rate.
func TestDriftSpan(t *testing.T) {
	v := &models{}
	env := &ui.Env{Window: sources.Window{Start: uitest.Start.Add(-3 * time.Hour), End: uitest.Start, Step: time.Minute}}
	for _, tc := range []struct {
		rates []float64
		want  time.Duration
	}{
		{[]float64{20, math.NaN(), 20}, 5 * time.Minute},
		{[]float64{2}, 15 * time.Minute},
		{append(make([]float64, 50), 20, 20, 20, 20, 20, 20, 20, 20, 20, 20), 5 * time.Minute},
		{[]float64{0.5}, time.Hour},
		{[]float64{0.01}, 3 * time.Hour},
		{nil, 3 * time.Hour},
	} {
		m := &served{row: &row{courses: map[string][]float64{"ml.list.rate": tc.rates}}}
		if got := v.driftSpan(env, m); got != tc.want {
			t.Errorf("rates %v: %s, want %s", tc.rates, got, tc.want)
		}
	}
}

func TestModelKeys(t *testing.T) {
	for _, tc := range []struct{ key, tab, want string }{
		{"L", "logs", `ml.model.name:"fraud"`},
		{"A", "alerts", `model="fraud"`},
		{"B", "slo", "fraud-scorer"},
	} {
		s := startModels(t, uitest.Config{})
		s.Press("enter", tc.key)
		s.Advance(time.Second)
		if f := s.Frame(); !strings.Contains(f, tc.want) {
			t.Errorf("%s does not open %s at %s:\n%s", tc.key, tc.tab, tc.want, f)
		}
	}
	s := startModels(t, uitest.Config{W: 200, H: 60})
	s.Press("enter")
	s.Advance(time.Second)
	asked := s.Asked()
	if !asks(asked, "ml_feature_bin_total", "[300s]") || asks(asked, "ml_feature_bin_total", "[3600s]") {
		t.Error("drift is not of late")
	}
	s.Press("w")
	s.Advance(time.Second)
	if !asks(s.Asked(), "ml_feature_bin_total", "[3600s]") || !strings.Contains(s.Frame(), "over 1h ") {
		t.Error("w does not count over the whole window")
	}
	s.Press("w", "j", "enter")
	s.Advance(time.Second)
	if f := s.Frame(); !strings.Contains(f, "fraud 1.4.0 hour") {
		t.Errorf("enter does not open the feature under the cursor:\n%s", f)
	}
	if !asks(s.Asked(), "ml_feature_psi", `feature="hour"`) {
		t.Error("its index was not asked for")
	}
	s.Press("L")
	s.Advance(time.Second)
	if f := s.Frame(); !strings.Contains(f, `labels.feature:"hour"`) {
		t.Errorf("L does not open the logs of the feature:\n%s", f)
	}
}

func TestModelBack(t *testing.T) {
	s := startModels(t, uitest.Config{})
	s.Press("enter", "enter")
	s.Advance(time.Second)
	for _, want := range []string{"page 1 of", "2 · worst first"} {
		s.Press("esc")
		if f := s.Frame(); !strings.Contains(f, want) {
			t.Errorf("no %q after esc:\n%s", want, f)
		}
	}
}

// TestModelFromOutside opens versions by words, before the list was ever seen.
func TestModelFromOutside(t *testing.T) {
	for arg, want := range map[string]string{
		"fraud":                             "fraud 1.4.0 primary",
		"fraud 1.5.0":                       "fraud 1.5.0 canary",
		"fraud 1.5.0 canary":                "fraud 1.5.0 canary",
		"model=fraud variant=canary":        "fraud 1.5.0 canary",
		"fraud feature=amount":              "fraud 1.4.0 amount",
		"fraud 9.9":                         "no model fraud 9.9",
		"fraud feature=height":              "no feature height is counted for fraud 1.4.0",
		"feature=amount":                    "a feature is one of a model",
		"fraud 1.4.0 primary and much more": "fraud 1.4.0 primary",
	} {
		s := startModels(t, uitest.Config{Hold: func(q sources.Query) bool { return strings.Contains(q.String(), "ml_") }})
		s.Press(":")
		s.Type("models " + arg)
		s.Press("enter")
		f := s.Frame()
		s.Hold(nil)
		s.Release()
		s.Advance(time.Minute)
		if f += s.Frame(); !strings.Contains(f, want) {
			t.Errorf("%q: no %q in:\n%s", arg, want, f)
		}
	}
}

func TestModelBadge(t *testing.T) {
	s := startModels(t, uitest.Config{})
	if f := lineOf(s.Frame(), "models"); !strings.Contains(f, "models ▲1") {
		t.Errorf("two alerts about one model: %q", f)
	}
	s = startModels(t, uitest.Config{}, fakeRule{`ALERTS\{.*area="ml"`, []fakeSeries{
		flat(1, "alertname", "ModelStale", "severity", "info", "model", "a"),
	}})
	if f := lineOf(s.Frame(), "models"); !strings.Contains(f, "3 models  4 slo") {
		t.Errorf("what is merely worth knowing has a badge: %q", f)
	}
	s = startModels(t, uitest.Config{}, fakeRule{`ALERTS\{.*area="ml"`, []fakeSeries{
		flat(1, "alertname", "ModelQualityDrop", "severity", "critical", "model", "a"), flat(1, "alertname", "PredictionDrift", "severity", "warning", "model", "b"),
	}})
	if f := lineOf(s.Frame(), "models"); !strings.Contains(f, "models ✗2") {
		t.Errorf("two models: %q", f)
	}
}
