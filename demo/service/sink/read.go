package sink

import (
	"cmp"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// notification is the union of what the channels are sent.
type notification struct {
	// Webhook.
	Status            string            `json:"status"`
	GroupLabels       map[string]string `json:"groupLabels"`
	CommonLabels      map[string]string `json:"commonLabels"`
	CommonAnnotations map[string]string `json:"commonAnnotations"`
	Alerts            []json.RawMessage `json:"alerts"`
	// PagerDuty.
	Action  string `json:"event_action"`
	Payload struct {
		Summary string `json:"summary"`
		Group   string `json:"group"`
	} `json:"payload"`
	// Opsgenie.
	Message string            `json:"message"`
	Alias   string            `json:"alias"`
	Details map[string]string `json:"details"`
	// Slack.
	Attachments []struct {
		Title string `json:"title"`
		Text  string `json:"text"`
	} `json:"attachments"`
}

// title is how the templates of the stack begin a message of chat or mail.
var title = regexp.MustCompile(`^\[(FIRING|RESOLVED)(?::(\d+))?\] ([\pL\pN_:]+)`)

// read fills in what the body says of the group.
func (d *Delivery) read(action string) {
	var in notification
	if err := json.Unmarshal(d.Body, &in); err != nil {
		subject, _, _ := strings.Cut(string(d.Body), "\n")
		d.Summary = clip(subject)
		d.readTitle(subject)
		return
	}
	d.Alert = cmp.Or(in.GroupLabels["alertname"], in.CommonLabels["alertname"], in.Payload.Group, in.Details["alertname"])
	d.alias = cmp.Or(d.alias, in.Alias)
	d.Alerts = len(in.Alerts)
	switch {
	case in.Status == "firing" || in.Status == "resolved":
		d.State = in.Status
	case in.Action == "resolve" || action == "close":
		d.State = "resolved"
	case in.Action == "trigger" || d.Channel == "opsgenie" && action == "":
		d.State = "firing"
	}
	var parts []string
	for _, p := range []string{in.Status, in.GroupLabels["alertname"], in.CommonAnnotations["summary"], in.Action, in.Payload.Summary, in.Message} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	for _, a := range in.Attachments {
		d.readTitle(a.Title)
		parts = append(parts, strings.TrimSpace(a.Title+" "+a.Text))
	}
	d.Summary = clip(cmp.Or(strings.Join(parts, ": "), d.Channel+" notification"))
}

// readTitle takes the state, the number and the name from the words of a title.
func (d *Delivery) readTitle(text string) {
	m := title.FindStringSubmatch(text)
	if m == nil {
		return
	}
	d.State, d.Alert = strings.ToLower(m[1]), m[3]
	d.Alerts, _ = strconv.Atoi(m[2]) // 0 without a number
}

func clip(s string) string {
	if r := []rune(strings.TrimSpace(s)); len(r) > 200 {
		return string(r[:199]) + "…"
	}
	return strings.TrimSpace(s)
}
