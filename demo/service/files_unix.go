//go:build linux || darwin

package service

import (
	"fmt"
	"os"
	"syscall"
)

// openFiles counts the file descriptors of this process.
func openFiles() (int, error) {
	entries, err := os.ReadDir("/dev/fd")
	if err != nil {
		return 0, fmt.Errorf("count the open files: %w", err)
	}
	return len(entries), nil
}

// lowerFileLimit lowers how many files this process may have open, unless it may
// have fewer already, and returns how many that is; restore sets the limit back.
func lowerFileLimit(to int) (limit int, restore func(), err error) {
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
		return 0, nil, fmt.Errorf("read the limit of open files: %w", err)
	}
	next := was
	next.Cur = min(uint64(to), was.Cur)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &next); err != nil {
		return 0, nil, fmt.Errorf("lower the limit of open files to %d: %w", to, err)
	}
	return int(next.Cur), func() { _ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &was) }, nil
}
