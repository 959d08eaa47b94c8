package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/pflag"

	"firewatch/signals/alert"
	"firewatch/signals/silence"
	"firewatch/sources"
)

// ackFlags are what ack may be told.
type ackFlags struct {
	writing
	reason, ticket string
	hold           bool
}

// ackCommand acknowledges alerts.
func (p *program) ackCommand() *command {
	var o ackFlags
	return &command{
		name: "ack", args: "FILTER... [--reason TEXT] [--hold]", does: "acknowledge alerts: a short silence with a lease",
		more: filterHelp + `
It covers what fires and nobody has, and nothing else. The lease lapses after a quarter of an hour, unless a console of yours
or --hold renews it: --hold stays until the alerts are resolved or Ctrl-C, stands down when somebody else renews, and
ends at the longest lease of the configuration. Your own acknowledgements that match are held as well.
` + guarded,
		flags: func(f *pflag.FlagSet) {
			f.StringVar(&o.reason, "reason", "looking into it", "why, or what you are trying")
			f.StringVar(&o.ticket, "ticket", "", "the ticket it belongs to")
			f.BoolVar(&o.hold, "hold", false, "stay and renew it until it is resolved")
			o.writing.flags(f)
		},
		codes: writeCodes,
		examples: []string{
			`firewatch ack alertname=DiskFull instance=db-1:9100 --reason "resizing" --hold`,
			`firewatch ack severity=critical team=core --ticket OPS-7 --dry-run`,
		},
		run: func(ctx context.Context, args []string) (int, error) {
			f, err := filter(args)
			if err == nil && f.Text == "" {
				err = errors.New("ack: say what to acknowledge: every alert at once is nobody's work")
			}
			if err != nil {
				return misused, err
			}
			at, err := p.open()
			if err != nil {
				return misused, err
			}
			defer at.close()
			return at.ack(ctx, o, f)
		},
	}
}

// ack acknowledges what the filter picks, and holds it if asked to.
func (at *place) ack(ctx context.Context, o ackFlags, f alert.Filter) (int, error) {
	h, err := at.look(ctx)
	if err != nil {
		return failed, err
	}
	var loud []sources.Alert
	var kept []sources.Silence
	rows := h.pick(f, at.user)
	for _, r := range rows {
		switch s := r.Status.By; {
		case r.Status.State == silence.Pending || silence.Heartbeat(r.Alert):
		case s == nil:
			loud = append(loud, *r.Alert)
		case o.hold && silence.IsAck(s) && silence.Owner(s) == at.user && !slices.ContainsFunc(kept, func(k sources.Silence) bool { return k.ID == s.ID }):
			kept = append(kept, *s)
		default:
			at.note("%s %s: %s", r.Alert.Name(), alert.Where(r.Alert.Labels), r.Status.Text(at.clock))
		}
	}
	if len(loud)+len(kept) == 0 {
		return unmatched, fmt.Errorf("ack: nothing to acknowledge: %d alerts match, none of them fires without somebody who has it", len(rows))
	}
	by := silence.By{User: at.user, Reason: o.reason, Ticket: o.ticket, Tool: tool, At: at.now(), Plain: o.ticket != "" && at.plain(ctx)}
	var changes []change
	for _, s := range at.settings.Ack(loud, by, h.alerts) {
		changes = append(changes, setting(s))
	}
	var against []string
	if most := at.settings.Policy.MaxAlerts; most > 0 && len(loud) > most {
		against = append(against, fmt.Sprintf("it acknowledges %d alerts, more than %d", len(loud), most))
	}
	if len(changes) > 0 || o.dry {
		ids, code, err := at.commit(ctx, o.writing, changes, h, against)
		if o.dry || !o.hold || len(ids) == 0 && err != nil {
			return code, err
		}
		for i, id := range ids {
			if id != "" {
				s := *changes[i].made
				s.ID = id
				kept = append(kept, s)
			}
		}
		if err != nil {
			at.note("%v", err)
		}
	} else if err := at.permitted(kept); err != nil {
		return refused, err
	}
	return at.hold(ctx, kept)
}

// permitted says why acknowledgements may not be renewed here.
func (at *place) permitted(all []sources.Silence) error {
	for _, s := range all {
		if err := at.rec.Allow(sources.SetSilence{Silence: s}); err != nil {
			return err
		}
	}
	return at.audit.prove()
}

// plain says whether a server keeps no annotations, those before 0.32.
func (at *place) plain(ctx context.Context) bool {
	f, err := at.set.Query(ctx, sources.AlertmanagerStatus{}, at.window())
	if err != nil {
		return false
	}
	return slices.ContainsFunc(f.Peers, func(p sources.Peer) bool {
		var major, minor int
		n, _ := fmt.Sscanf(p.Version, "%d.%d", &major, &minor)
		return n == 2 && major == 0 && minor < 32
	})
}

// unackCommand ends the user's own acknowledgements.
func (p *program) unackCommand() *command {
	var o writing
	return &command{
		name: "unack", args: "FILTER...", does: "end your acknowledgements of alerts", more: filterHelp + "\nThose of others stay: see firewatch silence expire.\n" + guarded,
		flags: o.flags, codes: writeCodes,
		examples: []string{"firewatch unack alertname=DiskFull", "firewatch unack @mine --dry-run"},
		run: func(ctx context.Context, args []string) (int, error) {
			f, err := filter(args)
			if err == nil && f.Text == "" {
				err = errors.New("unack: say what to give up: @mine is all that is yours")
			}
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
			book := silence.NewBook(h.alerts, h.silences, at.now())
			var changes []change
			seen := map[string]bool{}
			for _, r := range h.pick(f, at.user) {
				for _, s := range book.Holders(r.Alert) {
					switch {
					case !silence.IsAck(s) || seen[s.Cluster+"/"+s.ID]:
						continue
					case silence.Owner(s) == at.user:
						changes = append(changes, expiring(*s))
					default:
						at.note("%s is acked by %s: firewatch silence expire %s ends that", r.Alert.Name(), silence.Owner(s), s.ID)
					}
					seen[s.Cluster+"/"+s.ID] = true
				}
			}
			if len(changes) == 0 {
				return unmatched, errors.New("unack: none of the alerts is acked by you")
			}
			_, code, err := at.commit(ctx, o, changes, h, nil)
			return code, err
		},
	}
}
