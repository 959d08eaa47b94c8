package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"firewatch/config"
)

// consoleCommands are those about the program itself.
func (p *program) consoleCommands() []*command {
	return []*command{
		{
			name: "config example", does: "print a commented configuration",
			examples: []string{"firewatch config example > ~/.config/firewatch/config.yaml", "firewatch config example | less"},
			run: func(_ context.Context, args []string) (int, error) {
				if len(args) > 0 {
					return misused, fmt.Errorf("config example takes no arguments, got %q", args)
				}
				_, err := io.WriteString(p.out, config.Example)
				return ok, err
			},
		},
		{
			name: "config check", does: "say what the configuration comes to, without secrets",
			examples: []string{"firewatch config check", "firewatch --config staging.yaml config check"},
			run:      func(_ context.Context, args []string) (int, error) { return p.check(args) },
		},
		{
			name: "keys", does: "print every key of every tab",
			examples: []string{"firewatch keys", "firewatch keys | grep silence"},
			run:      func(_ context.Context, args []string) (int, error) { return p.keys(args) },
		},
		{
			name: "dashboards", args: "[NAME...] [--dir DIR]", does: "write tabs as dashboards of Grafana",
			more:     "One name prints to standard output; with --dir every one becomes a file.",
			flags:    p.dashboardFlags,
			examples: []string{"firewatch dashboards slo > slo.json", "firewatch dashboards --dir boards"},
			run:      func(_ context.Context, args []string) (int, error) { return p.dashboards(args) },
		},
		{
			name: "version", does: "print the version",
			examples: []string{"firewatch version", "firewatch version | cut -d' ' -f2"},
			run: func(_ context.Context, args []string) (int, error) {
				if len(args) > 0 {
					return misused, fmt.Errorf("version takes no arguments, got %q", args)
				}
				_, err := fmt.Fprintln(p.out, Version())
				return ok, err
			},
		},
	}
}

// check says what the layers of configuration come to.
func (p *program) check(args []string) (int, error) {
	if len(args) > 0 {
		return misused, fmt.Errorf("config check takes no arguments, got %q: name the file with --config", args)
	}
	c, err := config.Load(p.config, p.global)
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
