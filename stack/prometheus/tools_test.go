//go:build tools

package prometheus_test

// What promtool needs and nothing else here does: named, so that the module keeps
// requiring it.
import (
	_ "github.com/nsf/jsondiff"
	_ "github.com/prometheus/prometheus/discovery/kubernetes"
)
