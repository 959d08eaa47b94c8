package promserver

import (
	"embed"
	"net/http"

	"github.com/prometheus/prometheus/web/ui"
)

//go:embed static
var static embed.FS

// The assets of the user interface are not in the module, so its pages would all
// be an error that says so. In their stead is one page that names the API.
func init() { ui.Assets = http.FS(static) }
