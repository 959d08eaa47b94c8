package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"firewatch/signals/silence"
	"firewatch/sources"
)

// writing is what every command that writes may be told.
type writing struct {
	dry    bool
	force  string
	format format
}

func (w *writing) flags(f *pflag.FlagSet) {
	f.BoolVarP(&w.dry, "dry-run", "n", false, "print what would be done and what speaks against it, and send nothing")
	f.StringVar(&w.force, "force", "", "do it although a guard speaks against it: the name of the context, typed out")
	w.format.flag(f)
}

// writeCodes are the exit codes of commands that write.
var writeCodes = map[int]string{
	refused:   "refused by a guard or a read-only context, nothing was sent (with --dry-run: would be refused)",
	unmatched: "nothing matched, nothing was sent",
}

// guarded is what the help of such a command says of the guards.
const guarded = `A guard refuses what mutes too much or too long, and more than one write at once in a production context:
--force CONTEXT does it all the same. Each write prints its id and the command that takes it back, and is recorded in
the audit file of the console.`

// change is one write: the action, and the silence that will be in force, or
// the one that ends; both are nil for another write.
type change struct {
	action      sources.Action
	made, ended *sources.Silence
}

func setting(s sources.Silence) change {
	return change{action: sources.SetSilence{Silence: s}, made: &s}
}

func expiring(s sources.Silence) change {
	return change{action: sources.ExpireSilence{Silence: s}, ended: &s}
}

// against lists what speaks against the changes.
func (at *place) against(changes []change, h held, more []string) []string {
	out := more
	for _, c := range changes {
		if c.made == nil || silence.IsAck(c.made) {
			continue // an acknowledgement covers exactly what was picked
		}
		for _, g := range silence.Guard(*c.made, h.in(c.made.Cluster), at.settings.Policy) {
			out = append(out, g)
		}
	}
	switch n := len(changes); {
	case n > 1 && at.prod:
		out = append(out, fmt.Sprintf("it is %d writes at once in production", n))
	case at.settings.Policy.MaxAlerts > 0 && n > at.settings.Policy.MaxAlerts:
		out = append(out, fmt.Sprintf("it is %d writes at once, more than %d", n, at.settings.Policy.MaxAlerts))
	}
	return out
}

// commit carries the changes out, or says what it would do, or refuses. The ids
// are those of the changes, empty for one that failed. A failed change does not
// keep the others from being tried.
func (at *place) commit(ctx context.Context, w writing, changes []change, h held, more []string) (ids []string, code int, err error) {
	against := at.against(changes, h, more)
	forced := strings.EqualFold(w.force, at.name)
	if w.dry {
		code, err = at.rehearse(ctx, changes, h, against, forced)
		return nil, code, err
	}
	for _, c := range changes {
		if err := at.rec.Allow(c.action); err != nil {
			return nil, refused, err
		}
	}
	switch {
	case w.force != "" && !forced:
		return nil, refused, fmt.Errorf("not done: --force %s is not the name of the context, %s", w.force, at.name)
	case len(against) > 0 && !forced:
		return nil, refused, fmt.Errorf("not done: %s (see --dry-run; --force %s does it all the same)", strings.Join(against, "; "), at.name)
	}
	if err := at.audit.prove(); err != nil {
		return nil, failed, err
	}
	return at.send(ctx, w, changes)
}

// receipt is a write that was done, for all formats.
type receipt struct {
	ID      string `json:"id"`
	Action  string `json:"action"`
	Undo    string `json:"undo,omitempty"`
	Note    string `json:"note,omitempty"`
	Request string `json:"request,omitempty"`
}

// send carries the changes out one after the other, and prints what was done.
func (at *place) send(ctx context.Context, w writing, changes []change) (ids []string, code int, err error) {
	receipts := []receipt{}
	var errs []error
	for _, c := range changes {
		r, _, err, unrecorded := at.rec.Do(ctx, c.action)
		if unrecorded != nil {
			at.note("not on record: %v: %s", unrecorded, c.action)
		}
		ids = append(ids, r.ID)
		if err != nil {
			errs = append(errs, hinted(err))
			continue
		}
		done := c.action.String()
		if b, brief := c.action.(sources.Briefer); brief {
			done = b.Brief(at.now().Local(), true)
		}
		receipts = append(receipts, receipt{ID: r.ID, Action: done, Undo: at.undo(r.Undo), Note: r.Note, Request: r.Request})
	}
	if len(receipts) > 0 {
		l := listing{columns: []string{"id", "done", "undo"}, fields: []string{"id", "done", "undo", "note"}, objects: receipts}
		for _, r := range receipts {
			l.rows = append(l.rows, []string{r.ID, r.Action, r.Undo})
			l.records = append(l.records, []string{r.ID, r.Action, r.Undo, r.Note})
			if r.Note != "" {
				at.note("%s", r.Note)
			}
		}
		if err := at.print(w.format, l); err != nil {
			errs = append(errs, err)
		}
	}
	if n := len(errs); n > 1 {
		return ids, failed, fmt.Errorf("%d of %d writes failed: %w", n, len(changes), errors.Join(errs...))
	} else if n == 1 {
		return ids, failed, errs[0]
	}
	return ids, ok, nil
}

// undo is the command that takes a write back; empty when it cannot be.
func (at *place) undo(a sources.Action) string {
	words := []string{"firewatch"}
	if f := at.global.Lookup("config"); f.Changed {
		words = append(words, "--config", quoted(at.config))
	}
	if f := at.global.Lookup("context"); f.Changed {
		words = append(words, "--context", quoted(at.name))
	}
	// An address may hold a password: then whoever undoes has to name it again.
	if f := at.global.Lookup("alertmanager"); f.Changed && !strings.Contains(f.Value.String(), "@") {
		words = append(words, "--alertmanager", quoted(f.Value.String()))
	}
	moment := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	switch a := a.(type) {
	case sources.ExpireSilence:
		words = append(words, "silence expire", quoted(a.Silence.ID))
	case sources.SetSilence:
		s := &a.Silence
		verb := "silence edit " + quoted(s.ID)
		if s.ID == "" {
			verb = "silence add"
			if s.Cluster != "" {
				verb += " --cluster " + quoted(s.Cluster)
			}
		}
		words = append(words, verb)
		for _, m := range s.Matchers {
			words = append(words, quoted(m.String()))
		}
		if s.StartsAt.After(at.now()) {
			words = append(words, "--start", moment(s.StartsAt))
		}
		words = append(words, "--until", moment(s.EndsAt))
		if s.Comment != "" {
			words = append(words, "--comment", quoted(s.Comment))
		}
		if t := s.Annotations["ticket"]; t != "" {
			words = append(words, "--ticket", quoted(t))
		}
	case sources.RemoveNote:
		words = append(words, "note --remove", quoted(a.Remark.ID))
	case sources.AddNote:
		words = append(words, "note", quoted(a.Remark.Text))
	default:
		return ""
	}
	return strings.Join(words, " ")
}

// quoted is s as one word of a POSIX shell, bare where it can be.
func quoted(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
