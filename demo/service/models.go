package service

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"firewatch/demo/service/chaos"
	"firewatch/demo/service/fraud"
)

func newScorer(reg prometheus.Registerer, c *clock, j *journal, faults *chaos.Controller, seed uint64, endpoints []endpoint) *scorer {
	s := &scorer{
		clock: c, chaos: faults, journal: j, seed: seed,
		http: newHTTPMetrics(reg, endpoints), ml: newMLMetrics(reg),
		users:     &activeUsers{last: map[string]time.Time{}},
		pool:      &workers{capacity: queueCapacity},
		rng:       rand.New(rand.NewPCG(seed, 0x5e7e)),
		pending:   map[string]pending{},
		untilFail: meanBetweenFailures / 2,
	}
	s.primary = s.load(&fraud.Primary, "primary")
	s.shadow = s.load(&fraud.Candidate, "shadow")
	s.drift = newDriftWatch(s.primary.ref)
	s.ml.capacity.Set(queueCapacity)
	reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "ml_inference_queue_depth", Help: "Requests waiting for a worker.", ConstLabels: prometheus.Labels{"model": fraud.Name},
	}, func() float64 { return float64(s.pool.depth()) }), prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "business_active_users", Help: "Distinct users in five minutes.",
	}, func() float64 { return float64(s.users.active(c.Now())) }))
	return s
}

// trainingRows is the size of the reference sample.
const trainingRows = 60_000

// load trains, so to say, a model and creates its series.
func (s *scorer) load(m *fraud.Model, variant string) *served {
	ref := fraud.Train(rand.New(rand.NewPCG(s.seed, 0x7a1)), m, trainingRows)
	now := s.clock.Now()
	v := &served{model: m, ref: ref, variant: variant, modelSeries: s.ml.load(m, ref, variant, trainedAt(m, now), now)}
	return v
}

// trainedAt is the moment a model was trained: the same all day, so that a
// restart does not look like another artefact.
func trainedAt(m *fraud.Model, now time.Time) time.Time {
	return now.UTC().Truncate(24 * time.Hour).Add(7*time.Hour + 12*time.Minute - 24*time.Hour - m.Age)
}

func (s *scorer) logLoaded(v *served, why string) {
	s.journal.write(&line{
		Level: "info", Message: fmt.Sprintf("model %s %s loaded as %s%s", fraud.Name, v.model.Version, v.variant, why),
		Event: event{Dataset: app, Category: []string{"configuration"}, Action: "model-loaded"},
		ML:    &ml{Model: &mlModel{fraud.Name, v.model.Version, v.variant}},
	})
}

// onFault does what a fault needs done once, when it starts and when it ends.
// What is done follows from whether the fault is active, not from the call: a
// start and an end at the same moment may come in either order.
func (s *scorer) onFault(name string) {
	s.changes.Lock()
	defer s.changes.Unlock()
	on := s.chaos.On(name)
	switch name {
	case "rollback", "version-skew":
		if s.chaos.On("rollback") || s.follows && s.chaos.On("version-skew") {
			s.promote(&fraud.Previous, "rolled back")
		} else {
			s.promote(&fraud.Primary, "rolled forward")
		}
	case "canary":
		s.setCanary(on)
	case "model-stale":
		s.age(on)
	}
}

// promote puts a model in front and takes the one before it out.
func (s *scorer) promote(m *fraud.Model, why string) {
	s.mu.Lock()
	was := s.primary
	s.mu.Unlock()
	if was.model == m {
		return
	}
	next := s.load(m, "primary")
	s.mu.Lock()
	s.primary, s.drift = next, newDriftWatch(next.ref)
	s.mu.Unlock()
	s.ml.unload(was.model, "primary")
	s.logLoaded(next, fmt.Sprintf(" (was %s): %s", was.model.Version, why))
}

func (s *scorer) setCanary(on bool) {
	s.mu.Lock()
	had := s.canary != nil
	s.mu.Unlock()
	if on == had {
		return
	}
	var v *served
	if on {
		v = s.load(&fraud.Canary, "canary")
		s.logLoaded(v, "")
	} else {
		s.ml.unload(&fraud.Canary, "canary")
	}
	s.mu.Lock()
	s.canary = v
	s.mu.Unlock()
}

// age makes the model in front one of 31 days ago.
func (s *scorer) age(on bool) {
	s.mu.Lock()
	v := s.primary
	s.mu.Unlock()
	at, why := trainedAt(v.model, s.clock.Now()), ""
	if on {
		at, why = s.clock.Now().Add(-31*24*time.Hour), " from an artefact of 31 days ago"
	}
	s.ml.trained.WithLabelValues(fraud.Name, v.model.Version, v.variant).Set(float64(at.Unix()))
	s.logLoaded(v, why)
}

// reload marks the model in front as loaded anew: a deployment that changed
// nothing.
func (s *scorer) reload() {
	s.ml.loaded.WithLabelValues(fraud.Name, s.primary.model.Version, s.primary.variant).
		Set(float64(s.clock.Now().UnixMilli()) / 1000)
	s.logLoaded(s.primary, " again after a deployment")
}

// relocate moves the load time of the models to the clock's present, when a
// history begins before they were built.
func (s *scorer) relocate() {
	now := s.clock.Now()
	for _, v := range []*served{s.primary, s.shadow} {
		s.ml.loaded.WithLabelValues(fraud.Name, v.model.Version, v.variant).Set(float64(now.UnixMilli()) / 1000)
		s.logLoaded(v, "")
	}
}
