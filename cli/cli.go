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
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"firewatch/config"
	"firewatch/signals/silence"
	"firewatch/sources"
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
	// refused is a write that a guard or a read-only context stopped.
	refused = 3
	// unmatched is a filter that nothing matched.
	unmatched = 4
)

// program is one run: its streams and what the flags say.
type program struct {
	out, err io.Writer
	// global are the flags of every command, own those of the console.
	global, own *pflag.FlagSet
	config      string
	view        string
	size        string
	once        bool
	help        bool
	dir         string
	export      views.Export
	now         func() time.Time
	// tune changes the settings after they were checked, for tests; nil does not.
	tune func(*silence.Settings)
}

// Main runs the program with the arguments after its name and returns its exit
// code: 0 for success, 1 for a failure, 2 for a wrong flag, argument or config,
// 3 for what a guard refused, 4 where nothing matched.
func Main(args []string) int {
	return Run(args, os.Stdout, os.Stderr)
}

// Run is Main with the streams given.
func Run(args []string, out, errs io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return (&program{out: out, err: errs, now: time.Now}).run(ctx, args)
}

func (p *program) run(ctx context.Context, args []string) int {
	code, err := p.main(ctx, args)
	if err != nil && !errors.Is(err, context.Canceled) {
		p.note("%v", err)
		return max(code, failed)
	}
	return code
}

func (p *program) main(ctx context.Context, args []string) (int, error) {
	p.global = pflag.NewFlagSet("firewatch", pflag.ContinueOnError)
	p.global.StringVar(&p.config, "config", "", "the configuration file (default "+tilde(config.DefaultPath())+")")
	p.global.BoolVarP(&p.help, "help", "h", false, "print the help of the program or of a command")
	config.Flags(p.global)
	p.own = pflag.NewFlagSet("console", pflag.ContinueOnError)
	p.own.StringVar(&p.view, "view", "", "the tab to open, with what to open in it after a space, such as \"logs level>=warn\"")
	p.own.BoolVar(&p.once, "once", false, "print one frame and exit")
	p.own.StringVar(&p.size, "size", "120x40", "the size of the frame for --once, in cells")

	// The flags before a command's name are the console's or everyone's; those
	// behind it may be its own.
	first := pflag.NewFlagSet("firewatch", pflag.ContinueOnError)
	first.SetOutput(io.Discard)
	first.SetInterspersed(false)
	first.AddFlagSet(p.global)
	first.AddFlagSet(p.own)
	if err := first.Parse(args); err != nil {
		return misused, fmt.Errorf("%w (%s)", err, helpFor(""))
	}
	all, words := p.commands(), first.Args()
	if len(words) == 0 {
		if p.help {
			return p.explain(all, nil)
		}
		return p.console(ctx)
	}
	if words[0] == "help" {
		return p.explain(all, words[1:])
	}
	return p.command(ctx, all, words)
}

// command runs the command that the words name.
func (p *program) command(ctx context.Context, all []*command, words []string) (int, error) {
	c, rest := find(all, words)
	if c == nil {
		kin := family(all, words[0])
		if len(kin) == 0 {
			return misused, unknown(words)
		}
		if p.help || slices.Contains(words, "--help") || slices.Contains(words, "-h") {
			return p.explain(all, words[:1])
		}
		names := make([]string, len(kin))
		for i, c := range kin {
			names[i] = strings.TrimPrefix(c.name, words[0]+" ")
		}
		return misused, fmt.Errorf("%s needs one of %s after it (%s)", words[0], strings.Join(names, ", "), helpFor(words[0]))
	}
	args, err := p.parse(c, rest)
	if err != nil {
		return misused, err
	}
	if p.help {
		return ok, c.help(p.out)
	}
	for _, name := range []string{"view", "once", "size"} {
		if p.own.Changed(name) {
			return misused, fmt.Errorf("--%s is a flag of the console, not of %s (%s)", name, c.name, helpFor(""))
		}
	}
	code, err := c.run(ctx, args)
	if e := (*sources.Error)(nil); errors.As(err, &e) && e.Kind == sources.ReadOnly {
		code = refused
	}
	return code, err
}
