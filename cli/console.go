package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"firewatch/config"
	"firewatch/signals/silence"
	"firewatch/ui"
	"firewatch/ui/theme"
	"firewatch/views"
)

// onceTimeout bounds --once: a server that needs longer than this for one frame
// is reported in the frame.
const onceTimeout = 20 * time.Second

// console opens the console, or prints one frame of it.
func (p *program) console(ctx context.Context) (int, error) {
	c, err := config.Load(p.config, p.global)
	if err != nil {
		return misused, err
	}
	audit := newAudit(c.Audit)
	defer audit.close()
	set, err := p.screen(c, c.Context, audit)
	if err != nil {
		return misused, err
	}
	if p.once {
		w, h, err := dimensions(p.size)
		if err != nil {
			return misused, err
		}
		ctx, cancel := context.WithTimeout(ctx, onceTimeout)
		defer cancel()
		frame, bad := ui.Once(ctx, set, w, h)
		if _, err := fmt.Fprintln(p.out, frame); err != nil {
			return failed, err
		}
		if bad {
			return failed, nil
		}
		return ok, nil
	}
	if !term.IsTerminal(int(os.Stdout.Fd())) || !term.IsTerminal(int(os.Stdin.Fd())) {
		return misused, errors.New("the console needs a terminal: use --once to print one frame into a pipe or a file")
	}
	if writable(c) {
		if err := audit.prove(); err != nil {
			return failed, err
		}
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	return ok, ui.Run(ctx, set)
}

// gcPercent has the collector run earlier than by default: 5,000 alerts then peak
// at 57 MB instead of 67, at about the same processor time.
const gcPercent = 40

// writable says whether any context may be written to.
func writable(c *config.Config) bool {
	for _, place := range c.Contexts {
		if !place.ReadOnly {
			return true
		}
	}
	return false
}

// screen makes the shell's configuration for one context.
func (p *program) screen(c *config.Config, name string, audit *auditLog) (ui.Config, error) {
	set, err := openSources(c, name, audit)
	if err != nil {
		return ui.Config{}, err
	}
	kinds := slices.DeleteFunc(set.Kinds(), func(kind string) bool { return kind == "runbooks" }) // nothing that lives
	look, err := theme.New(themeName(c.Theme))
	if err != nil {
		return ui.Config{}, err
	}
	settings, err := silences(c)
	if err != nil {
		return ui.Config{}, err
	}
	tabs := views.New(views.Options{Silence: settings, Saved: c.Views})
	if err := ui.Validate(tabs, c.Keys); err != nil {
		return ui.Config{}, fmt.Errorf("config %s: keys: %w", c.Path, err)
	}
	open := p.view
	if open != "" {
		if err := known(tabs, open); err != nil {
			return ui.Config{}, err
		}
	}
	place := c.Contexts[name]
	return ui.Config{
		Views: tabs, Sources: set, Kinds: kinds, Context: name, User: who(place.User),
		ReadOnly: place.ReadOnly, Prod: place.Prod, Theme: look, Refresh: place.Refresh, Span: place.Span,
		Keys: c.Keys, Open: open, Contexts: c.Names(), Audit: audit.write, Attention: ui.Attention(c.Attention),
		Switch: func(_ context.Context, to string) (ui.Config, error) { return p.screen(c, strings.ToLower(to), audit) },
	}, nil
}

// silences are the settings about silences, completed and checked.
func silences(c *config.Config) (silence.Settings, error) {
	s := silence.Settings{
		Policy: silence.Policy{MaxAlerts: c.Silence.MaxAlerts, MaxServices: c.Silence.MaxServices, Max: c.Silence.Max},
		Quick:  c.Silence.Quick, Volatile: c.Silence.Volatile, Lease: c.Silence.Lease, MaxLease: c.Silence.MaxLease,
	}
	for _, t := range c.Silence.Templates {
		s.Templates = append(s.Templates, silence.Template(t))
	}
	s = s.Complete()
	if err := s.Check(); err != nil {
		return s, fmt.Errorf("config %s: silence.%w", c.Path, err)
	}
	return s, nil
}

// known checks the tab's name of --view, whose rest is the tab's own business.
func known(tabs []ui.View, open string) error {
	name, _, _ := strings.Cut(open, " ")
	var names []string
	for _, v := range tabs {
		if v.Name() == name {
			return nil
		}
		names = append(names, v.Name())
	}
	return fmt.Errorf("--view: no tab %q: known are %s", name, strings.Join(names, ", "))
}

// themeName resolves auto by what the environment says of the terminal. NO_COLOR
// asks for no colour whatever its value (no-color.org).
func themeName(name string) string {
	if name != "auto" {
		return name
	}
	kind := os.Getenv("TERM")
	switch {
	case os.Getenv("NO_COLOR") != "", kind == "dumb":
		return "mono"
	case os.Getenv("COLORTERM") == "" && !strings.Contains(kind, "256color") && !strings.Contains(kind, "direct"):
		return "16"
	}
	// COLORFGBG is "foreground;background" in the terminals that set it; 7 and 15
	// are the light ones.
	if parts := strings.Split(os.Getenv("COLORFGBG"), ";"); slices.Contains([]string{"7", "15"}, parts[len(parts)-1]) {
		return "light"
	}
	return "dark"
}

// who signs: the configured name, or the login name, that before sudo for root.
func who(configured string) string {
	if configured != "" {
		return configured
	}
	// Root by sudo is somebody: the one who typed it signs.
	if name := os.Getenv("SUDO_USER"); name != "" && os.Geteuid() == 0 {
		return name
	}
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	if name := os.Getenv("USER"); name != "" {
		return name
	}
	return "unknown"
}

// maxSide bounds --size as Bubble Tea bounds a terminal's side.
const maxSide = 4096

// dimensions parses --size.
func dimensions(s string) (w, h int, err error) {
	var rest string
	n, _ := fmt.Sscanf(strings.ToLower(s), "%dx%d%s", &w, &h, &rest)
	if n != 2 || w < 1 || h < 1 || w > maxSide || h > maxSide {
		return 0, 0, fmt.Errorf("--size: %q is not WIDTHxHEIGHT in cells, such as 120x40", s)
	}
	return w, h, nil
}
