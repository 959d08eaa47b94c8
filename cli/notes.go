package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"firewatch/sources"
)

// noteCommand writes a note down.
func (p *program) noteCommand() *command {
	var o struct {
		writing
		about, remove string
	}
	return &command{
		name: "note", args: "TEXT", does: "write a note down, for the timeline and the hand-over",
		more: "Notes stay on this machine, by context. A read-only context takes them too.",
		flags: func(f *pflag.FlagSet) {
			f.StringVar(&o.about, "about", "", "the fingerprint of an alert or the id of a silence that it is about")
			f.StringVar(&o.remove, "remove", "", "take the note of this id back, in place of writing one")
			o.writing.flags(f)
		},
		codes:    writeCodes,
		examples: []string{`firewatch note "called the vendor, ticket 4711"`, `firewatch note --about 3f2c9a10 "resized the disk"`},
		run: func(ctx context.Context, args []string) (int, error) {
			text := strings.TrimSpace(strings.Join(args, " "))
			if (text == "") == (o.remove == "") {
				return misused, errors.New("note: write what to note, or name a note with --remove")
			}
			at, err := p.open()
			if err != nil {
				return misused, err
			}
			defer at.close()
			var action sources.Action = sources.AddNote{Remark: sources.Remark{At: at.now(), Who: at.user, Context: at.name, About: o.about, Text: text}}
			if o.remove != "" {
				f, err := at.ask(ctx, sources.Notes{Context: at.name})
				if err != nil {
					return failed, err
				}
				i := slices.IndexFunc(f.Remarks, func(r sources.Remark) bool { return r.ID == o.remove })
				if i < 0 {
					return unmatched, fmt.Errorf("note: no note %s in context %s", sources.Clean(o.remove), at.name)
				}
				action = sources.RemoveNote{Remark: f.Remarks[i]}
			}
			_, code, err := at.commit(ctx, o.writing, []change{{action: action}}, held{}, nil)
			return code, err
		},
	}
}

// notesCommand lists notes.
func (p *program) notesCommand() *command {
	var o struct {
		format format
		since  string
	}
	return &command{
		name: "notes", does: "list the notes of a context, the oldest first",
		flags: func(f *pflag.FlagSet) {
			o.format.flag(f)
			f.StringVar(&o.since, "since", "", "only those of this time, such as 8h; empty is all")
		},
		codes:    map[int]string{unmatched: "there is none"},
		examples: []string{"firewatch notes --since 8h", "firewatch notes -o json | jq -r '.[].text'"},
		run: func(ctx context.Context, args []string) (int, error) {
			if len(args) > 0 {
				return misused, fmt.Errorf("notes takes no arguments, got %q", args)
			}
			var since time.Time
			if o.since != "" {
				d, err := p.back(o.since)
				if err != nil {
					return misused, fmt.Errorf("notes: --since: %w", err)
				}
				since = p.now().Add(-d)
			}
			at, err := p.open()
			if err != nil {
				return misused, err
			}
			defer at.close()
			f, err := at.ask(ctx, sources.Notes{Context: at.name})
			if err != nil {
				return failed, err
			}
			l := listing{columns: []string{"when", "who", "about", "note", "id"}, fields: []string{"at", "who", "about", "text", "id"}}
			remarks := []sources.Remark{}
			for _, r := range f.Remarks {
				if r.At.Before(since) {
					continue
				}
				r.At = r.At.UTC()
				remarks = append(remarks, r)
				l.rows = append(l.rows, []string{at.clock(r.At), r.Who, cmp.Or(r.About, "-"), r.Text, r.ID})
				l.records = append(l.records, []string{r.At.Format(time.RFC3339), r.Who, r.About, r.Text, r.ID})
			}
			l.objects = remarks
			if err := at.print(o.format, l); err != nil {
				return failed, err
			}
			if len(remarks) == 0 {
				return unmatched, nil
			}
			return ok, nil
		},
	}
}
