package incident

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"firewatch/signals/silence"
	"firewatch/sources"
)

// Budget is where one objective stands.
type Budget struct {
	Name string
	// Left is the part of the error budget that is left, 1 for all of it, negative
	// when overspent; Burn the rate at which it goes over the last hour; Spent the
	// part that went during the shift. Each is NaN when unknown.
	Left, Burn, Spent float64
}

// Report is what a hand-over is made of. Any part may be empty.
type Report struct {
	Context, By  string
	Since, Until time.Time
	// Location is the zone of every moment in the text; nil is UTC.
	Location *time.Location
	Alerts   []sources.Alert
	Silences []sources.Silence
	Episodes []Episode
	Budgets  []Budget
	Events   []Event
	// Problems are what is wrong with the monitoring itself, a line each.
	Problems []string
	// Missing names what could not be read, with the reason.
	Missing []string
}

const (
	// soon is the time within which the end of a silence is the next shift's business.
	soon = 12 * time.Hour
	// low is the part of a budget below which the next shift should know of it.
	low = .5
	// most bounds the list of what fired and cleared.
	most = 10
)

// Handover is the report as Markdown: what fires and who has it, silences and
// their ends, budgets, what fired and cleared, the state of the monitoring, and
// the timeline with its notes. It ends in a line break. What servers and people
// wrote stays text: it makes no heading, table or link.
func Handover(r Report) string {
	if r.Location == nil {
		r.Location = time.UTC
	}
	w := &writer{loc: r.Location, now: r.Until}
	w.line("# Hand-over: %s", escape(r.Context))
	w.line("")
	w.line("%s to %s, by %s.", w.full(r.Since), w.full(r.Until), escape(cmp.Or(r.By, "someone")))
	w.alerts(r)
	w.silences(r)
	w.budgets(r.Budgets)
	w.cleared(r)
	w.list("Monitoring", r.Problems)
	w.events(r.Events)
	w.list("Could not be read", r.Missing)
	return w.String()
}

type writer struct {
	strings.Builder
	loc *time.Location
	now time.Time
}

func (w *writer) line(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }

func (w *writer) heading(text string) { w.line("\n## %s\n", text) }

func (w *writer) full(t time.Time) string { return t.In(w.loc).Format("Mon 2 Jan 15:04 MST") }

func (w *writer) clock(t time.Time) string {
	if d := t.Sub(w.now).Abs(); d < 20*time.Hour && t.In(w.loc).Day() == w.now.In(w.loc).Day() {
		return t.In(w.loc).Format("15:04 MST")
	}
	return w.full(t)
}

func (w *writer) list(heading string, items []string) {
	if len(items) == 0 {
		return
	}
	w.heading(heading)
	for _, s := range items {
		w.line("- %s", escape(s))
	}
}

// alerts are those that are held and those that nobody has, the latter first.
func (w *writer) alerts(r Report) {
	book := silence.NewBook(r.Alerts, r.Silences, r.Until)
	var loud, held []string
	for i := range r.Alerts {
		a := &r.Alerts[i]
		if silence.Heartbeat(a) {
			continue
		}
		status := book.Status(a)
		text := fmt.Sprintf("**%s** %s, %s, since %s", escape(About(a.Labels)), escape(a.Severity()), escape(status.Text(w.clock)), w.clock(a.StartsAt))
		if a.Cluster != "" {
			text += ", in " + escape(a.Cluster)
		}
		if s := a.Annotations["summary"]; s != "" {
			text += ": " + escape(s)
		}
		if s := status.By; s != nil && silence.Reason(s) != "" {
			text += " (" + escape(silence.Reason(s)) + ")"
		}
		if status.State == silence.Firing {
			loud = append(loud, text)
		} else {
			held = append(held, text)
		}
	}
	w.heading("Firing")
	if len(loud)+len(held) == 0 {
		w.line("Nothing fires.")
	}
	for _, text := range append(loud, held...) {
		w.line("- %s", text)
	}
}

// silences are those in force, the next to end first; one that ends within the
// next shift is marked.
func (w *writer) silences(r Report) {
	var live []sources.Silence
	for _, s := range r.Silences {
		if s.State == "active" && s.EndsAt.After(r.Until) || s.State == "pending" {
			live = append(live, s)
		}
	}
	if len(live) == 0 {
		return
	}
	slices.SortStableFunc(live, func(a, b sources.Silence) int { return a.EndsAt.Compare(b.EndsAt) })
	w.heading("Silences")
	for i := range live {
		s := &live[i]
		text := fmt.Sprintf("`%s` until %s, by %s", code(silence.Format(s.Matchers)), w.clock(s.EndsAt), escape(silence.Owner(s)))
		if s.State == "pending" {
			text = fmt.Sprintf("`%s` from %s until %s, by %s", code(silence.Format(s.Matchers)), w.clock(s.StartsAt), w.clock(s.EndsAt), escape(silence.Owner(s)))
		}
		if reason := silence.Reason(s); reason != "" {
			text += ": " + escape(reason)
		}
		if s.EndsAt.Sub(r.Until) < soon {
			text += " (**ends in the next shift**)"
		}
		w.line("- %s", text)
	}
}

func (w *writer) budgets(all []Budget) {
	var out []string
	for _, b := range all {
		if b.Left >= low && !(b.Burn > 1) && !(b.Spent > .01) {
			continue
		}
		text := fmt.Sprintf("**%s** %.1f %% of the budget left", escape(b.Name), 100*b.Left)
		if b.Left != b.Left {
			text = fmt.Sprintf("**%s** budget unknown", escape(b.Name))
		}
		if b.Burn == b.Burn {
			text += fmt.Sprintf(", burning %.1f times as fast as it may", b.Burn)
		}
		if b.Spent == b.Spent {
			text += fmt.Sprintf(", %.1f %% spent in this shift", 100*b.Spent)
		}
		out = append(out, text)
	}
	if len(all) == 0 {
		return
	}
	w.heading("Error budgets")
	if len(out) == 0 {
		w.line("All %d objectives have more than half of their budget and burn slower than they may.", len(all))
	}
	for _, text := range out {
		w.line("- %s", text)
	}
}

// cleared are the alerts that fired and are over, those that fired most often first.
func (w *writer) cleared(r Report) {
	type sum struct {
		subject string
		times   int
		total   time.Duration
	}
	by := map[string]*sum{}
	for i := range r.Episodes {
		e := &r.Episodes[i]
		// The record may lag behind what Alertmanager says of the same stretch.
		fires := slices.ContainsFunc(r.Alerts, func(a sources.Alert) bool { return !a.StartsAt.After(e.End) && within(e.Labels, a.Labels) })
		if e.Open || fires || e.End.Before(r.Since) || e.Name() == "Watchdog" {
			continue
		}
		s := by[About(e.Labels)]
		if s == nil {
			s = &sum{subject: About(e.Labels)}
			by[s.subject] = s
		}
		s.times++
		s.total += e.Length()
	}
	if len(by) == 0 {
		return
	}
	var all []*sum
	for _, s := range by {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b *sum) int {
		return cmp.Or(-cmp.Compare(a.times, b.times), -cmp.Compare(a.total, b.total), strings.Compare(a.subject, b.subject))
	})
	w.heading("Fired and cleared")
	for i, s := range all {
		if i == most {
			w.line("- and %d more", len(all)-most)
			break
		}
		times := "once"
		if s.times > 1 {
			times = fmt.Sprintf("%d times", s.times)
		}
		w.line("- **%s** %s, %s in all", escape(s.subject), times, length(s.total))
	}
}

func (w *writer) events(all []Event) {
	if len(all) == 0 {
		return
	}
	w.heading("Timeline")
	for _, e := range all {
		text := w.clock(e.At) + " " + string(e.Kind)
		if e.Subject != "" {
			text += " " + escape(e.Subject)
		}
		if e.Who != "" {
			text += " by " + escape(e.Who)
		}
		if e.Text != "" {
			text += ": " + escape(e.Text)
		}
		w.line("- %s", text)
	}
}

// length is a duration without the zeros behind it.
func length(d time.Duration) string {
	s := d.Round(time.Second).String()
	for _, tail := range []string{"m0s", "h0m"} {
		if short, ok := strings.CutSuffix(s, tail); ok {
			s = short + tail[:1]
		}
	}
	return s
}

// escape takes from a text what Markdown would make markup of.
func escape(s string) string {
	return escapes.Replace(strings.Join(strings.Fields(s), " "))
}

var escapes = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "<", `\<`, "|", `\|`, "#", `\#`)

// code makes a text fit between single back quotes.
func code(s string) string { return strings.ReplaceAll(s, "`", "'") }
