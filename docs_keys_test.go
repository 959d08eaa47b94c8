package main_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"firewatch/cli"
)

// consoleKeys are the keys of every tab, by the key that opens it, with those of
// all tabs under the empty one.
func consoleKeys(t *testing.T) map[string][]string {
	t.Helper()
	keys, tabs := map[string][]string{}, map[string]string{}
	rows := regexp.MustCompile("(?m)^\\| (\\w+)\\.([\\w-]+) \\| (.*?) \\| (.*) \\|$").FindAllStringSubmatch(cli.KeyTable(), -1)
	for _, r := range rows {
		if strings.HasPrefix(r[2], "tab-") && r[1] == "shell" {
			tabs[r[4]] = strings.Trim(r[3], "`")
		}
	}
	if len(tabs) == 0 {
		t.Fatal("the key table names no tab")
	}
	for _, r := range rows {
		for _, k := range strings.Fields(strings.ReplaceAll(r[3], "`", "")) {
			keys[tabs[r[1]]] = append(keys[tabs[r[1]]], k)
		}
	}
	return keys
}

var presses = regexp.MustCompile("[Pp]ress ((?:`[^`]+`(?:, then |, | and | then )?)+)")

// checkPresses follows the keys that a text asks for: each must mean something
// where the reader is.
func checkPresses(t *testing.T, path, text string, keys map[string][]string) {
	t.Helper()
	tab := "5" // a runbook is opened from its alert
	for _, m := range presses.FindAllStringSubmatch(strings.Join(strings.Fields(text), " "), -1) {
		for _, span := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(m[1], -1) {
			key := span[1]
			known := slices.Contains(keys[""], key) || slices.Contains(keys[tab], key)
			if tab == "" {
				for _, list := range keys {
					known = known || slices.Contains(list, key)
				}
			}
			if !known {
				t.Errorf("%s: %q does nothing on tab %q", path, key, tab)
			}
			switch {
			case len(key) == 1 && keys[key] != nil:
				tab = key
			case slices.Contains([]string{"L", "M", "B", "A", "T"}, key):
				tab = "" // wherever that leads
			}
		}
	}
}

// TestDocumentKeys: the keys that the other documents ask for mean something too.
func TestDocumentKeys(t *testing.T) {
	keys := consoleKeys(t)
	for file, text := range documents(t) {
		if filepath.Dir(file) == "docs" {
			checkPresses(t, file, text, keys)
		}
	}
}
