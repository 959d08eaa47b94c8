// Package stack holds the configuration of every server of the demo stack: the
// files that compose mounts into the containers, and the same files made to fit
// servers that listen elsewhere.
package stack

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Files holds one folder of configuration per server, as the compose stack
// mounts them.
//
//go:generate go run ./generate
//go:embed alertmanager elasticsearch prometheus/*.yml prometheus/rules
var Files embed.FS

// WriteRules copies the demo profile of the rule files into dir, made when it is
// missing, and returns the pattern that rule_files matches them with. What dir
// held under the same names is replaced.
func WriteRules(dir string) (pattern string, err error) {
	return filepath.Join(dir, "*.yml"), write("prometheus/rules/demo", dir)
}

// WriteTemplates copies the templates of Alertmanager's notifications into dir,
// made when it is missing, and returns the pattern that templates matches them
// with. What dir held under the same names is replaced.
func WriteTemplates(dir string) (pattern string, err error) {
	return filepath.Join(dir, "*.tmpl"), write("alertmanager/templates", dir)
}

// write copies the files of a folder into dir.
func write(folder, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write the files of %s: %w", folder, err)
	}
	entries, err := fs.ReadDir(Files, folder)
	if err != nil {
		return fmt.Errorf("read the files of %s: %w", folder, err)
	}
	for _, e := range entries {
		text, err := Files.ReadFile(folder + "/" + e.Name())
		if err != nil {
			return fmt.Errorf("read the files of %s: %w", folder, err)
		}
		if err := os.WriteFile(filepath.Join(dir, e.Name()), text, 0o644); err != nil {
			return fmt.Errorf("write the files of %s: %w", folder, err)
		}
	}
	return nil
}
