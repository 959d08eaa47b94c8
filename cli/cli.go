// Package cli puts the program together: it reads flags and config, opens the
// sources, hands them to the console, and answers the commands that need no
// screen. It may import every room but demo.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/pflag"

	"firewatch/config"
	"firewatch/views"
)

// The exit codes.
const (
	// ok is success; with --once every panel was filled.
	ok = 0
	// failed is an error that the message explains; with --once a panel that
	// could not be filled.
	failed = 1
	// misused is a wrong flag, argument or config.
	misused = 2
)

const usage = `firewatch: a terminal operations console for the engineer who is on call

  firewatch [flags]                    open the console
  firewatch --once [--view V]          print one frame and exit, 1 if a panel could not be filled
  firewatch config example             print a commented configuration
  firewatch config check               say what the configuration comes to, without secrets
  firewatch keys                       print every key of every tab
  firewatch dashboards [NAME...]       write tabs as dashboards of Grafana: one to here, several into --dir
  firewatch version                    print the version

flags:
`

// command is one subcommand.
type command struct {
	name string
	run  func(p *program, args []string) (int, error)
}

// commands are tried in order; the name may have several words.
var commands = []command{
	{"config example", func(p *program, _ []string) (int, error) {
		_, err := io.WriteString(p.out, config.Example)
		return ok, err
	}},
	{"config check", (*program).check},
	{"keys", (*program).keys},
	{"dashboards", (*program).dashboards},
	{"version", func(p *program, _ []string) (int, error) { _, err := fmt.Fprintln(p.out, Version()); return ok, err }},
}

// program is one run: its streams and what the flags say.
type program struct {
	out, err io.Writer
	flags    *pflag.FlagSet
	config   string
	view     string
	size     string
	once     bool
	help     bool
	dir      string
	export   views.Export
}

// Main runs the program with the arguments after its name and returns its exit
// code: 0 for success, 1 for a failure, 2 for a wrong flag, argument or config.
func Main(args []string) int {
	return Run(args, os.Stdout, os.Stderr)
}

// Run is Main with the streams given.
func Run(args []string, out, errs io.Writer) int {
	p := &program{out: out, err: errs}
	p.flags = pflag.NewFlagSet("firewatch", pflag.ContinueOnError)
	p.flags.SetOutput(io.Discard)
	p.flags.StringVar(&p.config, "config", "", "the configuration file (default "+tilde(config.DefaultPath())+")")
	p.flags.StringVar(&p.view, "view", "", "the tab to open, with what to open in it after a space, such as \"logs level>=warn\"")
	p.flags.BoolVar(&p.once, "once", false, "print one frame and exit")
	p.flags.StringVar(&p.size, "size", "120x40", "the size of the frame for --once, in cells")
	p.flags.BoolVarP(&p.help, "help", "h", false, "print this")
	p.dashboardFlags(p.flags)
	config.Flags(p.flags)
	if err := p.flags.Parse(args); err != nil {
		return p.fail(misused, fmt.Errorf("%w (see firewatch --help)", err))
	}
	if p.help || p.flags.Arg(0) == "help" {
		fmt.Fprint(out, usage, p.flags.FlagUsages())
		return ok
	}
	words := strings.Join(p.flags.Args(), " ")
	for _, c := range commands {
		if words == c.name || strings.HasPrefix(words, c.name+" ") {
			code, err := c.run(p, p.flags.Args()[len(strings.Fields(c.name)):])
			if err != nil {
				return p.fail(max(code, failed), err)
			}
			return code
		}
	}
	if words != "" {
		return p.fail(misused, fmt.Errorf("unknown command %q (see firewatch --help)", words))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	code, err := p.console(ctx)
	if err != nil && !errors.Is(err, context.Canceled) {
		return p.fail(max(code, failed), err)
	}
	return code
}

func (p *program) fail(code int, err error) int {
	fmt.Fprintf(p.err, "firewatch: %v\n", err)
	return code
}

// check says what the layers of configuration come to.
func (p *program) check(args []string) (int, error) {
	if len(args) > 0 {
		return misused, fmt.Errorf("config check takes no arguments, got %q: name the file with --config", args)
	}
	c, err := config.Load(p.config, p.flags)
	if err != nil {
		return misused, err
	}
	from := c.Path
	if from == "" {
		from = "no file: defaults, environment and flags"
	}
	fmt.Fprintf(p.out, "%s\n", from)
	for _, name := range c.Names() {
		ctx := c.Contexts[name]
		mark := " "
		if name == c.Context {
			mark = "*"
		}
		fmt.Fprintf(p.out, "%s %s  refresh %s, span %s%s%s\n", mark, name, ctx.Refresh, ctx.Span, word(ctx.Prod, ", production"), word(ctx.ReadOnly, ", read-only"))
		options, err := c.Options(name)
		if err != nil {
			return misused, err
		}
		for _, kind := range sorted(options) {
			o := options[kind]
			if len(o.Clusters) == 0 {
				fmt.Fprintf(p.out, "    %-14s %s\n", kind, strings.Join(append([]string{o.URL}, o.URLs...), " "))
			}
			for _, cluster := range sorted(o.Clusters) {
				one := o.Clusters[cluster]
				fmt.Fprintf(p.out, "    %-14s %s: %s\n", kind, cluster, strings.Join(append([]string{one.URL}, one.URLs...), " "))
			}
		}
	}
	return ok, nil
}

func word(when bool, s string) string {
	if when {
		return s
	}
	return ""
}

// Version is the module's version, or the revision that was built.
func Version() string {
	info, read := debug.ReadBuildInfo()
	if !read {
		return "firewatch (unknown version)"
	}
	version := info.Main.Version
	if version == "" || version == "(devel)" {
		version = "development"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			version += " " + s.Value[:12]
		}
	}
	return fmt.Sprintf("firewatch %s %s", version, info.GoVersion)
}

// tilde shortens a path in the home directory, so that help is the same for everyone.
func tilde(path string) string {
	if home, err := os.UserHomeDir(); err == nil && home != "" && strings.HasPrefix(path, home+string(os.PathSeparator)) {
		return "~" + strings.TrimPrefix(path, home)
	}
	return path
}
