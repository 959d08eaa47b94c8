//go:build !race

package sources_test

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestOldAlertmanager holds the source to the oldest Alertmanager that Debian
// packages, 0.25, where it is installed as prometheus-alertmanager or runs at
// FIREWATCH_TEST_ALERTMANAGER_025.
func TestOldAlertmanager(t *testing.T) {
	url := os.Getenv("FIREWATCH_TEST_ALERTMANAGER_025")
	if url == "" {
		url = oldAlertmanager(t)
	}
	testAlertmanager(t, url, abilities{})
}

// oldAlertmanager starts the installed server on a port that is free.
func oldAlertmanager(t *testing.T) string {
	t.Helper()
	binary, err := exec.LookPath("prometheus-alertmanager")
	if err != nil {
		t.Skip("no prometheus-alertmanager is installed: name a running one in FIREWATCH_TEST_ALERTMANAGER_025")
	}
	dir := t.TempDir()
	conf := filepath.Join(dir, "alertmanager.yml")
	if err := os.WriteFile(conf, []byte("route: {receiver: nobody, group_by: [alertname], group_wait: 1s}\nreceivers: [{name: nobody}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	cmd := exec.CommandContext(t.Context(), binary, "--config.file="+conf, "--storage.path="+filepath.Join(dir, "data"), "--web.listen-address="+address, "--cluster.listen-address=")
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	eventually(t, "the server to be ready", func() bool {
		resp, err := http.Get("http://" + address + "/-/ready")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return "http://" + address
}
