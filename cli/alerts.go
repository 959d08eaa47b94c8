package cli

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"firewatch/signals/alert"
	"firewatch/signals/silence"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// filterHelp is the language of the filters of alerts.
const filterHelp = `FILTER picks alerts as / does in the Alerts tab: matchers on labels (severity=critical team=~"core|web"),
@states (@firing @pending @acked @silenced @inhibited @muted @mine) and words that occur in the name, the summary or a
label. All of them must hold; ! before one turns it around, and so does - behind --. Quote it from the shell.`

// alertsCommand lists alerts.
func (p *program) alertsCommand() *command {
	var o struct {
		format format
		group  string
		code   bool
	}
	return &command{
		name: "alerts", args: "[FILTER...]", does: "list what fires or is about to, and who has it",
		more: filterHelp + "\nThe order is that of the tab: worst first, then loud before held, then oldest first.",
		flags: func(f *pflag.FlagSet) {
			o.format.flag(f)
			f.StringVar(&o.group, "group", "", "list them by the value of this label")
			f.BoolVar(&o.code, "exit-code", false, "exit with 1 when something matches and with 0 when nothing does")
		},
		codes: map[int]string{
			failed:    "failed: the message on standard error says why; with --exit-code also: something matches",
			unmatched: "a filter was given and nothing matches it (0 with --exit-code)",
		},
		examples: []string{
			`firewatch alerts 'severity=critical !@silenced' -o json | jq -r '.[].labels.instance'`,
			`firewatch alerts @firing severity=critical --exit-code || page-someone`,
		},
		run: func(ctx context.Context, args []string) (int, error) {
			f, err := filter(args)
			if err != nil {
				return misused, err
			}
			at, err := p.open()
			if err != nil {
				return misused, err
			}
			defer at.close()
			h, err := at.lookAt(ctx, true)
			if err != nil {
				return failed, err
			}
			rows := h.pick(f, at.user)
			if err := at.print(o.format, at.alertListing(rows, o.group)); err != nil {
				return failed, err
			}
			switch {
			case o.code && len(rows) > 0:
				return failed, nil
			case !o.code && len(rows) == 0 && f.Text != "":
				return unmatched, nil
			case len(rows) == 0 && o.format == "table":
				at.note("no alerts")
			}
			return ok, nil
		},
	}
}

// alertObject is an alert as JSON has it.
type alertObject struct {
	Cluster     string            `json:"cluster,omitempty"`
	Group       *string           `json:"group,omitempty"`
	Fingerprint string            `json:"fingerprint"`
	Name        string            `json:"name"`
	Severity    string            `json:"severity"`
	State       string            `json:"state"`
	StartsAt    time.Time         `json:"startsAt"`
	Age         float64           `json:"ageSeconds"`
	Who         string            `json:"who,omitempty"`
	Until       *time.Time        `json:"until,omitempty"`
	Silence     string            `json:"silence,omitempty"`
	Cause       string            `json:"cause,omitempty"`
	Where       string            `json:"where,omitempty"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	SilencedBy  []string          `json:"silencedBy,omitempty"`
	InhibitedBy []string          `json:"inhibitedBy,omitempty"`
	MutedBy     []string          `json:"mutedBy,omitempty"`
	Receivers   []string          `json:"receivers,omitempty"`
	Generator   string            `json:"generatorURL,omitempty"`
}

// alertListing is the rows for all formats, by the values of a label if it names one.
func (at *place) alertListing(rows []alert.Row, group string) listing {
	l := listing{
		columns: []string{"severity", "alert", "state", "age", "who", "where", "summary"},
		fields:  []string{"severity", "alert", "state", "age_seconds", "who", "where", "summary", "starts_at", "cluster", "fingerprint"},
		heads:   map[int]string{},
	}
	if group != "" {
		rows = grouped(rows, group, l.heads)
		l.fields = append(l.fields, "group")
	}
	objects := []alertObject{}
	for _, r := range rows {
		a, now := r.Alert, at.now()
		age, where, summary := now.Sub(a.StartsAt), alert.Where(a.Labels), a.Annotations["summary"]
		state := r.Status.State.String()
		object := alertObject{
			Cluster: a.Cluster, Fingerprint: a.Fingerprint, Name: a.Name(), Severity: a.Severity(), State: state, StartsAt: a.StartsAt.UTC(),
			Age: age.Truncate(time.Second).Seconds(), Who: r.Status.Who, Cause: r.Status.Cause, Where: where, Labels: a.Labels, Annotations: a.Annotations,
			SilencedBy: a.SilencedBy, InhibitedBy: a.InhibitedBy, MutedBy: a.MutedBy, Receivers: a.Receivers, Generator: a.GeneratorURL,
		}
		if s := r.Status.By; s != nil {
			until := s.EndsAt.UTC()
			object.Until, object.Silence = &until, s.ID
		}
		record := []string{
			a.Severity(), a.Name(), state, strconv.FormatFloat(object.Age, 'f', -1, 64), r.Who(), where, summary,
			a.StartsAt.UTC().Format(time.RFC3339), a.Cluster, a.Fingerprint,
		}
		if group != "" {
			value := a.Labels[group]
			object.Group, record = &value, append(record, value)
		}
		objects = append(objects, object)
		l.records = append(l.records, record)
		l.rows = append(l.rows, []string{a.Severity(), cmp.Or(a.Name(), "-"), state, draw.Age(age), cmp.Or(r.Who(), "-"), cmp.Or(where, "-"), summary})
	}
	l.objects = objects
	l.level = func(row, column int) theme.Level {
		if r := rows[row]; column == 0 && r.Status.State <= silence.Pending {
			return theme.Level(r.Level)
		}
		return theme.None
	}
	return l
}

// grouped are the rows by the values of a label, the groups in the order of
// their worst; heads are the headings before the first of each.
func grouped(rows []alert.Row, label string, heads map[int]string) []alert.Row {
	var values []string
	by := map[string][]alert.Row{}
	for _, r := range rows {
		v := r.Alert.Labels[label]
		if by[v] == nil {
			values = append(values, v)
		}
		by[v] = append(by[v], r)
	}
	var out []alert.Row
	for _, v := range values {
		heads[len(out)] = fmt.Sprintf("%s=%s (%d)", label, cmp.Or(v, `""`), len(by[v]))
		out = append(out, by[v]...)
	}
	return out
}
