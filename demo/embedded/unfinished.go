package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// The log lines of a past are stored while it is simulated, its metrics at the
// end. So that a start that is cut off between the two does not leave lines that
// the next one writes again, a file says that a past is under way and how long
// the log was before it.

func (s *Stack) logFile() string    { return s.path("logs.ndjson") }
func (s *Stack) unfinished() string { return s.path("history.unfinished") }

// markUnfinished says that a past is under way; whoever finishes it removes the
// mark.
func (s *Stack) markUnfinished() error {
	size := int64(0)
	switch info, err := os.Stat(s.logFile()); {
	case err == nil:
		size = info.Size()
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return os.WriteFile(s.unfinished(), strconv.AppendInt(nil, size, 10), 0o644)
}

// dropUnfinished removes what an earlier start left of a past that it did not
// finish. No server may have been started.
func (s *Stack) dropUnfinished() error {
	text, err := os.ReadFile(s.unfinished())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	size, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil || size < 0 {
		return fmt.Errorf("%s has %q in it, want the size of %s before the history: remove both, or put it right", s.unfinished(), text, s.logFile())
	}
	if info, err := os.Stat(s.logFile()); err == nil && info.Size() > size {
		if err := os.Truncate(s.logFile(), size); err != nil {
			return err
		}
	}
	// A past is only ever written where there are no metrics.
	if err := os.RemoveAll(s.path("prometheus")); err != nil {
		return err
	}
	return os.Remove(s.unfinished())
}
