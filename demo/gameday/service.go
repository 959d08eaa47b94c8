package gameday

import "time"

// serviceScenarios are about requests and the process that answers them.
var serviceScenarios = []Scenario{
	{
		Name: "errors", Area: "app", Breaks: "a hundred requests fail, then it is over",
		Do: []Step{{Requests: 100, Path: "/error"}},
		Alerts: []Alert{
			{Name: "SLOErrorBudgetBurn", Where: "sloth_slo=availability,sloth_severity=page", After: 6},
			{Name: "HighErrorRate", Where: "service=fraud-scorer", After: 24},
		},
		// The ticket looks back on hours: whether it fires depends on what they were.
		Never: []Alert{{Name: "SLOErrorBudgetExhausted", Where: "sloth_slo=availability"}},
		Lines: []Line{{Query: `event.action:request-failed AND http.route:"/error" AND error.type:DeliberateError`, Count: 100, After: 3}},
		Spans: []Span{{Service: "fraud-scorer", Operation: "GET /error", Failed: true, After: 5}},
		Told:  []Delivery{{"pager", "SLOErrorBudgetBurn"}, {"slack", "HighErrorRate"}},
		Watch: 100, Disturbs: []string{"errors"}, Needs: []string{"requests"},
	},
	{
		Name: "error-burst", Area: "app", Breaks: "half of the predictions fail",
		Do: []Step{{Fault: "error-burst", Intensity: .5}},
		Alerts: []Alert{
			{Name: "SLOErrorBudgetBurn", Where: "sloth_slo=availability,sloth_severity=page", After: 10},
			{Name: "VeryHighErrorRate", Where: "service=fraud-scorer", After: 35},
		},
		Inhibited: []Alert{{Name: "HighErrorRate", Where: "service=fraud-scorer"}},
		Lines:     []Line{{Query: "event.action:request-failed AND error.type:BackendUnavailable AND labels.chaos:error-burst", Count: 20, After: 5}},
		Spans:     []Span{{Service: "fraud-scorer", Operation: "model.predict", Failed: true, Where: "exception.type=BackendUnavailable", After: 5}},
		Told:      []Delivery{{"pager", "VeryHighErrorRate"}},
		Disturbs:  []string{"errors", "requests"},
	},
	{
		Name: "latency", Area: "app", Breaks: "feature lookups take 700 ms more",
		Do: []Step{{Fault: "latency", Intensity: 700}},
		Alerts: []Alert{
			{Name: "HighLatencyP95", Where: "service=fraud-scorer", After: 34},
			{Name: "SLOErrorBudgetBurn", Where: "sloth_slo=latency,sloth_severity=page", After: 48},
		},
		Lines:    []Line{{Query: "event.action:feature-lookup-slow", Count: 20, After: 5}},
		Spans:    []Span{{Service: "fraud-scorer", Operation: "feature_store.get", Longer: 600 * time.Millisecond, After: 5}},
		Told:     []Delivery{{"slack", "HighLatencyP95"}},
		Disturbs: []string{"latency"}, Needs: []string{"requests"},
	},
	{
		Name: "latency-3s", Area: "app", Breaks: "lookups and the model take three seconds more, so the queue fills",
		Do: []Step{{Fault: "latency", Intensity: 3000}},
		Alerts: []Alert{
			{Name: "HighLatencyP99", Where: "service=fraud-scorer", After: 32},
			{Name: "InferenceQueueSaturated", After: 20},
		},
		Inhibited: []Alert{{Name: "HighLatencyP95", Where: "service=fraud-scorer"}},
		Lines:     []Line{{Query: "event.action:request-rejected AND labels.chaos:latency", After: 20}},
		Spans:     []Span{{Service: "fraud-scorer", Operation: "queue.wait", Longer: time.Second, After: 15}},
		Told:      []Delivery{{"pager", "HighLatencyP99"}},
		Disturbs:  []string{"latency", "requests", "errors"},
	},
	{
		Name: "queue", Area: "app", Breaks: "one worker instead of eight",
		Do: []Step{{Fault: "queue"}},
		Alerts: []Alert{
			{Name: "InferenceQueueSaturated", After: 31},
			{Name: "HighErrorRate", Where: "service=fraud-scorer", After: 40},
		},
		Lines: []Line{{Query: "event.action:request-rejected AND http.response.status_code:503 AND labels.chaos:queue", After: 20}},
		Spans: []Span{
			{Service: "fraud-scorer", Operation: "queue.wait", Longer: time.Second, After: 15},
			{Service: "fraud-scorer", Operation: "POST /predict", Failed: true, Where: "http.response.status_code=503", After: 20},
		},
		Told:     []Delivery{{"slack", "InferenceQueueSaturated"}},
		Disturbs: []string{"latency", "requests", "errors"},
	},
	{
		Name: "traffic-stop", Area: "app", Breaks: "callers stop calling",
		Do:        []Step{{Fault: "traffic-stop"}},
		Alerts:    []Alert{{Name: "TrafficDropped", Where: "service=fraud-scorer", After: 78}, {Name: "NoPredictions", After: 96}},
		Inhibited: []Alert{{Name: "NoPredictions"}},
		Spans:     []Span{{Service: "fraud-scorer", Operation: "POST /predict", Absent: true}},
		Told:      []Delivery{{"slack", "TrafficDropped"}},
		Untold:    []string{"NoPredictions", "LabelsStalled"},
		Watch:     120, Disturbs: []string{"requests", "errors", "latency", "labels"},
	},
	{
		Name: "memory-leak", Area: "app", Breaks: "the service keeps 2 MiB a second",
		Do:       []Step{{Fault: "memory-leak"}},
		Alerts:   []Alert{{Name: "ProcessMemoryLeak", After: 54}},
		Lines:    []Line{{Query: "event.action:gc-pressure AND labels.chaos:memory-leak", After: 20}},
		Told:     []Delivery{{"slack", "ProcessMemoryLeak"}},
		Disturbs: []string{"memory"},
	},
	{
		Name: "goroutine-leak", Area: "app", Breaks: "forty goroutines a second never end",
		Do:     []Step{{Fault: "goroutine-leak"}},
		Alerts: []Alert{{Name: "GoroutineLeak", After: 69}},
		Told:   []Delivery{{"slack", "GoroutineLeak"}}, Disturbs: []string{"goroutines"},
	},
	{
		Name: "fd-leak", Area: "app", Breaks: "twelve files a second stay open, of 1024",
		Do:     []Step{{Fault: "fd-leak"}},
		Alerts: []Alert{{Name: "FileDescriptorsExhausted", After: 79}},
		Told:   []Delivery{{"slack", "FileDescriptorsExhausted"}}, Disturbs: []string{"files"},
	},
}
