//go:build !unix

package ui

// stoppable is false where there is no job control.
func stoppable() bool { return false }
