package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/spf13/pflag"

	"firewatch/signals/slo"
)

// sloProfiles are the installations that rules are made for by name.
var sloProfiles = map[string]slo.Profile{
	"production": {Scale: 1, Interval: 30 * time.Second, PeriodInterval: time.Minute, Runbooks: "https://runbooks.example.net/"},
	"demo":       {Scale: 12, Interval: 5 * time.Second, PeriodInterval: 30 * time.Second, MinEvents: 100, Runbooks: "runbooks/"},
}

// length is a duration that is written as Prometheus writes it; it implements
// [pflag.Value].
type length time.Duration

// String is empty for no length, so that the help names no default.
func (l *length) String() string {
	if *l == 0 {
		return ""
	}
	return model.Duration(*l).String()
}

// Type implements [pflag.Value].
func (l *length) Type() string { return "duration" }

// Set implements [pflag.Value].
func (l *length) Set(s string) error {
	d, err := model.ParseDuration(s)
	if err != nil || d <= 0 {
		return errors.New("write a length of time such as 30s or 1m")
	}
	*l = length(d)
	return nil
}

// sloCommands are those about files of objectives. They ask no server.
func (p *program) sloCommands() []*command {
	formats := "FILE is of the console's own format, OpenSLO v1, Sloth's prometheus/v1 or Pyrra's\nServiceLevelObjective, told by its header; it may hold several documents. What a\ndocument of OpenSLO refers to may be in any of the files."
	invalid := map[int]string{failed: "something is wrong in a file, or an objective is of a kind that there are no rules for"}
	var shape format
	var profile, out, runbooks string
	var scale int
	var interval, period length
	var least float64
	var set func(string) bool
	return []*command{
		{
			name: "slo validate", args: "FILE...", does: "check files of objectives", more: formats, codes: invalid,
			examples: []string{"firewatch slo validate slo.yaml", "firewatch slo validate slos/*.yaml && echo fine"},
			run: func(_ context.Context, args []string) (int, error) {
				all, code, err := p.objectives("slo validate", args)
				if code == misused {
					return code, err
				}
				for _, d := range all {
					if d.Unsupported == "" {
						fmt.Fprintf(p.out, "ok  %s:%d: %s\n", d.File, d.Line, d.ID)
					}
				}
				p.remarks(all)
				return code, err
			},
		},
		{
			name: "slo list", args: "FILE...", does: "list the objectives of files", more: formats, codes: invalid,
			flags:    func(f *pflag.FlagSet) { shape.flag(f) },
			examples: []string{"firewatch slo list slo.yaml", "firewatch slo list -o json slos/*.yaml | jq -r '.[].id'"},
			run: func(_ context.Context, args []string) (int, error) {
				all, code, err := p.objectives("slo list", args)
				if code == misused || len(all) == 0 {
					return code, err
				}
				if problem := (&place{program: p}).print(shape, objectivesListed(all)); problem != nil {
					return failed, problem
				}
				return code, err
			},
		},
		{
			name: "slo rules", args: "FILE...", does: "make the rules of Prometheus for files of objectives", codes: invalid,
			more: formats + "\n\nThe rules have the names and labels of Sloth's: ratios over every window, what is\nleft of the budget, and alerts on several windows and burn rates.",
			flags: func(f *pflag.FlagSet) {
				f.StringVar(&profile, "profile", "production", "production, or demo, whose windows are a twelfth")
				f.StringVar(&out, "out", "", "the file to write (default standard output)")
				f.IntVar(&scale, "scale", 0, "divide the windows of the alerts by this (default the profile's)")
				f.Var(&interval, "interval", "how often ratios and alerts are evaluated (default the profile's)")
				f.Var(&period, "period-interval", "the same for what looks back over the whole period (default the profile's)")
				f.Float64Var(&least, "min-events", 0, "tell nobody below so many events in the first window (default the profile's; 0 takes ten times those that one failure is too many of)")
				f.StringVar(&runbooks, "runbooks", "", "what is put before the names of runbooks; empty names none (default the profile's)")
				set = f.Changed
			},
			examples: []string{"firewatch slo rules slo.yaml > rules.yml", "firewatch slo rules --profile demo --out rules/slo.yml slo.yaml"},
			run: func(_ context.Context, args []string) (int, error) {
				q, known := sloProfiles[profile]
				if !known {
					return misused, fmt.Errorf("slo rules: no profile %q: take one of %s", profile, strings.Join(sorted(sloProfiles), ", "))
				}
				if set("scale") {
					if scale < 1 || scale > 60 {
						return misused, fmt.Errorf("slo rules: --scale %d is not between 1 and 60", scale)
					}
					q.Scale = scale
				}
				if set("min-events") {
					if !(least >= 0) {
						return misused, fmt.Errorf("slo rules: --min-events %v is less than none", least)
					}
					q.MinEvents = least
				}
				if set("runbooks") {
					q.Runbooks = runbooks
				}
				q.Interval = cmp.Or(time.Duration(interval), q.Interval)
				q.PeriodInterval = cmp.Or(time.Duration(period), q.PeriodInterval)
				return p.sloRules(args, q, out)
			},
		},
	}
}

// sloRules writes the rules of the objectives that have some. It writes nothing
// when a file is wrong, since half of a service's alerts would look like all.
func (p *program) sloRules(args []string, q slo.Profile, out string) (int, error) {
	all, code, err := p.objectives("slo rules", args)
	if err != nil {
		return code, err
	}
	groups, err := slo.RulesOf(all, q)
	if err != nil {
		return failed, err
	}
	p.remarks(all)
	if len(groups) == 0 {
		return failed, errors.New("slo rules: no objective has rules, so that nothing was written")
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Made by firewatch slo rules from %s: edit that.\n", strings.Join(args, " "))
	if err := slo.WriteRules(&b, groups); err != nil {
		return failed, err
	}
	if out == "" {
		if _, err := p.out.Write(b.Bytes()); err != nil {
			return failed, err
		}
		return code, nil
	}
	if err := os.WriteFile(out, b.Bytes(), 0o644); err != nil {
		return failed, fmt.Errorf("write the rules to %s: %w", out, errors.Unwrap(err))
	}
	return code, nil
}

// objectives reads files. The code is that of the command: misused when a file
// cannot be read, failed when something in one is wrong or has no rules.
func (p *program) objectives(command string, args []string) ([]slo.Definition, int, error) {
	if len(args) == 0 {
		return nil, misused, fmt.Errorf("%s: name the files of objectives (%s)", command, helpFor(command))
	}
	var files []slo.File
	for _, name := range args {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, misused, fmt.Errorf("%s: read %s: %w", command, name, errors.Unwrap(err))
		}
		files = append(files, slo.File{Name: name, Text: text})
	}
	all, err := slo.ReadFiles(files)
	if err != nil {
		return all, failed, err
	}
	for _, d := range all {
		if d.Unsupported != "" {
			return all, failed, nil
		}
	}
	return all, ok, nil
}

// remarks say what has no rules, and what the rules do otherwise than the files ask.
func (p *program) remarks(all []slo.Definition) {
	for _, d := range all {
		if d.Unsupported != "" {
			p.note("%s:%d: %s has no rules: %s", d.File, d.Line, d.ID, d.Unsupported)
		}
		for _, n := range d.Notes {
			p.note("%s:%d: %s: %s", d.File, d.Line, d.ID, n)
		}
	}
}

// objectiveJSON is a definition for scripts.
type objectiveJSON struct {
	ID          string   `json:"id"`
	Service     string   `json:"service"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Objective   float64  `json:"objectivePercent"`
	Window      string   `json:"window"`
	Kind        string   `json:"kind"`
	Format      string   `json:"format"`
	File        string   `json:"file"`
	Line        int      `json:"line"`
	Unsupported string   `json:"unsupported"`
	Notes       []string `json:"notes"`
}

func objectivesListed(all []slo.Definition) listing {
	l := listing{
		columns: []string{"id", "objective", "window", "kind", "service", "format", "rules"},
		fields:  []string{"id", "objective_percent", "window", "kind", "service", "format", "file", "line", "unsupported"},
	}
	objects := []objectiveJSON{}
	for _, d := range all {
		percent := strconv.FormatFloat(d.Percent, 'f', -1, 64)
		l.rows = append(l.rows, []string{d.ID, percent + "%", d.Window, d.Kind, d.Service, d.Format, cmp.Or(prefixed("none: ", d.Unsupported), "yes")})
		l.records = append(l.records, []string{d.ID, percent, d.Window, d.Kind, d.Service, d.Format, d.File, strconv.Itoa(d.Line), d.Unsupported})
		objects = append(objects, objectiveJSON{
			d.ID, d.Service, d.Name, d.Description, d.Percent, d.Window, d.Kind, d.Format, d.File, d.Line, d.Unsupported, append([]string{}, d.Notes...),
		})
	}
	l.objects = objects
	return l
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}
