package incident

import (
	"testing"

	"firewatch/signals/silence"
)

func TestMuted(t *testing.T) {
	episodes := []Episode{
		{Labels: map[string]string{"alertname": "A", "instance": "1"}},
		{Labels: map[string]string{"alertname": "A", "instance": "2"}},
		{Labels: map[string]string{"alertname": "B"}},
	}
	for text, want := range map[string]int{`alertname=A`: 2, `alertname=A instance=2`: 1, `instance!=1`: 2, `instance=""`: 1, `alertname=~"A|B"`: 3, `alertname=C`: 0} {
		ms, err := silence.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Muted(ms, episodes); err != nil || len(got) != want {
			t.Errorf("%s would have muted %v, %v; want %d", text, got, err, want)
		}
	}
	ms, _ := silence.Parse("alertname=A")
	ms[0].Regex, ms[0].Value = true, "("
	if _, err := Muted(ms, episodes); err == nil {
		t.Error("a broken expression mutes")
	}
}
