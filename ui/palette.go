package ui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"firewatch/ui/theme"
)

// remembered bounds the history of the palette.
const remembered = 100

// command is one line of the palette.
type command struct {
	name, help string
	// args lists what may follow; nil means that nothing may.
	args func(env *Env, arg string) []string
	run  func(env *Env, arg string) (tea.Cmd, error)
}

// palette asks for a command, with completion and history.
func (s *Shell) palette(env *Env) Overlay {
	cmds := s.commands(env)
	return Prompt(PromptSpec{
		Title:    "command",
		Hint:     "tab completes · up for earlier ones · esc leaves",
		History:  slices.Clone(s.history),
		Complete: func(env *Env, text string) []string { return complete(env, cmds, text) },
		Done: func(env *Env, text string) tea.Cmd {
			return s.execute(env, text)
		},
	})
}

// execute runs a line of the palette.
func (s *Shell) execute(env *Env, line string) tea.Cmd {
	line = strings.TrimSpace(line)
	name, arg, _ := strings.Cut(line, " ")
	arg = strings.TrimSpace(arg)
	if name == "" {
		return nil
	}
	if n := len(s.history); n == 0 || s.history[n-1] != line {
		s.history = append(s.history, line)
		s.history = s.history[max(0, len(s.history)-remembered):]
	}
	c, err := findCommand(s.commands(env), name)
	if err != nil {
		s.say(theme.Warn, err.Error())
		return nil
	}
	if arg != "" && c.args == nil {
		s.say(theme.Warn, name+" takes no argument")
		return nil
	}
	cmd, err := c.run(env, arg)
	if err != nil {
		s.say(theme.Warn, err.Error())
	}
	return cmd
}

// findCommand is the command of that name, or the only one that begins so.
func findCommand(cmds []command, name string) (command, error) {
	var hits []command
	for _, c := range cmds {
		if c.name == name {
			return c, nil
		}
		if strings.HasPrefix(c.name, name) {
			hits = append(hits, c)
		}
	}
	switch len(hits) {
	case 0:
		return command{}, fmt.Errorf("no command %q: tab lists them", name)
	case 1:
		return hits[0], nil
	}
	return command{}, fmt.Errorf("%q may be %s or %s: write more of it", name, hits[0].name, hits[1].name)
}

// complete lists the lines that text may become: by prefix first, then those
// that contain it.
func complete(env *Env, cmds []command, text string) []string {
	name, arg, args := strings.Cut(strings.TrimLeft(text, " "), " ")
	if args {
		for _, c := range cmds {
			if c.name != name || c.args == nil {
				continue
			}
			var out []string
			for _, a := range c.args(env, arg) {
				out = append(out, name+" "+a)
			}
			return out
		}
		return nil
	}
	var first, rest []string
	for _, c := range cmds {
		line := c.name
		if c.help != "" {
			line = fmt.Sprintf("%-14s   %s", c.name, c.help)
		}
		switch {
		case strings.HasPrefix(c.name, name):
			first = append(first, line)
		case len(name) > 1 && (strings.Contains(c.name, name) || strings.Contains(c.help, name)):
			rest = append(rest, line)
		}
	}
	return append(first, rest...)
}

// commands are the tabs, the words of the palette, and every action of the tab
// and the shell.
func (s *Shell) commands(*Env) []command {
	var out []command
	for _, v := range s.cfg.Views {
		c := command{name: v.Name(), help: "open the tab", run: func(_ *Env, arg string) (tea.Cmd, error) {
			return s.open(v.Name(), arg), nil
		}}
		if _, ok := v.(Opener); ok {
			c.args = func(env *Env, arg string) []string {
				if k, ok := v.(Completer); ok {
					return k.Complete(env, arg)
				}
				return nil
			}
		}
		out = append(out, c)
	}
	out = append(out,
		command{"window", "length of the window: window 6h", among(spanTexts()), func(env *Env, arg string) (tea.Cmd, error) {
			d, err := parseSpan(arg)
			if err == nil {
				s.frame.set(env.Now, d, s.frame.end, s.frame.live)
			}
			return nil, err
		}},
		command{"theme", "colours: theme light", among(theme.Names()), func(_ *Env, arg string) (tea.Cmd, error) {
			t, err := theme.New(arg)
			if err == nil {
				s.theme, s.chosen = t, t
			}
			return nil, err
		}},
		command{"ctx", "another context: ctx prod", among(s.cfg.Contexts), func(_ *Env, arg string) (tea.Cmd, error) {
			return s.switchTo(arg), nil
		}},
		command{"zone", "how times are printed: zone utc", among(zoneNames), func(_ *Env, arg string) (tea.Cmd, error) {
			i := slices.Index(zoneNames, arg)
			if i < 0 {
				return nil, fmt.Errorf("no zone %q: there are %s", arg, strings.Join(zoneNames, ", "))
			}
			s.zone = Zone(i)
			return nil, nil
		}},
		command{"q", "quit", nil, func(*Env, string) (tea.Cmd, error) { return s.quit(), nil }},
	)
	taken := map[string]bool{}
	for _, c := range out {
		taken[c.name] = true
	}
	for _, k := range append(s.viewKeys(s.env()), s.shellKeys()...) {
		if taken[k.ID] || k.Run == nil || strings.HasPrefix(k.ID, "tab-") {
			continue
		}
		taken[k.ID] = true
		help := k.Help
		if len(k.On) > 0 {
			help += " (" + keyNames(k) + ")"
		}
		c := command{name: k.ID, help: help, run: func(env *Env, arg string) (tea.Cmd, error) {
			switch {
			case k.Off != "":
				return nil, fmt.Errorf("%s: %s", k.Help, k.Off)
			case arg != "":
				return k.With(env, arg)
			}
			return k.Run(env), nil
		}}
		if k.With != nil {
			c.args = func(*Env, string) []string { return nil }
		}
		out = append(out, c)
	}
	return out
}

func among(words []string) func(*Env, string) []string {
	return func(_ *Env, arg string) []string {
		var out []string
		for _, w := range words {
			if strings.HasPrefix(w, arg) {
				out = append(out, w)
			}
		}
		return out
	}
}

func spanTexts() []string {
	out := make([]string, len(spans))
	for i, d := range spans {
		out[i] = spanText(d)
	}
	return out
}
