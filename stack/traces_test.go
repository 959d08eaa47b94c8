package stack_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestTracesAreKeptForThirtyDays runs the script on a server that lists indices
// and takes note of what it is told to delete.
func TestTracesAreKeptForThirtyDays(t *testing.T) {
	for _, tool := range [][]string{{"sh", "-c", "true"}, {"curl", "--version"}, {"date", "-u", "-d", "@0"}} {
		if err := exec.Command(tool[0], tool[1:]...).Run(); err != nil {
			t.Skipf("setup/traces.sh needs %s: %v", strings.Join(tool, " "), err)
		}
	}
	ago := func(days int) string { return time.Now().UTC().AddDate(0, 0, -days).Format("2006-01-02") }
	old := []string{"jaeger-service-" + ago(31), "jaeger-span-" + ago(31), "jaeger-span-" + ago(400)}
	kept := []string{"jaeger-span-" + ago(0), "jaeger-span-" + ago(29), "jaeger-span-write", "jaeger-span-000001"}
	var mu sync.Mutex
	var deleted []string
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case r.Method == http.MethodGet && r.URL.Path == "/_cat/indices/jaeger-*":
			fmt.Fprintln(w, strings.Join(slices.Concat(kept, old), "\n"))
		case r.Method == http.MethodDelete:
			deleted = append(deleted, strings.TrimPrefix(r.URL.Path, "/"))
			w.WriteHeader(status)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer server.Close()
	run := func(env string, args ...string) (int, string) {
		cmd := exec.Command("sh", append([]string{"setup/traces.sh"}, args...)...)
		cmd.Env = append(os.Environ(), "ES_URL="+server.URL+"/", env)
		out, _ := cmd.CombinedOutput()
		return cmd.ProcessState.ExitCode(), string(out)
	}
	code, out := run("TRACES_DAYS=30", "once")
	slices.Sort(deleted)
	slices.Sort(old)
	if code != 0 || !slices.Equal(deleted, old) {
		t.Errorf("ends with %d, deletes %v, want %v\n%s", code, deleted, old, out)
	}
	status = http.StatusForbidden
	if code, out = run("TRACES_DAYS=30", "once"); code != 1 || !strings.Contains(out, "did not do what was asked") {
		t.Errorf("a server that refuses: %d\n%s", code, out)
	}
	for _, c := range []struct{ env, arg, says string }{{"TRACES_DAYS=all", "once", "number of days"}, {"TRACES_DAYS=0", "once", "number of days"}, {"A=b", "twice", "usage"}} {
		if code, out = run(c.env, c.arg); code != 2 || !strings.Contains(out, c.says) {
			t.Errorf("%s %s: %d\n%s", c.env, c.arg, code, out)
		}
	}
}
