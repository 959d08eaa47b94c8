package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// command is one subcommand with what its help says of it.
type command struct {
	// name may have several words; args follows it in the usage line.
	name, args string
	// does is one line, more the rest of the help.
	does, more string
	// flags declares the command's own flags; nil for none.
	flags func(*pflag.FlagSet)
	// codes are the exit codes that are not those of every command.
	codes    map[int]string
	examples []string
	run      func(ctx context.Context, args []string) (int, error)
}

// commands are all of them, in the order of the help.
func (p *program) commands() []*command {
	return slices.Concat([]*command{
		p.alertsCommand(), p.silencesCommand(), p.silenceAdd(), p.silenceExtend(), p.silenceEdit(), p.silenceExpire(),
		p.ackCommand(), p.unackCommand(), p.watchCommand(), p.handoffCommand(), p.noteCommand(), p.notesCommand(),
	}, p.sloCommands(), p.consoleCommands(), []*command{p.completionCommand()})
}

// meanings are the exit codes that mean the same for every command.
var meanings = map[int]string{
	ok:      "done",
	failed:  "failed: the message on standard error says why",
	misused: "a wrong flag, argument or configuration",
}

// find is the command that the words begin with, the one of most words first,
// and the words after its name. It is nil when there is none.
func find(all []*command, words []string) (*command, []string) {
	var found *command
	n := 0
	for _, c := range all {
		name := strings.Fields(c.name)
		if len(name) > n && len(name) <= len(words) && slices.Equal(name, words[:len(name)]) {
			found, n = c, len(name)
		}
	}
	return found, words[n:]
}

// family lists the commands of several words that begin with word.
func family(all []*command, word string) []*command {
	return slices.DeleteFunc(slices.Clone(all), func(c *command) bool { return !strings.HasPrefix(c.name, word+" ") })
}

// helpFor is the way to the help of a command.
func helpFor(name string) string { return "see " + strings.TrimSpace("firewatch "+name) + " --help" }

// parse reads the flags after a command's name, those of every command too, and
// leaves the arguments. The error names the command.
func (p *program) parse(c *command, args []string) ([]string, error) {
	f := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	if c.flags != nil {
		c.flags(f)
	}
	f.AddFlagSet(p.global)
	if err := f.Parse(args); err != nil {
		return nil, fmt.Errorf("%s: %w (%s)", c.name, err, helpFor(c.name))
	}
	return f.Args(), nil
}

// help prints what a command does.
func (c *command) help(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "firewatch %s: %s\n\nusage:\n  %s\n", c.name, c.does, strings.TrimSpace("firewatch "+c.name+" "+c.args))
	if c.more != "" {
		fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(c.more))
	}
	if c.flags != nil {
		f := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
		c.flags(f)
		fmt.Fprintf(&b, "\nflags:\n%s", f.FlagUsages())
	}
	b.WriteString("\nThe flags of every command, such as --context, are in firewatch --help.\n\nexit codes:\n")
	codes := map[int]string{}
	for code, means := range meanings {
		codes[code] = means
	}
	for code, means := range c.codes {
		codes[code] = means
	}
	for code := ok; code <= unmatched; code++ {
		if means := codes[code]; means != "" {
			fmt.Fprintf(&b, "  %d  %s\n", code, means)
		}
	}
	b.WriteString("\nexamples:\n")
	for _, e := range c.examples {
		fmt.Fprintf(&b, "  %s\n", e)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// explain answers `help` and `help COMMAND`, and --help of a first word that
// several commands share.
func (p *program) explain(all []*command, words []string) (int, error) {
	if len(words) == 0 {
		return ok, p.usage(p.out, all)
	}
	if c, rest := find(all, words); c != nil && len(rest) == 0 {
		return ok, c.help(p.out)
	}
	kin := family(all, words[0])
	if len(kin) == 0 || len(words) > 1 {
		return misused, unknown(words)
	}
	return ok, list(p.out, kin)
}

func unknown(words []string) error {
	return fmt.Errorf("unknown command %q (%s)", strings.Join(words, " "), helpFor(""))
}

// list prints a line for each command.
func list(w io.Writer, all []*command) error {
	lines := make([]string, len(all))
	width := 0
	for i, c := range all {
		lines[i] = "firewatch " + c.name
		if full := lines[i] + " " + c.args; c.args != "" && len(full) <= 36 {
			lines[i] = full
		}
		width = max(width, len(lines[i]))
	}
	for i, c := range all {
		if _, err := fmt.Fprintf(w, "  %-*s  %s\n", width, lines[i], c.does); err != nil {
			return err
		}
	}
	return nil
}

// usage prints the help of the program.
func (p *program) usage(w io.Writer, all []*command) error {
	fmt.Fprint(w, `firewatch: a terminal operations console for the engineer who is on call

  firewatch [flags]                     open the console
  firewatch --once [--view V] [flags]   print one frame and exit, 1 if a panel could not be filled

commands, each with its own --help:
`)
	if err := list(w, all); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nflags of the console:\n%s\nflags of every command:\n%s", p.own.FlagUsages(), p.global.FlagUsages())
	return err
}
