package cli

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"firewatch/signals/alert"
	"firewatch/signals/incident"
	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui/draw"
)

// shown bounds the lists of a dry run.
const shown = 20

// rehearse prints what the changes would do. It sends nothing that writes.
func (at *place) rehearse(ctx context.Context, changes []change, h held, against []string, forced bool) (int, error) {
	var b bytes.Buffer
	past, pastErr := at.past(ctx, changes, h)
	for _, c := range changes {
		fmt.Fprintf(&b, "would %s\n", c.action)
		if c.ended != nil {
			at.mutes(&b, *c.ended, h)
		}
		if s := c.made; s != nil {
			effect := at.effect(&b, *s, h)
			if pastErr != nil {
				fmt.Fprintf(&b, "  what it would have muted in 7 days is not known: %v\n", pastErr)
			} else {
				muted, err := incident.Muted(incident.Without(s.Matchers, past.foreign), past.episodes)
				if err != nil {
					return misused, err
				}
				atPast(&b, incident.Present(muted, effect.Mutes, at.now()))
			}
		}
		r, err := at.set.Draft(ctx, c.action)
		if err != nil {
			return failed, hinted(err)
		}
		if r.Request != "" {
			fmt.Fprintf(&b, "  %s\n", r.Request)
		}
		if r.Amtool != "" {
			fmt.Fprintf(&b, "  %s\n", r.Amtool)
		}
	}
	code := ok
	for _, g := range against {
		fmt.Fprintf(&b, "against it: %s\n", g)
	}
	switch {
	case at.rec.ReadOnly && at.barred(changes):
		fmt.Fprintf(&b, "it would be refused: context %s is read-only\n", at.name)
		code = refused
	case len(against) > 0 && !forced:
		fmt.Fprintf(&b, "it would be refused without --force %s\n", at.name)
		code = refused
	}
	b.WriteString("nothing was sent\n")
	if _, err := at.out.Write(b.Bytes()); err != nil {
		return failed, err
	}
	return code, nil
}

func (at *place) barred(changes []change) bool {
	for _, c := range changes {
		if at.rec.Allow(c.action) != nil {
			return true
		}
	}
	return false
}

// effect says when a silence ends, what it mutes and what it barely misses, and
// gives all of that.
func (at *place) effect(b *bytes.Buffer, s sources.Silence, h held) silence.Effect {
	start := "now"
	if s.StartsAt.After(at.now()) {
		start = at.clock(s.StartsAt)
	}
	fmt.Fprintf(b, "  from %s until %s, in %s\n", start, at.clock(s.EndsAt), draw.Age(s.EndsAt.Sub(at.now()).Round(time.Second)))
	effect := at.mutes(b, s, h)
	fmt.Fprintf(b, "  barely misses %d\n", len(effect.Near))
	for i, m := range effect.Near {
		if i == shown {
			fmt.Fprintf(b, "    and %d more\n", len(effect.Near)-shown)
			break
		}
		has := sources.Matcher{Name: m.By.Name, Value: m.Alert.ExactLabels()[m.By.Name], Equal: true}
		fmt.Fprintf(b, "    %s  %s  by %s\n", m.Alert.Name(), alert.Where(m.Alert.Labels), has)
	}
	return effect
}

// mutes lists what a silence mutes now, and gives all of its effect.
func (at *place) mutes(b *bytes.Buffer, s sources.Silence, h held) silence.Effect {
	effect, err := silence.Preview(s.Matchers, h.in(s.Cluster))
	if err != nil {
		fmt.Fprintf(b, "  %v\n", err)
	}
	fmt.Fprintf(b, "  mutes %d now\n", len(effect.Mutes))
	book := silence.NewBook(h.alerts, h.silences, at.now())
	for i, a := range effect.Mutes {
		if i == shown {
			fmt.Fprintf(b, "    and %d more\n", len(effect.Mutes)-shown)
			break
		}
		fmt.Fprintf(b, "    %s  %s  %s\n", a.Name(), alert.Where(a.Labels), book.Status(a).State)
	}
	return effect
}

// atPast says how often what a silence matches has fired.
func atPast(b *bytes.Buffer, muted []incident.Episode) {
	names := map[string]bool{}
	for i := range muted {
		names[incident.About(muted[i].Labels)] = true
	}
	fmt.Fprintf(b, "  would have muted %s of %s in the last 7 days\n", draw.Count(len(muted), "firing"), draw.Count(len(names), "alert"))
}

// past is when the alerts fired that silences are about.
type past struct {
	episodes []incident.Episode
	// foreign are the labels that the record of the alerts lacks.
	foreign []string
}

// past asks for it, if any of the changes makes a silence.
func (at *place) past(ctx context.Context, changes []change, h held) (past, error) {
	var sets [][]sources.Matcher
	for _, c := range changes {
		if c.made != nil {
			sets = append(sets, c.made.Matchers)
		}
	}
	if len(sets) == 0 {
		return past{}, nil
	}
	fired, err := at.ask(ctx, incident.Record(sets...))
	if err != nil {
		return past{}, err
	}
	rules, err := at.ask(ctx, sources.Rules{})
	return past{incident.InRecord(fired, at.now()), incident.Foreign(h.alerts, rules.Rules)}, err
}
