package service

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"firewatch/demo/service/fraud"
)

var (
	outcomes   = []string{"ok", "error", "fallback", "rejected"}
	classes    = []string{"legit", "fraud"} // index 1 is fraud
	stages     = []string{"validate", "feature_lookup", "queue", "predict", "postprocess"}
	valueState = []string{"ok", "missing", "out_of_range", "bad_type", "unseen_category"}
)

const (
	ok = iota
	failed
	fallback // the model, with features it had to assume
	rejected
	unasked // no model at all: counted nowhere but in the business
)

const (
	valueOK = iota
	valueMissing
	valueOutOfRange
	valueBadType
	valueUnseen
)

// mlMetrics is the metric contract of a served model. A series exists from the
// moment its model is loaded.
type mlMetrics struct {
	info, trained, loaded, baseline, reference *prometheus.GaugeVec
	predictions, class, bin, feedback, squared *prometheus.CounterVec
	inference, score, confidence, batch        *prometheus.HistogramVec
	stage                                      *prometheus.HistogramVec
	capacity                                   prometheus.Gauge
	wait, delay                                prometheus.Observer
	values                                     [][]prometheus.Counter        // by feature and state
	skew                                       [][2]prometheus.Counter       // by feature; mismatch, match
	agree                                      [2]prometheus.Counter         // false, true
	transactions, amount                       map[string]prometheus.Counter // by decision; transactions "/ok" or "/error" behind it
	loss, declined                             prometheus.Counter
}

// modelSeries are the series of one loaded model, looked up once.
type modelSeries struct {
	outcome    []prometheus.Counter
	class      [2]prometheus.Counter
	bins       [][]prometheus.Counter
	feedback   [2][2]prometheus.Counter // [predicted][actual]
	squared    prometheus.Counter
	inference  prometheus.Observer
	score      prometheus.Observer
	confidence prometheus.Observer
	batch      prometheus.Observer
	stages     []prometheus.Observer // in the order of stages; versions share them
}

var modelLabels = []string{"model", "version", "variant"}

func with(more ...string) []string { return append(append([]string{}, modelLabels...), more...) }

func newMLMetrics(reg prometheus.Registerer) *mlMetrics {
	gauge := func(name, help string, labels []string) *prometheus.GaugeVec {
		v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
		reg.MustRegister(v)
		return v
	}
	counter := func(name, help string, labels []string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
		reg.MustRegister(v)
		return v
	}
	histogram := func(name, help string, buckets []float64, labels []string) *prometheus.HistogramVec {
		v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
		reg.MustRegister(v)
		return v
	}
	only := []string{"model"}
	quick := []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}
	m := &mlMetrics{
		info:        gauge("ml_model_info", "Constant 1 for every loaded model.", with("framework", "stage")),
		trained:     gauge("ml_model_trained_timestamp_seconds", "When the model was trained.", modelLabels),
		loaded:      gauge("ml_model_loaded_timestamp_seconds", "When the model was loaded.", modelLabels),
		baseline:    gauge("ml_model_baseline_ratio", "Offline evaluation of the version.", []string{"model", "version", "metric"}),
		reference:   gauge("ml_feature_reference_ratio", "Share of a bin in the training set.", []string{"model", "version", "feature", "bin"}),
		predictions: counter("ml_predictions_total", "Items scored, by outcome.", with("outcome")),
		class:       counter("ml_predicted_class_total", "Decisions.", with("class")),
		bin:         counter("ml_feature_bin_total", "Live values by training bin.", with("feature", "bin")),
		feedback:    counter("ml_feedback_total", "Confusion cells, counted when the label arrives.", with("predicted", "actual")),
		squared:     counter("ml_feedback_squared_error_total", "Sum of squared differences of score and label.", modelLabels),
		inference:   histogram("ml_inference_duration_seconds", "Time in the model.", quick, modelLabels),
		score:       histogram("ml_prediction_score", "Scores.", []float64{.1, .2, .3, .4, .5, .6, .7, .8, .9, 1}, modelLabels),
		confidence:  histogram("ml_prediction_confidence", "Probability of the more likely class.", []float64{.5, .6, .7, .8, .9, .95, 1}, modelLabels),
		batch:       histogram("ml_inference_batch_size", "Items per call of the model.", []float64{1, 2, 4, 8, 16, 32}, modelLabels),
		stage:       histogram("ml_inference_stage_duration_seconds", "Time per stage of a request.", quick, []string{"model", "variant", "stage"}),
		capacity:    gauge("ml_inference_queue_capacity", "Requests that may wait for a worker.", only).WithLabelValues(fraud.Name),
		wait:        histogram("ml_inference_queue_wait_seconds", "Time waiting for a worker.", quick, only).WithLabelValues(fraud.Name),
		delay:       histogram("ml_feedback_delay_seconds", "Time from a prediction to its label.", []float64{1, 2.5, 5, 10, 15, 20, 30, 45, 60}, only).WithLabelValues(fraud.Name),
	}
	values := counter("ml_feature_values_total", "Feature values by state.", []string{"model", "feature", "status"})
	skew := counter("ml_skew_checks_total", "Sampled recomputations by the training transform.", []string{"model", "feature", "result"})
	for _, f := range fraud.Names[:len(fraud.Names)-1] {
		states := make([]prometheus.Counter, len(valueState))
		for i, s := range valueState {
			states[i] = values.WithLabelValues(fraud.Name, f, s)
		}
		m.values = append(m.values, states)
		m.skew = append(m.skew, [2]prometheus.Counter{
			skew.WithLabelValues(fraud.Name, f, "mismatch"), skew.WithLabelValues(fraud.Name, f, "match"),
		})
	}
	agree := counter("ml_shadow_comparisons_total", "Shadow decisions compared with the primary's.", []string{"model", "agree"})
	m.agree = [2]prometheus.Counter{agree.WithLabelValues(fraud.Name, "false"), agree.WithLabelValues(fraud.Name, "true")}
	m.business(reg)
	return m
}

func (m *mlMetrics) business(reg prometheus.Registerer) {
	transactions := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "business_transactions_total", Help: "Transactions decided.",
	}, []string{"decision", "result"})
	amount := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "business_transaction_amount_euros_total", Help: "Money in the transactions decided.",
	}, []string{"decision"})
	m.loss = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "business_fraud_loss_euros_total", Help: "Money let through that turned out to be fraud.",
	})
	m.declined = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "business_false_decline_euros_total", Help: "Money of good customers declined.",
	})
	reg.MustRegister(transactions, amount, m.loss, m.declined)
	m.transactions, m.amount = map[string]prometheus.Counter{}, map[string]prometheus.Counter{}
	for _, d := range []string{"approve", "decline", "none"} {
		for _, r := range []string{"ok", "error"} {
			if (d == "none") == (r == "error") {
				m.transactions[d] = transactions.WithLabelValues(d, r)
			}
		}
		if d != "none" {
			m.amount[d] = amount.WithLabelValues(d)
		}
	}
}

// load creates every series of a model at 0, and its gauges.
func (m *mlMetrics) load(model *fraud.Model, ref *fraud.Reference, variant string, trained, now time.Time) *modelSeries {
	l := []string{fraud.Name, model.Version, variant}
	and := func(more ...string) []string { return append(append([]string{}, l...), more...) }
	s := &modelSeries{
		squared:    m.squared.WithLabelValues(l...),
		inference:  m.inference.WithLabelValues(l...),
		score:      m.score.WithLabelValues(l...),
		confidence: m.confidence.WithLabelValues(l...),
		batch:      m.batch.WithLabelValues(l...),
	}
	for _, o := range outcomes {
		s.outcome = append(s.outcome, m.predictions.WithLabelValues(and(o)...))
	}
	for i, c := range classes {
		s.class[i] = m.class.WithLabelValues(and(c)...)
		for j, actual := range classes {
			s.feedback[i][j] = m.feedback.WithLabelValues(and(c, actual)...)
		}
	}
	for _, b := range ref.Bins {
		row := make([]prometheus.Counter, len(b.Labels))
		for i, label := range b.Labels {
			row[i] = m.bin.WithLabelValues(and(b.Feature, label)...)
			m.reference.WithLabelValues(fraud.Name, model.Version, b.Feature, label).Set(b.Share[i])
		}
		s.bins = append(s.bins, row)
	}
	for _, st := range stages {
		s.stages = append(s.stages, m.stage.WithLabelValues(fraud.Name, variant, st))
	}
	m.info.WithLabelValues(and("go-logistic", model.Stage)...).Set(1)
	m.trained.WithLabelValues(l...).Set(float64(trained.Unix()))
	m.loaded.WithLabelValues(l...).Set(float64(now.UnixMilli()) / 1000)
	q := ref.Quality
	for metric, v := range map[string]float64{
		"f1": q.F1, "precision": q.Precision, "recall": q.Recall, "accuracy": q.Accuracy, "positive_rate": q.Positive,
	} {
		m.baseline.WithLabelValues(fraud.Name, model.Version, metric).Set(v)
	}
	return s
}

// unload removes what says that the model is in use; what it counted stays.
func (m *mlMetrics) unload(model *fraud.Model, variant string) {
	l := prometheus.Labels{"model": fraud.Name, "version": model.Version, "variant": variant}
	m.info.DeletePartialMatch(l)
	m.trained.DeletePartialMatch(l)
	m.loaded.DeletePartialMatch(l)
	delete(l, "variant")
	m.baseline.DeletePartialMatch(l)
	m.reference.DeletePartialMatch(l)
}
