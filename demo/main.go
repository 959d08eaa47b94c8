// The demo runs everything the console watches, on this machine and with
// nothing but Go: Prometheus, Alertmanager, a log store, the metrics of the
// machine and a service that can be broken on purpose; then it opens the
// console on them. See usage.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"
)

const usage = `The demo of firewatch: real servers with real data, and the console on them.

  demo [flags] [-- console flags]   start the servers and open the console; quit it to stop them
  demo --headless [flags]           only the servers; prints where they are as one line of JSON when ready
  demo chaos NAME [flags]           break something in the demo that runs, for a while
  demo chaos list                   what can be broken, and what is
  demo gameday NAME|all|list        break things and see whether the monitoring tells
  demo console [flags]              the console alone, as the firewatch command is

One part of the demo as a process of its own; demo ROLE --help tells more:

  demo serve [flags]                the fraud scorer, on port 5000
  demo featurestore [flags]         the feature store that it asks, on 5001
  demo load [flags]                 the callers, on 9103
  demo hostsim [flags]              simulated hosts and GPUs, on 9101
  demo sink [flags]                 stands in for chat, pager and mail, on 9099 and 2525
  demo probe [flags]                measures how late logs arrive, on 9102
  demo healthcheck URL              exit code 0 if URL answers well, else 1

flags:
`

// Exit codes, those of the console, and the usual one for a start that a signal
// cut off.
const (
	ok          = 0
	failed      = 1
	misused     = 2
	interrupted = 130
)

// errMisused marks what the person who typed it can put right.
type errMisused struct{ error }

func (e errMisused) Unwrap() error { return e.error }

func misuse(format string, args ...any) error {
	return errMisused{fmt.Errorf(format, args...)}
}

// errCode is an exit code about which there is no more to say.
type errCode int

func (e errCode) Error() string { return fmt.Sprintf("ended with code %d", int(e)) }

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run runs one command and returns its exit code.
func run(args []string, out, errs io.Writer) int {
	name := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, args = args[0], args[1:]
	}
	var err error
	switch role := roleNamed(name); {
	case role != nil:
		err = runRole(role, args, out, errs)
	case name == "":
		err = servers(args, out, errs)
	case name == "chaos":
		err = chaosCommand(args, out)
	case name == "gameday":
		err = gamedayCommand(args, os.Stdin, out, errs)
	case name == "healthcheck":
		err = healthcheck(args)
	case name == "console":
		return console(args)
	case name == "help":
		err = pflag.ErrHelp
	default:
		err = misuse("unknown command %q (see demo help)", name)
	}
	var code errCode
	switch {
	case err == nil:
		return ok
	case errors.Is(err, pflag.ErrHelp):
		_, _ = io.WriteString(out, usage+serverFlags(&settings{}).FlagUsages())
		return ok
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintf(errs, "demo: %v\n", err)
	if errors.As(err, &errMisused{}) {
		return misused
	}
	return failed
}
