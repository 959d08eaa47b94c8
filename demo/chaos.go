package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/pflag"

	"firewatch/demo/service/chaos"
)

const chaosUsage = `Break something in the demo that runs. It ends by itself.

  demo chaos NAME [--for 3m] [--intensity X]   start a fault
  demo chaos [NAME] --stop                     end it, or all
  demo chaos list                              what can be broken, and what is

flags:
`

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 1 << 20

// chaosCommand asks the service of the running demo for a fault.
func chaosCommand(args []string, out io.Writer) error {
	var (
		length, ramp time.Duration
		intensity    float64
		base         string
		stop         bool
	)
	f := pflag.NewFlagSet("demo chaos", pflag.ContinueOnError)
	f.SortFlags = false
	f.Usage = func() {}
	f.DurationVar(&length, "for", chaos.DefaultDuration, "how long")
	f.Float64Var(&intensity, "intensity", 0, "how much, in the unit that list shows (default the fault's own)")
	f.DurationVar(&ramp, "ramp", 0, "time from nothing to the full intensity")
	f.BoolVar(&stop, "stop", false, "end the fault instead")
	f.StringVar(&base, "url", "", "the service (default that of the demo that runs, else port 5000)")
	if err := f.Parse(args); err != nil {
		if errors.Is(err, pflag.ErrHelp) {
			_, err := io.WriteString(out, chaosUsage+f.FlagUsages())
			return err
		}
		return errMisused{err}
	}
	if f.NArg() > 1 || f.NArg() == 0 && !stop {
		return misuse("name one fault: %s", strings.Join(chaos.Names(), ", "))
	}
	if math.IsNaN(intensity) || math.IsInf(intensity, 0) {
		return misuse("--intensity %g is not an amount", intensity)
	}
	name := f.Arg(0)
	for _, flag := range []string{"for", "intensity", "ramp", "stop"} {
		if f.Changed(flag) && (name == "list" || stop && flag != "stop") {
			return misuse("--%s does not go with this: see demo chaos --help", flag)
		}
	}
	base, err := serviceURL(base)
	if err != nil {
		return err
	}
	faults := strings.TrimSuffix(base, "/") + "/-/chaos"
	switch {
	case name == "list":
		return listFaults(base, faults, out)
	case stop:
		return stopFaults(faults, name, out)
	}
	ask := map[string]any{"duration": length.String()}
	if f.Changed("intensity") {
		ask["intensity"] = intensity
	}
	if ramp > 0 {
		ask["ramp"] = ramp.String()
	}
	var active chaos.Active
	if err := call(http.MethodPost, faults+"/"+url.PathEscape(name), ask, &active); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s at %g (%s) until %s on %s\n",
		active.Fault, active.Intensity, active.Unit, active.Until.Local().Format(time.TimeOnly), base)
	return err
}

func stopFaults(faults, name string, out io.Writer) error {
	if name != "" {
		faults += "/" + url.PathEscape(name)
	}
	var answer struct{ Ended int }
	if err := call(http.MethodDelete, faults, nil, &answer); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "%d ended\n", answer.Ended)
	return err
}

// listFaults says what can break, what is broken and of which demo: several may
// run on one machine.
func listFaults(base, faults string, out io.Writer) error {
	var answer struct {
		Active []chaos.Active
		Faults []chaos.Fault
	}
	if err := call(http.MethodGet, faults, nil, &answer); err != nil {
		return err
	}
	until := map[string]string{}
	for _, a := range answer.Active {
		until[a.Fault] = fmt.Sprintf("active at %g until %s", a.Intensity, a.Until.Local().Format(time.TimeOnly))
	}
	_, err := fmt.Fprintf(out, "%sanswered by %s\n", faultTable(answer.Faults, until), base)
	return err
}

// listWidth is how wide the list of faults is at most, in columns.
const listWidth = 100

// faultTable lists faults, with a line more below some of them.
func faultTable(faults []chaos.Fault, more map[string]string) string {
	rows := [][3]string{{"FAULT", "INTENSITY", "WHAT HAPPENS"}}
	for _, f := range faults {
		name, amount := f.Name, fmt.Sprintf("%g (%s)", f.Default, f.Unit)
		if f.Embedded {
			name += "*"
		}
		if f.Unit == "on" {
			amount = "on"
		}
		rows = append(rows, [3]string{name, amount, f.Help})
		if text := more[f.Name]; text != "" {
			rows = append(rows, [3]string{"", "", text})
		}
	}
	first, second := 0, 0
	for _, row := range rows {
		first, second = max(first, len(row[0])), max(second, len(row[1]))
	}
	var b strings.Builder
	for _, row := range rows {
		for text := range strings.SplitSeq(ansi.Wordwrap(row[2], listWidth-first-second-4, ""), "\n") {
			fmt.Fprintf(&b, "%-*s  %-*s  %s\n", first, row[0], second, row[1], text)
			row = [3]string{}
		}
	}
	b.WriteString("* breaks a server that only the demo in one process has in its hands (go run ./demo)\n")
	return b.String()
}

// call makes one request to the service and decodes the answer.
func call(method, to string, ask, into any) error {
	var body io.Reader
	if ask != nil {
		text, err := json.Marshal(ask)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, to, body)
	if err != nil {
		return errMisused{err}
	}
	client := http.Client{Timeout: 10 * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("no demo answers: start one with go run ./demo, or name its service with --url: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, to, err)
	}
	if resp.StatusCode >= http.StatusBadRequest {
		return refusal(resp, text, to)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("what answers at %s is not the demo's service: %w", to, err)
	}
	return nil
}

// refusal says what the service did not like.
func refusal(resp *http.Response, text []byte, to string) error {
	var why struct{ Error string }
	if json.Unmarshal(text, &why) != nil || why.Error == "" {
		return fmt.Errorf("what answers at %s takes no faults: %s", to, resp.Status)
	}
	return misuse("%s", why.Error)
}
