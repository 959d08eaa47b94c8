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

// errNone is why a command that found nothing to do ends.
var errNone = errors.New("nothing matched")

// byID is the silence of that id, or of the only one that begins with it.
func (h *held) byID(id string) (sources.Silence, error) {
	var found []sources.Silence
	for _, s := range h.silences {
		if s.ID == id {
			return s, nil
		}
		if len(id) >= 4 && strings.HasPrefix(s.ID, id) {
			found = append(found, s)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return sources.Silence{}, fmt.Errorf("%w: no silence %s", errNone, sources.Clean(id))
	}
	return sources.Silence{}, fmt.Errorf("%d silences begin with %s: write more of the id", len(found), sources.Clean(id))
}

// live is byID without what has expired.
func (at *place) live(h held, id string) (sources.Silence, error) {
	s, err := h.byID(id)
	if err == nil && s.State == "expired" {
		old := s
		s = silence.Again(old, silence.By{User: at.user, Tool: tool, At: at.now()})
		err = fmt.Errorf("silence %s has expired; make it again with: %s", old.ID, at.undo(sources.SetSilence{Silence: s}))
	}
	return s, err
}

// codeOf is the exit code of an error of byID.
func codeOf(err error) int {
	if errors.Is(err, errNone) {
		return unmatched
	}
	return failed
}

// silenceExtend moves the end of a silence.
func (p *program) silenceExtend() *command {
	var o struct {
		writing
		by string
	}
	return &command{
		name: "silence extend", args: "ID", does: "move the end of a silence, which keeps its id",
		more: "The length counts from the end that the silence has, not from now. The first characters of an id do.\n" + guarded,
		flags: func(f *pflag.FlagSet) {
			f.StringVar(&o.by, "by", "1h", "by how much")
			o.writing.flags(f)
		},
		codes:    writeCodes,
		examples: []string{"firewatch silence extend 3f2c9a10 --by 2h", "firewatch silence extend 3f2c9a10 --by 1d --dry-run"},
		run: func(ctx context.Context, args []string) (int, error) {
			if len(args) != 1 {
				return misused, errors.New("silence extend: name one silence by its id")
			}
			return p.changeOne(ctx, args[0], &o.writing, func(at *place, s sources.Silence) (sources.Silence, error) {
				end, err := silence.Until(o.by, s.EndsAt, time.Local)
				if err != nil {
					return s, fmt.Errorf("silence extend: --by: %w", err)
				}
				return silence.Extended(s, end.Sub(s.EndsAt)), nil
			})
		},
	}
}

// silenceEdit changes parts of a silence.
func (p *program) silenceEdit() *command {
	var o silenceFlags
	return &command{
		name: "silence edit", args: "ID [MATCHER...]", does: "change matchers, times, comment or ticket of a silence",
		more:  "What is not named stays. Other matchers or another start make a new silence in place of the old one: that is said.\n" + matcherHelp + "\n" + timeHelp + "\n" + guarded,
		flags: o.flags, codes: writeCodes,
		examples: []string{`firewatch silence edit 3f2c9a10 --until 18:00`, `firewatch silence edit 3f2c9a10 alertname=DiskFull --comment "all hosts, ask sam"`},
		run: func(ctx context.Context, args []string) (int, error) {
			if len(args) == 0 {
				return misused, errors.New("silence edit: name a silence by its id")
			}
			if len(args) == 1 && o.start+o.length+o.until+o.comment+o.ticket == "" {
				return misused, errors.New("silence edit: say what to change")
			}
			return p.changeOne(ctx, args[0], &o.writing, func(at *place, s sources.Silence) (sources.Silence, error) {
				var err error
				if s.StartsAt, s.EndsAt, err = o.span(at.now(), s.StartsAt, s.EndsAt); err != nil {
					return s, fmt.Errorf("silence edit: %w", err)
				}
				if len(args) > 1 {
					if s.Matchers, err = matchers(args[1:]); err != nil {
						return s, fmt.Errorf("silence edit: %w", err)
					}
				}
				if o.comment != "" {
					s.Comment = o.comment
				}
				if o.ticket != "" {
					by := silence.By{User: silence.Owner(&s), Ticket: o.ticket, Tool: tool}
					made := by.Make("", nil, s.StartsAt, s.EndsAt)
					for k, v := range s.Annotations {
						if k != "ticket" {
							made.Annotations[k] = v
						}
					}
					s.Annotations = made.Annotations
				}
				return s, nil
			})
		},
	}
}

// changeOne changes one silence that has not expired.
func (p *program) changeOne(ctx context.Context, id string, w *writing, edit func(*place, sources.Silence) (sources.Silence, error)) (int, error) {
	at, err := p.open()
	if err != nil {
		return misused, err
	}
	defer at.close()
	h, err := at.look(ctx)
	if err != nil {
		return failed, err
	}
	s, err := at.live(h, id)
	if err != nil {
		return codeOf(err), err
	}
	if s, err = edit(at, s); err != nil {
		return misused, err
	}
	_, code, err := at.commit(ctx, *w, []change{setting(s)}, h, nil)
	return code, err
}

// silenceExpire ends silences.
func (p *program) silenceExpire() *command {
	var o struct {
		writing
		mine   bool
		filter string
	}
	return &command{
		name: "silence expire", args: "ID...|--mine|--filter FILTER", does: "end silences now",
		more: silenceFilterHelp + "\nWhat fires is loud again at once; the next page comes with the next round of its group.\n" + guarded,
		flags: func(f *pflag.FlagSet) {
			f.BoolVar(&o.mine, "mine", false, "all that are yours")
			f.StringVar(&o.filter, "filter", "", "all that match this filter of silences")
			o.writing.flags(f)
		},
		codes:    writeCodes,
		examples: []string{"firewatch silence expire 3f2c9a10 77b0e4d2", "firewatch silence expire --mine --filter @unused --dry-run"},
		run: func(ctx context.Context, args []string) (int, error) {
			some := o.mine || o.filter != ""
			if some == (len(args) > 0) {
				return misused, errors.New("silence expire: name silences by their ids, or pick them with --mine or --filter")
			}
			text := o.filter
			if o.mine {
				text += " @mine"
			}
			f, err := silence.ParseFilter(text)
			if err != nil {
				return misused, fmt.Errorf("silence expire: --filter: %w", err)
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
			var changes []change
			if some {
				x := silence.NewShelf(h.alerts, h.silences, at.user, at.now())
				for i := range h.silences {
					if s := &h.silences[i]; s.State != "expired" && f.Match(s, &x) {
						changes = append(changes, expiring(*s))
					}
				}
			}
			for _, id := range args {
				s, err := h.byID(id)
				if err != nil {
					return codeOf(err), err
				}
				if s.State == "expired" {
					return failed, fmt.Errorf("silence %s has expired already", s.ID)
				}
				if !slices.ContainsFunc(changes, func(c change) bool { return c.action.String() == expiring(s).action.String() }) {
					changes = append(changes, expiring(s))
				}
			}
			if len(changes) == 0 {
				return unmatched, errors.New("silence expire: no silence matches")
			}
			_, code, err := at.commit(ctx, o.writing, changes, h, nil)
			return code, err
		},
	}
}
