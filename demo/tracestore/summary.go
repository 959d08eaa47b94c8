package tracestore

import (
	"cmp"
	"encoding/hex"
	"slices"
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// summary is a trace in the list of a search. Counts of 0 are left out, as
// protobuf's JSON does.
type summary struct {
	Trace     string           `json:"traceId"`
	Service   string           `json:"rootServiceName,omitempty"`
	Operation string           `json:"rootOperationName,omitempty"`
	Start     string           `json:"minStartTimeUnixNano,omitempty"`
	End       string           `json:"maxEndTimeUnixNano,omitempty"`
	Spans     int              `json:"spanCount,omitempty"`
	Errors    int              `json:"errorSpanCount,omitempty"`
	Orphans   int              `json:"orphanSpanCount,omitempty"`
	Services  []serviceSummary `json:"services,omitempty"`
}

type serviceSummary struct {
	Name   string `json:"name"`
	Spans  int    `json:"spanCount,omitempty"`
	Errors int    `json:"errorSpanCount,omitempty"`
}

// summarize describes a trace. Its root is the span without a parent, the
// earliest if there are several; orphans name a parent that is not there.
func summarize(t *trace) summary {
	s := summary{Trace: hex.EncodeToString(t.id[:]), Spans: t.spans}
	known := make(map[pcommon.SpanID]bool, t.spans)
	services := map[string]*serviceSummary{}
	var start, end, root pcommon.Timestamp
	for _, c := range t.chunks {
		name := c.service.Value()
		of := services[name]
		if of == nil {
			of = &serviceSummary{Name: name}
			services[name] = of
		}
		for i := range c.spans {
			e := &c.spans[i]
			known[e.id] = true
			of.Spans++
			if e.status == ptrace.StatusCodeError {
				of.Errors++
				s.Errors++
			}
			if start == 0 || e.start < start {
				start = e.start
			}
			end = max(end, e.end)
			if e.parent.IsEmpty() && (root == 0 || e.start < root) {
				root, s.Service, s.Operation = e.start, name, e.name.Value()
			}
		}
	}
	for _, c := range t.chunks {
		for i := range c.spans {
			if e := &c.spans[i]; !e.parent.IsEmpty() && !known[e.parent] {
				s.Orphans++
			}
		}
	}
	s.Start, s.End = strconv.FormatUint(uint64(start), 10), strconv.FormatUint(uint64(end), 10)
	for _, of := range services {
		s.Services = append(s.Services, *of)
	}
	slices.SortFunc(s.Services, func(a, b serviceSummary) int { return cmp.Compare(a.Name, b.Name) })
	return s
}
