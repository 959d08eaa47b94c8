package views

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"firewatch/signals/slo"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// price is what an alert costs one objective.
type price struct {
	id, name string
	slo.Objective
	// left is the share of the budget that is left, burn the rate now, burned the
	// share that went since the alert began; NaN where it is not known.
	left, burn, burned float64
}

// pricesOf reads the objectives off their recording rules, the one that burns
// fastest first.
func pricesOf(series []sources.Series) []price {
	byID := map[string]*price{}
	var ids []string
	for i := range series {
		s := &series[i]
		id := s.Labels["sloth_id"]
		last, ok := s.Last()
		if id == "" || !ok {
			continue
		}
		p := byID[id]
		if p == nil {
			p = &price{id: id, name: strings.TrimSpace(s.Labels["sloth_service"] + " " + s.Labels["sloth_slo"]), left: math.NaN(), burn: math.NaN(), burned: math.NaN()}
			p.name = cmp.Or(p.name, id)
			p.Period = 30 * 24 * time.Hour
			byID[id] = p
			ids = append(ids, id)
		}
		switch s.Labels["__name__"] {
		case "slo:objective:ratio":
			p.Target = last
		case "slo:time_period:days":
			if last > 0 {
				p.Period = time.Duration(last * 24 * float64(time.Hour))
			}
		case "slo:current_burn_rate:ratio":
			p.burn = last
		case "slo:period_error_budget_remaining:ratio":
			p.left = last
		case leftBefore:
			p.burned = last
		}
	}
	out := make([]price, 0, len(ids))
	for _, id := range ids {
		p := *byID[id]
		p.burned = max(p.burned-p.left, 0) // until here what was left before
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b price) int { return cmp.Or(descending(a.burn, b.burn), strings.Compare(a.id, b.id)) })
	return out
}

// text says what is left, what went, and how long the rest lasts at this rate.
func (p *price) text() string {
	out := p.name + " " + percent(p.left) + " of the budget left"
	if p.burn == p.burn {
		out += ", burns " + draw.Unit("times").Format(p.burn)
	}
	switch d, ends := p.Exhaustion(p.left, p.burn); {
	case math.IsNaN(p.left) || math.IsNaN(p.burn):
	case ends && d <= 0:
		out += ": spent"
	case ends:
		out += ": gone in " + draw.Age(d)
	default:
		out += ": it lasts"
	}
	if p.burned == p.burned {
		out += fmt.Sprintf("; %s since it began", percent(p.burned))
	}
	return out
}

func (p *price) level() theme.Level {
	return worst(budgetLevel(p.left), (&objective{burn: p.burn}).burnLevel())
}

// costs says what the alert costs the error budget.
func costs(env *ui.Env, r *alertRow, q *questions) fact {
	f := fact{name: "costs"}
	if q.budget == nil {
		f.aside("no objective: its labels name no service")
		return f
	}
	if why := absence(env, q.budget); why != "" {
		f.aside("%s", why)
		return f
	}
	list := pricesOf(env.Result(q.budget).Frame.Series)
	for i := range list {
		level := list[i].level()
		if level < theme.Warn {
			level = theme.None
		}
		f.say(level, "%s", list[i].text())
	}
	if len(list) == 0 {
		f.aside("no objective is recorded for %s", objectiveOf(r.alert.Labels))
	}
	return f
}
