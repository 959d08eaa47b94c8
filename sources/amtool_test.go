package sources

import (
	"net/url"
	"os/exec"
	"strings"
	"testing"
)

// Whatever is in a silence, a shell makes the words of the command of it.
func TestAmtool(t *testing.T) {
	base, err := url.Parse("http://127.0.0.1:9093/am")
	if err != nil {
		t.Fatal(err)
	}
	member := &transport{base: base}
	yes := true
	w := wireSilence{
		StartsAt: "2026-11-22T12:00:00.000Z", EndsAt: "2026-11-22T14:00:00.000Z", CreatedBy: "dana", Comment: "it's `down`; $HOME\nand \u202e back",
		Annotations: map[string]string{"ticket": "OPS-1", "owner": "dana"},
		Matchers:    []wireMatcher{{Name: "alertname", Value: "A", IsEqual: &yes}, {Name: "foo.bar", Value: `say "hi" 'x'`, IsRegex: true, IsEqual: &yes}},
	}
	const front = "silence\n%s\n--alertmanager.url=http://127.0.0.1:9093/am\n--start=2026-11-22T12:00:00.000Z\n--end=2026-11-22T14:00:00.000Z\n" +
		`--comment=it's ` + "`down`; $HOME" + `\nand \u202e back` + "\n"
	words := func(command string) string {
		t.Helper()
		if Clean(command) != command {
			t.Errorf("%q is not safe to draw", command)
		}
		rest, ok := strings.CutPrefix(command, "amtool ")
		if _, err := exec.LookPath("sh"); err != nil || !ok {
			t.Skipf("no shell here, or no amtool: %s", command)
		}
		out, err := exec.CommandContext(t.Context(), "sh", "-c", `printf '%s\n' `+rest).Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	want := strings.Replace(front, "%s", "add", 1) + "--author=dana\n--annotation=owner=dana\n--annotation=ticket=OPS-1\nalertname=\"A\"\n\"foo.bar\"=~\"say \\\"hi\\\" 'x'\"\n"
	if got := words(member.amtoolSet(&w, nil)); got != want {
		t.Errorf("made by\n%s, want\n%s", got, want)
	}
	old := w
	old.ID = "5f1e"
	if got := words(member.amtoolSet(&w, &old)); got != strings.Replace(front, "%s", "update", 1)+"5f1e\n" {
		t.Errorf("changed by\n%s", got)
	}
	old.Matchers = old.Matchers[:1]
	if got := words(member.amtoolSet(&w, &old)); got != want {
		t.Errorf("with other matchers made by\n%s, want\n%s", got, want)
	}
}
