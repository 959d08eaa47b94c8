// Package fraud is the mathematics of the demo's fraud detector: how
// transactions are drawn, which of them are fraud, and what each version of
// the model thinks of them. It is pure: no clock, no I/O, every random number
// from the generator it is handed. Only the demo imports it.
package fraud

import (
	"math"
	"math/rand/v2"
)

// Categories are the merchant categories a model was trained on, in the order
// of [Features].Category.
var Categories = []string{"grocery", "fuel", "travel", "electronics", "gaming", "other"}

var (
	categoryShare = [...]float64{.35, .15, .10, .12, .08, .20}
	categoryRisk  = [...]float64{-.3, 0, .5, .6, 1.1, 0}
	hourWeight    = [24]float64{1, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 7, 6, 5, 3, 2}
	categoryCum   = cumulative(categoryShare[:])
	hourCum       = cumulative(hourWeight[:])
)

// Transaction is what a caller sends: the part of the features that travels
// with the request.
type Transaction struct {
	ID       string  `json:"transaction_id"`
	User     string  `json:"user_id"`
	Amount   float64 `json:"amount"`
	Hour     int     `json:"hour"`
	Category string  `json:"merchant_category"`
	Distance float64 `json:"distance_km"`
	Foreign  bool    `json:"is_foreign"`
}

// Profile is what the feature store knows: the part that is looked up. A nil
// field is a value the store could not give.
type Profile struct {
	DeviceAge  *float64 `json:"device_age_days"`
	TxCount    *float64 `json:"tx_count_24h"`
	AccountAge *float64 `json:"account_age_days"`
	Chargeback *float64 `json:"chargeback_ratio"`
}

// Features is one row as a model sees it. Hour is 0 to 23, Category an index
// into [Categories].
type Features struct {
	Amount     float64
	Hour       int
	Category   int
	Distance   float64
	Foreign    bool
	DeviceAge  float64
	TxCount    float64
	AccountAge float64
	Chargeback float64
}

// Shift is how far the world has moved from the one the models were trained
// in. The zero value has not moved.
type Shift struct {
	// Drift multiplies amounts by 1 + 2 Drift and moves the foreign share from
	// .06 towards .35; 1 is the full shift.
	Drift float64
	// Concept moves the meaning of the features, not their distribution: 0 is
	// the truth the models learned, 1 the one in which they are wrong.
	Concept float64
}

// DrawTransaction draws the request part of one transaction; ID and User stay
// empty.
func DrawTransaction(r *rand.Rand, s Shift) Transaction {
	t := Transaction{
		Amount:   math.Exp(3.4+.9*r.NormFloat64()) * (1 + 2*s.Drift),
		Hour:     pick(r, hourCum),
		Distance: math.Exp(1.5 + 1.1*r.NormFloat64()),
	}
	t.Category = Categories[pick(r, categoryCum)]
	t.Foreign = r.Float64() < .06+.29*s.Drift
	return t
}

// Stored is a complete profile, before anything went missing.
type Stored struct{ DeviceAge, TxCount, AccountAge, Chargeback float64 }

// DrawStored draws the looked-up part of one transaction.
func DrawStored(r *rand.Rand) Stored {
	return Stored{
		DeviceAge:  240 * r.ExpFloat64(),
		TxCount:    float64(poisson(r, 2.5)),
		AccountAge: 900 * r.ExpFloat64(),
		Chargeback: 1 - math.Pow(1-r.Float64(), 1.0/60), // Beta(1, 60) by inversion
	}
}

// Join makes the row of a transaction and its stored half. An unknown category
// counts as "other"; ok is false then.
func Join(t *Transaction, s Stored) (f Features, ok bool) {
	f = Features{
		Amount: t.Amount, Hour: t.Hour, Category: len(Categories) - 1, Distance: t.Distance, Foreign: t.Foreign,
		DeviceAge: s.DeviceAge, TxCount: s.TxCount, AccountAge: s.AccountAge, Chargeback: s.Chargeback,
	}
	for i, c := range Categories {
		if c == t.Category {
			f.Category, ok = i, true
		}
	}
	return f, ok
}

// Draw draws a whole row.
func Draw(r *rand.Rand, s Shift) Features {
	t := DrawTransaction(r, s)
	f, _ := Join(&t, DrawStored(r))
	return f
}

func cumulative(weights []float64) []float64 {
	sum, out := 0.0, make([]float64, len(weights))
	for i, w := range weights {
		sum += w
		out[i] = sum
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

func pick(r *rand.Rand, cum []float64) int {
	u := r.Float64()
	for i, c := range cum {
		if u < c {
			return i
		}
	}
	return len(cum) - 1
}

// poisson draws by multiplication (Knuth), which is quick for small means.
func poisson(r *rand.Rand, mean float64) int {
	limit, p, n := math.Exp(-mean), r.Float64(), 0
	for p > limit {
		p *= r.Float64()
		n++
	}
	return n
}
