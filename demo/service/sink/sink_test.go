package sink

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"strings"
	"testing"
	"time"
)

type desk struct {
	*Sink
	now   time.Time
	notes []Note
}

func newDesk() *desk {
	d := &desk{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	d.Sink = New(func() time.Time { return d.now }, func(n Note) { d.notes = append(d.notes, n) })
	return d
}

func (d *desk) ask(method, path, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	d.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return w
}

func (d *desk) deliveries(t *testing.T, query string) []Delivery {
	t.Helper()
	w := d.ask("GET", "/deliveries"+query, "")
	var out struct{ Deliveries []Delivery }
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return out.Deliveries
}

func TestChannels(t *testing.T) {
	tests := []struct {
		path, body, channel string
		status              int
		summary             string
	}{
		{"/slack", `{"channel":"#ops","attachments":[{"title":"HighErrorRate","text":"fraud-scorer fails 9%"}]}`, "slack", 200, "HighErrorRate fraud-scorer fails 9%"},
		{"/pagerduty/v2/enqueue", `{"event_action":"trigger","payload":{"summary":"budget burns"}}`, "pager", 202, "trigger: budget burns"},
		{"/opsgenie/v2/alerts", `{"message":"budget burns","priority":"P1"}`, "opsgenie", 202, "budget burns"},
		{"/opsgenie/v2/alerts/abc/close?identifierType=alias", `{"source":"am"}`, "opsgenie", 202, "opsgenie notification"},
		{"/webhook/inbox", `{"status":"firing","groupLabels":{"alertname":"HostHighCPU"},"commonAnnotations":{"summary":"CPU at 97%"}}`, "inbox", 200, "firing: HostHighCPU: CPU at 97%"},
		{"/deadman/ping", `{"status":"firing"}`, "deadman", 200, "firing"},
		{"/webhook/inbox", "plain text\nmore", "inbox", 200, "plain text"},
	}
	for _, tt := range tests {
		d := newDesk()
		if w := d.ask("POST", tt.path, tt.body); w.Code != tt.status {
			t.Errorf("%s: %d %s, want %d", tt.path, w.Code, w.Body, tt.status)
			continue
		}
		got := d.deliveries(t, "?channel="+tt.channel)
		if len(got) != 1 || got[0].Summary != tt.summary || got[0].Status != tt.status {
			t.Errorf("%s kept %+v, want %q", tt.path, got, tt.summary)
		}
	}
	d := newDesk()
	if w := d.ask("POST", "/slack", strings.Repeat("x", maxBody+1)); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a huge body: %d", w.Code)
	}
	if w := d.ask("POST", "/fax", "{}"); w.Code != http.StatusNotFound {
		t.Errorf("an unknown channel: %d", w.Code)
	}
}

// What every channel says of a group is read alike.
func TestState(t *testing.T) {
	d := newDesk()
	for _, tt := range []struct {
		path, body, channel, state, alert string
		alerts                            int
	}{
		{"/slack", `{"attachments":[{"title":"[FIRING:2] HighErrorRate on fraud-scorer"}]}`, "slack", "firing", "HighErrorRate", 2},
		{"/slack", `{"attachments":[{"title":"[RESOLVED] HighErrorRate on fraud-scorer"}]}`, "slack", "resolved", "HighErrorRate", 0},
		{"/slack", `{"attachments":[{"title":"hello"}]}`, "slack", "", "", 0},
		{"/pagerduty/v2/enqueue", `{"event_action":"trigger","payload":{"summary":"s","group":"TargetDown"}}`, "pager", "firing", "TargetDown", 0},
		{"/pagerduty/v2/enqueue", `{"event_action":"resolve","payload":{"summary":"s","group":"TargetDown"}}`, "pager", "resolved", "TargetDown", 0},
		{"/opsgenie/v2/alerts", `{"message":"m","alias":"a1","details":{"alertname":"TargetDown"}}`, "opsgenie", "firing", "TargetDown", 0},
		{"/opsgenie/v2/alerts/a1/close?identifierType=alias", `{"source":"am"}`, "opsgenie", "resolved", "TargetDown", 0},
		{"/opsgenie/v2/alerts/other/close", `{"source":"am"}`, "opsgenie", "resolved", "", 0},
		{"/webhook/inbox", `{"status":"resolved","groupLabels":{"alertname":"HostHighCPU"},"alerts":[{},{},{}]}`, "inbox", "resolved", "HostHighCPU", 3},
		{"/webhook/inbox", `{"status":"firing","commonLabels":{"alertname":"HostHighCPU"}}`, "inbox", "firing", "HostHighCPU", 0},
		{"/webhook/inbox", `[FIRING:x] broken`, "inbox", "", "", 0},
		{"/webhook/inbox", `[1,2]`, "inbox", "", "", 0},
	} {
		d.ask("POST", tt.path, tt.body)
		all := d.deliveries(t, "?channel="+tt.channel)
		if got := all[len(all)-1]; got.State != tt.state || got.Alert != tt.alert || got.Alerts != tt.alerts {
			t.Errorf("%s %s is %q %q %d, want %q %q %d", tt.path, tt.body, got.State, got.Alert, got.Alerts, tt.state, tt.alert, tt.alerts)
		}
	}
}

func TestBodiesAreBounded(t *testing.T) {
	d := newDesk()
	for i := range maxBytes/maxBody + 5 {
		d.ask("POST", "/webhook/inbox", fmt.Sprintf(`{"status":"n%d","filler":%q}`, i, strings.Repeat("x", maxBody-100)))
	}
	sum := 0
	for _, got := range d.got {
		sum += len(got.Body)
	}
	if sum != d.bytes || sum > maxBytes || sum < maxBytes-maxBody {
		t.Errorf("%d bytes are kept, %d counted, of %d", sum, d.bytes, maxBytes)
	}
}

func TestPage(t *testing.T) {
	d := newDesk()
	if w := d.ask("GET", "/", ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Nothing arrived yet") {
		t.Errorf("an empty page is %d %s", w.Code, w.Body)
	}
	d.ask("POST", "/slack", `{"attachments":[{"title":"[FIRING:2] HighErrorRate on <b>x</b>","text":"<script>alert(1)</script>"}]}`)
	d.ask("POST", "/deadman/ping", `{"status":"firing","groupLabels":{"alertname":"Watchdog"}}`)
	d.ask("POST", "/-/fail?channel=pager", "")
	d.ask("POST", "/pagerduty/v2/enqueue", `{"event_action":"trigger","payload":{"summary":"down","group":"TargetDown"}}`)
	page := d.ask("GET", "/", "").Body.String()
	for _, want := range []string{
		`<td>2026-11-22 12:00:00</td><td>slack</td><td class="firing">firing</td><td>HighErrorRate</td><td>2</td>`,
		"&lt;script&gt;", "refused (500)", "heard Alertmanager at 12:00:00", `pager</a> (1, <span class="refused">refuses</span>)`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s:\n%s", want, page)
		}
	}
	if strings.Contains(page, "<script") || strings.Contains(page, "<td>Watchdog") {
		t.Errorf("the page shows what it should not:\n%s", page)
	}
	if page := d.ask("GET", "/?channel=deadman", "").Body.String(); !strings.Contains(page, "<td>Watchdog") || strings.Contains(page, "<td>slack") {
		t.Errorf("the page of a channel is\n%s", page)
	}
	if w := d.ask("GET", "/?channel=fax", ""); w.Code != http.StatusBadRequest {
		t.Errorf("an unknown channel: %d", w.Code)
	}
	if w := d.ask("GET", "/favicon.ico", ""); w.Code != http.StatusNotFound {
		t.Errorf("another page: %d", w.Code)
	}
}

func TestDeliveries(t *testing.T) {
	d := newDesk()
	for i := range maxDeliveries + 10 {
		d.now = d.now.Add(time.Second)
		d.ask("POST", "/webhook/inbox", fmt.Sprintf(`{"status":"n%d"}`, i))
	}
	all := d.deliveries(t, "")
	if len(all) != maxDeliveries || all[0].Summary != "n10" {
		t.Errorf("%d kept, from %q", len(all), all[0].Summary)
	}
	if got := d.deliveries(t, "?since=9s"); len(got) != 10 {
		t.Errorf("%d of the last 9 s, want 10", len(got))
	}
	if got := d.deliveries(t, "?since="+d.now.Format(time.RFC3339)); len(got) != 1 {
		t.Errorf("%d since now, want 1", len(got))
	}
	if got := d.deliveries(t, "?channel=slack"); len(got) != 0 {
		t.Errorf("%d for slack", len(got))
	}
	for _, q := range []string{"?channel=fax", "?since=lunch"} {
		if w := d.ask("GET", "/deliveries"+q, ""); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "error") {
			t.Errorf("%s: %d %s", q, w.Code, w.Body)
		}
	}
}

func TestFail(t *testing.T) {
	d := newDesk()
	if w := d.ask("POST", "/-/fail?channel=fax", ""); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "slack, pager") {
		t.Errorf("an unknown channel: %d %s", w.Code, w.Body)
	}
	d.ask("POST", "/-/fail?channel=slack", "")
	if w := d.ask("POST", "/slack", `{}`); w.Code != http.StatusInternalServerError {
		t.Errorf("a broken channel answers %d", w.Code)
	}
	if w := d.ask("POST", "/webhook/inbox", `{}`); w.Code != http.StatusOK {
		t.Errorf("the channel beside it answers %d", w.Code)
	}
	if len(d.notes) == 0 || !d.notes[0].Failed || d.notes[0].Channel != "slack" {
		t.Errorf("notes %+v", d.notes)
	}
	d.ask("DELETE", "/-/fail?channel=slack", "")
	if w := d.ask("POST", "/slack", `{}`); w.Code != http.StatusOK {
		t.Errorf("a mended channel answers %d", w.Code)
	}
}

func TestDeadMansSwitch(t *testing.T) {
	d := newDesk()
	d.now = d.now.Add(time.Hour)
	if d.Silent() {
		t.Error("silent before the first ping")
	}
	d.ask("POST", "/deadman/ping", `{}`)
	d.now = d.now.Add(silence)
	if d.Watch(); d.Silent() {
		t.Error("silent too early")
	}
	d.now = d.now.Add(time.Second)
	d.Watch()
	d.Watch()
	if !d.Silent() || len(d.notes) != 1 || d.notes[0].Action != "deadman-silent" {
		t.Errorf("silent %v, notes %+v", d.Silent(), d.notes)
	}
	d.ask("POST", "/deadman/ping", `{}`)
	if d.Silent() || len(d.notes) != 2 || d.notes[1].Action != "deadman-back" {
		t.Errorf("silent %v, notes %+v", d.Silent(), d.notes)
	}
	if w := d.ask("GET", "/deadman", ""); !strings.Contains(w.Body.String(), `"silent":false`) {
		t.Errorf("%s", w.Body)
	}
}

func TestMail(t *testing.T) {
	d := newDesk()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- d.ServeSMTP(l) }()
	mail := func() error {
		return smtp.SendMail(l.Addr().String(), nil, "am@demo.local", []string{"ops@demo.local"},
			[]byte("From: am@demo.local\r\nSubject: budget burns\r\n\r\nfirst\r\n.dotted\r\n"))
	}
	if err := mail(); err != nil {
		t.Fatal(err)
	}
	got := d.deliveries(t, "?channel=mail")
	if len(got) != 1 || got[0].Summary != "budget burns" || !strings.Contains(string(got[0].Body), `\n.dotted\n`) {
		t.Errorf("kept %+v", got)
	}
	d.ask("POST", "/-/fail?channel=mail", "")
	if err := mail(); err == nil || !strings.Contains(err.Error(), "refuse") {
		t.Errorf("a broken mail server says %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("the end of the listener is %v", err)
	}
}
