package ui

import (
	"context"
	"errors"

	"firewatch/sources"
)

// nowhere is the sources of a shell that is only looked at.
type nowhere struct{}

var errNowhere = errors.New("no sources")

// Query implements [sources.Source].
func (nowhere) Query(_ context.Context, q sources.Query, _ sources.Window) (sources.Frame, error) {
	return sources.Frame{}, &sources.Error{Source: q.Source(), Kind: sources.NotConfigured, Err: errNowhere}
}

// Act implements [sources.Actor].
func (nowhere) Act(_ context.Context, a sources.Action) (sources.Receipt, error) {
	return sources.Receipt{}, &sources.Error{Source: a.Source(), Kind: sources.NotConfigured, Err: errNowhere}
}
