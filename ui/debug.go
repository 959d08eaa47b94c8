package ui

import (
	"fmt"
	"time"

	"firewatch/sources"
)

// meter measures what the console itself costs.
type meter struct {
	began, since   time.Time
	updates        int
	last, worst    time.Duration
	spent          time.Duration
	bytes, lastSum int64
	cost, lastCost sources.Cost
	frames         int
	lastFrames     int
}

func (m *meter) begin(now time.Time) { m.began = now }

func (m *meter) end(now time.Time) {
	m.updates++
	m.last = now.Sub(m.began)
	m.spent += m.last
	m.worst = max(m.worst, m.last)
}

// debugPager shows the meter; the rates are those since the overlay was drawn
// last, a second ago at most.
func (s *Shell) debugPager() Overlay {
	return Pager("debug", func(env *Env, _ int) []string {
		m := &s.meter
		if d := env.Now.Sub(m.since); d >= time.Second {
			per := func(n int64) int64 { return n * int64(time.Second) / int64(max(d, time.Second)) }
			var sum int64
			if s.cfg.Written != nil {
				sum = s.cfg.Written()
			}
			total := s.sched.total
			if !m.since.IsZero() {
				m.bytes = per(sum - m.lastSum)
				m.frames = int(per(int64(s.paint.frames - m.lastFrames)))
				m.cost = sources.Cost{
					Requests: int(per(int64(total.Requests - m.lastCost.Requests))),
					Bytes:    int(per(int64(total.Bytes - m.lastCost.Bytes))),
					Samples:  int(per(int64(total.Samples - m.lastCost.Samples))),
				}
			}
			m.since, m.lastSum, m.lastCost, m.lastFrames = env.Now, sum, total, s.paint.frames
		}
		mean := time.Duration(0)
		if m.updates > 0 {
			mean = m.spent / time.Duration(m.updates)
		}
		return []string{
			fmt.Sprintf("terminal      %d bytes/s, %d bytes in all", m.bytes, m.lastSum),
			fmt.Sprintf("views         %d/s, %d in all", m.frames, m.lastFrames),
			fmt.Sprintf("update        %s last, %s mean, %s worst of %d", m.last, mean, m.worst, m.updates),
			fmt.Sprintf("requests      %d/s, %d in all, %d in flight", m.cost.Requests, m.lastCost.Requests, s.sched.flying),
			fmt.Sprintf("answers       %d bytes/s, %d samples/s", m.cost.Bytes, m.cost.Samples),
			fmt.Sprintf("samples       %d in all, %d bytes in all", m.lastCost.Samples, m.lastCost.Bytes),
			fmt.Sprintf("queries kept  %d, generation %d", len(s.sched.entries), s.sched.gen),
			fmt.Sprintf("window        %s to %s, step %s", env.Window.Start.Format(time.RFC3339), env.Window.End.Format(time.RFC3339), env.Window.Step),
		}
	})
}
