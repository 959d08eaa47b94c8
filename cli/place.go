package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"firewatch/config"
	"firewatch/signals/alert"
	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/theme"
)

// tool is what the silences of this program say that they were made by, whether
// the console or a command made them.
const tool = "firewatch"

// place is a context of the config as the commands use it: its servers, who acts
// on them and by which rules.
type place struct {
	*program
	name     string
	user     string
	prod     bool
	refresh  time.Duration
	theme    string
	set      sources.Set
	rec      *ui.Recorder
	audit    *auditLog
	settings silence.Settings
}

// open reads the configuration and opens the servers of its context. Close it.
func (p *program) open() (*place, error) {
	c, err := config.Load(p.config, p.global)
	if err != nil {
		return nil, err
	}
	settings, err := silences(c)
	if err != nil {
		return nil, err
	}
	if p.tune != nil {
		p.tune(&settings)
	}
	audit := newAudit(c.Audit)
	set, err := openSources(c, c.Context, audit)
	if err != nil {
		return nil, err
	}
	ctx := c.Contexts[c.Context]
	at := &place{
		program: p, name: c.Context, user: who(ctx.User), prod: ctx.Prod, refresh: ctx.Refresh, theme: c.Theme,
		set: set, audit: audit, settings: settings,
	}
	at.rec = &ui.Recorder{Sources: set, User: at.user, Context: c.Context, ReadOnly: ctx.ReadOnly, Now: p.now, Audit: audit.write}
	return at, nil
}

// openSources are the servers of a context and what is kept on this machine.
func openSources(c *config.Config, context string, audit *auditLog) (sources.Set, error) {
	options, err := c.Options(context)
	if err != nil {
		return nil, err
	}
	set, err := sources.Open(options)
	if err != nil {
		return nil, err
	}
	set["local"] = sources.NewLocal(filepath.Dir(audit.path))
	return set, nil
}

func (at *place) close() { at.audit.close() }

// ask asks one question; what the server says beside the answer goes to standard error.
func (at *place) ask(ctx context.Context, q sources.Query) (sources.Frame, error) {
	f, err := at.set.Query(ctx, q, at.window())
	for _, n := range f.Notes {
		at.note("%s", n)
	}
	return f, hinted(err)
}

// window is the last hour: only questions that bring no span of their own mind it.
func (at *place) window() sources.Window { return sources.At(at.now(), time.Hour, 60, true) }

// note says something beside the answer.
func (p *program) note(format string, args ...any) {
	fmt.Fprintf(p.err, "firewatch: "+format+"\n", args...)
}

// hinted adds to an error of a source what to do about it.
func hinted(err error) error {
	var e *sources.Error
	if errors.As(err, &e) && e.Kind.Hint() != "" {
		return fmt.Errorf("%w: %s", err, e.Kind.Hint())
	}
	return err
}

// held is what fires and who has it.
type held struct {
	alerts   []sources.Alert
	silences []sources.Silence
	rows     []alert.Row
}

// look asks for alerts and silences at once.
func (at *place) look(ctx context.Context) (held, error) { return at.lookAt(ctx, false) }

// lookAt is look with what the rules are about to fire, if asked to. Without an
// answer about rules, that is said, and no error.
func (at *place) lookAt(ctx context.Context, pending bool) (held, error) {
	queries := []sources.Query{sources.Alerts{}, sources.Silences{}}
	if pending {
		queries = append(queries, sources.Rules{})
	}
	frames, errs := make([]sources.Frame, len(queries)), make([]error, len(queries))
	var wg sync.WaitGroup
	for i, q := range queries {
		wg.Go(func() { frames[i], errs[i] = at.set.Query(ctx, q, at.window()) })
	}
	wg.Wait()
	if err := errors.Join(errs[0], same(errs[1], errs[0])); err != nil {
		return held{}, hinted(err)
	}
	var rules []sources.Rule
	if pending {
		rules = frames[2].Rules
		if e := (*sources.Error)(nil); errs[2] != nil && !(errors.As(errs[2], &e) && e.Kind == sources.NotConfigured) {
			at.note("pending alerts are not known: %v", errs[2])
		}
	}
	said := map[string]bool{}
	for _, f := range frames {
		for _, n := range f.Notes {
			if !said[n] {
				at.note("%s", n)
			}
			said[n] = true
		}
	}
	h := held{alerts: frames[0].Alerts, silences: frames[1].Silences}
	h.rows = alert.Rows(h.alerts, h.silences, rules, at.now(), func(severity string) int {
		if severity == "none" {
			return int(theme.None)
		}
		return int(theme.Severity(severity))
	})
	return h, nil
}

// same is nil when the second server's trouble is the first's: once is enough.
func same(err, before error) error {
	var a, b *sources.Error
	if errors.As(err, &a) && errors.As(before, &b) && a.Kind == b.Kind {
		return nil
	}
	return err
}

// pick are the rows that the filter lets through.
func (h *held) pick(f alert.Filter, user string) []alert.Row {
	var out []alert.Row
	for _, r := range h.rows {
		if f.Match(r.Alert, &r.Status, user) {
			out = append(out, r)
		}
	}
	return out
}

// in are the alerts of one cluster.
func (h *held) in(cluster string) []sources.Alert {
	var out []sources.Alert
	for _, a := range h.alerts {
		if a.Cluster == cluster {
			out = append(out, a)
		}
	}
	return out
}

// filter reads the arguments as one filter.
func filter(args []string) (alert.Filter, error) {
	terms := make([]string, len(args))
	for i, a := range args {
		terms[i] = termOf(a, func(s string) error { _, err := alert.Parse(s); return err })
	}
	f, err := alert.Parse(strings.Join(terms, " "))
	if err != nil {
		err = fmt.Errorf("filter: %w", err)
	}
	return f, err
}

// clock is a moment with its zone, and with its day unless that is today.
func (at *place) clock(t time.Time) string {
	local, now := t.Local(), at.now().Local()
	if local.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return local.Format("15:04 MST")
	}
	return local.Format("Mon 2 Jan 15:04 MST")
}
