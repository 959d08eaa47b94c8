package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"firewatch/signals/silence"
	"firewatch/sources"
)

// matcherHelp is how matchers are written.
const matcherHelp = `MATCHER is NAME=VALUE, NAME!=VALUE, NAME=~REGEX or NAME!~REGEX; an expression is anchored at both ends.`

// timeHelp is how times are written.
const timeHelp = `Times are lengths (15m, 2h, 1d), times of day (09:00, tomorrow 09:00, monday 09:00), dates (2026-11-23 09:00) or RFC 3339.`

// silenceFlags are the flags about the span of a silence and about its comment.
type silenceFlags struct {
	writing
	length, until, start string
	comment, ticket      string
	template, cluster    string
	weeks                int
}

func (o *silenceFlags) flags(f *pflag.FlagSet) {
	f.StringVar(&o.length, "for", "", "how long it lasts, from its start")
	f.StringVar(&o.until, "until", "", "when it ends")
	f.StringVar(&o.start, "start", "", "when it starts; empty is now")
	f.StringVar(&o.comment, "comment", "", "why, and who to ask")
	f.StringVar(&o.ticket, "ticket", "", "the ticket it belongs to")
	o.writing.flags(f)
}

// span is from when until when; the moments given are those where a flag says nothing.
func (o *silenceFlags) span(now, start, end time.Time) (time.Time, time.Time, error) {
	var err error
	if o.start != "" && o.start != "now" {
		if start, err = silence.Until(o.start, now, time.Local); err != nil {
			return start, end, fmt.Errorf("--start: %w", err)
		}
	}
	from := start
	if from.Before(now) {
		from = now
	}
	switch {
	case o.length != "" && o.until != "":
		return start, end, errors.New("--for and --until: name one of them")
	case o.length != "":
		end, err = silence.Until(o.length, from, time.Local)
		err = flagged("--for", err)
	case o.until != "":
		end, err = silence.Until(o.until, from, time.Local)
		err = flagged("--until", err)
	}
	return start, end, err
}

func flagged(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}

// matchers reads arguments as the matchers of one silence.
func matchers(args []string) ([]sources.Matcher, error) {
	terms := make([]string, len(args))
	for i, a := range args {
		terms[i] = termOf(a, func(s string) error { _, err := silence.Parse(s); return err })
	}
	return silence.Parse(strings.Join(terms, " "))
}

// silenceAdd makes silences.
func (p *program) silenceAdd() *command {
	var o silenceFlags
	return &command{
		name: "silence add", args: "MATCHER... --for 2h|--until 09:00 --comment TEXT", does: "mute alerts for a time",
		more: matcherHelp + "\n" + timeHelp + `
Where there are several clusters it is made in those whose alerts it matches now, or in the one of --cluster.
` + guarded,
		flags: func(f *pflag.FlagSet) {
			o.flags(f)
			f.StringVar(&o.template, "template", "", "start from this template of the configuration")
			f.StringVar(&o.cluster, "cluster", "", "the cluster to make it in")
			f.IntVar(&o.weeks, "weeks", 1, "make it again each week, this many times in all")
		},
		codes: writeCodes,
		examples: []string{
			`firewatch silence add alertname=DiskFull instance=db-1:9100 --for 2h --comment "resizing, ask dana"`,
			`firewatch silence add service=search --start "sat 22:00" --for 90m --weeks 4 --comment "weekly reindex" --dry-run`,
		},
		run: func(ctx context.Context, args []string) (int, error) {
			at, err := p.open()
			if err != nil {
				return misused, err
			}
			defer at.close()
			s, err := at.wanted(&o, args)
			if err != nil {
				return misused, fmt.Errorf("silence add: %w", err)
			}
			h, err := at.look(ctx)
			if err != nil {
				return failed, err
			}
			clusters, err := h.clusters(s.Matchers, o.cluster)
			if err != nil {
				return misused, fmt.Errorf("silence add: %w", err)
			}
			var changes []change
			for _, c := range clusters {
				one := s
				one.Cluster = c
				for _, each := range silence.Weekly(one, o.weeks, time.Local) {
					changes = append(changes, setting(each))
				}
			}
			_, code, err := at.commit(ctx, o.writing, changes, h, nil)
			return code, err
		},
	}
}

// wanted is the silence that flags and arguments describe, in no cluster yet.
func (at *place) wanted(o *silenceFlags, args []string) (sources.Silence, error) {
	text, now := strings.Join(args, " "), at.now()
	start, end, err := now, time.Time{}, error(nil)
	if o.template != "" {
		i := slices.IndexFunc(at.settings.Templates, func(t silence.Template) bool { return strings.EqualFold(t.Name, o.template) })
		if i < 0 {
			return sources.Silence{}, fmt.Errorf("no template %q in the configuration: known are %s", o.template, templates(at.settings.Templates))
		}
		t := at.settings.Templates[i]
		if text == "" {
			args = []string{t.Matchers}
		}
		if o.length+o.until+o.start == "" && t.For != "" {
			if start, end, err = silence.When(t.For, now, time.Local); err != nil {
				return sources.Silence{}, fmt.Errorf("template %s: %w", t.Name, err)
			}
		} else if o.length+o.until == "" {
			o.length = t.For
		}
		if o.comment == "" {
			o.comment = t.Comment
		}
	}
	ms, err := matchers(args)
	if err != nil {
		return sources.Silence{}, err
	}
	start, end, err = o.span(now, start, end)
	switch {
	case err != nil:
		return sources.Silence{}, err
	case end.IsZero():
		return sources.Silence{}, errors.New("say how long with --for, or --until when")
	case strings.TrimSpace(o.comment) == "":
		return sources.Silence{}, errors.New("say why with --comment: whoever is on call next reads it")
	case o.weeks < 1 || o.weeks > silence.MaxWeeks:
		return sources.Silence{}, fmt.Errorf("--weeks: %d is not between 1 and %d", o.weeks, silence.MaxWeeks)
	}
	by := silence.By{User: at.user, Reason: strings.TrimSpace(o.comment), Ticket: o.ticket, Tool: tool, At: now}
	return by.Make("", ms, start, end), nil
}

func templates(all []silence.Template) string {
	names := make([]string, len(all))
	for i, t := range all {
		names[i] = t.Name
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// clusters are where a silence of the matchers belongs: the named one, else
// those with an alert that it matches.
func (h *held) clusters(ms []sources.Matcher, named string) ([]string, error) {
	if named != "" {
		return []string{named}, nil
	}
	var all []string
	for _, a := range h.alerts {
		all = append(all, a.Cluster)
	}
	for _, s := range h.silences {
		all = append(all, s.Cluster)
	}
	slices.Sort(all)
	if all = slices.Compact(all); len(all) == 0 || len(all) == 1 && all[0] == "" {
		return []string{""}, nil
	}
	effect, err := silence.Preview(ms, h.alerts)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, a := range effect.Mutes {
		out = append(out, a.Cluster)
	}
	slices.Sort(out)
	if out = slices.Compact(out); len(out) == 0 {
		return nil, fmt.Errorf("no alert matches: name the cluster with --cluster, one of %s", strings.Join(all, ", "))
	}
	return out, nil
}
