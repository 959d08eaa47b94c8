// Package watch is the monitoring of the monitoring, as pure functions over what
// the servers said: does the Watchdog arrive, do the members of an Alertmanager
// cluster agree, are notifications and rules and scrapes failing, do log lines
// arrive, do the clocks agree. It does no I/O and reads no clock.
package watch

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"firewatch/sources"
)

// Grade is how bad a finding is.
type Grade int

// The grades, from nothing to say to worst.
const (
	// Fine says that the check passed.
	Fine Grade = iota
	// Unknown says that it could not be made.
	Unknown
	// Odd should be looked at: nothing is lost yet.
	Odd
	// Broken means that pages may be lost or late.
	Broken
)

// The checks by name.
const (
	Watchdog      = "watchdog"
	Cluster       = "alertmanager"
	Notifications = "notifications"
	Delivery      = "delivery"
	Rules         = "rules"
	Scrapes       = "scrapes"
	Logs          = "logs"
	Clocks        = "clocks"
)

// Finding is the outcome of one check, or of one thing that a check found.
type Finding struct {
	Check string
	Grade Grade
	// Text is what was found in a line; Do what to do about it, empty when it is fine.
	Text, Do string
}

// Answer is what became of a question.
type Answer struct {
	Frame sources.Frame
	// Err is why there is no newer answer; nil after a good one.
	Err error
	// At is when the frame came; zero when there is none.
	At time.Time
}

// ready says whether there is a frame.
func (a *Answer) ready() bool { return !a.At.IsZero() }

// unconfigured says that the context has no such server, so that nothing is
// missing where nothing is known.
func (a *Answer) unconfigured() bool {
	var e *sources.Error
	return errors.As(a.Err, &e) && e.Kind == sources.NotConfigured
}

// The questions that the checks are made of.
var (
	alerts   = sources.Alerts{}
	silences = sources.Silences{}
	rules    = sources.Rules{}
	manager  = sources.AlertmanagerStatus{}
	server   = sources.PrometheusStatus{}
	store    = sources.LogStatus{}
)

// Newest asks for the newest line of the log store, which tells how far behind it
// is where no probe does: see [Probed]. Only a window that is live is a ground
// for it.
var Newest = sources.Lines{Limit: 1}

// Questions lists what [Look] wants to know, [Newest] apart.
func Questions() []sources.Query {
	return []sources.Query{alerts, silences, rules, manager, server, store, Signals}
}

// Probed says whether an answer to [Signals] knows how far behind the logs are.
func Probed(f *sources.Frame) bool { _, ok := signalled(f, "lag"); return ok }

// Look makes every check. Answer gives what became of a question, the zero value
// when it was not asked or is not answered yet. The findings are the worst first;
// a check that found nothing wrong has one that says so, one of a server that
// the context does not have, or that was not heard yet, has none.
func Look(now time.Time, answer func(sources.Query) Answer) []Finding {
	var out []Finding
	for _, check := range []func(time.Time, func(sources.Query) Answer) []Finding{
		watchdog, cluster, notifications, delivery, evaluation, scrapes, logs, clocks,
	} {
		out = append(out, check(now, answer)...)
	}
	slices.SortStableFunc(out, func(a, b Finding) int { return -cmp.Compare(a.Grade, b.Grade) })
	return out
}

// Problems are the findings that are not fine.
func Problems(all []Finding) []Finding {
	return slices.DeleteFunc(slices.Clone(all), func(f Finding) bool { return f.Grade == Fine })
}

// Worst is the highest grade among findings; Fine when there is none.
func Worst(all []Finding) Grade {
	out := Fine
	for _, f := range all {
		out = max(out, f.Grade)
	}
	return out
}

// unread is the finding of a check whose question was refused; none while the
// answer is on its way or the server is not part of the context.
func unread(check string, a Answer, do string) []Finding {
	if a.Err == nil || a.unconfigured() {
		return nil
	}
	return []Finding{{Check: check, Grade: Unknown, Text: a.Err.Error(), Do: do}}
}
