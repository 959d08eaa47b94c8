package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"firewatch/ui"
	"firewatch/views"
)

// keys prints the key table.
func (p *program) keys(args []string) (int, error) {
	if len(args) > 0 {
		return misused, fmt.Errorf("keys takes no arguments, got %q", args)
	}
	_, err := fmt.Fprint(p.out, KeyTable())
	return ok, err
}

// KeyTable is every key of every tab and of the shell as a Markdown table, by
// the name that the config remaps it under.
func KeyTable() string {
	var b strings.Builder
	b.WriteString("| name | keys | what it does |\n|---|---|---|\n")
	for _, section := range ui.Keymap(views.All(), nil) {
		for _, k := range section.Keys {
			if len(k.On) == 0 {
				continue
			}
			on := make([]string, len(k.On))
			for i, key := range k.On {
				on[i] = "`" + strings.ReplaceAll(key, "|", `\|`) + "`"
			}
			fmt.Fprintf(&b, "| %s.%s | %s | %s |\n", section.Name, k.ID, strings.Join(on, " "), strings.ReplaceAll(k.Help, "|", `\|`))
		}
	}
	return b.String()
}

// sorted lists the keys of a map in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
