package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"firewatch/demo/service"
)

// role is a part of the demo that runs as a process of its own.
type role struct {
	name, listen string
	flags        []string // beside those that every role has
	help         string
}

var roles = []role{
	{"serve", ":5000", []string{"features", "chaos"}, `The fraud scorer: API, metrics of a served model, and the faults.

Faults can be started when the environment has DEMO_CHAOS=1. With --chaos it is
a further replica: it follows the faults of the first one, and it is the one that
version-skew leaves behind.`},
	{"featurestore", ":5001", []string{"chaos"}, `The feature store that the scorer asks. Its metrics have the classic names.`},
	{"load", ":9103", []string{"target", "chaos"}, `The callers: traffic, and the ground truth that follows it.`},
	{"hostsim", ":9101", []string{"chaos"}, `Three simulated hosts and two GPUs, as node_exporter and dcgm-exporter show them.`},
	{"sink", ":9099", []string{"smtp", "chaos"}, `Stands in for chat, pager, mail, inbox and the dead man's switch; GET /deliveries
lists what came.`},
	{"probe", ":9102", []string{"elasticsearch", "chaos"}, `Writes a heartbeat line every ten seconds and measures how late it can be found.`},
}

// roleFlags are the flags of all roles.
type roleFlags struct {
	listen, features, chaos, log, elasticsearch, smtp, node string
	targets                                                 []string
	seed                                                    uint64
}

func (r *role) flagSet(v *roleFlags) *pflag.FlagSet {
	f := pflag.NewFlagSet("demo "+r.name, pflag.ContinueOnError)
	f.SortFlags = false
	f.Usage = func() {}
	f.StringVar(&v.listen, "listen", r.listen, "address of the API and of /metrics")
	for _, flag := range r.flags {
		switch flag {
		case "features":
			f.StringVar(&v.features, flag, "", "URL of the feature store (default features of its own)")
		case "target":
			f.StringSliceVar(&v.targets, flag, []string{"http://127.0.0.1:5000"}, "URL of the scorer; several are called in turn")
		case "smtp":
			f.StringVar(&v.smtp, flag, ":2525", "address that takes mail")
		case "elasticsearch":
			f.StringVar(&v.elasticsearch, flag, "http://127.0.0.1:9200", "URL where log lines are searched")
		case "chaos":
			f.StringVar(&v.chaos, flag, "", "URL of the scorer whose faults this role takes part in")
		}
	}
	f.StringVar(&v.log, "log", "", "append log lines to this file (default standard output)")
	f.StringVar(&v.node, "node", "", "name of this instance in the log lines (default demo-1)")
	f.Uint64Var(&v.seed, "seed", 42, "what traffic, features and hosts follow from; the same for all roles")
	return f
}

// runRole runs one role until a signal comes.
func runRole(r *role, args []string, out, errs io.Writer) error {
	var v roleFlags
	flags := r.flagSet(&v)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, pflag.ErrHelp) {
			_, err := fmt.Fprintf(out, "%s\n\n  demo %s [flags]\n\nflags:\n%s", r.help, r.name, flags.FlagUsages())
			return err
		}
		return errMisused{err}
	}
	if flags.NArg() > 0 {
		return misuse("unexpected argument %q", flags.Arg(0))
	}
	for flag, urls := range map[string][]string{"features": {v.features}, "chaos": {v.chaos}, "elasticsearch": {v.elasticsearch}, "target": v.targets} {
		for _, u := range urls {
			if err := checkURL(flag, u); err != nil {
				return err
			}
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	log, err := openLines(v.log, out, errs)
	if err != nil {
		return err
	}
	defer log.close()
	faults := r.name == "serve" && v.chaos == "" && os.Getenv("DEMO_CHAOS") == "1"
	o := service.Options{
		Seed: v.seed, Roles: []string{r.name}, Log: log.write, Node: v.node, Chaos: faults, Follow: v.chaos,
	}
	if r.name == "probe" {
		o.Newest = service.Heartbeats(&http.Client{Timeout: 10 * time.Second}, v.elasticsearch)
	}
	if o.Spans, err = service.ExportSpans(ctx, "", atMost(time.Minute, errs)); err != nil {
		return err
	}
	if o.Spans != nil {
		defer func() {
			ending, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			_ = o.Spans.Shutdown(ending) // what did not get out was told of
		}()
	}
	demo, err := service.New(o)
	if err != nil {
		return err
	}
	at := []string{v.listen}
	if r.name == "sink" {
		at = append(at, v.smtp)
	}
	listeners, err := listenAll(at)
	if err != nil {
		return err
	}
	addrs := map[string]string{"featurestore": v.features}
	if r.name == "load" {
		addrs["serve"] = v.targets[0]
		demo.CallAlso(v.targets[1:]...)
	}
	if err := demo.Start(ctx, addrs); err != nil {
		closeAll(listeners)
		return err
	}
	fmt.Fprintf(errs, "demo %s: listens on http://%s%s\n", r.name, reachable(listeners[0].Addr()), r.about(&v, faults, listeners))
	err = serveRole(ctx, demo, listeners)
	demo.Stop()
	return err
}

// atMost says errors, one in so much time at most.
func atMost(every time.Duration, errs io.Writer) func(error) {
	var mu sync.Mutex
	var told time.Time
	return func(err error) {
		mu.Lock()
		defer mu.Unlock()
		if time.Since(told) >= every {
			told = time.Now()
			fmt.Fprintf(errs, "demo: %v\n", err)
		}
	}
}

// about says what a role works with, for the line that it starts with.
func (r *role) about(v *roleFlags, faults bool, listeners []net.Listener) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	switch {
	case r.name == "serve" && faults:
		add("faults can be started")
	case r.name == "serve" && v.chaos == "":
		add("faults are switched off (DEMO_CHAOS=1 allows them)")
	}
	if v.features != "" {
		add("asks %s", v.features)
	}
	if len(v.targets) > 0 {
		add("calls %s", strings.Join(v.targets, " and "))
	}
	if v.elasticsearch != "" {
		add("searches %s", v.elasticsearch)
	}
	if len(listeners) > 1 {
		add("takes mail on %s", reachable(listeners[1].Addr()))
	}
	if v.chaos != "" {
		add("follows the faults of %s", v.chaos)
	}
	if v.log != "" {
		add("logs to %s", v.log)
	}
	if len(parts) == 0 {
		return ""
	}
	return ", " + strings.Join(parts, ", ")
}

// checkURL says what is wrong with the value of a flag; "" is none.
func checkURL(flag, text string) error {
	u, err := url.Parse(text)
	if text == "" || err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
		return nil
	}
	if flag != "" {
		flag = "--" + flag + " "
	}
	return misuse("%s%q is not a URL such as http://127.0.0.1:5000", flag, text)
}

func roleNamed(name string) *role {
	if i := slices.IndexFunc(roles, func(r role) bool { return r.name == name }); i >= 0 {
		return &roles[i]
	}
	return nil
}
