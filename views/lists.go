package views

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
)

// filterKey asks for the filter of a list, which shows while it is typed.
func filterKey(what string, listed bool, filter *string) ui.Key {
	return ui.Key{ID: "filter", On: []string{"/"}, Help: "filter", Off: unless(listed, "leave the details first"), Hidden: !listed, Run: func(env *ui.Env) tea.Cmd {
		env.Show(ui.Prompt(ui.PromptSpec{
			Title: "filter " + what, Initial: *filter, Hint: "part of any label; ! before it turns it around; empty shows all",
			Live: func(_ *ui.Env, s string) { *filter = s },
			Done: func(_ *ui.Env, s string) tea.Cmd { *filter = s; return nil },
		}))
		return nil
	}}
}

// listPanel is a list: a table, whose rows have these keys, and a click on a row
// moves the cursor there.
func listPanel(title string, qs []sources.Query, note, hint string, t draw.Table, sel *cursor, keys []string) ui.Panel {
	return ui.Panel{
		Title: title, Queries: qs, Partial: true, Note: note, Blank: hint,
		Draw: func(b draw.Box, _ []sources.Frame) draw.Block { return t.Draw(b) },
		Click: func(_ *ui.Env, b draw.Box, _, y int) tea.Cmd {
			if key, ok := at(keys, t.At(b, y)); ok {
				sel.set(key)
			}
			return nil
		},
	}
}

// beginning lists the names that begin with arg, sorted, each once.
func beginning(arg string, names []string) []string {
	var out []string
	for _, n := range names {
		if strings.HasPrefix(n, arg) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// unless is why not, empty where ok.
func unless(ok bool, why string) string {
	if ok {
		return ""
	}
	return why
}

// phrase is one condition of the log filter.
func phrase(field, value string) string {
	return field + `:"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}

// cursor is the selection in a list. Until it is moved it stays on top: while the
// answers come in, the worst row is another one at every moment.
type cursor struct {
	ui.Selection
	moved bool
}

// index is where the cursor is among the rows with these keys; -1 without rows.
func (c *cursor) index(keys []string) int {
	if !c.moved {
		c.Selection = ui.Selection{}
	}
	return c.Index(keys)
}

// set puts the cursor on a row.
func (c *cursor) set(key string) { c.Set(key); c.moved = true }

// keys move the cursor; off is why they do not.
func (c *cursor) keys(keys []string, off string) []ui.Key {
	out := c.Keys(keys)
	for i := range out {
		run := out[i].Run
		out[i].Off = off
		out[i].Run = func(env *ui.Env) tea.Cmd {
			c.moved = true
			return run(env)
		}
	}
	return out
}
