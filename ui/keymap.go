package ui

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"firewatch/ui/theme"
)

// Section is the keys of one owner: a tab, or the shell.
type Section struct {
	// Name is the tab's name, or "shell".
	Name string
	Keys []Key
}

// Keymap lists the keys of the views and of the shell, remapped by keys, in the
// order of the tabs with the shell last. It is what help, README and [Validate]
// are made of.
func Keymap(views []View, keys map[string][]string) []Section {
	th, err := theme.New("mono")
	if err != nil {
		panic(err) // the theme is built in
	}
	s := New(Config{Views: views, Sources: nowhere{}, Keys: keys, Theme: th, Now: func() time.Time { return time.Unix(0, 0) }})
	s.w, s.h = 120, 40
	var out []Section
	for i, v := range views {
		s.tab = i
		out = append(out, Section{v.Name(), s.viewKeys(s.env())})
	}
	return append(out, Section{shellName, s.shellKeys()})
}

// yields are the shell's keys that a tab may take for itself, since the tab's
// meaning is nearer: silences are extended by +, a log is dumped by ctrl+l.
var yields = []string{"zoom-in", "zoom-out", "earlier", "later", "live", "freeze", "full", "repaint", "context", "next-pane", "prev-pane"}

// Validate checks the config's key table, keyed "view.id" or "shell.id", against
// what there is: an unknown owner or ID is an error that lists the known ones,
// and so are two actions of one tab, or a tab's and the shell's, on one key.
func Validate(views []View, keys map[string][]string) error {
	sections := Keymap(views, keys)
	var errs []error
	names := make([]string, 0, len(keys))
	for k := range keys {
		names = append(names, k)
	}
	slices.Sort(names)
	for _, name := range names {
		errs = append(errs, known(sections, name), sane(name, keys[name]))
	}
	shell := sections[len(sections)-1]
	for _, sec := range sections {
		errs = append(errs, conflicts(sec, sec, keys)...)
		if sec.Name != shellName {
			errs = append(errs, conflicts(sec, shell, keys)...)
		}
	}
	return errors.Join(errs...)
}

func known(sections []Section, name string) error {
	owner, id, _ := strings.Cut(name, ".")
	var owners []string
	for _, sec := range sections {
		owners = append(owners, sec.Name)
		if sec.Name != owner {
			continue
		}
		var ids []string
		for _, k := range sec.Keys {
			if k.ID == id {
				return nil
			}
			ids = append(ids, k.ID)
		}
		return fmt.Errorf("keys.%s: %s has no action %q: known are %s", name, owner, id, strings.Join(ids, ", "))
	}
	return fmt.Errorf("keys.%s: no tab %q: known are %s", name, owner, strings.Join(owners, ", "))
}

func sane(name string, on []string) error {
	for _, k := range on {
		if strings.TrimSpace(k) != k || k == "" {
			return fmt.Errorf("keys.%s: %q is no key: write it like s, S, ctrl+s, f5, enter or space", name, k)
		}
	}
	if len(on) == 0 && name == shellName+".exit" {
		return fmt.Errorf("keys.%s: the console needs a key to quit by", name)
	}
	return nil
}

// conflicts lists the keys that two actions of a and b share. Two actions of one
// tab may share a key when never both can be done; whoever remaps one of them
// has not thought of that, so a remapped action may not.
func conflicts(a, b Section, remapped map[string][]string) []error {
	chosen := func(sec Section, k Key) bool {
		_, ok := remapped[sec.Name+"."+k.ID]
		return ok
	}
	var errs []error
	for i, x := range a.Keys {
		for j, y := range b.Keys {
			same := a.Name == b.Name
			apart := (x.Off != "" || y.Off != "") && !chosen(a, x) && !chosen(b, y)
			if same && (j <= i || apart) || !same && slices.Contains(yields, y.ID) {
				continue
			}
			for _, on := range x.On {
				if slices.Contains(y.On, on) {
					errs = append(errs, fmt.Errorf("key %q means both %s.%s and %s.%s: remap one of them", on, a.Name, x.ID, b.Name, y.ID))
				}
			}
		}
	}
	return errs
}
