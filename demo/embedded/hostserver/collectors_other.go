//go:build !linux

package hostserver

import (
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
)

// register adds nothing: without cgo there are collectors for Linux only.
func register(prometheus.Registerer, *slog.Logger) (bool, error) { return false, nil }
