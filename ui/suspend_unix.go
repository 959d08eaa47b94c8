//go:build unix

package ui

import (
	"os"

	"golang.org/x/sys/unix"
)

// stoppable says whether a shell is there to take the terminal over and to
// bring the console back. Where it is not, as in a terminal that runs nothing
// but the console, the kernel drops the stop signal and the wait for the
// continue signal has no end.
func stoppable() bool {
	parent := os.Getppid()
	own, err := unix.Getsid(0)
	if err != nil || parent <= 0 || unix.Getpgrp() == own {
		return false
	}
	theirs, err := unix.Getsid(parent)
	return err == nil && theirs == own
}
