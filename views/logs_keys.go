package views

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
)

// typedMax bounds the history of filters.
const typedMax = 50

// Keys implements [ui.View].
func (v *logs) Keys(env *ui.Env) []ui.Key {
	list := v.lines(env)
	line, ok := at(list, v.place.index(list))
	off := ""
	if !ok {
		off = "no line is selected"
	}
	key := func(id, help string, run func(*ui.Env) tea.Cmd, on ...string) ui.Key {
		return ui.Key{ID: id, On: on, Help: help, Run: run}
	}
	onLine := func(k ui.Key) ui.Key { k.Off = off; return k }
	hidden := func(k ui.Key) ui.Key { k.Hidden = true; return k }
	set := func(flag *bool) func(*ui.Env) tea.Cmd { return func(*ui.Env) tea.Cmd { *flag = !*flag; return nil } }

	trace := onLine(key("trace", "same trace", func(*ui.Env) tea.Cmd { return v.sameTrace(line) }, "o"))
	if ok && line.TraceID == "" {
		trace.Off = "the line names no trace"
	}
	keys := v.moveKeys(env, list)
	return append(keys,
		key("filter", "filter", func(env *ui.Env) tea.Cmd { env.Show(v.filterPrompt()); return nil }, "/"),
		key("level-up", "worse only", func(*ui.Env) tea.Cmd { v.threshold(1); return nil }, ">"),
		hidden(key("level-down", "lesser too", func(*ui.Env) tea.Cmd { v.threshold(-1); return nil }, "<")),
		onLine(key("open", "whole line", func(env *ui.Env) tea.Cmd { return v.enter(env, line) }, "enter")),
		key("follow", "follow", func(*ui.Env) tea.Cmd { v.look(v.search); return nil }, "F"),
		trace,
		key("histogram", "histogram", set(&v.plain), "i"),
		hidden(key("wrap", "wrap", set(&v.wrap), "ctrl+w")),
		hidden(key("json", "as JSON", set(&v.pretty), "J")),
		hidden(key("stack", "whole stack trace", set(&v.unfolded), "u")),
		hidden(onLine(key("next-error", "next error", v.jump(list, 1, "error", "fatal"), "e"))),
		hidden(onLine(key("previous-error", "previous error", v.jump(list, -1, "error", "fatal"), "E"))),
		hidden(onLine(key("next-warning", "next warning", v.jump(list, 1, "warn"), "w"))),
		hidden(onLine(key("previous-warning", "previous warning", v.jump(list, -1, "warn"), "W"))),
		hidden(onLine(key("copy", "copy message", func(env *ui.Env) tea.Cmd { return env.Copy(line.Message) }, "y"))),
		hidden(onLine(key("copy-json", "copy JSON", func(env *ui.Env) tea.Cmd { return env.Copy(string(line.Raw)) }, "Y"))),
	)
}

// moveKeys move the cursor through the lines, or scroll the document that fills
// the tab.
func (v *logs) moveKeys(env *ui.Env, list []*sources.Log) []ui.Key {
	i := v.place.index(list)
	if v.reading(env) {
		n := len(v.docLines(env, draw.Box{W: env.W - 2, Theme: env.Theme}, v.doc))
		return ui.Cursor(&v.scroll, max(n-env.H/2, 1))
	}
	to := i
	keys := ui.Cursor(&to, len(list))
	for k, key := range keys {
		keys[k].Run = func(env *ui.Env) tea.Cmd {
			to = i
			cmd := key.Run(env)
			// Down at the end follows again, as the last line does.
			if key.ID == "bottom" || to == i && to == len(list)-1 && key.ID != "up" && key.ID != "top" {
				v.look(v.search)
			} else {
				v.hold(env, list, to)
			}
			return cmd
		}
	}
	return keys
}

// hold puts the cursor on the i-th line, and its document beside it if one is open.
func (v *logs) hold(env *ui.Env, list []*sources.Log, i int) {
	v.place.hold(list, i, v.rows(env))
	if l, ok := at(list, i); ok && v.doc != nil {
		v.doc, v.scroll = l, 0
	}
}

// rows is about the number of lines on the screen.
func (v *logs) rows(env *ui.Env) int {
	h := env.H - 2
	if !v.plain && h-volumeHeight(env) > 3 {
		h -= volumeHeight(env)
	}
	return h
}

// jump goes to the next line of one of the levels in a direction.
func (v *logs) jump(list []*sources.Log, by int, levels ...string) func(*ui.Env) tea.Cmd {
	return func(env *ui.Env) tea.Cmd {
		for i := v.place.index(list) + by; i >= 0 && i < len(list); i += by {
			if slices.Contains(levels, list[i].Level) {
				v.hold(env, list, i)
				return nil
			}
		}
		where := "below"
		if by < 0 {
			where = "above"
		}
		env.Toast(0, "no "+levels[0]+" "+where)
		return nil
	}
}

// threshold moves the level up or down.
func (v *logs) threshold(by int) {
	i := slices.Index(thresholds, v.search.level) + by
	v.search.level = thresholds[min(max(i, 0), len(thresholds)-1)]
}

// enter opens the document of a line; where it is open beside the list, on the
// whole screen.
func (v *logs) enter(env *ui.Env, l *sources.Log) tea.Cmd {
	if v.doc != nil && env.Wide(docBeside) {
		env.Show(ui.Pager("line", func(env *ui.Env, w int) []string { return v.docLines(env, draw.Box{W: w, Theme: env.Theme}, l) }))
		return nil
	}
	// What is read stays in place while lines arrive.
	list := v.lines(env)
	v.hold(env, list, v.place.index(list))
	v.doc, v.scroll = l, 0
	return nil
}

func (v *logs) filterPrompt() ui.Overlay {
	return ui.Prompt(ui.PromptSpec{
		Title: "filter logs", Initial: v.search.filter, Hint: `service.name:"x" and http.response.status_code >= 500 and not timeout`,
		Check:    func(text string) error { _, err := sources.Filter(text); return err },
		Complete: v.complete, History: v.typed, Asks: func(*ui.Env) []sources.Query { return []sources.Query{sources.Fields{}} },
		Done: func(_ *ui.Env, text string) tea.Cmd {
			text = strings.TrimSpace(text)
			if text != "" {
				v.typed = append(slices.DeleteFunc(v.typed, func(s string) bool { return s == text }), text)
				v.typed = v.typed[max(len(v.typed)-typedMax, 0):]
			}
			v.past = nil
			v.look(logSearch{text, v.search.level})
			return nil
		},
	})
}

// complete lists texts that go on from text: earlier filters first, then the
// names of fields for its last word.
func (v *logs) complete(env *ui.Env, text string) []string {
	var out []string
	for _, s := range slices.Backward(v.typed) {
		if s != text && strings.HasPrefix(s, text) {
			out = append(out, s)
		}
	}
	start := strings.LastIndexAny(text, " (") + 1
	head, word := text[:start], text[start:]
	if strings.Contains(word, ":") || word == "" && text != "" {
		return out
	}
	for _, f := range v.fields(env) {
		if strings.HasPrefix(f, word) {
			out = append(out, head+f+":")
		}
	}
	return out
}

// fields are the names of the store's fields; until it has said them, those of
// the lines on the screen.
func (v *logs) fields(env *ui.Env) []string {
	var out []string
	for _, m := range env.Result(sources.Fields{}).Frame.Metadata {
		out = append(out, m.Name)
	}
	if out != nil {
		return out
	}
	list := v.lines(env)
	for _, l := range list[max(len(list)-50, 0):] {
		for _, f := range l.Fields() {
			out = append(out, f.Name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
