// Package docs holds the runbooks, so that a demo can put them where its console
// reads them.
package docs

import (
	"embed"
	"os"
)

//go:embed runbooks/*.md
var runbooks embed.FS

// WriteRunbooks writes the runbooks to a directory, which must not have them yet,
// as they are laid out here: an alert's runbook_url is relative to it.
func WriteRunbooks(dir string) error { return os.CopyFS(dir, runbooks) }
