//go:build !race

package cli

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"firewatch/signals/silence"
	"firewatch/sources"
)

func alertsStory(r *real) {
	text := r.want(ok, "alerts", "!noise")
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) != 6 || !strings.HasPrefix(lines[0], "SEVERITY  ALERT") || !strings.HasPrefix(lines[5], "none") {
		r.Errorf("worst first, the Watchdog last:\n%s", text)
	}
	r.contains(lines[1], "critical  DiskFull", "firing", "db db-1:9100", "It burns, badly.")
	r.contains(text, "warning   Soon      pending")
	if again := r.want(ok, "alerts", "!noise"); len(again) != len(text) {
		r.Errorf("not the same twice:\n%s%s", text, again)
	}

	var objects []alertObject
	code, out, _ := r.run("alerts", `path="/x \"y\""`, "-o", "json")
	if err := json.Unmarshal([]byte(out), &objects); err != nil || code != ok || len(objects) != 1 {
		r.Fatalf("%d %v\n%s", code, err, out)
	}
	if a := objects[0]; a.Labels["path"] != `/x "y"` || a.Name != "DiskFull" || a.State != "firing" || a.Age < 50 || time.Since(a.StartsAt) > time.Hour || len(a.Labels) != 5 {
		r.Errorf("%+v", a)
	}
	if !regexp.MustCompile(`"startsAt": "20\d\d-\d\d-\d\dT[0-9:.]+Z"`).MatchString(out) {
		r.Errorf("the start is not RFC 3339:\n%s", out)
	}

	records := r.records("alerts", "DiskFull", "-o", "csv")
	if len(records) != 3 || records[0][0] != "severity" || records[1][6] != "It burns,\nbadly." || len(records[1]) != len(records[0]) {
		r.Errorf("%q", records)
	}

	text = r.want(ok, "alerts", "@firing", "--group", "service")
	r.contains(text, "service=db (2)\n", "service=api (1)\n", "service=batch (12)\n")
	if records := r.records("alerts", "@firing", "--group", "service", "-o", "csv"); records[0][10] != "group" || records[1][10] != "db" {
		r.Errorf("%q", records[1])
	}

	r.want(unmatched, "alerts", "severity=emergency")
	r.want(ok, "alerts", "severity=emergency", "--exit-code")
	r.want(failed, "alerts", "severity=critical", "--exit-code")
	r.contains(r.want(misused, "alerts", "@loud"), "@loud is not a state")
	r.contains(r.want(misused, "alerts", "--frob"), "alerts: unknown flag: --frob (see firewatch alerts --help)")
	r.contains(r.want(failed, "--context", "gone", "alerts"), "cannot reach 127.0.0.1:1", "check the url")
	if text := r.want(unmatched, "alerts", "severity=emergency", "-o", "json"); text != "[]\n" {
		r.Errorf("nothing is %q", text)
	}
}

func silencesStory(r *real) {
	before := r.writes.Load()
	dry := r.want(ok, "silence", "add", "alertname=DiskFull", "instance=db-1:9100", "--for", "2h", "--comment", "resizing", "--dry-run")
	r.contains(dry, "would silence {alertname=\"DiskFull\", instance=\"db-1:9100\"}", "in 2h", "mutes 1 now\n    DiskFull  db db-1:9100  firing",
		"barely misses 1\n    DiskFull  db db-2:9100  by instance=\"db-2:9100\"", "would have muted 1 firing of 1 alert in the last 7 days", "curl -X POST", "nothing was sent")
	r.contains(r.want(ok, "silence", "add", "alertname=Watchdog", "--for", "1h", "--comment", "x", "--dry-run", "--force", "demo"), "against it: it mutes the Watchdog", "would have muted 1 firing")
	if n := r.writes.Load(); n != before {
		r.Fatalf("a dry run sent %d writes", n-before)
	}

	text := r.want(ok, "silence", "add", "alertname=DiskFull", "instance=db-1:9100", "--for", "2h", "--comment", "resizing", "--ticket", "OPS-7")
	id := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`).FindString(text)
	r.contains(text, "firewatch --config "+r.config+" silence expire "+id, "silenced DiskFull")
	made := r.silence(id)
	if made.CreatedBy != "dana" || made.Comment != "resizing" || made.Annotations["ticket"] != "OPS-7" || made.Annotations["tool"] != "firewatch" {
		r.Errorf("%+v", made)
	}
	r.contains(r.want(ok, "alerts", "@silenced"), "DiskFull  silenced", "dana")

	end := r.end(id)
	r.want(ok, "silence", "extend", id, "--by", "1h", "--dry-run")
	if !r.end(id).Equal(end) {
		r.Error("a dry run extended it")
	}
	if got := r.ids("silence", "extend", id[:8]); !slices.Equal(got, []string{id}) || r.end(id).Sub(end) != time.Hour {
		r.Errorf("extended %v by %s, want the same id and an hour", got, r.end(id).Sub(end))
	}
	if got := r.ids("silence", "edit", id, "--comment", "resized, watching"); got[0] != id || r.silence(id).Comment != "resized, watching" || r.silence(id).Annotations["ticket"] != "OPS-7" {
		r.Errorf("edited %v: %+v", got, r.silence(id))
	}
	text = r.want(ok, "silence", "edit", id, "alertname=DiskFull", "instance=~db-.*")
	r.contains(text, "the server expired silence "+id)
	if r.silence(id).Status.State != "expired" {
		r.Errorf("the old one is %+v", r.silence(id))
	}
	r.contains(r.want(failed, "silence", "extend", id), "has expired; make it again with: firewatch", "silence add")

	var objects []silenceObject
	if err := json.Unmarshal([]byte(r.want(ok, "silences", "@mine", "-o", "json")), &objects); err != nil || len(objects) != 1 || objects[0].Mutes != 2 || objects[0].Matchers[1].Value != "db-.*" {
		r.Fatalf("%v %+v", err, objects)
	}
	r.want(unmatched, "silences", "@unused")
	r.want(unmatched, "silences", "instance=web-1")
	r.want(ok, "silences", "instance=db-7")
	if records := r.records("silences", "-o", "csv"); len(records) != 2 || records[1][9] != "OPS-7" {
		r.Errorf("%q", records)
	}
	r.contains(r.want(ok, "silences", "@expired"), "ago")
	r.want(unmatched, "silence", "expire", "00000000-none")
	text = r.want(ok, "silence", "expire", "--mine")
	r.contains(text, "silence add", "'alertname=\"DiskFull\"'", "--until")

	// What undoes is a command that works.
	undo := regexp.MustCompile(`silence add .*`).FindString(text)
	if got := r.ids(append([]string{"silence"}, shellWords(strings.TrimPrefix(undo, "silence "))...)...); r.silence(got[0]).Comment != "resized, watching" {
		r.Errorf("undone: %+v", r.silence(got[0]))
	}
	r.want(ok, "silence", "expire", "--filter", "watching")
	weeks := r.ids("silence", "add", "service=search", "alertname=Slow", "--start", "tomorrow 22:00", "--for", "90m", "--weeks", "3", "--comment", "reindex")
	if len(weeks) != 3 || r.end(weeks[2]).Sub(r.end(weeks[0])) != 14*24*time.Hour {
		r.Errorf("three weeks are %v", weeks)
	}
	r.contains(r.want(ok, "silences", "@pending"), "starts in")
	r.want(ok, append([]string{"silence", "expire"}, weeks...)...)

	for want, args := range map[string][]string{
		"say why with --comment":           {"add", "a=b", "--for", "1h"},
		"say how long with --for":          {"add", "a=b", "--comment", "x"},
		"--for and --until":                {"add", "a=b", "--for", "1h", "--until", "09:00", "--comment", "x"},
		"no matcher":                       {"add", "--for", "1h", "--comment", "x"},
		"no template":                      {"add", "--template", "nope"},
		"name one silence":                 {"extend"},
		"say what to change":               {"edit", "abcd"},
		"silence expire: name silences":    {"expire"},
		"silence needs one of add, extend": {},
	} {
		r.contains(r.want(misused, append([]string{"silence"}, args...)...), want)
	}
}

// shellWords splits words of which some are in single quotes.
func shellWords(s string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`'([^']*)'|(\S+)`).FindAllStringSubmatch(s, -1) {
		out = append(out, m[1]+m[2])
	}
	return out
}

func guardsStory(r *real) {
	before := r.writes.Load()
	add := []string{"silence", "add", "severity=~info|critical", "--for", "1h", "--comment", "x"}
	r.contains(r.want(refused, add...), "not done: ", "mutes 14 alerts, more than 10", "--force demo")
	r.contains(r.want(refused, append(add, "--dry-run")...), "against it: it mutes 14 alerts", "would be refused without --force demo", "curl -X POST")
	r.contains(r.want(refused, append(add, "--force", "prod")...), "--force prod is not the name of the context, demo")
	r.contains(r.want(refused, "silence", "add", "alertname=DiskFull", "--for", "40d", "--comment", "x"), "it lasts 40 days")
	r.contains(r.want(refused, "silence", "add", "alertname!=x", "--for", "1h", "--comment", "x"), "mutes nearly everything")
	r.contains(r.want(refused, "silence", "add", "--template", "deploy"), "no matcher says which")
	r.contains(r.want(refused, "ack", "severity=~critical|info"), "acknowledges 14 alerts, more than 10")

	for _, args := range [][]string{
		{"silence", "add", "alertname=DiskFull", "--for", "1h", "--comment", "x"}, {"ack", "DiskFull"},
	} {
		r.contains(r.want(refused, append([]string{"--context", "locked"}, args...)...), "context locked is read-only")
		r.contains(r.want(refused, append([]string{"--readonly"}, args...)...), "context demo is read-only")
		r.contains(r.want(refused, append([]string{"--readonly", args[0]}, append(args[1:], "--dry-run")...)...), "it would be refused: context demo is read-only")
	}
	if n := r.writes.Load(); n != before {
		r.Fatalf("%d writes were sent", n-before)
	}
	forced := r.ids(append(add, "--force", "demo")...)
	r.want(ok, "silence", "expire", forced[0])

	// In production, one is done and several are refused.
	one := r.ids("--context", "prod", "silence", "add", "alertname=Slow", "--for", "1h", "--comment", "x")
	two := r.ids("--context", "prod", "silence", "add", "alertname=DiskFull", "--for", "1h", "--comment", "x")
	r.contains(r.want(refused, "--context", "prod", "silence", "expire", "--mine"), "2 writes at once in production")
	r.want(ok, "--context", "prod", "silence", "expire", one[0], two[0], "--force", "prod")

	text, err := os.ReadFile(filepath.Join(r.dir, "audit.jsonl"))
	if err != nil {
		r.Fatal(err)
	}
	r.contains(string(text), `"context":"prod"`, `"user":"dana"`, one[0], "curl -X DELETE")
	if info, err := os.Stat(filepath.Join(r.dir, "audit.jsonl")); err != nil || info.Mode().Perm() != 0o600 {
		r.Errorf("%v %v", info, err)
	}
}

// clustersStory names one server as two clusters.
func clustersStory(r *real) {
	in := func(code int, args ...string) string {
		return r.want(code, append([]string{"--context", "pair"}, args...)...)
	}
	r.contains(in(ok, "alerts", "Slow", "-o", "json"), `"cluster": "eu"`, `"cluster": "us"`)
	r.contains(in(misused, "silence", "add", "alertname=None", "--for", "1h", "--comment", "x"), "no alert matches: name the cluster with --cluster, one of eu, us")
	r.contains(in(failed, "silence", "add", "alertname=Slow", "--cluster", "moon", "--for", "1h", "--comment", "x"), `no cluster "moon"`)
	if ids := r.ids("--context", "pair", "silence", "add", "alertname=Slow", "--for", "1h", "--comment", "x"); len(ids) != 2 {
		r.Errorf("made %v, want one in each cluster", ids)
	}
	in(ok, "silence", "add", "alertname=Slow", "--cluster", "eu", "--for", "1h", "--comment", "only here")
	r.contains(r.want(ok, "silences", "only"), "only here")
	r.want(ok, "silence", "expire", "--mine")
}

func ackStory(r *real) {
	before := r.writes.Load()
	r.contains(r.want(ok, "ack", "DiskFull", "--reason", "looking", "--dry-run"), "would silence", "mutes 1 now", `by instance="db-1:9100"`, "nothing was sent")
	if r.writes.Load() != before {
		r.Error("a dry run wrote")
	}
	ids := r.ids("ack", "DiskFull", "--reason", "looking", "--ticket", "OPS-9")
	if len(ids) == 0 || len(ids) > 2 {
		r.Fatalf("acks are %v", ids)
	}
	s := r.silence(ids[0])
	if s.Comment != "ACK! dana: looking" || s.Annotations["ack"] != "true" || s.Annotations["ticket"] != "OPS-9" || time.Until(r.end(ids[0])) > 15*time.Minute {
		r.Errorf("%+v", s)
	}
	r.contains(r.want(ok, "alerts", "@mine", "-o", "json"), `"state": "acked"`, `"who": "dana"`, ids[0])
	r.contains(r.want(unmatched, "ack", "DiskFull"), "acked by dana until", "nothing to acknowledge: 2 alerts match")
	r.contains(r.want(unmatched, "ack", "Watchdog"), "1 alerts match")
	r.contains(r.want(misused, "ack"), "say what to acknowledge")
	r.contains(r.want(ok, "unack", "DiskFull", "--dry-run"), "would expire silence "+ids[0], "curl -X DELETE", "mutes 1 now")
	if r.silence(ids[0]).Status.State != "active" {
		r.Error("a dry run ended it")
	}
	r.contains(r.want(ok, "unack", "DiskFull"), "un-acked DiskFull", "ACK! dana: looking")
	r.want(unmatched, "unack", "DiskFull")
	r.want(misused, "unack")
}

var anID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}`)

func holdStory(r *real) {
	r.tune = func(s *silence.Settings) { s.Lease, s.MaxLease = 3*time.Second, time.Hour }
	slow := func(until time.Duration) {
		r.fire(until, "alertname", "Held", "severity", "warning", "service", "held")
	}
	slow(time.Hour)
	printed, done := r.background(r.Context(), "ack", "Held", "--hold")
	r.until(printed, "holding Held")
	id := anID.FindString(printed.String())
	first := r.end(id)
	r.until(printed, "renewed Held")
	if !r.end(id).After(first) || r.silence(id).Status.State != "active" || r.silence(id).Annotations["owner"] != "dana" {
		r.Errorf("renewed: %+v", r.silence(id))
	}
	// Somebody else keeps it from now on.
	r.want(ok, "silence", "extend", id, "--by", "10m")
	r.ended(done, printed, ok)
	r.contains(printed.String(), "somebody else keeps it")

	// A second hold takes one's own up, and ends when it is resolved.
	printed, done = r.background(r.Context(), "ack", "Held", "--hold")
	r.until(printed, "holding Held")
	slow(-time.Second)
	r.ended(done, printed, ok)
	r.contains(printed.String(), "Held: resolved")
	r.want(ok, "silence", "expire", id)

	// Ctrl-C lets it lapse.
	slow(time.Hour)
	ctx, cancel := context.WithCancel(r.Context())
	printed, done = r.background(ctx, "ack", "Held", "--hold")
	r.until(printed, "holding Held")
	cancel()
	r.ended(done, printed, ok)
	r.contains(printed.String(), "let go of Held: it lapses at")
	r.want(ok, "unack", "Held")

	// The longest lease ends with a word.
	r.tune = func(s *silence.Settings) { s.Lease, s.MaxLease = 2*time.Second, 3*time.Second }
	printed, done = r.background(r.Context(), "ack", "Held", "--hold")
	r.ended(done, printed, ok)
	r.contains(printed.String(), "renewed Held", "and it still fires: it is loud again at")
	for range 100 { // until it has lapsed
		if code, _, _ := r.run("silences", "@mine"); code == unmatched {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	r.contains(r.want(ok, "alerts", "Held"), "firing")
	slow(-time.Second)
}

func watchStory(r *real) {
	build := func(until time.Duration) { r.fire(until, "alertname", "Build", "severity", "warning", "service", "ci") }
	r.contains(r.want(unmatched, "watch", "alertname=Build"), "no alert matches")
	printed, done := r.background(r.Context(), "watch", "alertname=Build", "--until", "firing", "--every", "100ms")
	build(time.Hour)
	r.ended(done, printed, ok)
	r.contains(printed.String(), "Build ci  firing")
	r.contains(r.want(failed, "watch", "alertname=Build", "--timeout", "300ms", "--every", "100ms"), "not resolved within 300ms")

	printed, done = r.background(r.Context(), "watch", "alertname=Build", "--until", "acked", "--every", "100ms")
	r.until(printed, "firing")
	r.want(ok, "ack", "Build")
	r.ended(done, printed, ok)
	r.contains(printed.String(), "Build ci  acked by dana")

	printed, done = r.background(r.Context(), "watch", "alertname=Build", "--until", "resolved", "--every", "100ms")
	r.until(printed, "acked by dana")
	r.want(ok, "unack", "Build")
	build(-time.Second)
	r.ended(done, printed, ok)
	r.contains(printed.String(), "Build ci  resolved")
	r.contains(r.want(misused, "watch", "--until", "happy"), `"happy" is not one of`)
	r.contains(r.want(failed, "--context", "gone", "watch", "x", "--timeout", "300ms", "--every", "100ms"), "cannot reach", "not resolved within")
}

func notesStory(r *real) {
	r.want(unmatched, "notes")
	text := r.want(ok, "note", "called the vendor")
	id := regexp.MustCompile(`note --remove (\S+)`).FindStringSubmatch(text)[1]
	var remarks []sources.Remark
	if err := json.Unmarshal([]byte(r.want(ok, "notes", "--since", "1h", "-o", "json")), &remarks); err != nil || len(remarks) != 1 || remarks[0].Text != "called the vendor" || remarks[0].Who != "dana" {
		r.Fatalf("%v %+v", err, remarks)
	}
	s := r.ids("silence", "add", "alertname=Slow", "--for", "1h", "--comment", "ask sam")
	file := filepath.Join(r.dir, "shift.md")
	r.want(ok, "handoff", "--out", file)
	written, err := os.ReadFile(file)
	if err != nil {
		r.Fatal(err)
	}
	r.contains(string(written), "# Hand-over: demo", "by dana", "**DiskFull db** critical, firing", "ask sam", "called the vendor",
		"**api-availability** 25.0 % of the budget left")
	r.contains(r.want(ok, "handoff", "--since", "2h"), "# Hand-over: demo")
	r.contains(r.want(failed, "handoff", "--out", file), "is there already")
	r.contains(r.want(failed, "--context", "gone", "handoff"), "# Hand-over: gone", "Could not be read", "cannot reach")
	r.want(misused, "handoff", "--since", "soon")
	r.want(ok, "silence", "expire", s[0])

	r.want(ok, "--readonly", "note", "a second")
	r.want(ok, "note", "--remove", id)
	if text := r.want(ok, "notes"); strings.Contains(text, "vendor") || !strings.Contains(text, "a second") {
		r.Errorf("after one is removed:\n%s", text)
	}
	r.want(misused, "note")
	r.want(unmatched, "note", "--remove", "none")
}
