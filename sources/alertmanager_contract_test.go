//go:build !race

package sources_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	neturl "net/url"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"firewatch/sources"
)

// classic are the label names of every version.
var classic = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// invalid is how the server begins to refuse a silence.
func (a abilities) invalid() string {
	if !a.utf8 {
		return "silence invalid: "
	}
	return "invalid silence: "
}

// posted is a silence as the API shows it, read without the code under test.
type posted struct {
	ID, StartsAt, EndsAt, CreatedBy, Comment string
	Annotations                              map[string]string
	Matchers                                 []struct {
		Name, Value      string
		IsRegex, IsEqual bool
	}
	Status struct{ State string }
}

// odd holds label values that have to survive the way to a matcher and back.
var odd = map[string]string{
	"plain": "web-1", "quote": `say "hi"`, "backslash": `C:\temp\x`, "lines": "a\nb\tc", "regex": "a.b*(c|d)[e]$",
	"unicode": "größe 日本 🔥", "hidden": "a\u202eb\u200b\x1b[31mc", "http.route": "/x/{id}", "größe": "xl", "space name": "' single '",
}

// abilities are what not every version of Alertmanager has.
type abilities struct {
	// utf8 is label names of any letters, since 0.27; annotations are those of
	// silences, since 0.32.
	utf8, annotations bool
}

func testAlertmanager(t *testing.T, url string, can abilities) {
	set := open(t, "alertmanager", sources.Options{URL: url})
	now := time.Now()
	fire := func(labels map[string]string) map[string]string {
		raw(t, http.MethodPost, url+"/api/v2/alerts", []any{map[string]any{
			"labels": labels, "annotations": map[string]string{"summary": "It\nburns\x1b[2J."},
			"startsAt": now.Add(-time.Minute), "endsAt": now.Add(time.Hour), "generatorURL": "http://prom/graph?g0.expr=up",
		}}, nil)
		return labels
	}
	find := func(name string) *sources.Alert {
		t.Helper()
		for _, a := range query(t, set, sources.Alerts{}, sources.Window{}).Alerts {
			if a.Name() == name {
				return &a
			}
		}
		return nil
	}
	state := func(name string) string {
		t.Helper()
		if a := find(name); a != nil {
			return a.State
		}
		return ""
	}
	silence := func(id string) (s posted) {
		t.Helper()
		raw(t, http.MethodGet, url+"/api/v2/silence/"+id, nil, &s)
		return s
	}
	listed := func(id string) *sources.Silence {
		t.Helper()
		for _, s := range query(t, set, sources.Silences{}, sources.Window{}).Silences {
			if s.ID == id {
				return &s
			}
		}
		t.Fatalf("no silence %s", id)
		return nil
	}
	count := func() int { return len(query(t, set, sources.Silences{}, sources.Window{}).Silences) }
	on := func(name string) sources.Silence {
		return sources.Silence{
			Matchers: []sources.Matcher{{Name: "alertname", Value: name, Equal: true}},
			EndsAt:   time.Now().Add(time.Hour), CreatedBy: "dana", Comment: "looking",
		}
	}

	t.Run("alerts", func(t *testing.T) {
		fire(map[string]string{"alertname": "Slow", "severity": "warning"})
		fire(map[string]string{"alertname": "Broken", "severity": "critical"})
		fire(map[string]string{"alertname": "Said", "severity": "info"})
		eventually(t, "the alerts to be dispatched", func() bool {
			return state("Slow") == "active" && state("Broken") == "active" && state("Said") == "active"
		})
		f := query(t, set, sources.Alerts{}, sources.Window{})
		var names []string
		for _, a := range f.Alerts {
			if a.Name() == "Slow" || a.Name() == "Broken" || a.Name() == "Said" {
				names = append(names, a.Name())
				if a.Annotations["summary"] != "It\nburns." || len(a.Receivers) == 0 || a.StartsAt.IsZero() || a.EndsAt.Before(now) || len(a.Fingerprint) != 16 || a.GeneratorURL == "" {
					t.Errorf("%+v", a)
				}
			}
		}
		if !slices.Equal(names, []string{"Broken", "Slow", "Said"}) {
			t.Errorf("%q are not worst first", names)
		}
		if f.Total != len(f.Alerts) || f.Cost.Requests != 1 || f.Cost.Bytes == 0 {
			t.Errorf("%d of %d at %+v", len(f.Alerts), f.Total, f.Cost)
		}
	})

	t.Run("groups", func(t *testing.T) {
		// Alertmanager takes alerts into their groups some time after it lists them.
		var f sources.Frame
		broken := func() int {
			f = query(t, set, sources.Groups{}, sources.Window{})
			return slices.IndexFunc(f.Groups, func(g sources.Group) bool { return g.Labels["alertname"] == "Broken" })
		}
		eventually(t, "a group of the alert", func() bool { return broken() >= 0 })
		i := broken()
		if i < 0 || len(f.Groups[i].Alerts) != 1 || f.Groups[i].Receiver == "" || f.Groups[i].Alerts[0].Name() != "Broken" {
			t.Errorf("%+v", f.Groups)
		}
	})

	t.Run("status", func(t *testing.T) {
		s := query(t, set, sources.AlertmanagerStatus{}, sources.Window{}).Status
		if s.Health != "ready" || !strings.Contains(s.Config, "group_wait") || time.Since(s.Time).Abs() > time.Minute {
			t.Errorf("%+v", s)
		}
	})

	t.Run("odd labels", func(t *testing.T) {
		labels := map[string]string{"alertname": "Odd", "severity": "critical"}
		for k, v := range odd {
			if can.utf8 || classic.MatchString(k) {
				labels[k] = v
			}
		}
		fire(labels)
		eventually(t, "the alert", func() bool { return state("Odd") == "active" })
		a := find("Odd")
		for k, v := range labels {
			if a.ExactLabels()[k] != v || a.Labels[k] != sources.Clean(v) {
				t.Errorf("%s is %q on the screen, %q in matchers, want %q", k, a.Labels[k], a.ExactLabels()[k], v)
			}
		}
		var all []sources.Matcher
		for k, v := range labels {
			m := sources.Matcher{Name: k, Value: v, Equal: true}
			all = append(all, m)
			if !can.utf8 && strings.HasPrefix(m.String(), `"`) {
				continue // its syntax has no way to write this value
			}
			// The server reads what String writes, and finds the alert by it.
			var found []struct{ Labels map[string]string }
			raw(t, http.MethodGet, url+"/api/v2/alerts?filter="+neturl.QueryEscape(m.String()), nil, &found)
			if !slices.ContainsFunc(found, func(f struct{ Labels map[string]string }) bool { return f.Labels["alertname"] == "Odd" }) {
				t.Errorf("the server does not find the alert by %s", m)
			}
			if sources.Clean(m.String()) != m.String() {
				t.Errorf("%q is not safe to draw", m)
			}
		}
		r := act(t, set, sources.SetSilence{Silence: sources.Silence{
			Matchers: all, EndsAt: time.Now().Add(time.Hour), CreatedBy: "dana", Comment: "odd",
		}})
		eventually(t, "the silence to work", func() bool { return state("Odd") == "suppressed" })
		if a := find("Odd"); !slices.Contains(a.SilencedBy, r.ID) {
			t.Errorf("silenced by %q, not by %s", a.SilencedBy, r.ID)
		}
		if got := listed(r.ID).Matchers; !slices.Equal(got, all) {
			t.Errorf("got %v, want %v", got, all)
		}
		act(t, set, r.Undo)
		eventually(t, "the alert to be loud", func() bool { return state("Odd") == "active" })
	})

	t.Run("create, expire, undo", func(t *testing.T) {
		r := act(t, set, sources.SetSilence{Silence: on("Slow")})
		if r.ID == "" || r.Note != "" || !strings.HasPrefix(r.Request, "curl -X POST ") {
			t.Errorf("%+v", r)
		}
		eventually(t, "the silence to work", func() bool { return state("Slow") == "suppressed" })
		s := listed(r.ID)
		if s.State != "active" || s.CreatedBy != "dana" || s.Comment != "looking" || s.StartsAt.After(time.Now().Add(time.Second)) || s.UpdatedAt.IsZero() {
			t.Errorf("%+v", s)
		}
		gone := act(t, set, sources.ExpireSilence{Silence: *s})
		if silence(r.ID).Status.State != "expired" || !strings.HasPrefix(gone.Request, "curl -X DELETE ") {
			t.Errorf("%+v", gone)
		}
		eventually(t, "the alert to be loud", func() bool { return state("Slow") == "active" })
		again := act(t, set, sources.ExpireSilence{Silence: *s})
		if again.Note != "it had expired before" || again.Undo != nil {
			t.Errorf("%+v", again)
		}
		back := act(t, set, gone.Undo)
		if b := silence(back.ID); back.ID == r.ID || b.EndsAt != wire(s.EndsAt) || b.Status.State != "active" || b.Comment != "looking" {
			t.Errorf("%+v", b)
		}
		eventually(t, "the silence to work", func() bool { return state("Slow") == "suppressed" })
		act(t, set, back.Undo)
		eventually(t, "the alert to be loud", func() bool { return state("Slow") == "active" })
	})

	t.Run("change in place", func(t *testing.T) {
		const comment = "ACK! dana:\tfirst\r\n\x1b[1msecond\u202e"
		s := on("Broken")
		s.Comment = comment
		s.Matchers = append(s.Matchers, sources.Matcher{Name: "severity", Value: "crit.+", Regex: true, Equal: true},
			sources.Matcher{Name: "env", Value: "test", Equal: false}, sources.Matcher{Name: "zone", Value: "x|y", Regex: true})
		s.Annotations = map[string]string{"owner": "dana", "ticket\u200b": "OPS-1\u202e"}
		made := act(t, set, sources.SetSilence{Silence: s})
		before := silence(made.ID)

		longer := *listed(made.ID)
		if longer.Comment != "ACK! dana:    first\nsecond" || can.annotations && longer.Annotations["ticket"] != "OPS-1" {
			t.Errorf("%q %q", longer.Comment, longer.Annotations)
		}
		longer.EndsAt = longer.EndsAt.Add(time.Hour)
		slices.Reverse(longer.Matchers) // As a view that sorts them would.
		r := act(t, set, sources.SetSilence{Silence: longer})
		after := silence(made.ID)
		if r.ID != made.ID || r.Note != "" {
			t.Errorf("%+v", r)
		}
		if after.EndsAt != wire(longer.EndsAt) {
			t.Errorf("ends at %s, want %s", after.EndsAt, wire(longer.EndsAt))
		}
		same(t, before, after)
		act(t, set, r.Undo)
		restored := silence(made.ID)
		same(t, before, restored)
		if restored.EndsAt != before.EndsAt {
			t.Errorf("ends at %s, want %s", restored.EndsAt, before.EndsAt)
		}

		only := sources.Silence{ID: made.ID, EndsAt: longer.EndsAt, CreatedBy: "dana", Comment: "other words"}
		r = act(t, set, sources.SetSilence{Silence: only})
		if got := silence(made.ID); r.ID != made.ID || got.Comment != "other words" || got.StartsAt != before.StartsAt || len(got.Matchers) != 4 || len(got.Annotations) != len(before.Annotations) || can.annotations && len(got.Annotations) != 2 {
			t.Errorf("%+v: %+v", r, got)
		}
		act(t, set, r.Undo)
		same(t, before, silence(made.ID))

		other := *listed(made.ID)
		other.Matchers = other.Matchers[:2]
		r = act(t, set, sources.SetSilence{Silence: other})
		if r.ID == made.ID || !strings.Contains(r.Note, "expired silence "+made.ID) || silence(made.ID).Status.State != "expired" {
			t.Errorf("%+v", r)
		}
		undone := act(t, set, r.Undo)
		if got := silence(undone.ID); len(got.Matchers) != 4 || got.Comment != comment || silence(r.ID).Status.State != "expired" {
			t.Errorf("%+v", got)
		}

		old := *listed(made.ID)
		old.EndsAt, old.StartsAt = time.Now().Add(time.Hour), time.Time{}
		r = act(t, set, sources.SetSilence{Silence: old})
		if r.ID == made.ID || !strings.Contains(r.Note, "had expired") {
			t.Errorf("%+v", r)
		}
		for _, a := range []sources.Action{r.Undo, undone.Undo} {
			if _, ok := a.(sources.ExpireSilence); ok {
				act(t, set, a)
			}
		}
		act(t, set, sources.ExpireSilence{Silence: sources.Silence{ID: undone.ID}})
		eventually(t, "the alert to be loud", func() bool { return state("Broken") == "active" })
	})

	t.Run("pending", func(t *testing.T) {
		s := on("Later")
		s.StartsAt, s.EndsAt = time.Now().Add(time.Hour), time.Now().Add(2*time.Hour)
		r := act(t, set, sources.SetSilence{Silence: s})
		if got := silence(r.ID); got.Status.State != "pending" || got.StartsAt != wire(s.StartsAt) {
			t.Errorf("%+v", got)
		}
		gone := act(t, set, r.Undo)
		back := act(t, set, gone.Undo)
		if got := silence(back.ID); got.Status.State != "pending" || got.StartsAt != wire(s.StartsAt) || got.EndsAt != wire(s.EndsAt) {
			t.Errorf("%+v", got)
		}
		act(t, set, back.Undo)
	})

	t.Run("refusals", func(t *testing.T) {
		const unknown = "00000000-0000-4000-8000-000000000000"
		past, empty, backwards, none, bad := on("X"), on("X"), on("X"), on("X"), on("X")
		past.EndsAt = time.Now().Add(-time.Hour)
		past.StartsAt = past.EndsAt.Add(-time.Hour)
		empty.Matchers = []sources.Matcher{{Name: "a", Value: ".*", Regex: true, Equal: true}}
		backwards.StartsAt = backwards.EndsAt.Add(time.Hour)
		none.Matchers = nil
		bad.Matchers[0].Value, bad.Matchers[0].Regex = "a(", true
		missing := on("X")
		missing.ID = unknown
		before := count()
		for _, tt := range []struct {
			action sources.Action
			says   []string
		}{
			{sources.SetSilence{Silence: past}, []string{"400"}},
			{sources.SetSilence{Silence: backwards}, []string{"Failed to create silence: start time must be before end time"}},
			{sources.SetSilence{Silence: empty}, []string{can.invalid(), "at least one matcher must not match the empty string"}},
			{sources.SetSilence{Silence: none}, []string{"silence: "}},
			{sources.SetSilence{Silence: bad}, []string{"invalid label matcher", "missing closing )"}},
			{sources.SetSilence{Silence: missing}, []string{"has no silence " + unknown}},
			{sources.ExpireSilence{Silence: missing}, []string{"expire silence: ", "has no silence " + unknown}},
			{sources.ExpireSilence{}, []string{"no id"}},
		} {
			_, err := set.Act(t.Context(), tt.action)
			refused(t, err, sources.BadQuery, tt.says...)
		}
		if n := count(); n != before {
			t.Errorf("%d silences were made", n-before)
		}
	})

	t.Run("request", func(t *testing.T) {
		for _, tool := range []string{"sh", "curl"} {
			if _, err := exec.LookPath(tool); err != nil {
				t.Skipf("no %s here", tool)
			}
		}
		s := on("it's \u202e'; touch x #\n")
		r := act(t, set, sources.SetSilence{Silence: s})
		if sources.Clean(r.Request) != r.Request {
			t.Errorf("%q is not safe to draw", r.Request)
		}
		out, err := exec.CommandContext(t.Context(), "sh", "-c", r.Request).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		var twin string
		for _, other := range query(t, set, sources.Silences{}, sources.Window{}).Silences {
			if other.ID != r.ID && other.State == "active" && slices.Equal(other.Matchers, s.Matchers) {
				twin = other.ID
			}
		}
		if twin == "" {
			t.Errorf("the command made no such silence: %s", out)
		}
		act(t, set, r.Undo)
		act(t, set, sources.ExpireSilence{Silence: sources.Silence{ID: twin}})
	})

	t.Run("peers", func(t *testing.T) {
		u, err := neturl.Parse(url)
		if err != nil {
			t.Fatal(err)
		}
		twin := httptest.NewServer(httputil.NewSingleHostReverseProxy(u))
		defer twin.Close()
		dead := httptest.NewServer(nil)
		dead.Close()
		both := open(t, "alertmanager", sources.Options{URL: dead.URL, URLs: []string{url, twin.URL, url}})
		one := query(t, set, sources.Alerts{}, sources.Window{})
		all := query(t, both, sources.Alerts{}, sources.Window{})
		if len(all.Alerts) != len(one.Alerts) || all.Cost.Requests != 3 {
			t.Errorf("%d alerts of the cluster, %d of one member, %+v", len(all.Alerts), len(one.Alerts), all.Cost)
		}
		if len(all.Notes) != 1 || !strings.Contains(all.Notes[0], "peer "+strings.TrimPrefix(dead.URL, "http://")+": alerts: cannot reach") {
			t.Errorf("notes %q", all.Notes)
		}
		if g := query(t, both, sources.Groups{}, sources.Window{}); len(g.Groups) != len(query(t, set, sources.Groups{}, sources.Window{}).Groups) {
			t.Error("groups differ")
		}
		before := count()
		r := act(t, both, sources.SetSilence{Silence: on("Slow")})
		if n := count() - before; n != 1 {
			t.Errorf("%d silences were made", n)
		}
		s := query(t, both, sources.Silences{}, sources.Window{})
		if i := slices.IndexFunc(s.Silences, func(s sources.Silence) bool { return s.ID == r.ID }); i < 0 || len(s.Notes) != 1 {
			t.Errorf("%d, notes %q", i, s.Notes)
		}
		act(t, both, r.Undo)
	})

	t.Run("lost answers", func(t *testing.T) { testLostAnswers(t, url, on("Slow"), count) })

	t.Run("read-only", func(t *testing.T) {
		var reached atomic.Int64
		s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
		defer s.Close()
		closed := open(t, "alertmanager", sources.Options{URL: s.URL, ReadOnly: true})
		for _, a := range []sources.Action{sources.SetSilence{Silence: on("Slow")}, sources.ExpireSilence{Silence: sources.Silence{ID: "x"}}} {
			_, err := closed.Act(t.Context(), a)
			refused(t, err, sources.ReadOnly)
		}
		if n := reached.Load(); n != 0 {
			t.Errorf("%d requests reached the server", n)
		}
		query(t, open(t, "alertmanager", sources.Options{URL: url, ReadOnly: true}), sources.Silences{}, sources.Window{})
	})
}

// testLostAnswers breaks the way to the server at every write, before or after
// the server has seen it.
func testLostAnswers(t *testing.T, url string, s sources.Silence, count func() int) {
	u, err := neturl.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(u)
	for _, tt := range []struct {
		name    string
		arrives bool
		answer  func(w http.ResponseWriter)
	}{
		{"hangs up after", true, func(http.ResponseWriter) { panic(http.ErrAbortHandler) }},
		{"hangs up before", false, func(http.ResponseWriter) { panic(http.ErrAbortHandler) }},
		{"half an answer", true, func(w http.ResponseWriter) { io.WriteString(w, `{"silenceID":"`) }},
		{"bad gateway after", true, func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) }},
		{"bad gateway before", false, func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var writes atomic.Int64
			front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet {
					proxy.ServeHTTP(w, r)
					return
				}
				writes.Add(1)
				if tt.arrives {
					proxy.ServeHTTP(httptest.NewRecorder(), r)
				} else {
					io.Copy(io.Discard, r.Body)
				}
				tt.answer(w)
			}))
			defer front.Close()
			set := open(t, "alertmanager", sources.Options{URL: front.URL})
			s.EndsAt = time.Now().Add(time.Hour)
			before := count()
			r, err := set.Act(t.Context(), sources.SetSilence{Silence: s})
			if !tt.arrives {
				refused(t, err, err.(*sources.Error).Kind, "the silence was not made")
				if writes.Load() != 1 || count() != before {
					t.Errorf("%d writes were sent, %d silences made", writes.Load(), count()-before)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if writes.Load() != 1 || count() != before+1 || r.ID == "" {
				t.Errorf("%d writes were sent, %d silences made: %+v", writes.Load(), count()-before, r)
			}
			longer := s
			longer.ID, longer.EndsAt = r.ID, s.EndsAt.Add(time.Hour)
			if changed, err := set.Act(t.Context(), sources.SetSilence{Silence: longer}); err != nil || changed.ID != r.ID {
				t.Errorf("%+v, %v", changed, err)
			}
			if _, err := set.Act(t.Context(), sources.ExpireSilence{Silence: sources.Silence{ID: r.ID}}); err != nil {
				t.Errorf("expire: %v", err)
			}
			if writes.Load() != 3 {
				t.Errorf("%d writes were sent for three actions", writes.Load())
			}
		})
	}
}

func wire(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// same says that only the end of a silence may have changed.
func same(t *testing.T, a, b posted) {
	t.Helper()
	if a.StartsAt != b.StartsAt || a.Comment != b.Comment || a.CreatedBy != b.CreatedBy || !slices.Equal(a.Matchers, b.Matchers) {
		t.Errorf("got %+v, want %+v", b, a)
	}
	if len(a.Annotations) != len(b.Annotations) {
		t.Errorf("annotations %q, want %q", b.Annotations, a.Annotations)
	}
	for k, v := range a.Annotations {
		if b.Annotations[k] != v {
			t.Errorf("annotation %q is %q, want %q", k, b.Annotations[k], v)
		}
	}
}
