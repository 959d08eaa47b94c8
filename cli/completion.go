package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// completionCommand prints what a shell needs to complete commands and flags.
func (p *program) completionCommand() *command {
	shells := map[string]func(io.Writer, map[string][]string) error{"bash": bash, "zsh": zsh, "fish": fish}
	return &command{
		name: "completion", args: "bash|zsh|fish", does: "print the completion of commands and flags for a shell",
		examples: []string{"source <(firewatch completion bash)", "firewatch completion fish > ~/.config/fish/completions/firewatch.fish"},
		run: func(_ context.Context, args []string) (int, error) {
			if len(args) != 1 || shells[args[0]] == nil {
				return misused, fmt.Errorf("completion: name one of %s", strings.Join(sorted(shells), ", "))
			}
			return ok, shells[args[0]](p.out, p.completions())
		},
	}
}

// completions are the words that may follow each beginning of a command, the
// flags of a whole one among them; under "" those that may come first.
func (p *program) completions() map[string][]string {
	out := map[string][]string{"": {"help"}}
	flags := func(at string, f *pflag.FlagSet) {
		f.VisitAll(func(f *pflag.Flag) { out[at] = append(out[at], "--"+f.Name) })
	}
	flags("", p.own)
	flags("", p.global)
	for _, c := range p.commands() {
		words := strings.Fields(c.name)
		for i, w := range words {
			at := strings.Join(words[:i], " ")
			out[at] = append(out[at], w)
		}
		own := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
		if c.flags != nil {
			c.flags(own)
		}
		flags(c.name, own)
		flags(c.name, p.global)
	}
	for at := range out {
		slices.Sort(out[at])
		out[at] = slices.Compact(out[at])
	}
	return out
}

// script is the function that bash and, by its emulation, zsh complete with. The
// longest beginning of a command among the words so far decides.
const script = `_firewatch() {
  local cur="${COMP_WORDS[COMP_CWORD]}" at="" words="" i next
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "${COMP_WORDS[i]}" in -*) continue ;; esac
    next="${at:+$at }${COMP_WORDS[i]}"
    case "$next" in
%s    esac
  done
  case "$at" in
%s  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _firewatch firewatch
`

func bash(w io.Writer, all map[string][]string) error {
	var known, words strings.Builder
	for _, at := range sorted(all) {
		if at != "" {
			fmt.Fprintf(&known, "      %q) at=\"$next\" ;;\n", at)
		}
		fmt.Fprintf(&words, "    %q) words=%q ;;\n", at, strings.Join(all[at], " "))
	}
	_, err := fmt.Fprintf(w, script, known.String(), words.String())
	return err
}

func zsh(w io.Writer, all map[string][]string) error {
	if _, err := io.WriteString(w, "autoload -U +X bashcompinit && bashcompinit\n"); err != nil {
		return err
	}
	return bash(w, all)
}

func fish(w io.Writer, all map[string][]string) error {
	for _, at := range sorted(all) {
		condition := "__fish_use_subcommand"
		if words := strings.Fields(at); len(words) > 0 {
			condition = "__fish_seen_subcommand_from " + words[0]
			for _, more := range words[1:] {
				condition += "; and __fish_seen_subcommand_from " + more
			}
		}
		for _, word := range all[at] {
			option := "-f -a " + word
			if long, flag := strings.CutPrefix(word, "--"); flag {
				option = "-l " + long
			}
			if _, err := fmt.Fprintf(w, "complete -c firewatch -n '%s' %s\n", condition, option); err != nil {
				return err
			}
		}
	}
	return nil
}
