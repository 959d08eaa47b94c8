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

// common are the keys that mean the same in every list.
var common = map[string]bool{
	"down": true, "up": true, "top": true, "bottom": true, "half-down": true, "half-up": true,
	"page-down": true, "page-up": true, "next-page": true, "prev-page": true, "filter": true,
}

// KeyTable is every key of every tab and of the shell as a Markdown table, by
// the name that the config remaps it under; keys that every list has are listed
// once, as TAB.
func KeyTable() string {
	var b strings.Builder
	b.WriteString("| name | keys | what it does |\n|---|---|---|\n")
	moves := map[string]bool{}
	for _, section := range ui.Keymap(views.All(), nil) {
		for _, k := range section.Keys {
			if len(k.On) == 0 {
				continue
			}
			owner := section.Name
			if common[k.ID] {
				// Every list moves by the same keys: one line does for all of them.
				if moves[k.ID] {
					continue
				}
				moves[k.ID], owner = true, "TAB"
			}
			on := make([]string, len(k.On))
			for i, key := range k.On {
				on[i] = "`" + strings.ReplaceAll(key, "|", `\|`) + "`"
			}
			fmt.Fprintf(&b, "| %s.%s | %s | %s |\n", owner, k.ID, strings.Join(on, " "), strings.ReplaceAll(k.Help, "|", `\|`))
		}
	}
	return b.String()
}

// sorted lists the keys of a map in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
