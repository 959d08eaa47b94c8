package drift

// Sign says what one group of numbers does compared with training.
type Sign int

// The signs. Unknown is for too few samples and for what lies between: nothing
// follows from it.
const (
	Unknown Sign = iota
	Steady
	Moved
)

// Signs are what a diagnosis looks at, in the order of looking.
type Signs struct {
	// Invalid is the share of values that are missing or out of range, Skew the
	// share that serving computes otherwise than training did.
	Invalid, Skew Sign
	// Inputs are the distributions of the features, Score that of the model's
	// answers, Quality what the labels say.
	Inputs, Score, Quality Sign
	// Deployed says that a version was loaded in the time looked at.
	Deployed bool
}

// Diagnose is what the signs add up to and what to do, in one sentence; empty
// when they do not add up to anything certain.
func (s Signs) Diagnose() string {
	switch {
	case s.Invalid == Moved:
		return "values are missing or invalid: look for what broke upstream before reading drift"
	case s.Skew == Moved:
		return "serving computes features otherwise than training did: fix the transform before reading drift"
	case s.Inputs == Moved && s.Quality == Moved && s.Deployed:
		return "inputs and quality moved right after a version was loaded: it is the deployment"
	case s.Inputs == Moved && s.Quality == Moved:
		return "inputs moved and quality with them: the drift costs, retrain"
	case s.Inputs == Moved && s.Quality == Steady:
		return "inputs moved, quality did not: covariate drift, retrain when convenient"
	case s.Inputs == Moved && s.Score == Moved:
		return "inputs moved and the scores with them; without labels the quality is not known yet"
	case s.Inputs == Steady && s.Quality == Moved && s.Deployed:
		return "quality fell right after a version was loaded, on the same inputs: it is the deployment"
	case s.Inputs == Steady && s.Quality == Moved:
		return "quality moved, inputs did not: concept drift or the label pipeline, act now"
	case s.Inputs == Steady && s.Score == Moved:
		return "scores moved, inputs did not: the model or what is behind it changed"
	case s.Invalid != Unknown && s.Inputs == Steady && s.Score == Steady && s.Quality == Steady:
		return "inputs, scores and quality are as in training"
	}
	return ""
}
