package hostserver_test

import (
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"firewatch/demo/embedded/hostserver"
)

func TestMetrics(t *testing.T) {
	for range 2 { // the collectors keep state in the process, and two stacks share it
		h, err := hostserver.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "linux" {
			if h != nil {
				t.Error("a system without collectors has a handler")
			}
			return
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		text := w.Body.String()
		if w.Code != 200 {
			t.Fatalf("answered %d: %s", w.Code, text)
		}
		for _, want := range []string{
			`node_cpu_seconds_total{cpu="0",mode="idle"}`, "node_memory_MemAvailable_bytes ", "node_load1 ", "node_boot_time_seconds ",
			"node_filesystem_avail_bytes{", "node_network_receive_bytes_total{", "node_uname_info{", `node_exporter_build_info{version="1.12.1"} 1`,
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%s is missing", want)
			}
		}
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "node_scrape_collector_success") && strings.HasSuffix(line, " 0\n") {
				t.Logf("a collector finds nothing here: %s", line)
			}
		}
	}
}
