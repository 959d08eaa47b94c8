package config

import (
	"fmt"
	"slices"
	"strings"
)

// builtinDefault is the built-in context that is opened when none is named.
const builtinDefault = "local"

// builtin are the contexts that are there when no file names any: "local" for
// servers on this machine, and "compose" for those of stack/compose.yaml, which
// publishes the same ports on loopback. They are two so that a silence in the
// audit trail says which of them it was meant for.
func builtin() map[string]Context {
	out := map[string]Context{}
	for _, name := range []string{builtinDefault, "compose"} {
		out[name] = Context{Sources: map[string]Source{
			"prometheus":    {URL: "http://127.0.0.1:9090"},
			"alertmanager":  {URL: "http://127.0.0.1:9093"},
			"elasticsearch": {URL: "http://127.0.0.1:9200"},
		}}
	}
	return out
}

// advice ends the error about a context that the file lacks with the lines to
// add, when it is one of the built-in ones, which a file with contexts of its
// own replaces.
func advice(name string) string {
	ctx, ok := builtin()[name]
	if !ok {
		return ""
	}
	var out strings.Builder
	fmt.Fprintf(&out, "; it is built in only where no file names contexts: add it under contexts:\n  %s:\n    sources:", name)
	kinds := make([]string, 0, len(ctx.Sources))
	for kind := range ctx.Sources {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for _, kind := range kinds {
		fmt.Fprintf(&out, "\n      %s: {url: %q}", kind, ctx.Sources[kind].URL)
	}
	return out.String()
}
