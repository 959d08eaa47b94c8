package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"firewatch/demo/embedded"
	"firewatch/demo/gameday"
)

const gamedayUsage = `Break things on a stack that runs, and see whether the monitoring tells.

  demo gameday NAME... [flags]   play these scenarios
  demo gameday all [flags]       play all, as many at a time as do not disturb each other
  demo gameday list              what can be played

It says what comes and when, ends what it broke, and prints a table. The exit code
is 1 when something did not come, or came and should not. Without addresses it
plays on the demo that runs, else on what listens at the ports of compose.

flags:
`

// gamedayFlags are how a game day is to be played.
type gamedayFlags struct {
	at       gameday.Addresses
	demo     string
	output   string
	timeout  time.Duration
	patience float64
	byHand   bool
}

func (v *gamedayFlags) flagSet() *pflag.FlagSet {
	f := pflag.NewFlagSet("demo gameday", pflag.ContinueOnError)
	f.SortFlags = false
	f.Usage = func() {}
	f.StringVarP(&v.output, "output", "o", "table", "table or json")
	f.DurationVar(&v.timeout, "timeout", 2*time.Hour, "give up after")
	f.Float64Var(&v.patience, "patience", 1, "stretch all waiting by this factor, on a slow machine")
	f.BoolVar(&v.byHand, "by-hand", false, "wait for you where only you can break it, as on compose")
	f.StringVar(&v.at.Prometheus, "prometheus", "", "URL of Prometheus")
	f.StringVar(&v.at.Alertmanager, "alertmanager", "", "URL of Alertmanager")
	f.StringVar(&v.at.Elasticsearch, "elasticsearch", "", "URL of Elasticsearch")
	f.StringVar(&v.at.Jaeger, "jaeger", "", "URL of the trace store")
	f.StringVar(&v.at.Service, "service", "", "URL of the fraud scorer")
	f.StringVar(&v.at.Sink, "sink", "", "URL of the sink")
	f.StringVar(&v.demo, "demo", "auto", "addresses from a file with the line that demo --headless prints, - reads it; auto finds the demo that runs")
	return f
}

func gamedayCommand(args []string, in io.Reader, out, errs io.Writer) error {
	var v gamedayFlags
	f := v.flagSet()
	if err := f.Parse(args); err != nil {
		if errors.Is(err, pflag.ErrHelp) {
			_, err := io.WriteString(out, gamedayUsage+f.FlagUsages())
			return err
		}
		return errMisused{err}
	}
	if v.output != "table" && v.output != "json" {
		return misuse("-o %q: want table or json", v.output)
	}
	if !(v.patience >= 1 && v.patience <= 10) || v.timeout <= 0 {
		return misuse("want a --patience of 1 to 10 and a --timeout above 0")
	}
	scenarios := gameday.Scenarios()
	switch names := f.Args(); {
	case len(names) == 0:
		return misuse("name scenarios, all or list: see demo gameday --help")
	case names[0] == "list" && len(names) == 1:
		return listScenarios(scenarios, out)
	case names[0] != "all" || len(names) > 1:
		var err error
		if scenarios, err = gameday.Find(names...); err != nil {
			return errMisused{err}
		}
	}
	if err := v.locate(in); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	ctx, cancel := context.WithTimeoutCause(ctx, v.timeout, fmt.Errorf("it took longer than --timeout %s", v.timeout))
	defer cancel()
	return v.play(ctx, scenarios, in, out, errs)
}

func (v *gamedayFlags) play(ctx context.Context, scenarios []gameday.Scenario, in io.Reader, out, errs io.Writer) error {
	progress := out
	if v.output == "json" {
		progress = errs
	}
	r := gameday.Runner{At: v.at, Patience: v.patience, Tell: func(e gameday.Event) { fmt.Fprintln(progress, e) }}
	if v.byHand {
		typed := bufio.NewScanner(in)
		r.Hand = func(ctx context.Context, scenario, command string) error {
			fmt.Fprintf(errs, "\n%s: type this elsewhere, then press enter here:\n\n  %s\n\n", scenario, command)
			done := make(chan bool, 1)
			go func() { done <- typed.Scan() }()
			select {
			case <-ctx.Done():
				return ctx.Err()
			case more := <-done:
				if !more {
					return errors.New("nobody is there")
				}
				return nil
			}
		}
	}
	results, err := r.Play(ctx, scenarios)
	if errors.Is(err, gameday.ErrBusy) {
		return errMisused{err}
	}
	if len(results) > 0 {
		if e := v.write(out, results); e != nil {
			return e
		}
	}
	if err != nil {
		if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
			err = cause
		} else if ctx.Err() != nil {
			return errCode(interrupted)
		}
		return fmt.Errorf("the game day is cut off: %w", err)
	}
	for _, result := range results {
		if result.Failed() {
			return errCode(failed)
		}
	}
	return nil
}

func (v *gamedayFlags) write(out io.Writer, results []*gameday.Result) error {
	if v.output == "json" {
		text, err := json.MarshalIndent(results, "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%s\n", text)
		return err
	}
	if _, err := io.WriteString(out, "\n"); err != nil {
		return err
	}
	return gameday.WriteTable(out, results)
}

// locate fills in the addresses that were not given: those of a demo, or else
// those of compose.
func (v *gamedayFlags) locate(in io.Reader) error {
	var a addresses
	switch v.demo {
	case "auto":
		switch s, err := recall(); {
		case errors.Is(err, fs.ErrNotExist):
			a = defaultAddresses()
		case err != nil:
			return err
		default:
			a = s.addresses
		}
	default:
		if v.demo != "-" {
			file, err := os.Open(v.demo)
			if err != nil {
				return errMisused{err}
			}
			defer func() { _ = file.Close() }()
			in = file
		}
		if err := json.NewDecoder(io.LimitReader(in, maxAnswer)).Decode(&a); err != nil {
			return misuse("--demo %s has no line of a demo: %v", v.demo, err)
		}
	}
	for _, part := range []struct {
		flag   string
		given  *string
		stands string
	}{
		{"prometheus", &v.at.Prometheus, a.Prometheus}, {"alertmanager", &v.at.Alertmanager, a.Alertmanager},
		{"elasticsearch", &v.at.Elasticsearch, a.Elasticsearch}, {"jaeger", &v.at.Jaeger, a.Jaeger},
		{"service", &v.at.Service, a.Service}, {"sink", &v.at.Sink, a.Sink},
	} {
		if err := checkURL(part.flag, *part.given); err != nil {
			return err
		}
		if *part.given == "" {
			*part.given = part.stands
		}
		*part.given = strings.TrimSuffix(*part.given, "/")
	}
	return nil
}

// defaultAddresses are those of compose, and of a demo that found its ports free.
func defaultAddresses() addresses {
	ports := embedded.DefaultPorts()
	at := func(part string) string { return fmt.Sprintf("http://127.0.0.1:%d", ports[part].Number) }
	return addresses{
		Prometheus: at("prometheus"), Alertmanager: at("alertmanager"), Elasticsearch: at("elasticsearch"),
		Jaeger: at("jaeger"), Service: at("serve"), Sink: at("sink"),
	}
}

func listScenarios(scenarios []gameday.Scenario, out io.Writer) error {
	for _, s := range scenarios {
		where := ""
		switch {
		case s.Place == gameday.Compose:
			where = " (compose, by hand)"
		case s.Place == gameday.Embedded && s.Hand.Break != "":
			where = " (by hand on compose)"
		case s.Place == gameday.Embedded:
			where = " (not on compose)"
		}
		if _, err := fmt.Fprintf(out, "%-26s  %-5s  %s%s\n", s.Name, s.Area, s.Breaks, where); err != nil {
			return err
		}
	}
	return nil
}
