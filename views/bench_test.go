package views

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"firewatch/ui"
	"firewatch/ui/uitest"
)

// manyHosts is a world with n hosts.
func manyHosts(n int) fakeWorld {
	var list []fakeSeries
	for i := range n {
		s := fakeSeries{maps.Clone(fakeHosts[i%len(fakeHosts)]), 0.5, 0.1}
		s.labels["instance"], s.labels["nodename"] = fmt.Sprintf("web-%d:9100", i), fmt.Sprintf("web-%d", i)
		list = append(list, s)
	}
	return fakeWorld{rules: []fakeRule{{`node_`, list}}}
}

// BenchmarkIdle is what a message costs that changes nothing, per tab: it has to
// stay far below the time between two frames.
func BenchmarkIdle(b *testing.B) {
	for _, c := range []struct {
		name  string
		world fakeWorld
		keys  []string
		view  func() ui.View
	}{
		{"hosts-500", manyHosts(500), nil, func() ui.View { return &infrastructure{} }},
		{"host", fakeWorld{}, []string{"enter"}, func() ui.View { return &infrastructure{} }},
		{"services", fakeWorld{}, nil, func() ui.View { return &application{} }},
		{"service", fakeWorld{}, []string{"enter"}, func() ui.View { return &application{} }},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := uitest.New(b, uitest.Config{Views: []ui.View{c.view()}, W: 200, H: 60, Answer: c.world.answer})
			s.Advance(time.Second)
			s.Press(c.keys...)
			s.Advance(time.Second)
			b.ReportAllocs()
			for b.Loop() {
				s.Send(struct{}{})
			}
		})
	}
}
