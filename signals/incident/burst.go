package incident

import "time"

// storm is how many alerts that come or go together are told as one.
const storm = 3

// Bursts puts events that are one to a reader together, in their order: alerts
// that fired, or cleared, one right after the other, three or more of them all
// within the given span. Every other event is alone.
func Bursts(events []Event, within time.Duration) [][]Event {
	var out [][]Event
	for i := 0; i < len(events); {
		n := 1
		if k := events[i].Kind; k == Fired || k == Resolved {
			for i+n < len(events) && events[i+n].Kind == k && events[i+n].At.Sub(events[i].At) <= within {
				n++
			}
		}
		if n < storm {
			n = 1
		}
		out = append(out, events[i:i+n:i+n])
		i += n
	}
	return out
}
