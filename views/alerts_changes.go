package views

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// change is something that was changed: a start, a loaded model, another version.
type change struct {
	at   time.Time
	text string
}

// changesIn reads the changes within the window off the series of starts and of
// versions, oldest first.
func changesIn(series []sources.Series, w sources.Window) []change {
	var out []change
	add := func(at time.Time, text string) {
		c := change{at, text}
		if at.After(w.Start) && !at.After(w.End.Add(w.Step)) && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	for i := range series {
		s := &series[i]
		name := s.Labels["__name__"]
		what := cmp.Or(s.Labels["service"], s.Labels["job"], s.Labels["instance"])
		if strings.HasSuffix(name, "_build_info") {
			// A version that was not there when the window began.
			if len(s.Points) > 0 && msTime(s.Points[0].T).Sub(w.Start) > 2*w.Step {
				if version := cmp.Or(s.Labels["version"], s.Labels["revision"], s.Labels["tag"]); version != "" {
					add(msTime(s.Points[0].T), fmt.Sprintf("%s %s began to run", cmp.Or(what, strings.TrimSuffix(name, "_build_info")), version))
				}
			}
			continue
		}
		text := what + " restarted"
		if n := s.Labels["instance"]; n != "" && n != what {
			text = what + " " + n + " restarted"
		}
		if m := s.Labels["model"]; m != "" {
			text = strings.TrimSpace(m+" "+s.Labels["version"]) + " loaded"
		}
		last := 0.0
		for _, p := range s.Points {
			if p.V != last && p.V > 0 && p.V < 1e11 {
				add(time.UnixMilli(int64(p.V*1000)).UTC(), text)
				last = p.V
			}
		}
	}
	slices.SortFunc(out, func(a, b change) int { return cmp.Or(a.at.Compare(b.at), strings.Compare(a.text, b.text)) })
	return out
}

// suspectFor is how long before its alert a change is taken for the cause.
const suspectFor = 30 * time.Minute

// changed says what was changed around the start of an alert.
func changed(env *ui.Env, r *alertRow, q *questions) fact {
	f := fact{name: "changed"}
	if q.changes == nil {
		f.aside("its labels name no service, job or model whose starts could be looked for")
		return f
	}
	if why := absence(env, q.changes); why != "" {
		f.aside("%s", why)
		return f
	}
	list := changesIn(env.Result(q.changes).Frame.Series, env.Window)
	began := began(r)
	// The nearest to the start first, those before it before those after it.
	slices.SortStableFunc(list, func(a, b change) int {
		late := func(c change) int {
			if c.at.After(began) {
				return 1
			}
			return 0
		}
		return cmp.Or(cmp.Compare(late(a), late(b)), cmp.Compare(began.Sub(a.at).Abs(), began.Sub(b.at).Abs()))
	})
	for _, c := range list {
		d := began.Sub(c.at)
		switch {
		case d >= 0 && d <= suspectFor:
			f.say(theme.Warn, "%s %s, %s before it broke", c.text, stampOf(env, c.at), draw.Age(d))
		case d > 0:
			f.aside("%s %s, %s before", c.text, stampOf(env, c.at), draw.Age(d))
		default:
			f.say(theme.None, "%s %s, %s after", c.text, stampOf(env, c.at), draw.Age(-d))
		}
	}
	if len(list) == 0 {
		f.say(theme.None, "nothing started, was loaded or got another version since %s", stampOf(env, env.Window.Start))
		if len(env.Result(q.changes).Frame.Series) == 0 {
			f.parts = nil
			f.aside("not known: nothing of %s exports process_start_time_seconds or a build_info", origin(r.alert.Labels))
		}
	}
	return f
}

// began is when the condition began to hold, the start of the alert if that is
// not known.
func began(r *alertRow) time.Time {
	if at := pendingSince(r); !at.IsZero() {
		return at
	}
	return r.alert.StartsAt
}
