package cli

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui/draw"
)

// silenceFilterHelp is the language of the filters of silences.
const silenceFilterHelp = `FILTER picks silences by @words (@mine @expiring @unused @active @pending @expired @acks), by matchers (service=api: those
with a matcher on service that lets api through) and by words in the id, the creator, the comment or the matchers. All of
them must hold, ! before one turns it around. Expired ones are picked only by @expired.`

// silencesCommand lists silences.
func (p *program) silencesCommand() *command {
	var o struct {
		format format
		within time.Duration
	}
	return &command{
		name: "silences", args: "[FILTER...]", does: "list silences, the next to end first",
		more: silenceFilterHelp,
		flags: func(f *pflag.FlagSet) {
			o.format.flag(f)
			f.DurationVar(&o.within, "within", silence.Expiring, "how soon a silence ends that is @expiring")
		},
		codes:    map[int]string{unmatched: "a filter was given and nothing matches it"},
		examples: []string{"firewatch silences @mine @expiring --within 1h", "firewatch silences @unused -o csv > unused.csv"},
		run: func(ctx context.Context, args []string) (int, error) {
			text, err := silenceFilter(args)
			if err != nil {
				return misused, err
			}
			at, err := p.open()
			if err != nil {
				return misused, err
			}
			defer at.close()
			h, err := at.look(ctx)
			if err != nil {
				return failed, err
			}
			x := silence.NewShelf(h.alerts, h.silences, at.user, at.now())
			x.Within = o.within
			var picked []*sources.Silence
			for i := range h.silences {
				if text.Match(&h.silences[i], &x) {
					picked = append(picked, &h.silences[i])
				}
			}
			if err := at.print(o.format, at.silenceListing(picked, h)); err != nil {
				return failed, err
			}
			switch {
			case len(picked) == 0 && text.Text != "":
				return unmatched, nil
			case len(picked) == 0 && o.format == "table":
				at.note("no silences")
			}
			return ok, nil
		},
	}
}

// silenceFilter reads the arguments as one filter of silences.
func silenceFilter(args []string) (silence.Filter, error) {
	text := ""
	for _, a := range args {
		text += " " + termOf(a, func(s string) error { _, err := silence.ParseFilter(s); return err })
	}
	f, err := silence.ParseFilter(text)
	if err != nil {
		err = fmt.Errorf("filter: %w", err)
	}
	return f, err
}

// silenceObject is a silence as JSON has it.
type silenceObject struct {
	Cluster     string            `json:"cluster,omitempty"`
	ID          string            `json:"id"`
	State       string            `json:"state"`
	Owner       string            `json:"owner"`
	Ack         bool              `json:"ack"`
	StartsAt    time.Time         `json:"startsAt"`
	EndsAt      time.Time         `json:"endsAt"`
	UpdatedAt   time.Time         `json:"updatedAt"`
	CreatedBy   string            `json:"createdBy"`
	Comment     string            `json:"comment"`
	Annotations map[string]string `json:"annotations"`
	Mutes       int               `json:"mutes"`
	Matchers    []matcherObject   `json:"matchers"`
}

// matcherObject is a matcher as the API of Alertmanager has it.
type matcherObject struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	IsRegex bool   `json:"isRegex"`
	IsEqual bool   `json:"isEqual"`
}

func (at *place) silenceListing(picked []*sources.Silence, h held) listing {
	l := listing{
		columns: []string{"id", "state", "ends", "who", "mutes", "matchers", "comment"},
		fields:  []string{"id", "state", "starts_at", "ends_at", "owner", "ack", "mutes", "matchers", "comment", "ticket", "cluster"},
	}
	objects := []silenceObject{}
	for _, s := range picked {
		// An expression that does not compile mutes nothing, as the server sees it.
		effect, _ := silence.Preview(s.Matchers, h.in(s.Cluster))
		mutes := len(effect.Mutes)
		if s.State != "active" {
			mutes = 0
		}
		object := silenceObject{
			Cluster: s.Cluster, ID: s.ID, State: s.State, Owner: silence.Owner(s), Ack: silence.IsAck(s), StartsAt: s.StartsAt.UTC(), EndsAt: s.EndsAt.UTC(),
			UpdatedAt: s.UpdatedAt.UTC(), CreatedBy: s.CreatedBy, Comment: s.Comment, Annotations: s.Annotations, Mutes: mutes,
		}
		for _, m := range s.Matchers {
			object.Matchers = append(object.Matchers, matcherObject{m.Name, m.Value, m.Regex, m.Equal})
		}
		ends := "in " + draw.Age(s.EndsAt.Sub(at.now()))
		switch s.State {
		case "expired":
			ends = draw.Age(at.now().Sub(s.EndsAt)) + " ago"
		case "pending":
			ends = "starts in " + draw.Age(s.StartsAt.Sub(at.now()))
		}
		objects = append(objects, object)
		l.rows = append(l.rows, []string{s.ID, s.State, ends, silence.Owner(s), fmt.Sprint(mutes), silence.Format(s.Matchers), cmp.Or(s.Comment, "-")})
		l.records = append(l.records, []string{
			s.ID, s.State, s.StartsAt.UTC().Format(time.RFC3339), s.EndsAt.UTC().Format(time.RFC3339), silence.Owner(s), fmt.Sprint(object.Ack), fmt.Sprint(mutes),
			silence.Format(s.Matchers), s.Comment, s.Annotations["ticket"], s.Cluster,
		})
	}
	l.objects = objects
	return l
}
