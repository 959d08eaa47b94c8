package cli_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"firewatch/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"firewatch": func() { os.Exit(cli.Main(os.Args[1:])) }})
}

// TestScripts runs the program as a person would. $HTML is the address of
// something that answers, but is none of the servers; $DENY of something that
// wants other credentials.
func TestScripts(t *testing.T) {
	serve := func(status int, body string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	html := serve(http.StatusOK, "<!doctype html><title>Welcome to the proxy</title>")
	deny := serve(http.StatusUnauthorized, "who are you?")
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HTML", html)
			env.Setenv("DENY", deny)
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("XDG_CONFIG_HOME", env.WorkDir+"/config")
			env.Setenv("XDG_STATE_HOME", env.WorkDir+"/state")
			return nil
		},
	})
}
