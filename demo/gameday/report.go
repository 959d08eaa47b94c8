package gameday

import (
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// width is how wide anything printed is at most, in columns.
const width = 100

// String is the event as one line of at most 100 columns.
func (e Event) String() string {
	return ansi.Truncate(fmt.Sprintf("%-26s %+4d s  %-8s %s", e.Scenario, e.Seconds, e.State, e.What), width, "…")
}

// WriteTable writes what came of a game day as a table of at most 100 columns,
// and how many scenarios passed.
func WriteTable(w io.Writer, results []*Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%-26s  %-7s  %5s  %-5s  %-5s  %-5s  %s\n", "SCENARIO", "RESULT", "TOOK", "LINES", "SPANS", "TOLD", "ALERTS, SECONDS FROM THE FAULT")
	counts := map[string]int{}
	for _, r := range results {
		counts[r.State]++
		took := ""
		if r.Seconds > 0 {
			took = fmt.Sprintf("%d s", r.Seconds)
		}
		lead := fmt.Sprintf("%-26s  %-7s  %5s  %-5s  %-5s  %-5s  ", r.Scenario, r.State, took, r.share("line"), r.share("span"), r.share("told"))
		text := strings.Join(r.remarks(), ", ")
		for line := range strings.SplitSeq(ansi.Wrap(text, width-len(lead), ""), "\n") {
			b.WriteString(strings.TrimRight(lead+line, " ") + "\n")
			lead = strings.Repeat(" ", len(lead))
		}
	}
	fmt.Fprintf(&b, "%d passed, %d failed, %d skipped\n", counts[passed], counts[failed], counts[skipped])
	_, err := io.WriteString(w, b.String())
	return err
}

// share says how many checks of a kind are as they should be, of how many.
func (r *Result) share(kind string) string {
	good, all := 0, 0
	for _, c := range r.Checks {
		if c.Kind == kind {
			all++
			if c.State == fine {
				good++
			}
		}
	}
	if all == 0 {
		return "-"
	}
	return fmt.Sprintf("%d/%d", good, all)
}

// remarks are the alerts, and whatever else is not as it should be.
func (r *Result) remarks() (list []string) {
	if r.Reason != "" {
		list = append(list, r.Reason)
	}
	for _, c := range r.Checks {
		name, where, _ := strings.Cut(c.What, "{")
		if strings.HasPrefix(name, "SLO") { // several have the name
			for _, value := range pairs(strings.TrimSuffix(where, "}")) {
				if value == "page" || value == "ticket" {
					name += " " + value
				}
			}
		}
		alert := c.Kind == "alert" || c.Kind == "inhibited"
		switch {
		case c.State == missing:
			list = append(list, "MISSING "+c.Kind+" "+c.What)
		case c.State == unwanted:
			list = append(list, fmt.Sprintf("UNWANTED %s %s %d", c.Kind, c.What, c.Seconds))
		case c.State == waiting:
			list = append(list, "not seen yet "+c.What)
		case c.Never && alert:
			list = append(list, "not "+name)
		case c.Kind == "inhibited":
			list = append(list, name+" inhibited")
		case alert:
			list = append(list, fmt.Sprintf("%s %d", name, c.Seconds))
		}
	}
	return list
}
