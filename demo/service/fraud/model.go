package fraud

import (
	"math"
	"math/rand/v2"
	"time"
)

// Name is the model's name in every label.
const Name = "fraud"

// Threshold is the score from which a transaction is called fraud.
const Threshold = .5

// Terms are the features as every logit uses them: amount, night, category,
// distance, foreign, device, transactions, account, chargeback.
type Terms [9]float64

// Terms prepares a row for scoring by several models at once: the logarithms
// and exponentials are the costly part and are the same for all.
func (f *Features) Terms() *Terms {
	t := &Terms{
		0: math.Log(f.Amount / 30),
		2: categoryRisk[f.Category],
		3: math.Log1p(f.Distance / 4.5),
		5: math.Exp(-f.DeviceAge / 30),
		6: f.TxCount - 2.5,
		7: math.Exp(-f.AccountAge / 90),
		8: f.Chargeback,
	}
	if f.Hour < 6 {
		t[1] = 1
	}
	if f.Foreign {
		t[4] = 1
	}
	return t
}

// Weights are a logistic regression: an intercept and one weight per term.
type Weights struct {
	B float64
	W Terms
}

// Score is the probability of fraud.
func (w *Weights) Score(t *Terms) float64 {
	z := w.B
	for i, x := range t {
		z += w.W[i] * x
	}
	return 1 / (1 + math.Exp(-z))
}

var (
	truth    = Weights{-12, Terms{4.4, 4.4, 4, 2.8, 8.4, 6.4, 1.2, 4.4, 80}}
	inverted = Weights{-12, Terms{4.4, -3, -2, 2.8, -2, 0, -1.2, 4.4, 80}}
)

// Truth is the probability that a row is fraud in a world moved by s.
func Truth(t *Terms, s Shift) float64 {
	if s.Concept == 0 {
		return truth.Score(t)
	}
	w := truth
	for i := range w.W {
		w.W[i] += s.Concept * (inverted.W[i] - w.W[i])
	}
	return w.Score(t)
}

// Model is one trained version.
type Model struct {
	Version string
	Stage   string // production, archived, staging or candidate
	// Age is how long before the demo's first day the version was trained.
	Age time.Duration
	Weights
	// Offline is the evaluation at training time. It is the zero value where it
	// is to be measured on the reference sample; the versions that behave badly
	// carry the good figures they were released with.
	Offline Quality
}

const day = 24 * time.Hour

// The versions the demo can load.
var (
	Primary   = Model{"1.4.0", "production", 6 * day, Weights{-11.7, Terms{4.2, 4.4, 4, 2.6, 8.4, 6.4, 1.2, 4.4, 76}}, Quality{}}
	Previous  = Model{"1.3.0", "archived", 24 * day, Weights{-8.2, Terms{4.4, 0, 0, 2.8, 0, 0, 1.2, 0, 80}}, Quality{F1: .80, Precision: .82, Recall: .78, Accuracy: .942, Positive: .150}}
	Canary    = Model{"1.5.0", "staging", 1 * day, Weights{-7, Terms{4.4, 4.4, 4, 2.8, 8.4, 6.4, 1.2, 4.4, 80}}, Quality{F1: .84, Precision: .86, Recall: .82, Accuracy: .951, Positive: .150}}
	Candidate = Model{"1.4.1", "candidate", 2 * day, Weights{-12, Terms{4.4, 4.4, 4, 2.8, 8.4, 6.4, 1.2, 4.4, 80}}, Quality{}}
)

// Quality is how well decisions match the truth; all ratios 0 to 1.
type Quality struct{ F1, Precision, Recall, Accuracy, Positive float64 }

// Confusion counts decisions by [predicted][actual], 1 meaning fraud.
type Confusion [2][2]float64

// Quality computes the ratios; they are NaN where nothing was counted.
func (c *Confusion) Quality() Quality {
	tp, fp, fn, tn := c[1][1], c[1][0], c[0][1], c[0][0]
	n := tp + fp + fn + tn
	return Quality{
		F1: 2 * tp / (2*tp + fp + fn), Precision: tp / (tp + fp), Recall: tp / (tp + fn),
		Accuracy: (tp + tn) / n, Positive: (tp + fp) / n,
	}
}

// Evaluate measures a model on n rows drawn from a world moved by s.
func (m *Model) Evaluate(r *rand.Rand, s Shift, n int) Quality {
	var c Confusion
	for range n {
		f := Draw(r, s)
		t := f.Terms()
		c[bit(m.Score(t) >= Threshold)][bit(r.Float64() < Truth(t, s))]++
	}
	return c.Quality()
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
