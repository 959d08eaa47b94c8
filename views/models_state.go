package views

import (
	"strings"
	"time"

	"firewatch/signals/drift"
	"firewatch/signals/quality"
	"firewatch/ui/theme"
)

// idleRate is the rate in predictions a second below which a model makes none.
const idleRate = 0.05

// state is how it stands in a word or two, and how bad that is: the worst of its
// numbers and of the alerts about it, of equals the one that is nearest to harm.
func (m *served) state() (string, theme.Level) {
	word, level := "ok", theme.Good
	put := func(w string, l theme.Level) {
		if l > level {
			word, level = w, l
		}
	}
	put("quality", m.lossLevel())
	put("errors", m.level("ml.list.errors"))
	rate, ok := m.get("ml.list.rate")
	switch {
	case !ok:
		put("no data", theme.Warn)
	case rate < idleRate && m.primary():
		put("idle", theme.Crit)
	case rate < idleRate:
		put("idle", theme.Info)
	}
	if f, ok := m.worstFeature(); ok {
		put(map[bool]string{true: "score drift", false: "drift"}[f.name == scoreFeature], f.level())
	}
	put("bad values", m.level("ml.invalid"))
	for _, a := range m.alerts {
		put(alertWord(a.name), a.level)
	}
	put("unsure", m.level("ml.list.confidence"))
	put("stale", m.level("ml.age"))
	return word, level
}

// scoreFeature is the reserved name of the model's own answers among the features.
const scoreFeature = "_score"

// alertWord is an alert's name with blanks between its words, so that it is cut at one.
func alertWord(name string) string {
	var sb strings.Builder
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' {
			sb.WriteByte(' ')
		}
		sb.WriteRune(r)
	}
	return strings.ToLower(sb.String())
}

// loudest is the level of the worst alert.
func (m *served) loudest() theme.Level {
	out := theme.None
	for _, a := range m.alerts {
		out = max(out, a.level)
	}
	return out
}

// badness sorts the list: the level first, then how near the numbers are to their
// thresholds.
func (m *served) badness() float64 {
	_, level := m.state()
	score := m.score("ml.list.errors", "ml.list.confidence", "ml.invalid")
	if f, ok := m.worstFeature(); ok {
		score = max(score, panel("ml.psi").Thresholds.Score(f.psi))
	}
	if loss, ok := m.loss(); ok {
		score = max(score, loss/lossCrit)
	}
	return float64(level)*1000 + min(score, 100)
}

// justLoaded is how long after a version was loaded a change is taken for its doing.
const justLoaded = 30 * time.Minute

// signs are what a diagnosis goes by; what is between the thresholds, or of too few
// samples, is unknown.
func (m *served) signs() drift.Signs {
	var s drift.Signs
	grade := func(l theme.Level) drift.Sign {
		switch l {
		case theme.Crit:
			return drift.Moved
		case theme.Good:
			return drift.Steady
		}
		return drift.Unknown
	}
	s.Invalid = grade(m.level("ml.invalid"))
	worst, complete := theme.None, true
	for _, f := range m.features {
		l := f.level()
		if f.name == scoreFeature {
			s.Score = grade(l)
			continue
		}
		worst, complete = max(worst, l), complete && l != theme.None
	}
	if worst == theme.Crit || complete {
		s.Inputs = grade(worst)
	}
	s.Quality = grade(m.lossLevel())
	if age, ok := m.get("ml.deployed"); ok {
		s.Deployed = age < justLoaded.Seconds()
	}
	return s
}

// worstFeature is the feature that moved most, of those with enough values.
func (m *served) worstFeature() (recorded, bool) {
	for _, f := range m.features {
		if f.enough() {
			return f, true
		}
	}
	return recorded{}, false
}

// loss is F1 less its baseline; false without either, or with too few labels.
func (m *served) loss() (float64, bool) {
	f1, ok := m.get("ml.f1")
	base, known := m.get("ml.baseline")
	if n, counted := m.get("ml.list.labels"); !ok || !known || counted && n < fewLabels {
		return 0, false
	}
	return f1 - base, true
}

// How much F1 may lose against the offline evaluation, and from how many labels on
// a loss is more than noise: the rule ModelQualityDrop has the same.
const (
	fewLabels    = quality.Few
	enoughLabels = 300
	lossWarn     = -0.05
	lossCrit     = -0.08
)

// lossLevel grades the loss; None where too few labels are known of.
func (m *served) lossLevel() theme.Level {
	loss, ok := m.loss()
	n, counted := m.get("ml.list.labels")
	switch {
	case !ok || !counted || n <= enoughLabels:
		return theme.None
	case loss < lossCrit:
		return theme.Crit
	case loss < lossWarn:
		return theme.Warn
	}
	return theme.Good
}
