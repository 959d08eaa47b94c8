package gameday

// What reloads a server of compose, and what is mended by taking the last line
// of a file away again.
const (
	reloadPrometheus   = " && curl -X POST http://127.0.0.1:9090/-/reload"
	reloadAlertmanager = " && curl -X POST http://127.0.0.1:9093/-/reload"
	rulesFile          = "stack/prometheus/rules/demo/meta.yml"
	alertmanagerFile   = "stack/alertmanager/alertmanager.yml"
	compose            = "docker compose -f stack/compose.yaml "
)

// monitoringScenarios are about what watches the rest.
var monitoringScenarios = []Scenario{
	{
		Name: "rule-broken", Area: "meta", Settled: true, Breaks: "Prometheus gets a rule that it cannot read",
		Do: []Step{{Fault: "rule-broken"}}, Place: Embedded,
		Hand:   Hand{"echo oops >> " + rulesFile + reloadPrometheus, "sed -i '$d' " + rulesFile + reloadPrometheus},
		Alerts: []Alert{{Name: "PrometheusConfigReloadFailed", After: 71}},
		Never:  []Alert{{Name: "PrometheusRuleFailures"}}, // it goes on with the rules that it had
		Told:   []Delivery{{"pager", "PrometheusConfigReloadFailed"}}, Disturbs: []string{"prometheus"},
	},
	{
		Name: "alertmanager-config-broken", Area: "meta", Settled: true, Breaks: "Alertmanager gets a route to nowhere",
		Do: []Step{{Fault: "alertmanager-config-broken"}}, Place: Embedded,
		Hand:   Hand{"echo oops >> " + alertmanagerFile + reloadAlertmanager, "sed -i '$d' " + alertmanagerFile + reloadAlertmanager},
		Alerts: []Alert{{Name: "AlertmanagerConfigReloadFailed", After: 71}},
		Told:   []Delivery{{"pager", "AlertmanagerConfigReloadFailed"}}, Disturbs: []string{"alertmanager"},
	},
	{
		Name: "probe-stop", Area: "meta", Settled: true, Breaks: "the log probe hangs up on everybody",
		Do: []Step{{Fault: "probe-stop"}},
		Alerts: []Alert{
			{Name: "TargetDown", Where: "job=log-probe", After: 28},
			{Name: "LogPipelineProbeMissing", After: 66},
		},
		Never: []Alert{{Name: "LogPipelineStalled"}},
		Told:  []Delivery{{"pager", "TargetDown"}, {"inbox", "LogPipelineProbeMissing"}}, Disturbs: []string{"probe"},
	},
	{
		Name: "notify-fail", Area: "meta", Settled: true, Breaks: "chat refuses notifications while something notifies",
		Do:       []Step{{Fault: "notify-fail"}, {Fault: "gpu-full"}},
		Alerts:   []Alert{{Name: "AlertmanagerNotificationsFailing", Where: "integration=slack", After: 34}, {Name: "GPUMemoryAlmostFull", Where: "gpu=1", After: 26}},
		Lines:    []Line{{Query: "event.action:delivery-refused AND labels.channel:slack", After: 35}},
		Told:     []Delivery{{"pager", "AlertmanagerNotificationsFailing"}, {"inbox", "GPUMemoryAlmostFull"}},
		Disturbs: []string{"deliveries", "gpu-1 memory"},
	},
	{
		Name: "logs-stop", Area: "meta", Settled: true, Breaks: "log lines do not reach their store",
		Do:     []Step{{Fault: "logs-stop"}},
		Alerts: []Alert{{Name: "LogPipelineStalled", After: 87}},
		Never:  []Alert{{Name: "LogPipelineProbeMissing"}},
		Lines:  []Line{{Query: "event.action:heartbeat", Absent: true}},
		Told:   []Delivery{{"slack", "LogPipelineStalled"}}, Disturbs: []string{"lines", "probe"},
	},
	{
		Name: "alertmanager-stop", Area: "meta", Settled: true, Breaks: "Alertmanager is down",
		Do: []Step{{Fault: "alertmanager-stop"}}, Place: Embedded,
		Hand: Hand{compose + "stop alertmanager", compose + "start alertmanager"},
		Alerts: []Alert{
			{Name: "TargetDown", Where: "job=alertmanager", After: 28},
			{Name: "PrometheusNotificationsFailing", After: 24},
		},
		// The dead man's switch has not heard of anything for 90 s.
		Lines:    []Line{{Query: "event.action:deadman-silent", After: 90}},
		Disturbs: []string{"deliveries", "alertmanager"},
	},
	{
		Name: "logstash-stop", Area: "meta", Settled: true, Breaks: "Logstash is down, so lines wait in Filebeat",
		Place: Compose, Hand: Hand{compose + "stop logstash", compose + "start logstash"},
		Alerts: []Alert{{Name: "LogPipelineStalled", After: 95}},
		Lines:  []Line{{Query: "event.action:heartbeat", Absent: true}},
		Told:   []Delivery{{"slack", "LogPipelineStalled"}}, Disturbs: []string{"lines", "probe"},
	},
	{
		Name: "log-probe-stop", Area: "meta", Settled: true, Breaks: "the log probe is gone",
		Place: Compose, Hand: Hand{compose + "stop log-probe", compose + "start log-probe"},
		Alerts: []Alert{
			{Name: "TargetDown", Where: "job=log-probe", After: 28},
			{Name: "LogPipelineProbeMissing", After: 66},
		},
		Told: []Delivery{{"pager", "TargetDown"}}, Disturbs: []string{"probe"},
	},
}
