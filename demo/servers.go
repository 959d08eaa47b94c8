package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"firewatch/demo/embedded"
)

// settings are the flags of the servers.
type settings struct {
	data     string
	log      string
	history  time.Duration
	seed     uint64
	headless bool
	ports    map[string]*int // by part
}

// portFlags names the flag of each part's port.
var portFlags = []struct{ flag, part, help string }{
	{"prometheus-port", "prometheus", "port of Prometheus"},
	{"alertmanager-port", "alertmanager", "port of Alertmanager"},
	{"elasticsearch-port", "elasticsearch", "port of the log store"},
	{"jaeger-port", "jaeger", "port of the trace store"},
	{"service-port", "serve", "port of the fraud scorer"},
	{"feature-store-port", "featurestore", "port of the feature store"},
	{"hostsim-port", "hostsim", "port of the simulated hosts"},
	{"node-port", "node", "port of this machine's metrics"},
	{"probe-port", "probe", "port of the log probe"},
	{"sink-port", "sink", "port of the sink that stands in for chat and pager"},
	{"mail-port", "mail", "port of the sink that stands in for mail"},
}

func serverFlags(s *settings) *pflag.FlagSet {
	f := pflag.NewFlagSet("demo", pflag.ContinueOnError)
	f.SortFlags = false
	f.Usage = func() {}
	f.BoolVar(&s.headless, "headless", false, "run the servers without the console")
	f.StringVar(&s.data, "data", "", "keep metrics, silences and logs in this directory (default a temporary one)")
	f.DurationVar(&s.history, "history", 6*time.Hour, "how much past to simulate; 0 for none")
	f.Uint64Var(&s.seed, "seed", 42, "what the traffic and the hosts follow from")
	f.StringVar(&s.log, "log", "", "append what the servers log to this file")
	s.ports = map[string]*int{}
	defaults := embedded.DefaultPorts()
	for _, p := range portFlags {
		s.ports[p.part] = f.Int(p.flag, defaults[p.part].Number, p.help+"; the next free one unless given; 0 for any")
	}
	return f
}

// servers runs the servers, with the console unless headless, until it is quit
// or a signal comes.
func servers(args []string, out, errs io.Writer) error {
	var s settings
	flags := serverFlags(&s)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, pflag.ErrHelp) {
			return err
		}
		return errMisused{err}
	}
	if n := flags.NArg(); n > 0 && flags.ArgsLenAtDash() != 0 {
		return misuse("unexpected argument %q: flags of the console come after --", flags.Arg(0))
	}
	options, closeLog, err := s.options(flags, errs)
	if err != nil {
		return err
	}
	_, _ = running() // for what it removes
	defer closeLog()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	began := time.Now()
	// A start allocates much that is garbage soon: with the usual pace of
	// collection it takes a fifth longer.
	pace := debug.SetGCPercent(400)
	stack, err := embedded.Start(ctx, options)
	debug.SetGCPercent(pace)
	if errors.Is(err, context.Canceled) {
		return errCode(interrupted) // by a signal: there is nothing to say
	}
	if err != nil {
		return err
	}
	report(errs, "ready", time.Since(began))
	for _, at := range [][2]string{
		{"prometheus", stack.URLs.Prometheus},
		{"alertmanager", stack.URLs.Alertmanager},
		{"elasticsearch (log store)", stack.URLs.Elasticsearch},
		{"jaeger (trace store)", stack.URLs.Jaeger},
		{"service", stack.URLs.Service},
		{"sink", stack.URLs.Sink},
		{"console configuration", stack.ConfigPath},
	} {
		fmt.Fprintf(errs, "%-26s %s\n", at[0], at[1])
	}
	forget := remember(stack, s.data == "", errs)
	if s.headless {
		err = headless(ctx, stack, out)
	} else {
		err = openConsole(ctx, stack, flags.Args())
	}
	forget()
	return errors.Join(err, stack.Stop())
}

func (s *settings) options(flags *pflag.FlagSet, errs io.Writer) (embedded.Options, func(), error) {
	o := embedded.Options{
		Dir: s.data, History: s.history, Seed: s.seed, Ports: embedded.Ports{},
		Progress: func(part string, d time.Duration) { report(errs, part, d) },
	}
	for _, p := range portFlags {
		number := *s.ports[p.part]
		if number < 0 || number > 65535 {
			return o, nil, misuse("--%s %d is not a port", p.flag, number)
		}
		o.Ports[p.part] = embedded.Port{Number: number, Exact: flags.Changed(p.flag)}
	}
	if s.history < 0 || s.history > 7*24*time.Hour {
		return o, nil, misuse("--history %s is not between 0 and a week", s.history)
	}
	if s.log == "" {
		return o, func() {}, nil
	}
	file, err := os.OpenFile(s.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return o, nil, fmt.Errorf("open the log: %w", err)
	}
	o.Logger = slog.New(slog.NewTextHandler(file, nil))
	return o, func() { _ = file.Close() }, nil
}

// report writes a line of progress.
func report(to io.Writer, part string, took time.Duration) {
	fmt.Fprintf(to, "%-26s %5.1f s\n", part, took.Seconds())
}

// headless says where everything is and waits for a signal.
func headless(ctx context.Context, stack *embedded.Stack, out io.Writer) error {
	line, err := json.Marshal(addressesOf(stack))
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "%s\n", line); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// openConsole runs the console in a process of its own, so that its memory and
// its work are what they are against any other servers, and waits for it. A
// Ctrl-C that comes through the terminal is the console's to handle.
func openConsole(ctx context.Context, stack *embedded.Stack, args []string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("open the console: %w", err)
	}
	console := exec.Command(self, append([]string{"console", "--config", stack.ConfigPath}, args...)...)
	console.Stdin, console.Stdout, console.Stderr = os.Stdin, os.Stdout, os.Stderr
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	if err := ctx.Err(); err != nil {
		return nil
	}
	if err := console.Start(); err != nil {
		return fmt.Errorf("open the console: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- console.Wait() }()
	for {
		select {
		case got := <-signals:
			_ = console.Process.Signal(got)
		case err := <-ended:
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				return errCode(max(exit.ExitCode(), failed))
			}
			return err
		}
	}
}
