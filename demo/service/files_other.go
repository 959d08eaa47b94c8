//go:build !linux && !darwin

package service

import (
	"errors"
	"fmt"
)

func openFiles() (int, error) {
	return 0, fmt.Errorf("count the open files: %w", errors.ErrUnsupported)
}

func lowerFileLimit(int) (limit int, restore func(), err error) {
	return 0, nil, fmt.Errorf("lower the limit of open files: %w", errors.ErrUnsupported)
}
