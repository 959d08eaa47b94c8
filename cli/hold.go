package cli

import (
	"context"
	"fmt"
	"time"

	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui/draw"
)

// hold renews acknowledgements until none is left to renew or ctx ends. It is
// the console's rule: the same id, in place, shortly before the end; nothing
// once somebody else has set the end, or when the longest lease is used up.
func (at *place) hold(ctx context.Context, acks []sources.Silence) (int, error) {
	ends := map[string]time.Time{}
	for _, s := range acks {
		ends[s.ID] = s.EndsAt
		fmt.Fprintf(at.out, "holding %s until it is resolved, %s at most: Ctrl-C lets it lapse\n", subject(s), draw.Age(at.settings.MaxLease))
	}
	// Often enough to renew well before the end, seldom enough for a server.
	tick := time.NewTicker(min(30*time.Second, at.settings.Lease/12))
	defer tick.Stop()
	code := ok
	for len(ends) > 0 {
		select {
		case <-ctx.Done():
			for _, s := range acks {
				if end, held := ends[s.ID]; held {
					fmt.Fprintf(at.out, "let go of %s: it lapses at %s\n", subject(s), at.clock(end))
				}
			}
			return code, nil
		case <-tick.C:
		}
		h, err := at.look(ctx)
		if err != nil {
			if ctx.Err() == nil {
				at.note("not renewed: %v", err)
			}
			continue
		}
		for i := range acks {
			end, held := ends[acks[i].ID]
			if !held {
				continue
			}
			next, over := at.keep(ctx, acks[i], end, h)
			if over != "" {
				fmt.Fprintf(at.out, "%s: %s\n", subject(acks[i]), over)
				delete(ends, acks[i].ID)
				continue
			}
			delete(ends, acks[i].ID)
			acks[i].ID, ends[next.ID] = next.ID, next.EndsAt
		}
	}
	return code, nil
}

// keep renews one acknowledgement if it is time, and gives its id and end, or
// says why it is not held any longer.
func (at *place) keep(ctx context.Context, ack sources.Silence, end time.Time, h held) (next sources.Silence, over string) {
	s, err := h.byID(ack.ID)
	now := at.now()
	effect, _ := silence.Preview(ack.Matchers, h.in(ack.Cluster))
	switch {
	case err != nil || s.State == "expired" || !s.EndsAt.After(now):
		return s, "it has ended"
	case !silence.Same(s.EndsAt, end):
		return s, fmt.Sprintf("somebody else keeps it, until %s: standing down", at.clock(s.EndsAt))
	case len(effect.Mutes) == 0:
		return s, "resolved: it lapses at " + at.clock(s.EndsAt)
	case at.settings.Spent(s, end, now):
		return s, fmt.Sprintf("acked for %s, and it still fires: it is loud again at %s unless it is acked anew", draw.Age(now.Sub(s.StartsAt)), at.clock(s.EndsAt))
	}
	next, due := at.settings.Renewal(s, end, h.alerts, now)
	if !due {
		s.EndsAt = end
		return s, ""
	}
	r, _, err, unrecorded := at.rec.Do(ctx, sources.SetSilence{Silence: next})
	if unrecorded != nil {
		at.note("not on record: %v", unrecorded)
	}
	if err != nil {
		at.note("not renewed: %v", hinted(err))
		s.EndsAt = end
		return s, ""
	}
	next.ID = r.ID
	fmt.Fprintf(at.out, "renewed %s until %s\n", subject(next), at.clock(next.EndsAt))
	return next, ""
}

// subject names a silence in few words.
func subject(s sources.Silence) string {
	for _, m := range s.Matchers {
		if m.Name == "alertname" && m.Equal {
			return sources.Clean(m.Value)
		}
	}
	return "{" + silence.Format(s.Matchers) + "}"
}
