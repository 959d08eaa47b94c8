package service

import (
	"math"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"firewatch/demo/service/fraud"
)

// decide scores one item and counts everything about it. The caller holds mu.
func (s *scorer) decide(rq *request, tx *fraud.Transaction, profile *fraud.Profile, by *served, how int, exemplar prometheus.Labels) prediction {
	skew := s.chaos.Level("skew")
	tx.Amount *= 1 + .35*skew
	stored, noDevice := s.complete(rq, tx, profile, by)
	f, known := fraud.Join(tx, stored)
	if known {
		s.ml.values[category][valueOK].Inc()
	} else {
		s.ml.values[category][valueUnseen].Inc()
	}
	terms := f.Terms()
	score, version, variant := by.model.Score(terms), by.model.Version, by.variant
	if how == unasked {
		score, version, variant = ruleOfThumb(&f), "rule of thumb", "none"
	} else {
		by.outcome[how].Inc()
	}
	bit := bitOf(score >= fraud.Threshold)
	features := f.Row(score)
	if noDevice {
		features[device] = math.NaN()
	}
	s.predicted++
	id := "p-" + strconv.FormatUint(s.predicted, 10)
	if how == ok {
		for i, v := range features {
			b := by.ref.Bins[i].Of(v)
			by.bins[i][b].Inc()
			if by == s.primary {
				s.drift.count(i, b)
			}
		}
		by.class[bit].Inc()
		observe(by.score, score, exemplar)
		by.confidence.Observe(max(score, 1-score))
		s.compareShadow(rq, terms, bit)
		if s.predicted%5 == 0 {
			s.checkSkew(rq, skew > 0)
		}
	}
	decision := "approve"
	if bit == 1 {
		decision = "decline"
	}
	s.ml.transactions[decision].Inc()
	s.ml.amount[decision].Add(tx.Amount)
	now := s.clock.Now()
	s.users.seen(tx.User, now)
	s.logDecision(rq, tx, by, how, score, bit)
	if how == unasked {
		by = nil
	}
	s.await(id, pending{by: by, fraud: bit == 1, score: score, amount: tx.Amount, at: now, trace: rq.trace, user: tx.User})
	return prediction{
		ID: id, TX: tx.ID, Score: math.Round(score*1e4) / 1e4, Decision: decision, Fraud: bit == 1,
		Version: version, Variant: variant,
	}
}

// complete fills what is missing from the medians of training, and counts the
// state of every value.
func (s *scorer) complete(rq *request, tx *fraud.Transaction, p *fraud.Profile, by *served) (st fraud.Stored, noDevice bool) {
	for _, v := range [...]struct {
		feature int
		sound   bool
	}{
		{0, tx.Amount > 0 && tx.Amount <= maxAmount}, {1, tx.Hour >= 0 && tx.Hour < 24},
		{3, tx.Distance >= 0 && tx.Distance <= maxDistance}, {4, true},
	} {
		state := valueOK
		if !v.sound {
			state = valueOutOfRange
		}
		s.ml.values[v.feature][state].Inc()
	}
	tx.Amount, tx.Distance = min(max(tx.Amount, .01), maxAmount), min(max(tx.Distance, 0), maxDistance)
	for i, v := range [...]struct{ from, to *float64 }{
		{p.DeviceAge, &st.DeviceAge}, {p.TxCount, &st.TxCount}, {p.AccountAge, &st.AccountAge}, {p.Chargeback, &st.Chargeback},
	} {
		feature := device + i
		if v.from != nil {
			*v.to = *v.from
			s.ml.values[feature][valueOK].Inc()
			continue
		}
		*v.to = by.ref.Bins[feature].Median
		s.ml.values[feature][valueMissing].Inc()
		if feature == device {
			noDevice = true
			s.logMissing(rq, tx, fraud.Names[feature])
		}
	}
	return st, noDevice
}

// Bounds of what a transaction can be: half way round the Earth, and more money
// than a card has. Values beyond are taken for the bound.
const (
	maxAmount   = 1e6   // euros
	maxDistance = 20038 // kilometres
)

// Places of features in [fraud.Names].
const (
	category = 2
	device   = 5
)

// compareShadow has the shadow decide a fifth of the items as well; nobody gets
// its answer.
func (s *scorer) compareShadow(rq *request, t *fraud.Terms, bit int) {
	if s.predicted%5 != 0 {
		return
	}
	score := s.shadow.model.Score(t)
	other := bitOf(score >= fraud.Threshold)
	s.shadow.outcome[ok].Inc()
	s.shadow.class[other].Inc()
	s.shadow.score.Observe(score)
	s.ml.agree[bitOf(other == bit)].Inc()
	rq.shadow(rq.trace.Sampled, s.shadow, score, other == bit)
}

// ruleOfThumb stands in for a model that cannot be asked.
func ruleOfThumb(f *fraud.Features) float64 {
	if f.Amount > 150 {
		return .9
	}
	return .1
}

// checkSkew recomputes the features of a sample the way training did. Serving
// computes only the amount otherwise, and only while it is made to.
func (s *scorer) checkSkew(rq *request, amountDiffers bool) {
	for i := range s.ml.skew {
		s.ml.skew[i][bitOf(i != 0 || !amountDiffers)].Inc()
	}
	if amountDiffers {
		s.logSkew(rq, fraud.Names[0])
	}
}
