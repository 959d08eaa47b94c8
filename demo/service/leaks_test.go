package service

import (
	"context"
	"errors"
	"math"
	"runtime/debug"
	"testing"
	"time"

	"firewatch/demo/service/chaos"
)

// TestLeaks lets memory and files of this process leak for two seconds, and
// checks that limits and files are what they were after it.
func TestLeaks(t *testing.T) {
	files, err := openFiles()
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("files cannot be counted on this system")
	}
	if err != nil {
		t.Fatal(err)
	}
	limit := debug.SetMemoryLimit(-1)
	d := newDemo(t, Options{Roles: []string{"serve"}})
	for _, fault := range []string{"memory-leak", "fd-leak"} {
		if _, err := d.chaos.Start(fault, chaos.Request{}); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{}, 2)
	for _, leak := range []func(context.Context){d.leakMemory, d.leakFiles} {
		go func() { leak(ctx); done <- struct{}{} }()
	}
	deadline := time.Now().Add(30 * time.Second)
	for n := 0; n < files+24 || debug.SetMemoryLimit(-1) == math.MaxInt64; time.Sleep(50 * time.Millisecond) {
		if n, err = openFiles(); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(deadline) {
			t.Fatalf("of %d files %d are open, the memory limit is %d", files, n, debug.SetMemoryLimit(-1))
		}
	}
	cancel()
	<-done
	<-done
	if n, _ := openFiles(); n > files+4 {
		t.Errorf("%d files were open and %d still are", files, n)
	}
	if now := debug.SetMemoryLimit(-1); now != limit {
		t.Errorf("the memory limit was %d and is %d", limit, now)
	}
}
